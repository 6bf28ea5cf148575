"""Written rules (eligibility facts of mandates, sites and programmes) against one startup:
three-valued, with the facts behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.matching.engine.views import Asset, Startup
from shared.judgement.facts import Fact
from shared.judgement.funding import amount_in, raised
from shared.judgement.gates import HARD, PASS, UNKNOWN
from shared.judgement.money import Money
from shared.vocabulary import country_of, defaults_of, vocabulary


@dataclass(frozen=True)
class Verdict:
    """The state, the facts compared, and what was compared: a list of codes, an amount, or
    nothing.
    """

    state: int
    facts: tuple[Fact, ...] = ()
    value: Money | tuple[str, ...] | None = None
    derived: bool = field(default=False)


def decide(startup: Startup, asset: Asset, rule: Fact) -> Verdict:
    """One rule. A rule this product cannot compute asks; `effect: allows` only widens and never
    reaches here.
    """
    return RULES.get(rule.value["rule"], _ask)(startup, asset, rule.value)


def _ask(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    return Verdict(UNKNOWN)


def max_raised(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    """A ledger sum may fail a ceiling; only a stated or complete total passes one. If the answer
    depends on what counts, ask.
    """
    counts = rule.get("counts", "not-stated")
    verdicts = [
        _under_ceiling(startup, c, rule)
        for c in (("equity", "all") if counts == "not-stated" else (counts,))
    ]
    if len({v.state for v in verdicts}) == 1:
        return verdicts[0]
    return Verdict(UNKNOWN, verdicts[-1].facts, verdicts[-1].value)


def _under_ceiling(startup: Startup, counts: str, rule: dict) -> Verdict:
    ceiling = Money.of(rule["value"], rule["unit"])
    bounds = raised(startup.seen, counts, rule["unit"])
    if bounds.low.minor > ceiling.minor:
        return Verdict(HARD, bounds.facts, bounds.low)
    if bounds.high is not None and bounds.high.minor <= ceiling.minor:
        return Verdict(PASS, bounds.facts, bounds.high)
    return Verdict(UNKNOWN, bounds.facts, bounds.high or (bounds.low if bounds.low.minor else None))


def max_revenue(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    fact = startup.seen.one("revenue")
    if fact is None:
        return Verdict(UNKNOWN)
    money = amount_in(fact.value, rule["unit"], (fact.start or startup.on).year)
    if money is None:
        return Verdict(UNKNOWN, (fact,))
    return Verdict(
        HARD if money.minor > Money.of(rule["value"], rule["unit"]).minor else PASS, (fact,), money
    )


def field_match(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    """A stated product class decides; one derived from the modality's defaults only asks."""
    stated = startup.seen.all("product_class", asset.id)
    if stated:
        scope = vocabulary("field_scope")
        inside = any(w in scope.up(f.value) for f in stated for w in rule["value"])
        return Verdict(PASS if inside else HARD, tuple(stated), tuple(f.value for f in stated))
    derived = {d["product_class"] for f in asset.modalities if (d := defaults_of(f.value))}
    return Verdict(UNKNOWN, tuple(asset.modalities), tuple(sorted(derived)), derived=True)


def stage_window(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    if asset.stage is None:
        return Verdict(UNKNOWN)
    return Verdict(
        PASS if asset.stage.value in rule["value"] else HARD, (asset.stage,), (asset.stage.value,)
    )


def unlisted(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    value, fact = startup.status
    if value is None:
        return Verdict(UNKNOWN)
    return Verdict(HARD if value in ("listed", "acquired", "closed") else PASS, (fact,), (value,))


def legal_entity(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    """Reads the legal entities, not the headquarters: a company in California may have none under
    US law.
    """
    places = [
        e["jurisdiction"]
        for e in startup.document.get("legal_entities", [])
        if e.get("jurisdiction")
    ]
    places += [f.value for f in startup.seen.all("legal_entity_of")]
    if not places:
        return Verdict(UNKNOWN)
    inside = any(w in vocabulary("geography").up(p) for p in places for w in rule["value"])
    return Verdict(PASS if inside else HARD, (), tuple(places))


def japan_origin(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    stated = startup.seen.one("japan_origin")
    if stated is not None:
        return Verdict(PASS if stated.value else HARD, (stated,))
    if startup.hq and country_of(startup.hq.value) == "jp":
        return Verdict(PASS, (startup.hq,), (startup.hq.value,))
    return Verdict(UNKNOWN)


def participant(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    found = [f for f in startup.seen.all("programme_member") if f.value in rule["value"]]
    return Verdict(PASS if found else UNKNOWN, tuple(found), tuple(f.value for f in found))


def certified_commitment(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    fact = startup.seen.one("certified_commitment")
    if fact is None or fact.value["currency"] != rule["unit"]:
        return Verdict(UNKNOWN)
    money = Money.of(fact.value["amount"], fact.value["currency"])
    return Verdict(
        PASS if money.minor >= Money.of(rule["value"], rule["unit"]).minor else HARD, (fact,), money
    )


def global_plan(startup: Startup, asset: Asset, rule: dict) -> Verdict:
    found = startup.us_hubs or startup.seen.all("plan")
    return Verdict(PASS if startup.us_hubs else UNKNOWN, tuple(found))


RULES: dict[str, Callable[[Startup, Asset, dict], Verdict]] = {
    "max-raised": max_raised,
    "max-revenue": max_revenue,
    "field-match": field_match,
    "stage-window": stage_window,
    "unlisted": unlisted,
    "legal-entity": legal_entity,
    "japan-origin": japan_origin,
    "programme-participant": participant,
    "certified-vc-commitment": certified_commitment,
    "global-plan": global_plan,
}
