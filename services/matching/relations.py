"""Who holds, owns, licenses and works with whom: the organisations that dated facts name, seen from
both ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.matching.engine.views import Organisation
from services.matching.population import Population
from shared.auth import Actor
from shared.judgement.facts import Fact
from shared.judgement.sources import class_of
from shared.organizations.words import words

# which part of a fact's value names the other organisation; None: its partner_org does
NAMED_IN = {
    "investment_received": "org",
    "parent": "org",
    "ownership": "org",
    "rights": "holder_org",
    "incubator_sponsor": "site",
    "collaboration": None,
    "operator_org": "",  # the value itself
}


@dataclass(frozen=True)
class Relation:
    """`teller` states `fact`, which names the organisation `named`."""

    teller: Organisation
    named: str
    fact: Fact


def relations_of(population: Population, slug: str, actor: Actor, lang: str) -> list[dict]:
    """What an organisation and the others state of each other, newest first, as the actor may read
    it.
    """
    everybody = everyone(population)
    out = []
    for relation in relations(everybody):
        other = relation.named if relation.teller.id == slug else relation.teller.id
        if slug not in (relation.teller.id, relation.named) or other == slug:
            continue
        if other in everybody and may_read(actor, relation.teller, relation.fact):
            out.append(_document(relation, everybody[other], relation.teller.id == slug, lang))
    return sorted(out, key=lambda r: (r["date"] or "", r["other"]), reverse=True)


def relations(organisations: dict[str, Organisation]) -> Iterator[Relation]:
    """Every relation that facts holding at the population's date state."""
    for teller in organisations.values():
        for fact in teller.open:
            for named in named_by(fact):
                yield Relation(teller, named, fact)


def everyone(population: Population) -> dict[str, Organisation]:
    return population.startups | population.organisations | population.places


def named_by(fact: Fact) -> set[str]:
    """The organisations that a fact names as the other side of a relation."""
    if fact.field not in NAMED_IN:
        return {fact.partner_org} if fact.partner_org else set()
    part, value = NAMED_IN[fact.field], fact.value
    found = {fact.partner_org}
    if part == "":
        found.add(value)
    elif part and isinstance(value, dict):
        found |= {value.get(part), value.get("fund")}
    return {name for name in found if name}


def may_read(actor: Actor, teller: Organisation, fact: Fact) -> bool:
    """Whether an actor may read a fact of the population that an organisation states."""
    return fact.tier == "public" or actor.in_network or actor.org in (teller.owner, "nakodo")


def _document(relation: Relation, other: Organisation, stated: bool, lang: str) -> dict:
    fact = relation.fact
    value = fact.value if isinstance(fact.value, dict) else {}
    rest = {k: v for k, v in value.items() if k != NAMED_IN.get(fact.field)}
    said = words({"field": fact.field, "value": rest}, lang) if value else words(fact, lang)
    return {
        "kind": fact.field if fact.field in NAMED_IN else "collaboration",
        "stated": stated,
        "other": other.id,
        "other_kind": other.kind,
        "name": other.name,
        "text": "" if fact.value == relation.named else said,
        "date": value.get("date") or fact.valid_from,
        "as_of": fact.as_of,
        "note": fact.note,
        "verified": fact.verified,
        "source": fact.source,
        "source_class": class_of(fact.source),
    }
