"""Suppliers of concern: dated lists against the companies a startup works with and those above
them. Matches by legal entity; near names go to a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.matching.engine.rulebook import Finding
from services.matching.engine.views import Organisation, Startup
from shared.judgement.facts import Fact
from shared.linkage import fold, forms, spellings
from shared.linkage import near as near_name

PUBLISHED, WITHDRAWN = "published", "withdrawn"
NUMBERS = ("corporate_number", "lei", "ein")
WORKS_WITH = ("manufacturing_partner", "collaboration")
RANK = ("direct", "indirect", "near", "watch", "unknown", "declared", "no-list", "none")


@dataclass(frozen=True)
class ListVersion:
    """One published version of a list; entries are {name, aliases?, corporate_number?, lei?, ein?}.
    A withdrawn one never flags.
    """

    list: str
    title: str
    published: date
    state: str
    entries: tuple[dict, ...]


def in_force(versions: Sequence[ListVersion], on: date) -> list[ListVersion]:
    """The newest version of each list at a date, withdrawn ones as if they had never been."""
    newest: dict[str, ListVersion] = {}
    for version in sorted(versions, key=lambda v: v.published):
        if version.state != WITHDRAWN and version.published <= on:
            newest[version.list] = version
    return [newest[name] for name in sorted(newest)]


@dataclass(frozen=True)
class Hit:
    kind: str
    entry: dict
    version: ListVersion


def match(organisation: Organisation, versions: Sequence[ListVersion]) -> Hit | None:
    """An organisation among the entries: the same number or the same legal name is it, a near name
    a question.
    """
    entities = organisation.document.get("legal_entities", [])
    numbers = {(kind, e[kind]) for e in entities for kind in NUMBERS if e.get(kind)}
    stated = organisation.document
    mine = {
        folded
        for folded, _ in forms(
            organisation.name, stated.get("aliases", []), stated.get("former_names", [])
        )
    }
    mine |= {folded for entity in entities for folded in spellings(entity["name"])}
    near = None
    for version in versions:
        for entry in version.entries:
            if any((kind, entry.get(kind)) in numbers for kind in NUMBERS):
                return Hit("listed", entry, version)
            named = (entry["name"], *entry.get("aliases", []))
            theirs = {folded for name in named for folded in spellings(name)}
            if mine & theirs:
                return Hit("listed", entry, version)
            if near is None and any(near_name(a, b) for a in mine for b in theirs):
                near = Hit("near", entry, version)
    return near


def above(organisation: Organisation, known: Mapping[str, Organisation]) -> list[Organisation]:
    """Owners and their owners, nearest first, each once; links that go in circles end."""
    found: list[Organisation] = []
    queue = [organisation]
    while queue:
        current = queue.pop(0)
        for fact in [*current.open.all("ownership"), *current.open.all("parent")]:
            owner = known.get(fact.value.get("org", ""))
            if owner is not None and owner is not organisation and owner not in found:
                found.append(owner)
                queue.append(owner)
    return found


def suppliers(startup: Startup) -> list[tuple[str, Fact]]:
    """(organisation or name as stated, fact) of everybody a startup says it works with."""
    return [
        (f.partner_org or str(f.value), f) for name in WORKS_WITH for f in startup.seen.all(name)
    ]


def exposure(
    startup: Startup, known: Mapping[str, Organisation], versions: Sequence[ListVersion]
) -> Finding:
    """The gravest finding about a startup's suppliers against the lists in force at its date."""
    lists, stated = in_force(versions, startup.on), suppliers(startup)
    flags = {f.value: f for f in startup.seen.all("compliance_flag")}
    found = [
        finding
        for name, fact in stated
        if (finding := _supplier(known.get(name) or _named(name, startup), fact, known, lists))
    ]
    if found:
        return min(found, key=lambda f: RANK.index(f.outcome))
    if "biosecure-watch" in flags and stated:
        return Finding(
            "biosecure", "watch", {"supplier": _names(stated, known)}, (flags["biosecure-watch"],)
        )
    if not stated:
        declared = flags.get("biosecure-none-declared")
        return Finding(
            "biosecure", "declared" if declared else "unknown", {}, (declared,) if declared else ()
        )
    return Finding(
        "biosecure",
        "none" if lists else "no-list",
        {"count": len(stated)},
        tuple(f for _, f in stated),
    )


def _supplier(
    supplier: Organisation,
    fact: Fact,
    known: Mapping[str, Organisation],
    lists: Sequence[ListVersion],
) -> Finding | None:
    hit = match(supplier, lists)
    words = {"supplier": supplier.title}
    if hit and hit.kind == "listed":
        return Finding("biosecure", "direct", words | {"list": hit.version.title}, (fact,))
    for owner in above(supplier, known):
        over = match(owner, lists)
        if over and over.kind == "listed":
            return Finding(
                "biosecure",
                "indirect",
                words | {"owner": owner.title, "list": over.version.title},
                (fact,),
            )
    if hit:
        return Finding(
            "biosecure",
            "near",
            words | {"listed": hit.entry["name"], "list": hit.version.title},
            (fact,),
        )
    return None


def _named(name: str, startup: Startup) -> Organisation:
    """A supplier of which only a text is known stands for itself, under the words before any
    bracket.
    """
    text = name.split("(")[0].split("（")[0].split(":")[0].strip()
    blank = {
        "id": fold(text) or "-",
        "kind": "provider",
        "owner": "",
        "origin": startup.origin,
        "facts": [],
    }
    return Organisation(blank | {"name": {"en": text}}, [], startup.on)


def _names(stated: list[tuple[str, Fact]], known: Mapping[str, Organisation]):
    return lambda lang: ", ".join(
        dict.fromkeys(known[name].title(lang) if name in known else name for name, _ in stated)
    )
