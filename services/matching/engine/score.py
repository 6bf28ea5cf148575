"""One startup against all mandates: gates, the best asset per pair, the exact score, fit and
confidence.
"""

from dataclasses import dataclass

import numpy as np

from services.matching.engine import gates, grade
from services.matching.engine.columns import Columns
from services.matching.engine.encode import Encoded, encode_asset
from services.matching.engine.space import C_STEP, SPACE, round_to
from services.matching.engine.traits import Traits
from services.matching.engine.views import Asset, Startup
from services.matching.engine.wishes import Has, relations
from shared.judgement.gates import FAIL, HARD, MATCH, NEAR_MISS, SOFT

CLASSES = (MATCH, NEAR_MISS, FAIL)


@dataclass(frozen=True)
class Evaluation:
    """All pairs of one startup, arrays over mandates (M,).

    `speaks` is the index of the asset that speaks for the pair, `cls` 0 match, 1 near miss, 2 fail;
    `score` is log-odds in nats, the exact sum of `investor` and `startup` (criteria, M), `row`,
    `column` and `activity`; `fit` the number of the grade, by which lists are sorted, from
    `relations` (criteria, M). `states` (gates, M); `removed` marks pairs that a hidden fact takes
    away.
    """

    startup: Startup
    assets: list[Asset]
    encoded: list[Encoded]
    speaks: np.ndarray
    cls: np.ndarray
    score: np.ndarray
    fit: np.ndarray
    relations: np.ndarray
    confidence: np.ndarray
    states: np.ndarray
    investor: np.ndarray
    startup_side: np.ndarray
    row: np.ndarray
    column: np.ndarray
    activity: np.ndarray
    removed: np.ndarray
    keep: np.ndarray

    @property
    def listed(self) -> np.ndarray:
        """(M,) bool: pairs that stand in lists, if no gate fails: with a row and a grade."""
        return self.keep & (self.fit >= grade.FLOOR)


def order_of(evaluation: Evaluation, j: int) -> tuple[int, float, float]:
    """Where a pair stands in every list: gate class, then its number, then the score."""
    return int(evaluation.cls[j]), -float(evaluation.fit[j]), -float(evaluation.score[j])


def gate_class(states: np.ndarray) -> np.ndarray:
    """(gates, M) states to (M,) classes: 0 no fail, 1 exactly one soft fail, 2 fail."""
    soft, hard = (states == SOFT).sum(axis=0), (states == HARD).sum(axis=0)
    return np.where((soft == 0) & (hard == 0), 0, np.where((soft == 1) & (hard == 0), 1, 2))


def points(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points per block, (blocks, M): partial sums of the product, over the few nodes an asset
    has.
    """
    places = np.flatnonzero(x)
    out = np.zeros((len(SPACE.blocks), y.shape[1]))
    np.add.at(
        out, np.searchsorted(SPACE.starts, places, side="right") - 1, y[places] * x[places, None]
    )
    return out


def by_criterion(per_block: np.ndarray) -> np.ndarray:
    """(blocks, M) to (criteria, M)."""
    out = np.zeros((len(SPACE.criteria), per_block.shape[1]))
    np.add.at(out, SPACE.criterion_rows, per_block)
    return out


def evaluate(startup: Startup, columns: Columns, disclosed: Startup | None = None) -> Evaluation:
    """Every pair of a startup. `disclosed` is the same startup with hidden facts, which act only as
    gates that remove.
    """
    assets = [a for a in startup.assets if not a.out_licensed] or startup.assets[:1]
    encoded = [encode_asset(startup, a) for a in assets]
    states = np.stack([gates.states_of(startup, a, columns) for a in assets])
    classes = np.stack([gate_class(s) for s in states])
    speaks = _speaker(encoded, columns, classes)
    pairs = np.arange(len(columns))
    x = np.stack([e.vector for e in encoded])
    half_a = np.stack([by_criterion(points(v, columns.y_a)) for v in x])[speaks, :, pairs].T
    half_b = np.stack([by_criterion(points(v, columns.y_b)) for v in x])[speaks, :, pairs].T
    calibration = columns.calibration
    constants = np.array([calibration.row_constant(calibration.halves(v)) for v in x])
    row = constants[speaks]
    score = half_a.sum(axis=0) + half_b.sum(axis=0) + row + columns.constants + columns.activity
    cls = classes[speaks, pairs]
    has = Has([Traits.of(startup, a) for a in assets])
    found = relations(has, columns)
    fit = grade.fits(has, columns, found)[speaks, pairs]
    return Evaluation(
        startup=startup,
        assets=assets,
        encoded=encoded,
        speaks=speaks,
        cls=cls,
        score=score,
        fit=fit,
        relations=found[:, speaks, pairs],
        confidence=_confidence(encoded, speaks, columns),
        states=states[speaks, :, pairs].T,
        investor=half_b,
        startup_side=half_a,
        row=row,
        column=columns.constants,
        activity=columns.activity,
        removed=_removed(startup, disclosed, columns, cls),
        keep=((fit >= grade.FLOOR) | calibration.keeps_all) & ~_apart(startup, columns),
    )


def _speaker(encoded: list[Encoded], columns: Columns, classes: np.ndarray) -> np.ndarray:
    """The lead asset, unless another is in a better gate class, or equal there and better on what
    is known of both.
    """
    best = np.zeros(len(columns), dtype=int)
    if len(encoded) == 1:
        return best
    blocks = np.stack([points(e.vector, columns.y) for e in encoded])
    pairs = np.arange(len(columns))
    known = np.stack([e.known for e in encoded])
    for i in range(1, len(encoded)):
        common = known[i] & known[best]  # (M, blocks)
        mine = (blocks[i].T * common).sum(axis=1)
        theirs = (blocks[best, :, pairs] * common).sum(axis=1)
        better = (classes[i] < classes[best, pairs]) | (
            (classes[i] == classes[best, pairs]) & (mine > theirs)
        )
        best = np.where(better, i, best)
    return best


def _confidence(encoded: list[Encoded], speaks: np.ndarray, columns: Columns) -> np.ndarray:
    """Sum over blocks of the B-share times the fraction, of both sides, that is known and fresh."""
    shares = columns.calibration.shares()
    # on a grid, so that every order of summing agrees
    share = round_to([shares[b.criterion] * b.part for b in SPACE.blocks], C_STEP)
    mine = np.stack([(e.known * e.fresh) @ share for e in encoded])[speaks]
    theirs = (columns.known * columns.fresh) @ share
    return np.round((mine + theirs) / 2, 4)


def _apart(startup: Startup, columns: Columns) -> np.ndarray:
    """(M,) bool: nothing new to the mandate, or of an investor that has ended."""
    return np.array([grade.apart(startup, m) for m in columns.mandates], dtype=bool)


def _removed(
    startup: Startup, disclosed: Startup | None, columns: Columns, cls: np.ndarray
) -> np.ndarray:
    """Pairs that fail once hidden facts are read, and did not visibly."""
    if disclosed is None:
        return np.zeros(len(columns), dtype=bool)
    hidden = np.stack(
        [gate_class(gates.states_of(disclosed, a, columns)) for a in disclosed.assets]
    ).min(axis=0)
    return hidden > cls
