"""What a mandate wishes against what is known of an asset, criterion by criterion: one relation per
pair, (criteria, A, M). Reads the same nodes as the gates, so the two cannot disagree.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from services.matching.engine.columns import (
    AREAS,
    CLASSES,
    COUNTRIES,
    INSTITUTIONS,
    MODALITIES,
    PLACES,
    SCALES,
    Columns,
    Lists,
)
from services.matching.engine.traits import Traits
from shared.vocabulary import country_of, vocabulary

OUTSIDE, UNKNOWN, NEAR, MEETS, UNSTATED = range(5)
NAMES = ("outside", "unknown", "near", "meets", "unstated")
CRITERIA = (
    "area",
    "modality",
    "product_class",
    "stage",
    "ticket",
    "country",
    "place",
    "origin",
)
# ranks apart that are one stage apart: between seed and series A lies another name for a round
ONE_STAGE = {"funding_round": 2, "development_stage": 1}
TICKET_FACTOR = 2.0


class Has:
    """Traits of assets as arrays: bit rows (A, nodes) with all that lies above a node, ranks (A,),
    nan where unknown.
    """

    def __init__(self, traits: Sequence[Traits]):
        self.traits = list(traits)
        self.areas = _rows(AREAS, "therapeutic_area", [t.areas for t in traits])
        self.modalities = _rows(MODALITIES, "modality", [t.modalities for t in traits])
        self.classes = _rows(CLASSES, "field_scope", [t.classes for t in traits])
        self.derived = _rows(CLASSES, "field_scope", [t.derived for t in traits])
        self.places = _rows(PLACES, "geography", [(t.hq,) if t.hq else () for t in traits])
        self.institutions = _rows(INSTITUTIONS, "institution", [t.institutions for t in traits])
        self.ranks = {
            "funding_round": _ranks("funding_round", [(t.round,) for t in traits])[:, :1],
            "development_stage": _ranks("development_stage", [t.stages for t in traits]),
        }
        self.raised = np.array([np.nan if t.raised is None else t.raised for t in traits])
        homes = [country_of(t.hq) if t.hq else None for t in traits]
        self.home = np.array([COUNTRIES.get(h or "", -1) for h in homes], dtype=int)

    def __len__(self) -> int:
        return len(self.traits)

    @cached_property
    def academic(self) -> np.ndarray:
        """(A,) bool: comes from a university or public institute."""
        nodes = vocabulary("institution").nodes
        return np.array(
            [
                any(nodes[i]["kind"] in ("university", "institute") for i in t.institutions)
                for t in self.traits
            ],
            dtype=bool,
        )


def _rows(at: dict[str, int], name: str, values: Sequence[tuple[str, ...]]) -> np.ndarray:
    out = np.zeros((len(values), len(at)), dtype=np.float32)
    for row, slugs in zip(out, values, strict=True):
        for up in (vocabulary(name).up(s) for s in slugs):
            row[[at[u] for u in up if u in at]] = 1
    return out


def _ranks(name: str, values: Sequence[tuple[str | None, ...]]) -> np.ndarray:
    rank = vocabulary(name).rank
    rows = [[np.nan if (r := rank(s)) is None else float(r) for s in row] for row in values]
    return np.array(rows, dtype=float).reshape(len(values), -1)


def _shared(mine: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(A, M) bool: whether an asset and a mandate share a node; counts, so exact in any order."""
    return mine @ wanted.T.astype(np.float32) > 0


def relations(has: Has, columns: Columns) -> np.ndarray:
    """(criteria, A, M) int8, in the order of CRITERIA."""
    area, modality = _focus(has, columns)
    found = (
        area,
        modality,
        _class(has, columns, modality),
        _stage(has, columns),
        _ticket(has, columns),
        _country(has, columns),
        _place(has, columns),
        _origin(has, columns),
    )
    return np.stack(found).astype(np.int8)


def _focus(has: Has, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Area and modality. A mandate's lists are alternatives: one that misses is near where another
    is met, and outside where none is.
    """
    sides = ((has.areas, columns.areas), (has.modalities, columns.modalities))
    hits = [_shared(mine, lists.wanted) for mine, lists in sides]
    met = hits[0] | hits[1]
    focused = columns.areas.focused | columns.modalities.focused
    area, modality = (
        _listed(mine, lists, hit, met, focused)
        for (mine, lists), hit in zip(sides, hits, strict=True)
    )
    return area, modality


def _listed(
    mine: np.ndarray, lists: Lists, hit: np.ndarray, met: np.ndarray, focused: np.ndarray
) -> np.ndarray:
    known = mine.any(axis=1, keepdims=True)
    out = np.where(hit, MEETS, np.where(known, np.where(met, NEAR, OUTSIDE), UNKNOWN))
    out = np.where(lists.stated & (focused | hit), out, UNSTATED)
    beyond = lists.has_exclusive & ~_shared(mine, lists.exclusive)
    out = np.where(beyond, np.where(known, OUTSIDE, UNKNOWN), out)
    return np.where(_shared(mine, lists.excluded), OUTSIDE, out)


def _class(has: Has, columns: Columns, modality: np.ndarray) -> np.ndarray:
    """A stated class decides; one that the modality suggests is near or, where the modality is not
    itself wanted, at risk.
    """
    stated = has.classes.any(axis=1, keepdims=True)
    suggested = np.where(_shared(has.derived, columns.classes), NEAR, OUTSIDE)
    guess = has.derived.any(axis=1, keepdims=True) & ((suggested == NEAR) | (modality != MEETS))
    decided = np.where(_shared(has.classes, columns.classes), MEETS, OUTSIDE)
    out = np.where(stated, decided, np.where(guess, suggested, UNKNOWN))
    return np.where(columns.classes.any(axis=1), out, UNSTATED)


def _stage(has: Has, columns: Columns) -> np.ndarray:
    """Two scales are two views of one wish, the better one speaks; windows marked `only` are the
    gate's, and decide alone.
    """
    best = np.full((len(has), len(columns)), UNSTATED)
    inside, unknown = (np.zeros(best.shape, dtype=bool) for _ in range(2))
    strict = np.zeros(len(columns), dtype=bool)
    for scale in SCALES:
        rank = has.ranks[scale][:, columns.targets if scale == "development_stage" else 0]
        rank = rank if rank.ndim == 2 else rank[:, None]
        low, high = columns.windows[scale].T
        away = np.maximum(np.maximum(low - rank, rank - high), 0)
        level = np.select([np.isnan(rank), away == 0, away <= ONE_STAGE[scale]], [1, 3, 2], OUTSIDE)
        stated = ~np.isnan(low)
        best = np.where(stated, np.where(best == UNSTATED, level, np.maximum(best, level)), best)
        low, high = columns.only_windows[scale].T
        strict |= ~np.isnan(low)
        unknown |= ~np.isnan(low) & np.isnan(rank)
        inside |= (low <= rank) & (rank <= high)
    return np.where(strict, np.select([inside, unknown], [MEETS, UNKNOWN], OUTSIDE), best)


def _ticket(has: Has, columns: Columns) -> np.ndarray:
    """A ticket against the raise under way; an old round is no raise."""
    raised, smallest = has.raised[:, None], columns.smallest_usd
    low, high = columns.round_ranges.T
    factor = np.maximum(np.maximum(low / raised, raised / high), 1.0)
    out = np.select([factor <= 1.0, factor <= TICKET_FACTOR], [MEETS, NEAR], OUTSIDE)
    too_large = smallest > raised
    out = np.where(smallest <= raised, np.maximum(out, NEAR), out)
    out = np.where(too_large, np.where(columns.smallest_unclear, UNKNOWN, OUTSIDE), out)
    return np.where(np.isnan(low), UNSTATED, np.where(np.isnan(raised), UNKNOWN, out))


def _country(has: Has, columns: Columns) -> np.ndarray:
    stated, inside = columns.geography
    out = np.where(inside.T[has.home], MEETS, OUTSIDE)
    unknown = np.where(inside.all(axis=1), UNSTATED, UNKNOWN)
    out = np.where((has.home < 0)[:, None], unknown, out)
    return np.where(stated, out, UNSTATED)


def _place(has: Has, columns: Columns) -> np.ndarray:
    """Places finer than a country; where a wider one is stated too, they are a preference."""
    below = np.array([country_of(s) not in (None, s) for s in PLACES], dtype=bool)
    known = has.places[:, below].any(axis=1, keepdims=True)
    held = _shared(has.places * below, columns.places)
    near = _shared(has.places, columns.places) | _shared(has.places * below, columns.regions)
    out = np.where(held, MEETS, np.where(near, NEAR, OUTSIDE))
    fine = (columns.places & below).any(axis=1)
    return np.where(fine, np.where(known, out, UNKNOWN), UNSTATED)


def _origin(has: Has, columns: Columns) -> np.ndarray:
    """The institution a company comes from: one that is named is a tie, "any university" never
    more than near.
    """
    known = has.institutions.any(axis=1, keepdims=True)
    own = _shared(has.institutions, columns.institutions)
    near = columns.any_university & has.academic[:, None]
    missed = np.where(columns.institution_focused, OUTSIDE, UNSTATED)
    out = np.where(own, MEETS, np.where(near, NEAR, missed))
    wished = columns.institution_focused | (columns.any_university & near) | own
    return np.where(wished, np.where(known, out, UNKNOWN), UNSTATED)
