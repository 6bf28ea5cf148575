"""Past deals of an investor as decayed counts per block: what it did, beside what its mandate
says.
"""

import math
from dataclasses import dataclass
from datetime import date

from services.matching.engine.evidence import HALF_LIFE_DAYS
from services.matching.engine.space import HIGH_DECADE, KNOTS_PER_DECADE, LOW_DECADE, SPACE
from services.matching.engine.views import Mandate
from shared.judgement.dates import first_day, year_of
from shared.judgement.facts import Fact
from shared.judgement.funding import amount_in
from shared.vocabulary import country_of, vocabulary

PACE_HALF_LIFE_DAYS = 365.25
BLOCKS = (
    "area",
    "area-class",
    "modality",
    "modality-class",
    "round",
    "development",
    "country",
    "ticket",
    "text",
)
KEY = {
    "area": "therapeutic_area",
    "modality": "modality",
    "round": "round",
    "development": "stage",
    "country": "place",
    "ticket": "amount",
}


@dataclass(frozen=True)
class Past:
    """Decayed deals per node of each block, the facts behind them, and the recent pace (deals,
    halved every year).
    """

    counts: dict[str, dict[str, float]]
    facts: list[Fact]
    pace: float

    def behind(self, block: str) -> list[Fact]:
        return [f for f in self.facts if KEY[block] in f.value]


def past_of(mandate: Mandate, today: date) -> Past:
    """The past deals of a mandate and its investor; deals after the view's date are left out, those
    after `today` are new.
    """
    facts = mandate.past_deals
    dated = [(f, first_day(f.value["date"])) for f in facts]
    known = [(f, day) for f, day in dated if day is not None and day <= mandate.on]
    counts: dict[str, dict[str, float]] = {block: {} for block in BLOCKS}
    pace = 0.0
    for fact, day in known:
        age = max((today - day).days, 0)
        pace += 0.5 ** (age / PACE_HALF_LIFE_DAYS)
        for block, nodes in _nodes(fact.value).items():
            for node, share in nodes.items():
                if node in SPACE.at[block]:
                    counts[block][node] = counts[block].get(node, 0.0) + share * 0.5 ** (
                        age / HALF_LIFE_DAYS
                    )
    return Past(counts, [f for f, _ in known], pace)


def _nodes(deal: dict) -> dict[str, dict[str, float]]:
    out: dict[str, dict[str, float]] = {}
    for block, name in (("area", "therapeutic_area"), ("modality", "modality")):
        if name in deal:
            roots = vocabulary(name).roots(deal[name])
            out |= {
                block: {deal[name]: 1.0},
                f"{block}-class": {r: 1.0 / len(roots) for r in roots},
            }
    if "round" in deal:
        out["round"] = {deal["round"]: 1.0}
    if "stage" in deal:
        out["development"] = {deal["stage"]: 1.0}
    if "place" in deal and country_of(deal["place"]):
        out["country"] = {country_of(deal["place"]): 1.0}
    money = amount_in(deal, "USD", year_of(deal["date"])) if "amount" in deal else None
    return out | ({"ticket": hats(float(money.whole))} if money else {})


def hats(amount: float | None) -> dict[str, float]:
    """Linear interpolation between the two knots around log10(amount)."""
    if not amount or amount <= 0:
        return {}
    knots = SPACE.blocks[0].nodes
    position = min(
        max((math.log10(amount) - LOW_DECADE) * KNOTS_PER_DECADE, 0.0),
        (HIGH_DECADE - LOW_DECADE) * KNOTS_PER_DECADE,
    )
    below = min(int(position), len(knots) - 2)
    return {knots[below]: 1 - (position - below), knots[below + 1]: position - below}
