"""Gates of a startup's asset against all mandates at once: states as (M,) int8. The words for one
pair are in `words.py`.
"""

from collections.abc import Callable

import numpy as np

from services.matching.engine.columns import COUNTRIES, Columns
from services.matching.engine.encode import exposures, product_class, round_amount
from services.matching.engine.rules import decide
from services.matching.engine.views import TARGETS, Asset, Mandate, Startup
from shared.judgement.facts import Fact
from shared.judgement.gates import HARD, NONE, PASS, REVIEW, SOFT, UNKNOWN
from shared.vocabulary import country_of, territory, vocabulary

States = np.ndarray


def _all(columns: Columns, state: int) -> States:
    return np.full(len(columns), state, dtype=np.int8)


def status(startup: Startup, asset: Asset, columns: Columns) -> States:
    """Acquired or closed fails all that do not take such companies; listed fails where only
    unlisted ones are taken.
    """
    value, _ = startup.status
    if value in ("acquired", "closed"):
        return np.where(columns.accepts(value), PASS, HARD).astype(np.int8)
    if value == "listed":
        unlisted = np.where(columns.unlisted_only, HARD, UNKNOWN)
        return np.where(columns.accepts("listed"), PASS, unlisted).astype(np.int8)
    return _all(columns, PASS if value in ("active", "planned-listing") else UNKNOWN)


def focus(startup: Startup, asset: Asset, columns: Columns) -> States:
    """Soft fail outside every stated list; hard outside an exclusive one or on an exclusion; a
    missing value asks.
    """
    out = _all(columns, NONE)
    sides = ((columns.areas, asset.area_up), (columns.modalities, asset.modality_up))
    hit = sum(
        (lists.hits(lists.wanted, up) for lists, up in sides), np.zeros(len(columns), dtype=bool)
    )
    could = sum(
        (lists.stated & (not up) for lists, up in sides), np.zeros(len(columns), dtype=bool)
    )
    focused = sum((lists.focused for lists, _ in sides), np.zeros(len(columns), dtype=bool))
    out[focused & ~hit] = SOFT
    out[focused & ~hit & could] = UNKNOWN
    out[hit] = PASS
    for lists, up in sides:
        outside = lists.has_exclusive & ~lists.hits(lists.exclusive, up)
        out[outside & (out != HARD)] = HARD if up else UNKNOWN
    for lists, up in sides:
        if not up:
            out[lists.has_excluded & (out != HARD)] = UNKNOWN
        out[lists.hits(lists.excluded, up)] = HARD
        out[lists.has_excluded & (out == NONE)] = PASS
    return out


def stage(startup: Startup, asset: Asset, columns: Columns) -> States:
    """Only windows that admit nothing outside; two scales are two views of one wish. Development is
    read in the mandate's target territory.
    """
    development = np.array([_rank(asset.stage_in(place)) for place in (None, *TARGETS)])
    ranks = {
        "funding_round": np.full(
            len(columns), _number(vocabulary("funding_round").rank(startup.round[0]))
        ),
        "development_stage": development[columns.targets],
    }
    inside, unknown, stated = (np.zeros(len(columns), dtype=bool) for _ in range(3))
    for scale, windows in columns.only_windows.items():
        has = ~np.isnan(windows[:, 0])
        stated |= has
        unknown |= has & np.isnan(ranks[scale])
        inside |= has & (windows[:, 0] <= ranks[scale]) & (ranks[scale] <= windows[:, 1])
    return np.select([~stated, inside, unknown], [NONE, PASS, UNKNOWN], SOFT).astype(np.int8)


def _rank(stage: Fact | None) -> float:
    return _number(vocabulary("development_stage").rank(stage.value) if stage else None)


def _number(rank: int | None) -> float:
    return np.nan if rank is None else float(rank)


def raising(startup: Startup, asset: Asset, columns: Columns) -> States:
    """Listed where the startup says whether it is raising; a stated "not raising" fails equity."""
    now = startup.current_raise
    if now is None:
        return _all(columns, NONE)
    state = PASS if now.value["state"] == "raising" else SOFT
    return np.where(columns.equity, state, NONE).astype(np.int8)


def cheque(startup: Startup, asset: Asset, columns: Columns) -> States:
    """Fails when the smallest cheque exceeds the current raise; a cheque of unclear kind only
    asks.
    """
    smallest = columns.smallest_usd
    now = startup.current_raise
    amount = round_amount(startup) if now is not None and now.value.get("amount") else None
    if amount is None:
        return np.where(np.isnan(smallest), NONE, UNKNOWN).astype(np.int8)
    too_large = np.where(columns.smallest_unclear, UNKNOWN, SOFT)
    return np.where(np.isnan(smallest), NONE, np.where(smallest > amount, too_large, PASS)).astype(
        np.int8
    )


def country(startup: Startup, asset: Asset, columns: Columns) -> States:
    """The country of the headquarters against the stated geography."""
    stated, inside = columns.geography
    home = country_of(startup.hq.value) if startup.hq else None
    if home not in COUNTRIES:
        anywhere = inside.all(axis=1)  # the whole world: no answer could fail, so nothing is asked
        return np.where(stated & ~anywhere, UNKNOWN, NONE).astype(np.int8)
    return np.where(stated, np.where(inside[:, COUNTRIES[home]], PASS, SOFT), NONE).astype(np.int8)


def lead(startup: Startup, asset: Asset, columns: Columns) -> States:
    """A follow-only mandate waits until a lead is found."""
    now = startup.current_raise
    found = now is not None and now.value.get("lead") == "found"
    return np.where(columns.follow_only, PASS if found else UNKNOWN, NONE).astype(np.int8)


def compliance(startup: Startup, asset: Asset, columns: Columns) -> States:
    """Exposure is for a person to review, never a fail; listed only where there is some."""
    return _all(columns, REVIEW if exposures(startup) else NONE)


def pairwise(
    verdict: Callable[[Startup, Asset, Mandate], int], concerns: Callable[[Mandate], bool]
) -> Callable:
    """An array gate from a decision about one pair, made only for the mandates it concerns."""

    def states(startup: Startup, asset: Asset, columns: Columns) -> States:
        out = _all(columns, NONE)
        cache = columns.__dict__.setdefault("_concerned", {})
        places = cache.get(verdict)
        if places is None:
            places = cache[verdict] = [i for i, m in enumerate(columns.mandates) if concerns(m)]
        for i in places:
            out[i] = verdict(startup, asset, columns.mandates[i])
        return out

    return states


def rights_of(startup: Startup, asset: Asset, wanted: dict) -> tuple[int, list[Fact]]:
    """Whether a right sought is free: its state and the facts that decide. Territory by territory,
    at the view's date.
    """
    place = wanted.get("territory")
    refused = [f for f in startup.seen.all("refused_right") if _refuses(f.value, wanted)]
    if refused and place:
        return HARD, refused
    stated = startup.seen.all("rights")
    if place is None:
        return (UNKNOWN, refused) if refused else (PASS, [])
    sought = territory(place)
    mine = [f for f in stated if f.value["holder"] == startup.id]
    others = [f for f in stated if f.value["holder"] != startup.id]
    held = [
        f for f in others if f.value.get("territory") and territory(f.value["territory"]) & sought
    ]
    if held:
        return HARD, held
    vague = [f for f in others if not f.value.get("territory")]
    if vague:
        return UNKNOWN, vague
    covered = frozenset().union(
        *(territory(f.value["territory"]) for f in mine if f.value.get("territory")), frozenset()
    )
    return (PASS, mine) if sought <= covered else (UNKNOWN, stated)


def _refuses(refusal: dict, wanted: dict) -> bool:
    """Whether a refusal speaks of a right sought; a side that does not say which right or territory
    speaks of any.
    """
    if refusal.get("right") and wanted.get("right") and refusal["right"] != wanted["right"]:
        return False
    if not refusal.get("territory") or not wanted.get("territory"):
        return True
    return bool(territory(refusal["territory"]) & territory(wanted["territory"]))


def sought_rights(mandate: Mandate) -> list[Fact]:
    return mandate.open.all("rights_sought")


def _rights(startup: Startup, asset: Asset, mandate: Mandate) -> int:
    states = [rights_of(startup, asset, f.value)[0] for f in sought_rights(mandate)]
    if not states and "strategic-rights" in mandate.terms and startup.seen.all("refused_right"):
        return UNKNOWN
    return max(states, default=NONE)


def _eligibility(startup: Startup, asset: Asset, mandate: Mandate) -> int:
    classes, stated = product_class(asset, startup)
    wanted = {f.value for f in mandate.listed("focus_product_class", "focus", "exclusive", "also")}
    if not stated:
        return UNKNOWN
    return (
        PASS if any(w in vocabulary("field_scope").up(c) for c in classes for w in wanted) else HARD
    )


def investor_rules(mandate: Mandate) -> list[Fact]:
    """Written rules other than "unlisted only", which the status gate reads."""
    return [
        f
        for f in mandate.open.all("eligibility")
        if f.value["rule"] != "unlisted" and f.value.get("effect") != "allows"
    ]


def block(startup: Startup, asset: Asset, columns: Columns) -> States:
    """Block-lists of both sides, affiliates included; only a block is listed."""
    out = _all(columns, NONE)
    for i, mandate in enumerate(columns.mandates) if startup.blocked else columns.blocking:
        if startup.blocked & mandate.affiliates or startup.id in mandate.blocked:
            out[i] = HARD
    return out


def overlaps(asset: Asset, mandate: Mandate) -> list[tuple]:
    """Internal programmes at or above both an area and a modality of the asset."""
    return [
        (owner, f)
        for owner, f in mandate.programmes
        if f.value["modality"] in asset.modality_up
        and f.value.get("therapeutic_area") in asset.area_up
    ]


def _conflict(startup: Startup, asset: Asset, mandate: Mandate) -> int:
    if not overlaps(asset, mandate):
        return NONE
    policy = mandate.full.one("conflict_policy")
    return HARD if policy and policy.value["policy"] == "gate" else REVIEW


def _investor_rule(startup: Startup, asset: Asset, mandate: Mandate) -> int:
    return max((decide(startup, asset, f).state for f in investor_rules(mandate)), default=NONE)


CONCERNS: dict[str, Callable[[Mandate], bool]] = {
    "rights": lambda m: bool(sought_rights(m)) or "strategic-rights" in m.terms,
    "investor-rule": lambda m: bool(investor_rules(m)),
    "eligibility": lambda m: bool(m.open.all("focus_product_class")),
    "block": lambda m: bool(m.blocked),
    "conflict": lambda m: bool(m.programmes),
}
GATES: dict[str, Callable[[Startup, Asset, Columns], States]] = {
    "status": status,
    "focus": focus,
    "stage": stage,
    "raising": raising,
    "cheque": cheque,
    "country": country,
    "lead": lead,
    "rights": pairwise(_rights, CONCERNS["rights"]),
    "investor-rule": pairwise(_investor_rule, CONCERNS["investor-rule"]),
    "eligibility": pairwise(_eligibility, CONCERNS["eligibility"]),
    "block": block,
    "conflict": pairwise(_conflict, CONCERNS["conflict"]),
    "compliance": compliance,
}
NAMES = tuple(GATES)


def states_of(startup: Startup, asset: Asset, columns: Columns) -> np.ndarray:
    """All gates of an asset: (gates, M) int8 in the order of NAMES."""
    return np.stack([gate(startup, asset, columns) for gate in GATES.values()])
