"""All mandates as arrays: their halves of the product, constants, reference scores and stated
rules. M = number of mandates.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from services.matching.engine.calibration import Calibration
from services.matching.engine.encode import round_range
from services.matching.engine.space import SPACE
from services.matching.engine.views import TARGETS, Mandate
from shared.judgement.funding import amount_in
from shared.judgement.money import newest_year
from shared.vocabulary import territory, vocabulary

AREAS = {s: i for i, s in enumerate(vocabulary("therapeutic_area").nodes)}
MODALITIES = {s: i for i, s in enumerate(vocabulary("modality").nodes)}
COUNTRIES = {
    s: i
    for i, s in enumerate(
        s for s, n in vocabulary("geography").nodes.items() if n["kind"] == "country"
    )
}

CLASSES, PLACES, INSTITUTIONS = (
    {s: i for i, s in enumerate(vocabulary(name).nodes)}
    for name in ("field_scope", "geography", "institution")
)
SCALES = ("funding_round", "development_stage")
ANY_UNIVERSITY = "any-university"


class Columns:
    """Arrays over mandates in the order of their ids. `y_a`, `y_b` (width, M) hold the halves of
    both directions.
    """

    def __init__(self, mandates: list[Mandate], calibration: Calibration):
        self.mandates = sorted(mandates, key=lambda m: m.id)
        self.calibration = calibration
        encoded = [calibration.encode(m) for m in self.mandates]
        sides = [
            calibration.sides(e, m.weights) for e, m in zip(encoded, self.mandates, strict=True)
        ]
        shape = (SPACE.width, len(self.mandates))
        self.y_a = np.array([a for a, _ in sides]).T.reshape(shape)
        self.y_b = np.array([b for _, b in sides]).T.reshape(shape)
        self.y = self.y_a + self.y_b
        self.constants = np.array(
            [
                calibration.column_constant(b) - calibration.price_of(m)
                for (_, b), m in zip(sides, self.mandates, strict=True)
            ]
        )
        self.activity = np.array([calibration.activity_of(m) for m in self.mandates])
        self.known = np.array([e.known for e in encoded]).reshape(len(encoded), len(SPACE.blocks))
        self.fresh = np.array([e.fresh for e in encoded]).reshape(len(encoded), len(SPACE.blocks))
        self.facts = [e.facts for e in encoded]
        self.standard: Any = None  # what grades are told by, made where they are

    @cached_property
    def reference(self) -> np.ndarray:
        """(S, M) scores of the reference startups."""
        calibration = self.calibration
        rows = calibration.x @ self.y + calibration.row_constants[:, None]
        return rows + self.constants + self.activity

    def __len__(self) -> int:
        return len(self.mandates)

    @cached_property
    def areas(self) -> "Lists":
        return Lists(self.mandates, "focus_area", AREAS, "therapeutic_area")

    @cached_property
    def modalities(self) -> "Lists":
        return Lists(self.mandates, "focus_modality", MODALITIES, "modality")

    @cached_property
    def only_windows(self) -> dict[str, np.ndarray]:
        """(M, 2) ranks of windows that admit nothing outside, per scale; nan where none is
        stated.
        """
        out = {}
        for scale in SCALES:
            words, rows = vocabulary(scale), []
            for mandate in self.mandates:
                stated = [
                    f.value
                    for f in mandate.open.all("focus_stage")
                    if f.window == "only" and f.value["scale"] == scale
                ]
                low = min((words.rank(v["from"]) for v in stated), default=np.nan)
                high = max(
                    (words.rank(v["to"]) if "to" in v else 99 for v in stated), default=np.nan
                )
                rows.append((low, high))
            out[scale] = np.array(rows, dtype=float).reshape(-1, 2)
        return out

    @cached_property
    def windows(self) -> dict[str, np.ndarray]:
        """(M, 2) ranks from the lowest to the highest of all windows stated, per scale; nan where
        none is stated, no end where it is open.
        """
        return {
            scale: np.array([_hull(m, scale) for m in self.mandates], dtype=float).reshape(-1, 2)
            for scale in SCALES
        }

    @cached_property
    def round_ranges(self) -> np.ndarray:
        """(M, 2) the smallest and largest round in USD that the stated tickets fit in, nan without
        one.
        """
        rows = []
        for mandate in self.mandates:
            stated = [r for f in mandate.open.all("ticket") if (r := round_range(f.value))]
            low = min((r[0] for r in stated), default=np.nan)
            rows.append((low, max((r[1] for r in stated), default=np.nan)))
        return np.array(rows, dtype=float).reshape(-1, 2)

    @cached_property
    def classes(self) -> np.ndarray:
        """(M, classes) bool: product classes wanted."""
        modes = ("focus", "exclusive", "also")
        stated = [m.listed("focus_product_class", *modes) for m in self.mandates]
        return self._bits(CLASSES, [[f.value for f in row] for row in stated])

    @cached_property
    def places(self) -> np.ndarray:
        """(M, places) bool: stated geography."""
        stated = [[f.value for f in m.open.all("focus_geography")] for m in self.mandates]
        return self._bits(PLACES, stated)

    @cached_property
    def regions(self) -> np.ndarray:
        """(M, places) bool: parts of countries around the places stated."""
        return self._bits(
            PLACES,
            [
                [r for f in m.open.all("focus_geography") for r in regions_of(f.value)]
                for m in self.mandates
            ],
        )

    @cached_property
    def institutions(self) -> np.ndarray:
        """(M, institutions) bool: those named as where a company should come from."""
        stated = [
            [f.value["institution"] for f in m.open.all("focus_institution")] for m in self.mandates
        ]
        return self._bits(INSTITUTIONS, [[i for i in row if i != ANY_UNIVERSITY] for row in stated])

    @cached_property
    def any_university(self) -> np.ndarray:
        return self._stating(lambda value: value["institution"] == ANY_UNIVERSITY)

    @cached_property
    def institution_focused(self) -> np.ndarray:
        """(M,) bool: names institutions as more than a thing considered besides."""
        return self._stating(lambda value: value["strength"] != "also")

    def _stating(self, test: Callable[[dict], bool]) -> np.ndarray:
        return np.array(
            [any(test(f.value) for f in m.open.all("focus_institution")) for m in self.mandates],
            dtype=bool,
        )

    def _bits(self, at: dict[str, int], rows: list[list[str]]) -> np.ndarray:
        out = np.zeros((len(self), len(at)), dtype=bool)
        for bits, slugs in zip(out, rows, strict=True):
            bits[[at[s] for s in slugs if s in at]] = True
        return out

    @cached_property
    def targets(self) -> np.ndarray:
        """(M,) which of `TARGETS` a mandate aims at, from 1; 0 for several or none."""
        return np.array(
            [1 + TARGETS.index(m.target) if m.target else 0 for m in self.mandates], dtype=int
        )

    @cached_property
    def smallest_usd(self) -> np.ndarray:
        """(M,) smallest cheque in USD, nan where none is stated."""
        rows = []
        for mandate in self.mandates:
            fact = mandate.smallest_cheque
            money = (
                amount_in(
                    {"amount": fact.value["min"], "currency": fact.value["currency"]},
                    "USD",
                    newest_year(),
                )
                if fact
                else None
            )
            rows.append(float(money.whole) if money else np.nan)
        return np.array(rows, dtype=float)

    @cached_property
    def smallest_unclear(self) -> np.ndarray:
        """(M,) bool: the smallest cheque does not say whether it is one cheque or all of them."""
        return np.array(
            [
                bool(m.smallest_cheque and m.smallest_cheque.value["kind"] == "not-stated")
                for m in self.mandates
            ],
            dtype=bool,
        )

    @cached_property
    def geography(self) -> tuple[np.ndarray, np.ndarray]:
        """(M,) bool where a geography is stated, (M, countries) bool inside it."""
        stated = np.array([bool(m.open.all("focus_geography")) for m in self.mandates], dtype=bool)
        inside = np.zeros((len(self), len(COUNTRIES)), dtype=bool)
        for row, mandate in zip(inside, self.mandates, strict=True):
            for fact in mandate.open.all("focus_geography"):
                for country in territory(fact.value):
                    if country in COUNTRIES:
                        row[COUNTRIES[country]] = True
        return stated, inside

    @cached_property
    def affiliated(self) -> dict[str, list[int]]:
        """The mandates that an organisation stands behind, as investor or above one."""
        out: dict[str, list[int]] = {}
        for j, mandate in enumerate(self.mandates):
            for org in mandate.affiliates:
                out.setdefault(org, []).append(j)
        return out

    @cached_property
    def seats(self) -> np.ndarray:
        """(M, places) bool: parts of countries in which the investor has an office."""
        offices = [[r for f in m.offices for r in regions_of(f.value)] for m in self.mandates]
        return self._bits(PLACES, offices)

    @cached_property
    def habits(self) -> dict[str, np.ndarray]:
        """(M, nodes) int past deals of fund and investor at or below a node, for area and modality;
        0 for less than two and a third of all, which is no habit.
        """
        out = {}
        fields = {"area": ("therapeutic_area", AREAS), "modality": ("modality", MODALITIES)}
        for criterion, (name, at) in fields.items():
            rows = np.zeros((len(self), len(at)), dtype=int)
            for row, mandate in zip(rows, self.mandates, strict=True):
                for fact in mandate.past_deals:
                    up = vocabulary(name).up(fact.value.get(name, ""))
                    row[[at[node] for node in up if node in at]] += 1
                row[(row < 2) | (3 * row < len(mandate.past_deals))] = 0
            out[criterion] = rows
        return out

    @cached_property
    def equity(self) -> np.ndarray:
        return np.array([m.kind == "equity" for m in self.mandates], dtype=bool)

    @cached_property
    def follow_only(self) -> np.ndarray:
        return np.array(
            ["follow" in m.terms and "lead" not in m.terms for m in self.mandates], dtype=bool
        )

    @cached_property
    def unlisted_only(self) -> np.ndarray:
        return np.array(
            [
                any(
                    f.value["rule"] == "unlisted" and f.value["value"] is True
                    for f in m.open.all("eligibility")
                )
                for m in self.mandates
            ],
            dtype=bool,
        )

    @cached_property
    def blocking(self) -> list[tuple[int, Mandate]]:
        """The mandates that block anyone, with their places."""
        return [(i, m) for i, m in enumerate(self.mandates) if m.blocked]

    def accepts(self, status: str) -> np.ndarray:
        """(M,) bool: mandates that say they take companies of a status."""
        return np.array(
            [any(f.value == status for f in m.open.all("accepts_status")) for m in self.mandates],
            dtype=bool,
        )


def regions_of(place: str) -> list[str]:
    """The parts of its country that a place lies in, itself included where it is one."""
    words = vocabulary("geography")
    return [s for s in words.up(place) if words.nodes.get(s, {}).get("kind") == "subregion"]


def _hull(mandate: Mandate, scale: str) -> tuple[float, float]:
    words = vocabulary(scale)
    stated = [f.value for f in mandate.open.all("focus_stage") if f.value["scale"] == scale]
    windows = [words.nodes[v["from"]].get("range") or v for v in stated]
    low = [words.rank(w["from"]) for w in windows]
    high = [words.rank(w["to"]) if "to" in w else 99 for w in windows]
    known = [r for r in (*low, *high) if r is not None]
    if not windows or len(known) < 2 * len(windows):
        return np.nan, np.nan
    return min(known[: len(windows)]), max(known[len(windows) :])


class Lists:
    """A mandate list of one vocabulary as bit rows: wanted (focus, also, exclusive), exclusive,
    excluded. (M, nodes) bool.
    """

    def __init__(self, mandates: list[Mandate], name: str, at: dict[str, int], exclusion: str):
        self.at = at
        self.wanted, self.exclusive, self.excluded = (
            np.zeros((len(mandates), len(at)), dtype=bool) for _ in range(3)
        )
        self.focused = np.zeros(len(mandates), dtype=bool)
        for i, mandate in enumerate(mandates):
            for fact in mandate.open.all(name):
                if fact.value in at:
                    self.wanted[i, at[fact.value]] = True
                    self.exclusive[i, at[fact.value]] = fact.list == "exclusive"
                    self.focused[i] |= fact.list != "also"
            for fact in mandate.open.all("exclusion"):
                if isinstance(fact.value, dict) and fact.value.get(exclusion) in at:
                    self.excluded[i, at[fact.value[exclusion]]] = True
        self.stated, self.has_exclusive, self.has_excluded = (
            m.any(axis=1) for m in (self.wanted, self.exclusive, self.excluded)
        )

    def hits(self, rows: np.ndarray, nodes: frozenset[str]) -> np.ndarray:
        """(M,) bool: mandates whose rows hold one of the nodes."""
        places = [self.at[n] for n in nodes if n in self.at]
        return rows[:, places].any(axis=1) if places else np.zeros(len(rows), dtype=bool)
