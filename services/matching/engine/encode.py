"""Profiles to vectors: what a startup's asset is (soft membership), what a mandate wants (evidence), block by block."""

import math
from dataclasses import dataclass

import numpy as np

from services.matching.engine.space import FRESH_STEP, HIGH_DECADE, KNOTS_PER_DECADE, LOW_DECADE, SPACE, on_grid, round_to
from services.matching.engine.views import Asset, Mandate, Startup
from shared.judgement.dates import year_of
from shared.judgement.facts import Fact
from shared.judgement.funding import amount_in
from shared.judgement.money import newest_year
from shared.vocabulary import country_of, territory, vocabulary

PSEUDO_DEALS = 3.0
SHRINK = 2.5
ALSO_WEIGHT = 0.5
US_STATUS = {
    "us-ind-cleared": "us-cleared",
    "us-ind-filed": "us-cleared",
    "us-pre-ind": "us-dialogue",
    "us-interact": "us-dialogue",
    "us-q-sub": "us-dialogue",
}
READY_VALUE = {"us-cleared": 1.0, "us-dialogue": 0.8, "us-present": 0.6, "us-planned": 0.3, "jp-clinical": 0.0}
SUPPLY_VALUE = {"partner-named": 0.5, "need-open": 0.0, "exposed": -1.0}


@dataclass(frozen=True)
class Encoded:
    """One side of the product. `vector` (width,), `known` (blocks,) bool, `fresh` (blocks,) in 0..1, `facts` by block."""

    vector: np.ndarray
    known: np.ndarray
    fresh: np.ndarray
    facts: dict[str, list[Fact]]


def encode_asset(startup: Startup, asset: Asset) -> Encoded:
    """An asset's memberships on the grid; a block without facts is all zero: unknown is 0 points."""
    weights: dict[str, dict[str, float]] = {
        "area": _equal([f.value for f in asset.areas]),
        "area-class": _classes("therapeutic_area", asset.areas),
        "modality": _equal([f.value for f in asset.modalities]),
        "modality-class": _classes("modality", asset.modalities),
        "ticket": _hats(round_amount(startup)),
        "country": _equal([c for c in [country_of(startup.hq.value)] if c]) if startup.hq else {},
        "place": _equal([_place(startup)]) if _place(startup) else {},
        "round": _equal([startup.round[0]]) if startup.round[0] else {},
        "development": _equal([asset.stage.value]) if asset.stage else {},
        "readiness": readiness(startup, asset),
        "supply": supply(startup),
    }
    return _assemble(weights, _asset_facts(startup, asset), startup.on, grid=True)


def _asset_facts(startup: Startup, asset: Asset) -> dict[str, list[Fact]]:
    money = [f for f in (startup.current_raise, startup.last_round) if f is not None and f.value.get("amount")][:1]
    ready = [f for f in startup.seen.all("regulatory", asset.id)] + startup.us_hubs + startup.seen.all("partnering_goal")
    supply = startup.seen.all("compliance_flag") + startup.seen.all("manufacturing_partner") + startup.seen.all("manufacturing_need")
    return {
        "area": asset.areas,
        "area-class": asset.areas,
        "modality": asset.modalities,
        "modality-class": asset.modalities,
        "ticket": money,
        "country": [startup.hq] if startup.hq else [],
        "place": startup.us_hubs or ([startup.hq] if startup.hq else []),
        "round": [startup.round[1]] if startup.round[1] else [],
        "development": [asset.stage] if asset.stage else [],
        "readiness": ready,
        "supply": supply,
    }


def _equal(nodes: list[str]) -> dict[str, float]:
    return {n: 1.0 / len(set(nodes)) for n in nodes}


def _classes(name: str, facts: list[Fact]) -> dict[str, float]:
    """Each fact's weight spread over the top-level ancestors of its node."""
    out: dict[str, float] = {}
    for fact in facts:
        roots = vocabulary(name).roots(fact.value)
        for root in roots:
            out[root] = out.get(root, 0.0) + 1.0 / len(roots) / len(facts)
    return out


def round_amount(startup: Startup) -> float | None:
    """The size of the current raise, else of the last closed round, in USD; None where unknown."""
    now = startup.current_raise
    if now is not None and now.value.get("amount"):
        money = amount_in(now.value, "USD", newest_year())
    elif startup.last_round is not None:
        money = amount_in(startup.last_round.value, "USD", year_of(startup.last_round.value.get("date")))
    else:
        return None
    return float(money.whole) if money else None


def _hats(amount: float | None) -> dict[str, float]:
    """Linear interpolation between the two knots around log10(amount)."""
    if not amount or amount <= 0:
        return {}
    knots = SPACE.blocks[0].nodes
    position = min(max((math.log10(amount) - LOW_DECADE) * KNOTS_PER_DECADE, 0.0), (HIGH_DECADE - LOW_DECADE) * KNOTS_PER_DECADE)
    below = min(int(position), len(knots) - 2)
    return {knots[below]: 1 - (position - below), knots[below + 1]: position - below}


def _place(startup: Startup) -> str | None:
    """The planned or stated US hub, else the headquarters, where it is finer than a country."""
    fact = startup.us_hubs[0] if startup.us_hubs else startup.hq
    place = startup.hub_of(fact) if fact else None
    return place if place in SPACE.at["place"] else None


def readiness(startup: Startup, asset: Asset) -> dict[str, float]:
    found = [US_STATUS[f.value] for f in startup.seen.all("regulatory", asset.id) if f.value in US_STATUS]
    found += ["jp-clinical" for f in startup.seen.all("regulatory", asset.id) if f.value in ("jp-iit", "jp-ctn")]
    found += ["us-present"] if startup.us_hubs or (startup.hq and country_of(startup.hq.value) == "us") else []
    goals = vocabulary("partnering_goal").nodes
    found += ["us-planned" for f in startup.seen.all("partnering_goal") if goals[f.value].get("market") == "us"][:1]
    return _equal(found)


def supply(startup: Startup) -> dict[str, float]:
    found = ["exposed"] if exposures(startup) else []
    found += ["partner-named"] if startup.seen.all("manufacturing_partner") else []
    found += ["need-open"] if startup.seen.all("manufacturing_need") and "partner-named" not in found else []
    return _equal(found)


def exposures(startup: Startup) -> list[Fact]:
    """Compliance facts a person should look at."""
    flags = vocabulary("compliance_flag").nodes
    return [f for f in startup.seen.all("compliance_flag") if flags.get(f.value, {}).get("severity") in ("review", "high")]


def encode_mandate(mandate: Mandate, pi: dict[str, np.ndarray]) -> Encoded:
    """What a mandate wants, raw (before centring and scaling), from its statements as pseudo-deals.

    `pi` holds the population share of each node per block, each summing to 1. Evidence of past deals joins here.
    """
    weights = {
        "area": _evidence("area", _under("therapeutic_area", mandate.open.all("focus_area")), pi),
        "area-class": _evidence("area-class", _over("therapeutic_area", mandate.open.all("focus_area")), pi),
        "modality": _evidence("modality", _under("modality", mandate.open.all("focus_modality")), pi),
        "modality-class": _evidence("modality-class", _over("modality", mandate.open.all("focus_modality")), pi),
        "round": _evidence("round", _windows(mandate, "funding_round"), pi),
        "development": _evidence("development", _windows(mandate, "development_stage"), pi),
        "ticket": _ticket(mandate),
        "country": _countries(mandate),
        "place": _near_offices(mandate),
        "readiness": READY_VALUE if mandate.us_minded else {},
        "supply": SUPPLY_VALUE,
    }
    facts = {
        "area": mandate.open.all("focus_area"),
        "area-class": mandate.open.all("focus_area"),
        "modality": mandate.open.all("focus_modality"),
        "modality-class": mandate.open.all("focus_modality"),
        "round": mandate.open.all("focus_stage"),
        "development": mandate.open.all("focus_stage"),
        "ticket": mandate.open.all("ticket"),
        "country": mandate.open.all("focus_geography"),
        "place": mandate.offices,
        "readiness": mandate.open.all("focus_geography") + mandate.offices,
        "supply": [],
    }
    return _assemble(weights, facts, mandate.on, grid=False)


def _weight(fact: Fact) -> float:
    return ALSO_WEIGHT if fact.list == "also" else 1.0


def _under(name: str, facts: list[Fact]) -> dict[str, float]:
    """A stated node wants all that lies under it."""
    out: dict[str, float] = {}
    for fact in facts:
        for node in vocabulary(name).under(fact.value):
            out[node] = max(out.get(node, 0.0), _weight(fact))
    return out


def _over(name: str, facts: list[Fact]) -> dict[str, float]:
    """A stated node lends weight to its class: all of it when it is the class itself, less the deeper it lies."""
    out: dict[str, float] = {}
    for fact in facts:
        up = vocabulary(name).up(fact.value)
        for root in vocabulary(name).roots(fact.value):
            out[root] = max(out.get(root, 0.0), _weight(fact) * (1.0 if root == fact.value else 1.0 / len(up)))
    return out


def _windows(mandate: Mandate, scale: str) -> dict[str, float]:
    """Weight 1 inside a window, half one step outside it, a fifth two steps; an open end runs on."""
    words = vocabulary(scale)
    out: dict[str, float] = {}
    for fact in mandate.open.all("focus_stage"):
        if fact.value["scale"] != scale:
            continue
        window = words.nodes[fact.value["from"]].get("range") or fact.value
        low, high = words.rank(window["from"]), words.rank(window.get("to"))
        for node in SPACE.at["round" if scale == "funding_round" else "development"]:
            rank = words.rank(node)
            steps = max((low or 0) - rank, rank - (high if high is not None else 99), 0)
            weight = _weight(fact) * {0: 1.0, 1: 0.5, 2: 0.2}.get(steps, 0.0)
            out[node] = max(out.get(node, 0.0), weight)
    return out if any(out.values()) else {}


def _evidence(block: str, stated: dict[str, float], pi: dict[str, np.ndarray]) -> dict[str, float]:
    """log of the shrunken share of each node over its population share, from the statement's three pseudo-deals."""
    if not stated:
        return {}
    nodes, shares = SPACE.at[block], pi[block]
    first = SPACE.slices[block].start
    mass = sum(w * shares[nodes[n] - first] for n, w in stated.items() if n in nodes)
    return {n: math.log((PSEUDO_DEALS * stated.get(n, 0.0) / mass + SHRINK) / (PSEUDO_DEALS + SHRINK)) for n in nodes} if mass else {}


def _ticket(mandate: Mandate) -> dict[str, float]:
    """How well a round of a size suits a stated cheque: flat where a cheque is a fifth to all of a round, falling outside."""
    ranges = [r for f in mandate.open.all("ticket") if (r := _round_range(f.value)) is not None]
    if not ranges:
        return {}
    out = {}
    for i, knot in enumerate(SPACE.blocks[0].nodes):
        at = LOW_DECADE + i / KNOTS_PER_DECADE
        away = min(max(math.log10(low) - at, at - math.log10(high), 0.0) for low, high in ranges)
        out[knot] = max(-0.5 * (away / 0.35) ** 2, -4.0)
    return out


def _round_range(ticket: dict) -> tuple[float, float] | None:
    """The rounds in USD that a cheque fits in; a figure per company or lifetime is about two cheques."""
    typical = [ticket[k] for k in ("min", "typical", "max") if k in ticket]
    if not typical:
        return None
    cheques = 2.0 if ticket["kind"] in ("per-company", "lifetime") else 1.0
    low = ticket.get("min") or ticket.get("typical") or ticket["max"] / 8
    high = (ticket.get("max") or ticket.get("typical") or ticket["min"] * 4) * (2 if ticket.get("may_exceed_max") else 1)
    usd = [amount_in({"amount": a, "currency": ticket["currency"]}, "USD", newest_year()) for a in (low, high)]
    return (float(usd[0].whole) / cheques, float(usd[1].whole) / cheques * 5) if all(usd) else None


def _countries(mandate: Mandate) -> dict[str, float]:
    """Declared countries get the home value, the others its opposite; the world is half a declaration of each."""
    declared = [f.value for f in mandate.open.all("focus_geography")]
    if not declared:
        return {}
    inside = frozenset().union(*(territory(p) for p in declared if p != "world"))
    rest = 0.5 if "world" in declared else -1.0
    return {c: 1.0 if c in inside else rest for c in SPACE.at["country"]}


def _near_offices(mandate: Mandate) -> dict[str, float]:
    """Nearness to an office within its country, centred there; countries without an office stay at 0."""
    geography = vocabulary("geography")
    offices = [f.value for f in mandate.offices if f.value in SPACE.at["place"]]
    out: dict[str, float] = {}
    for country in {country_of(o) for o in offices}:
        places = [p for p in SPACE.at["place"] if country_of(p) == country]
        near = {p: max(_nearness(geography, p, o) for o in offices if country_of(o) == country) for p in places}
        mean = sum(near.values()) / len(near)
        out |= {p: n - mean for p, n in near.items()}
    return out


def _nearness(geography, place: str, office: str) -> float:
    if place == office or place in geography.up(office) or office in geography.up(place):
        return 1.0
    return 0.4 if geography.nodes[place].get("parent") == geography.nodes[office].get("parent") else 0.0


def _assemble(weights: dict[str, dict[str, float]], facts: dict[str, list[Fact]], on, grid: bool) -> Encoded:
    vector = np.zeros(SPACE.width)
    known, fresh = np.zeros(len(SPACE.blocks), dtype=bool), np.zeros(len(SPACE.blocks))
    for i, block in enumerate(SPACE.blocks):
        at = {SPACE.at[block.name][n]: w for n, w in weights[block.name].items() if n in SPACE.at[block.name]}
        if not at or (grid and sum(at.values()) <= 0):
            continue
        for position, value in (on_grid(at) if grid else at).items():
            vector[position] = value
        known[i] = True
        behind = facts[block.name]
        fresh[i] = round_to(sum(not f.stale(on) for f in behind) / len(behind), FRESH_STEP) if behind else 1.0
    return Encoded(vector, known, fresh, facts)
