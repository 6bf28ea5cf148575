"""All pairs at once: the product with gates inside and the best k of both directions, in one pass,
bounded in memory.

Scores are sums on the grid, so the compiled path (numba, where installed) and the NumPy path give
the same bits.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from services.matching.engine.compiled import GROUPS, NONE, STARTS, WORDS

try:
    import numba
except ImportError:  # the NumPy path serves
    numba = None

TILE = 512  # mandates at a time: their columns stay in the cache
BLOCK = 256  # startups at a time on the NumPy path
LAYOUT = np.array(
    [(start, start + g.width, g.kind) for g, start in zip(GROUPS, STARTS, strict=False)],
    dtype=np.int64,
)


@dataclass(frozen=True)
class Rows:
    """Startups: `x` (S, width) float32 sparse, `constants` (S,), gate `words` (S, WORDS) uint64,
    `amount` (S,) USD.
    """

    x: sp.csr_matrix
    constants: np.ndarray
    words: np.ndarray
    amount: np.ndarray


@dataclass(frozen=True)
class Cols:
    """Mandates: `y` (width, M) float32, `constants` (M,), gate `words` (WORDS, M) uint64,
    `smallest` cheque (M,) USD.
    """

    y: np.ndarray
    constants: np.ndarray
    words: np.ndarray
    smallest: np.ndarray


@dataclass(frozen=True)
class Best:
    """The best k without a fail, best first, ties by position: `at` (n, k) int32 (-1: none left)
    and `score` (n, k) float32.
    """

    at: np.ndarray
    score: np.ndarray


def empty(n: int, k: int) -> Best:
    return Best(np.full((n, k), -1, dtype=np.int32), np.full((n, k), -np.inf, dtype=np.float32))


def best_pairs(
    rows: Rows, cols: Cols, k: int, threads: int = 2, compiled: bool | None = None
) -> tuple[Best, Best]:
    """The best k mandates of every startup (S, k) and the best k startups of every mandate (M,
    k).
    """
    if compiled if compiled is not None else numba is not None:
        return _compiled(rows, cols, k, threads)
    return _numpy(rows, cols, k)


def best_for_startup(rows: Rows, i: int, cols: Cols, k: int) -> Best:
    """The best k mandates of one startup (1, k)."""
    one = Rows(rows.x[i], rows.constants[i : i + 1], rows.words[i : i + 1], rows.amount[i : i + 1])
    if numba is None:
        return _numpy(one, cols, k)[0]
    found, place = empty(1, k), np.zeros(2, dtype=np.int64)
    place[1] = one.x.nnz
    given = (
        place,
        one.x.indices.astype(np.int64),
        one.x.data,
        one.constants,
        one.words,
        one.amount,
    )
    unused = empty(1, 1)
    unused.score[:] = np.inf
    _scan(
        0, 1, *given, *_wanted(cols), LAYOUT, TILE, found.at, found.score, unused.at, unused.score
    )
    return _sorted(found)


def best_for_mandate(rows: Rows, cols: Cols, j: int, k: int) -> Best:
    """The best k startups of one mandate (1, k)."""
    if numba is None:
        one = Cols(
            cols.y[:, j : j + 1],
            cols.constants[j : j + 1],
            cols.words[:, j : j + 1],
            cols.smallest[j : j + 1],
        )
        return _numpy(rows, one, k)[1]
    found = empty(1, k)
    x = (rows.x.indptr, rows.x.indices, rows.x.data)
    wanted = (
        np.ascontiguousarray(cols.y[:, j]),
        cols.constants[j],
        np.ascontiguousarray(cols.words[:, j]),
        cols.smallest[j],
    )
    _column(
        *x, rows.constants, rows.words, rows.amount, *wanted, LAYOUT, found.at[0], found.score[0]
    )
    return _sorted(found)


def _wanted(cols: Cols) -> tuple:
    return (
        np.ascontiguousarray(cols.y),
        cols.constants.astype(np.float32),
        cols.words,
        cols.smallest.astype(np.float64),
    )


def failing(words: np.ndarray, amount: np.ndarray, cols: Cols) -> np.ndarray:
    """(S, M) bool: pairs with any fail among the compiled gates."""
    out = amount[:, None] < cols.smallest
    for start, end, kind in LAYOUT:
        shared = np.zeros(out.shape, dtype=bool)
        for w in range(start, end):
            shared |= (words[:, w, None] & cols.words[w]) != 0
        out |= shared if kind == NONE else ~shared
    return out


def _numpy(rows: Rows, cols: Cols, k: int) -> tuple[Best, Best]:
    """Block by block: a dense product, gates, and partial sorts merged into what is held."""
    startups, mandates = empty(rows.x.shape[0], k), empty(cols.y.shape[1], k)
    for begin in range(0, rows.x.shape[0], BLOCK):
        part = slice(begin, begin + BLOCK)
        score = (
            np.asarray(rows.x[part] @ cols.y, dtype=np.float32)
            + rows.constants[part, None]
            + cols.constants
        )
        score[failing(rows.words[part], rows.amount[part], cols)] = -np.inf
        found = _top(
            score, np.broadcast_to(np.arange(score.shape[1], dtype=np.int32), score.shape), k
        )
        startups.at[part], startups.score[part] = found.at, found.score
        places = np.broadcast_to(
            np.arange(begin, begin + score.shape[0], dtype=np.int32), score.T.shape
        )
        held = _top(np.hstack([mandates.score, score.T]), np.hstack([mandates.at, places]), k)
        mandates.at[:], mandates.score[:] = held.at, held.score
    return startups, mandates


def _top(score: np.ndarray, at: np.ndarray, k: int) -> Best:
    """The best k of each line by score, then position."""
    out = empty(len(score), k)
    order = np.lexsort((at, -score), axis=1)[:, :k]
    chosen = np.take_along_axis(score, order, axis=1)
    out.score[:, : order.shape[1]] = chosen
    out.at[:, : order.shape[1]] = np.where(
        np.isfinite(chosen), np.take_along_axis(at, order, axis=1), -1
    )
    return out


def _compiled(rows: Rows, cols: Cols, k: int, threads: int) -> tuple[Best, Best]:
    """Each thread takes a run of startups over all mandates; what it holds per mandate is merged at
    the end.
    """
    n, m = rows.x.shape[0], cols.y.shape[1]
    startups, held = empty(n, k), [empty(m, k) for _ in range(threads)]
    bounds = np.linspace(0, n, threads + 1).astype(np.int64)
    x = (
        rows.x.indptr.astype(np.int64),
        rows.x.indices.astype(np.int64),
        rows.x.data.astype(np.float32, copy=False),
    )
    given = (rows.constants.astype(np.float32), rows.words, rows.amount.astype(np.float64))
    wanted = _wanted(cols)

    def run(i: int) -> None:
        _scan(
            bounds[i],
            bounds[i + 1],
            *x,
            *given,
            *wanted,
            LAYOUT,
            TILE,
            startups.at,
            startups.score,
            held[i].at,
            held[i].score,
        )

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))
    startups = _sorted(startups)
    return startups, _top(np.hstack([h.score for h in held]), np.hstack([h.at for h in held]), k)


def _sorted(held: Best) -> Best:
    """Heaps in order, block by block."""
    for begin in range(0, len(held.at), 8192):
        part = slice(begin, begin + 8192)
        order = np.lexsort((held.at[part], -held.score[part]), axis=1)
        held.at[part] = np.take_along_axis(held.at[part], order, axis=1)
        held.score[part] = np.take_along_axis(held.score[part], order, axis=1)
    return held


if numba is not None:

    @numba.njit(nogil=True, cache=True, fastmath=False)
    def _push(at, score, place, value):  # pragma: no cover - compiled
        """Puts (value, place) over the root of a heap whose root is the worst: lowest score, then
        last place.
        """
        i, k = 0, len(at)
        while True:
            child = 2 * i + 1
            if child >= k:
                break
            right = child + 1
            if right < k and (
                score[right] < score[child]
                or (score[right] == score[child] and at[right] > at[child])
            ):
                child = right
            if score[child] < value or (score[child] == value and at[child] > place):
                at[i], score[i] = at[child], score[child]
                i = child
            else:
                break
        at[i], score[i] = place, value

    @numba.njit(nogil=True, cache=True, fastmath=False)
    def _gate(  # noqa: C901 - loops that are compiled as one
        fails, hit, words, wanted, layout, low, size
    ):  # pragma: no cover - compiled
        """Marks in `fails` the mandates low .. low+size that fail a startup's words."""
        for g in range(len(layout)):
            start, end, kind = layout[g]
            found = False
            for w in range(start, end):
                mine = words[w]
                if mine != 0:
                    line = wanted[w, low : low + size]
                    if found:
                        for j in range(size):
                            hit[j] |= mine & line[j]
                    else:
                        for j in range(size):
                            hit[j] = mine & line[j]
                        found = True
            if kind == 1:
                if found:
                    for j in range(size):
                        fails[j] |= hit[j] != 0
            elif found:
                for j in range(size):
                    fails[j] |= hit[j] == 0
            else:
                for j in range(size):
                    fails[j] = True

    @numba.njit(nogil=True, cache=True, fastmath=False)
    def _scan(  # noqa: C901 - loops that are compiled as one
        begin,
        end,
        indptr,
        indices,
        data,
        rows,
        words,
        amount,
        y,
        cols,
        wanted,
        smallest,
        layout,
        tile,
        at,
        score,
        col_at,
        col_score,
    ):  # pragma: no cover - compiled
        """Scores startups begin .. end against all mandates, tile by tile, and keeps the best of
        both directions in heaps.
        """
        held = len(col_at)  # one line stands for all where columns are not asked for
        acc = np.empty(tile, np.float32)
        fails = np.empty(tile, np.bool_)
        hit = np.empty(tile, np.uint64)
        m = y.shape[1]
        for low in range(0, m, tile):
            size = min(tile, m - low)
            line = cols[low : low + size]
            least = smallest[low : low + size]
            for s in range(begin, end):
                constant = rows[s]
                for j in range(size):
                    acc[j] = line[j] + constant
                p, last = indptr[s], indptr[s + 1]
                while p + 4 <= last:
                    a, b, c, d = data[p], data[p + 1], data[p + 2], data[p + 3]
                    ya, yb = y[indices[p], low : low + size], y[indices[p + 1], low : low + size]
                    yc, yd = (
                        y[indices[p + 2], low : low + size],
                        y[indices[p + 3], low : low + size],
                    )
                    for j in range(size):
                        acc[j] += a * ya[j] + b * yb[j] + c * yc[j] + d * yd[j]
                    p += 4
                while p < last:
                    a, ya = data[p], y[indices[p], low : low + size]
                    for j in range(size):
                        acc[j] += a * ya[j]
                    p += 1
                raised = amount[s]
                for j in range(size):
                    fails[j] = raised < least[j]
                _gate(fails, hit, words[s], wanted, layout, low, size)
                root = score[s, 0]
                for j in range(size):
                    value = acc[j]
                    if (value > root or value > col_score[(low + j) % held, 0]) and not fails[j]:
                        if value > root:
                            _push(at[s], score[s], np.int32(low + j), value)
                            root = score[s, 0]
                        if value > col_score[(low + j) % held, 0]:
                            _push(col_at[low + j], col_score[low + j], np.int32(s), value)

    @numba.njit(nogil=True, cache=True, fastmath=False)
    def _column(
        indptr, indices, data, rows, words, amount, y, constant, wanted, smallest, layout, at, score
    ):  # pragma: no cover - compiled
        """Scores all startups for one mandate and keeps the best in a heap."""
        for s in range(len(rows)):
            value = rows[s] + np.float32(constant)
            for p in range(indptr[s], indptr[s + 1]):
                value += data[p] * y[indices[p]]
            if value <= score[0] or amount[s] < smallest:
                continue
            fails = False
            for g in range(len(layout)):
                shared = False
                for w in range(layout[g, 0], layout[g, 1]):
                    shared |= (words[s, w] & wanted[w]) != 0
                fails |= shared == (layout[g, 2] == 1)
            if not fails:
                _push(at, score, np.int32(s), value)


assert LAYOUT[-1, 1] == WORDS
