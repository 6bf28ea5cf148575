"""All startups against one mandate: the other direction of the product, and what a changed mandate
would move.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from services.matching.engine.calibration import Calibration
from services.matching.engine.columns import Columns
from services.matching.engine.compiled import (
    WORDS,
    WRITTEN,
    cheques,
    classes,
    mandate_words,
    startup_words,
)
from services.matching.engine.encode import Encoded, encode_asset
from services.matching.engine.gates import CONCERNS, GATES
from services.matching.engine.grade import FLOOR, apart, fits
from services.matching.engine.space import SPACE
from services.matching.engine.traits import Traits
from services.matching.engine.views import Startup
from services.matching.engine.wishes import Has, relations
from shared.judgement.gates import HARD, SOFT

# fields of a mandate that no gate reads
UNTOUCHED = ("criterion_weights", "thesis", "focus_origin")


@dataclass(frozen=True)
class Ranking:
    """Every startup (S,) for one mandate: gate class, number of the grade, score in nats, and rank
    among the matches that have a grade (0: not listed).
    """

    cls: np.ndarray
    fit: np.ndarray
    score: np.ndarray
    rank: np.ndarray


class Crowd:
    """The assets of all startups as rows: `x` (A, width) sparse on the grid, `rows` (A,) constants,
    `known` (A, blocks).

    `of` (A,) is the startup of an asset, `first` (S,) the row of its lead asset; startups in the
    order of their ids.
    """

    def __init__(
        self,
        startups: list[Startup],
        calibration: Calibration,
        encoded: dict[tuple, Encoded] | None = None,
    ):
        self.startups = sorted(startups, key=lambda s: s.id)
        self.calibration = calibration
        self.assets = [
            [a for a in s.assets if not a.out_licensed] or s.assets[:1] for s in self.startups
        ]
        kept = encoded if encoded is not None else {}
        made = [
            _encoded(kept, s, a)
            for s, assets in zip(self.startups, self.assets, strict=True)
            for a in assets
        ]
        self.x = sp.csr_matrix(np.array([e.vector for e in made]).reshape(len(made), SPACE.width))
        self.known = np.array([e.known for e in made], dtype=bool).reshape(
            len(made), len(SPACE.blocks)
        )
        self.of = np.repeat(np.arange(len(self.startups)), [len(a) for a in self.assets])
        self.first = np.searchsorted(self.of, np.arange(len(self.startups)))
        self.rows = np.array([calibration.row_constant(calibration.halves(e.vector)) for e in made])
        self.pairs = [
            (s, a) for s, assets in zip(self.startups, self.assets, strict=True) for a in assets
        ]
        gated = [startup_words(s, a) for s, a in self.pairs]
        self.words = np.array([w for w, _ in gated], dtype=np.uint64).reshape(len(gated), WORDS)
        self.amount = np.array([a for _, a in gated])
        self._gates: dict[str, np.ndarray] = {}

    @cached_property
    def invented(self) -> np.ndarray:
        """(S,) bool: organisations that are visibly invented."""
        return np.array([s.invented for s in self.startups], dtype=bool)

    @cached_property
    def _block(self) -> np.ndarray:
        """The block of every non-zero of `x`."""
        return np.searchsorted(SPACE.starts, self.x.indices, side="right") - 1

    def rank(self, columns: Columns) -> Ranking:
        """Every startup for the one mandate of `columns`."""
        y, cls = columns.y[:, 0], self.classes(columns)
        speaks = self._speakers(y, cls)
        score = (self.x @ y + self.rows)[speaks] + columns.constants[0] + columns.activity[0]
        fit = fits(self.has, columns, relations(self.has, columns))[speaks, 0]
        old = np.array([apart(s, columns.mandates[0]) for s in self.startups], dtype=bool)
        listed = np.flatnonzero((cls[speaks] == 0) & (fit >= FLOOR) & ~old)
        rank = np.zeros(len(self.startups), dtype=np.int64)
        # best first, of equal numbers the better score, then by id
        order = np.lexsort((-score[listed], -fit[listed]))
        rank[listed[order]] = np.arange(1, len(listed) + 1)
        return Ranking(cls[speaks], fit, score, rank)

    @cached_property
    def has(self) -> Has:
        """What the assets have that mandates wish for."""
        return Has([Traits.of(s, a) for s, a in self.pairs])

    def classes(self, columns: Columns) -> np.ndarray:
        """(A,) gate classes; kept as long as nothing a gate reads changes."""
        mandate = columns.mandates[0]
        facts = [f for f in mandate.document["facts"] if f["field"] not in UNTOUCHED]
        key = repr(
            (
                mandate.id,
                facts,
                [(o.id, o.version, o.secrets) for o in (mandate, mandate.investor, *mandate.chain)],
            )
        )
        if key not in self._gates:
            if len(self._gates) > 64:
                self._gates.clear()
            soft, hard = classes(
                self.words, self.amount, mandate_words(columns)[:, 0], cheques(columns)[0]
            )
            for name in WRITTEN:
                states = self._written(name, columns)
                soft, hard = soft + (states == SOFT), hard + (states == HARD)
            self._gates[key] = np.where(
                hard + soft == 0, 0, np.where((hard == 0) & (soft == 1), 1, 2)
            ).astype(np.int8)
        return self._gates[key]

    def _written(self, name: str, columns: Columns) -> np.ndarray:
        """(A,) states of a gate that is decided pair by pair, only where it can say anything."""
        out = np.zeros(len(self.of), dtype=np.int8)
        mandate = columns.mandates[0]
        # a gate nobody has said more about concerns every mandate
        concerned = CONCERNS.get(name, bool)(mandate)
        for row, (startup, asset) in enumerate(self.pairs) if concerned or name == "block" else ():
            if concerned or startup.blocked:
                out[row] = GATES[name](startup, asset, columns)[0]
        return out

    def _speakers(self, y: np.ndarray, cls: np.ndarray) -> np.ndarray:
        """(S,) the row of the asset that speaks: the lead, unless another is in a better class or
        better on what both state.
        """
        best = self.first.copy()
        several = np.flatnonzero(np.diff(np.append(self.first, len(self.of))) > 1)
        if not len(several):
            return best
        shape = (self.x.shape[0], len(SPACE.blocks))
        rows = np.repeat(np.arange(shape[0]), np.diff(self.x.indptr))
        points = np.bincount(
            rows * shape[1] + self._block,
            self.x.data * y[self.x.indices],
            minlength=shape[0] * shape[1],
        ).reshape(shape)
        ends = np.append(self.first, len(self.of))[several + 1]
        for step in range(1, int((ends - self.first[several]).max())):
            still = self.first[several] + step < ends
            mine, theirs = self.first[several[still]] + step, best[several[still]]
            common = self.known[mine] & self.known[theirs]
            ahead = (points[mine] * common).sum(axis=1) > (points[theirs] * common).sum(axis=1)
            better = (cls[mine] < cls[theirs]) | ((cls[mine] == cls[theirs]) & ahead)
            best[several[still]] = np.where(better, mine, theirs)
        return best


def _encoded(kept: dict[tuple, Encoded], startup: Startup, asset) -> Encoded:
    key = (startup.id, asset.id, id(startup))
    if key not in kept:
        kept[key] = encode_asset(startup, asset)
    return kept[key]


def moves(before: Ranking, after: Ranking) -> dict[str, np.ndarray]:
    """Positions of startups that appear, drop, go up or go down, each in the order of the rank they
    have now (or had).
    """
    was, now = before.rank, after.rank
    found = {
        "appear": (was == 0) & (now > 0),
        "drop": (was > 0) & (now == 0),
        "up": (now > 0) & (now < was),
        "down": (was > 0) & (now > was),
    }
    order = np.where(now > 0, now, was)
    return {
        kind: np.flatnonzero(hit)[np.argsort(order[hit], kind="stable")]
        for kind, hit in found.items()
    }
