"""Profiles to vectors: what a startup's asset is (soft membership), what a mandate wants
(evidence), block by block.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.matching.engine import texts
from services.matching.engine.evidence import SATURATION, SHRINK
from services.matching.engine.past import Past, hats, past_of
from services.matching.engine.space import (
    FRESH_STEP,
    KNOTS_PER_DECADE,
    LOW_DECADE,
    SPACE,
    on_grid,
    round_to,
)
from services.matching.engine.views import Asset, Mandate, Startup
from shared.judgement.dates import year_of
from shared.judgement.facts import Fact
from shared.judgement.funding import amount_in
from shared.judgement.money import newest_year
from shared.vocabulary import country_of, defaults_of, territory, vocabulary

PSEUDO_DEALS = 3.0
SPREAD_KNOTS = 2.5  # a past deal speaks for rounds of nearly its size
ALSO_WEIGHT = 0.5
US_STATUS = {
    "us-ind-cleared": "us-cleared",
    "us-ind-filed": "us-cleared",
    "us-pre-ind": "us-dialogue",
    "us-interact": "us-dialogue",
    "us-q-sub": "us-dialogue",
}
READY_VALUE = {
    "us-cleared": 1.0,
    "us-dialogue": 0.8,
    "us-present": 0.6,
    "us-planned": 0.3,
    "jp-clinical": 0.0,
}
SUPPLY_VALUE = {"partner-named": 0.5, "need-open": 0.0, "exposed": -1.0}


@dataclass(frozen=True)
class Encoded:
    """One side of the product. `vector` (width,), `known` (blocks,) bool, `fresh` (blocks,) in
    0..1, `facts` by block.
    """

    vector: np.ndarray
    known: np.ndarray
    fresh: np.ndarray
    facts: dict[str, list[Fact]]


def encode_asset(startup: Startup, asset: Asset) -> Encoded:
    """An asset's memberships on the grid; a block without facts is all zero: unknown is 0
    points.
    """
    weights: dict[str, dict[str, float]] = {
        "area": _equal([f.value for f in asset.areas]),
        "area-class": _classes("therapeutic_area", asset.areas),
        "modality": _equal([f.value for f in asset.modalities]),
        "modality-class": _classes("modality", asset.modalities),
        "ticket": hats(round_amount(startup)),
        "country": _equal([c for c in [country_of(startup.hq.value)] if c]) if startup.hq else {},
        "place": _equal([_place(startup)]) if _place(startup) else {},
        "round": _equal([startup.round[0]]) if startup.round[0] else {},
        "development": _equal([asset.stage.value]) if asset.stage else {},
        "text": _equal(texts.nodes_in(_texts(startup))),
        "readiness": readiness(startup, asset),
        "supply": supply(startup),
    }
    return _assemble(
        weights, _asset_facts(startup, asset), startup.on, grid=True, doubtful=startup.seen.doubtful
    )


def _asset_facts(startup: Startup, asset: Asset) -> dict[str, list[Fact]]:
    money = [
        f
        for f in (startup.current_raise, startup.last_round)
        if f is not None and f.value.get("amount")
    ][:1]
    ready = (
        [f for f in startup.seen.all("regulatory", asset.id)]
        + startup.us_hubs
        + startup.seen.all("partnering_goal")
    )
    supply = (
        startup.seen.all("compliance_flag")
        + startup.seen.all("manufacturing_partner")
        + startup.seen.all("manufacturing_need")
    )
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
        "text": _texts(startup),
        "readiness": ready,
        "supply": supply,
    }


def _texts(startup: Startup) -> list[Fact]:
    return [f for field in ("technology", "lead_asset", "origin") for f in startup.seen.all(field)]


def texts_of(mandate: Mandate) -> list[Fact]:
    """What an investor writes about what it looks for: thesis, origin wanted, strengths."""
    return [
        *mandate.open.all("thesis"),
        *mandate.open.all("focus_origin"),
        *mandate.investor.open.all("strength"),
    ]


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
        money = amount_in(
            startup.last_round.value, "USD", year_of(startup.last_round.value.get("date"))
        )
    else:
        return None
    return float(money.whole) if money else None


def _place(startup: Startup) -> str | None:
    """The planned or stated US hub, else the headquarters, where it is finer than a country."""
    fact = startup.us_hubs[0] if startup.us_hubs else startup.hq
    place = startup.hub_of(fact) if fact else None
    return place if place in SPACE.at["place"] else None


def readiness(startup: Startup, asset: Asset) -> dict[str, float]:
    found = [
        US_STATUS[f.value] for f in startup.seen.all("regulatory", asset.id) if f.value in US_STATUS
    ]
    found += [
        "jp-clinical"
        for f in startup.seen.all("regulatory", asset.id)
        if f.value in ("jp-iit", "jp-ctn")
    ]
    found += (
        ["us-present"]
        if startup.us_hubs or (startup.hq and country_of(startup.hq.value) == "us")
        else []
    )
    goals = vocabulary("partnering_goal").nodes
    found += [
        "us-planned"
        for f in startup.seen.all("partnering_goal")
        if goals[f.value].get("market") == "us"
    ][:1]
    return _equal(found)


def supply(startup: Startup) -> dict[str, float]:
    found = ["exposed"] if exposures(startup) else []
    found += ["partner-named"] if startup.seen.all("manufacturing_partner") else []
    found += (
        ["need-open"]
        if startup.seen.all("manufacturing_need") and "partner-named" not in found
        else []
    )
    return _equal(found)


def product_class(asset: Asset, startup: Startup) -> tuple[set[str], bool]:
    """The product classes of an asset and whether they were stated; derived ones come from its
    modalities' defaults.
    """
    stated = {f.value for f in startup.seen.all("product_class", asset.id)}
    if stated:
        return stated, True
    return {d["product_class"] for f in asset.modalities if (d := defaults_of(f.value))}, False


def exposures(startup: Startup) -> list[Fact]:
    """Compliance facts a person should look at."""
    flags = vocabulary("compliance_flag").nodes
    return [
        f
        for f in startup.seen.all("compliance_flag")
        if flags.get(f.value, {}).get("severity") in ("review", "high")
    ]


def encode_mandate(
    mandate: Mandate, pi: dict[str, np.ndarray], today: date, readings: dict[str, float]
) -> Encoded:
    """What a mandate wants, raw (before centring and scaling): its past deals, and its statements
    as three pseudo-deals.

    `pi` holds the population share of each node per block, each summing to 1; ages count to
    `today`, the calibration's date; `readings` weighs the four readings of evidence.
    """
    past = past_of(mandate, today)
    theses = texts_of(mandate)
    stated = {
        "area": _under("therapeutic_area", mandate.open.all("focus_area")),
        "area-class": _over("therapeutic_area", mandate.open.all("focus_area")),
        "modality": _under("modality", mandate.open.all("focus_modality")),
        "modality-class": _over("modality", mandate.open.all("focus_modality")),
        "round": _windows(mandate, "funding_round"),
        "development": _windows(mandate, "development_stage"),
        "text": _equal(texts.nodes_in(theses)),
    }
    weights = {
        block: _evidence(block, wants, past.counts[block], pi[block], readings)
        for block, wants in stated.items()
    }
    weights |= {
        "ticket": _ticket(mandate) or _usual_sizes(past, pi["ticket"]),
        "country": _countries(mandate) or _usual_countries(past, pi["country"]),
        "place": _near_offices(mandate),
        "readiness": READY_VALUE if mandate.us_minded else {},
        "supply": SUPPLY_VALUE,
    }
    facts = {
        "area": mandate.open.all("focus_area") + past.behind("area"),
        "area-class": mandate.open.all("focus_area") + past.behind("area"),
        "modality": mandate.open.all("focus_modality") + past.behind("modality"),
        "modality-class": mandate.open.all("focus_modality") + past.behind("modality"),
        "round": mandate.open.all("focus_stage") + past.behind("round"),
        "development": mandate.open.all("focus_stage") + past.behind("development"),
        "text": theses,
        "ticket": mandate.open.all("ticket") or past.behind("ticket"),
        "country": mandate.open.all("focus_geography") or past.behind("country"),
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
    """A stated node lends weight to its class: all of it when it is the class itself, less the
    deeper it lies.
    """
    out: dict[str, float] = {}
    for fact in facts:
        up = vocabulary(name).up(fact.value)
        for root in vocabulary(name).roots(fact.value):
            out[root] = max(
                out.get(root, 0.0), _weight(fact) * (1.0 if root == fact.value else 1.0 / len(up))
            )
    return out


def _windows(mandate: Mandate, scale: str) -> dict[str, float]:
    """Weight 1 inside a window, half one step outside it, a fifth two steps; an open end runs
    on.
    """
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


def _evidence(
    block: str,
    stated: dict[str, float],
    deals: dict[str, float],
    share: np.ndarray,
    readings: dict[str, float],
) -> dict[str, float]:
    """Preference over deals and the statement's three pseudo-deals, spread by population share; the
    other readings over deals.
    """
    nodes, first = SPACE.at[block], SPACE.slices[block].start
    share_of = {n: float(share[i - first]) for n, i in nodes.items()}
    mass = sum(w * share_of[n] for n, w in stated.items() if n in nodes)
    if not mass and not deals:
        return {}
    total = (PSEUDO_DEALS if mass else 0.0) + sum(deals.values())
    out = {}
    for node in nodes:
        pseudo = PSEUDO_DEALS * stated.get(node, 0.0) / mass if mass else 0.0
        n = deals.get(node, 0.0)
        preference = math.log((pseudo + n / share_of[node] + SHRINK) / (total + SHRINK))
        habits = (
            readings["habit"] * n / (n + SATURATION)
            + readings["seen"] * (n > 0)
            + readings["volume"] * math.log1p(n)
        )
        out[node] = readings["preference"] * preference + habits
    return out


def _usual_sizes(past: Past, share: np.ndarray) -> dict[str, float]:
    """The clipped log-likelihood ratio of each size under the shrunken history of rounds; nothing
    without sized deals.
    """
    deals, knots = past.counts["ticket"], SPACE.blocks[0].nodes
    if not deals:
        return {}
    kernel = np.exp(
        -0.5 * ((np.arange(len(knots))[:, None] - np.arange(len(knots))) / SPREAD_KNOTS) ** 2
    )
    kernel /= kernel.sum(axis=0)
    count, usual = kernel @ np.array([deals.get(k, 0.0) for k in knots]), kernel @ share
    usual = usual / usual.sum()
    ratio = np.log((count / usual + SHRINK) / (count.sum() + SHRINK))
    return dict(zip(knots, np.clip(np.round(ratio, 12), -4.0, 4.0).tolist(), strict=True))


def _usual_countries(past: Past, share: np.ndarray) -> dict[str, float]:
    """Learned habit per country, between -1 and 1 like a declaration; the calibration caps it in
    nats.
    """
    deals = past.counts["country"]
    if not deals:
        return {}
    total = sum(deals.values())
    habit = {
        c: math.log((deals.get(c, 0.0) / p + SHRINK) / (total + SHRINK))
        for c, p in zip(SPACE.at["country"], share, strict=True)
    }
    return {c: min(max(h, -1.0), 1.0) for c, h in habit.items()}


def _ticket(mandate: Mandate) -> dict[str, float]:
    """How well a round of a size suits a stated cheque: flat where a cheque is a fifth to all of a
    round, falling outside.
    """
    ranges = [r for f in mandate.open.all("ticket") if (r := round_range(f.value)) is not None]
    if not ranges:
        return {}
    out = {}
    for i, knot in enumerate(SPACE.blocks[0].nodes):
        at = LOW_DECADE + i / KNOTS_PER_DECADE
        away = min(max(math.log10(low) - at, at - math.log10(high), 0.0) for low, high in ranges)
        out[knot] = max(-0.5 * (away / 0.35) ** 2, -4.0)
    return out


def round_range(ticket: dict) -> tuple[float, float] | None:
    """The rounds in USD that a cheque fits in; a figure per company or lifetime is about two
    cheques.
    """
    typical = [ticket[k] for k in ("min", "typical", "max") if k in ticket]
    if not typical:
        return None
    cheques = 2.0 if ticket["kind"] in ("per-company", "lifetime") else 1.0
    low = ticket.get("min") or ticket.get("typical") or ticket["max"] / 8
    high = (ticket.get("max") or ticket.get("typical") or ticket["min"] * 4) * (
        2 if ticket.get("may_exceed_max") else 1
    )
    usd = [
        amount_in({"amount": a, "currency": ticket["currency"]}, "USD", newest_year())
        for a in (low, high)
    ]
    return (float(usd[0].whole) / cheques, float(usd[1].whole) / cheques * 5) if all(usd) else None


def _countries(mandate: Mandate) -> dict[str, float]:
    """Declared countries get the home value, the others its opposite; the world is half a
    declaration of each.
    """
    declared = [f.value for f in mandate.open.all("focus_geography")]
    if not declared:
        return {}
    inside = frozenset().union(*(territory(p) for p in declared if p != "world"))
    rest = 0.5 if "world" in declared else -1.0
    return {c: 1.0 if c in inside else rest for c in SPACE.at["country"]}


def _near_offices(mandate: Mandate) -> dict[str, float]:
    """Nearness to an office within its country, centred there; countries without an office stay at
    0.
    """
    geography = vocabulary("geography")
    offices = [f.value for f in mandate.offices if f.value in SPACE.at["place"]]
    out: dict[str, float] = {}
    for country in {country_of(o) for o in offices}:
        places = [p for p in SPACE.at["place"] if country_of(p) == country]
        near = {
            p: max(_nearness(geography, p, o) for o in offices if country_of(o) == country)
            for p in places
        }
        mean = sum(near.values()) / len(near)
        out |= {p: n - mean for p, n in near.items()}
    return out


def _nearness(geography, place: str, office: str) -> float:
    if place == office or place in geography.up(office) or office in geography.up(place):
        return 1.0
    return (
        0.4
        if geography.nodes[place].get("parent") == geography.nodes[office].get("parent")
        else 0.0
    )


def _never(fact: Fact) -> bool:
    return False


def _assemble(
    weights: dict[str, dict[str, float]],
    facts: dict[str, list[Fact]],
    on: date,
    grid: bool,
    doubtful: Callable[[Fact], bool] = _never,
) -> Encoded:
    """The encoded side; what is past its shelf life, or contradicted by another source, is known
    but not fresh.
    """
    vector = np.zeros(SPACE.width)
    known, fresh = np.zeros(len(SPACE.blocks), dtype=bool), np.zeros(len(SPACE.blocks))
    for i, block in enumerate(SPACE.blocks):
        at = {
            SPACE.at[block.name][n]: w
            for n, w in weights[block.name].items()
            if n in SPACE.at[block.name]
        }
        if not at or (grid and sum(at.values()) <= 0):
            continue
        for position, value in (on_grid(at) if grid else at).items():
            vector[position] = value
        known[i] = True
        behind = facts[block.name]
        fresh[i] = (
            round_to(
                sum(not (f.stale(on) or doubtful(f)) for f in behind) / len(behind), FRESH_STEP
            )
            if behind
            else 1.0
        )
    return Encoded(vector, known, fresh, facts)
