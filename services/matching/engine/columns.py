"""All mandates as arrays: their halves of the product, constants, reference scores and stated
rules. M = number of mandates.
"""

from functools import cached_property

import numpy as np

from services.matching.engine.calibration import Calibration
from services.matching.engine.space import SPACE
from services.matching.engine.views import TARGETS, Mandate
from shared.judgement.funding import amount_in
from shared.judgement.money import newest_year
from shared.vocabulary import territory, vocabulary

AREAS = {s: i for i, s in enumerate(vocabulary("therapeutic_area").nodes)}
MODALITIES = {s: i for i, s in enumerate(vocabulary("modality").nodes)}
APART = 4096.0  # further than two scores can lie from each other
COUNTRIES = {
    s: i
    for i, s in enumerate(
        s for s, n in vocabulary("geography").nodes.items() if n["kind"] == "country"
    )
}


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
        self.reference = (
            calibration.x @ self.y
            + calibration.row_constants[:, None]
            + self.constants
            + self.activity
        ).T
        self.reference.sort(axis=1)
        self.cut = self._cut()

    @cached_property
    def _line(self) -> np.ndarray:
        """All sorted reference scores on one line, each mandate's shifted past the one before:
        exact, for all are on the grid.
        """
        return (self.reference + np.arange(len(self))[:, None] * APART).ravel()

    def standing(self, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many reference startups score below, and how many the same, for each mandate: two
        (M,) int.
        """
        places = np.arange(len(self))
        below, upto = (
            np.searchsorted(self._line, score + places * APART, side) for side in ("left", "right")
        )
        return below - places * self.reference.shape[1], upto - below

    def __len__(self) -> int:
        return len(self.mandates)

    def _cut(self) -> np.ndarray:
        """(M,) the score a row needs on the mandate's side; -inf where the reference is smaller
        than the rows wanted.
        """
        share = self.calibration.cuts[0]
        if share >= 1 or not len(self):
            return np.full(len(self), -np.inf)
        return np.quantile(self.reference, 1 - share, axis=1)

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
        for scale in ("funding_round", "development_stage"):
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
