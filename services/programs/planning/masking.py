"""What a public table may show: small counts hidden, and enough others beside them that no total
gives them away.

Cells from 1 to 4 are hidden (`<5`); 0 counts nobody and is shown. A reader knows every shown cell,
that rows and columns add up to their totals, that a `<5` lies between 1 and 4, and that a cell
withheld beside it is 5 or more. A table is safe when all that still leaves a hidden cell several
values: a linear programme asks for the smallest and the largest; while one is pinned down, the
cheapest shown cell beside it is withheld as well.
"""

import numpy as np
from scipy.optimize import linprog

LEAST, ROOM = 5, 2  # a hidden count may still be one of three values at least
SMALL, WITHHELD = "<5", "*"


def masked(table: list[list[int]]) -> list[list[int | str]]:
    """A table of counts with row and column totals appended, made safe. `table` has no totals; the
    answer has one more row and column.
    """
    whole = np.array(table, dtype=int)
    whole = np.vstack(
        [np.hstack([whole, whole.sum(1, keepdims=True)]), np.append(whole.sum(0), whole.sum())]
    )
    small = hidden(whole)
    withheld = np.zeros_like(small)
    while (found := _exposed(whole, small, withheld)) is not None:
        hide = _cheapest(whole, small | withheld, found)
        if hide is None:
            break  # nothing is shown at all
        withheld[hide] = True
    _restore(whole, small, withheld)
    shown = np.where(withheld, WITHHELD, np.where(small, SMALL, whole.astype(str)))
    return [[int(v) if v.isdigit() else str(v) for v in row] for row in shown]


def _restore(whole: np.ndarray, small: np.ndarray, withheld: np.ndarray) -> None:
    """Shows again what need not have been withheld, the largest first."""
    for cell in sorted(zip(*np.nonzero(withheld), strict=True), key=lambda c: (-whole[c], c)):
        withheld[cell] = False
        if _exposed(whole, small, withheld) is not None:
            withheld[cell] = True


def hidden(whole: np.ndarray) -> np.ndarray:
    """Which counts are too small to be shown. Same shape, bool."""
    return (whole > 0) & (whole < LEAST)


def _exposed(whole: np.ndarray, small: np.ndarray, withheld: np.ndarray) -> tuple[int, int] | None:
    """The first small cell whose value what is shown leaves less than `ROOM` to."""
    for cell in zip(*np.nonzero(small), strict=True):
        low, high = bounds(whole, small, withheld, cell)
        if high - low < ROOM:
            return int(cell[0]), int(cell[1])
    return None


def bounds(
    whole: np.ndarray, small: np.ndarray, withheld: np.ndarray, cell: tuple[int, int]
) -> tuple[int, int]:
    """What a reader can narrow a hidden cell down to, from the shown cells and the sums."""
    rows, columns = whole.shape
    equations = []
    for i in range(rows):
        line = np.zeros(whole.shape)
        line[i, :-1], line[i, -1] = 1, -1
        equations.append(line.ravel())
    for j in range(columns):
        line = np.zeros(whole.shape)
        line[:-1, j], line[-1, j] = 1, -1
        equations.append(line.ravel())
    limits = [
        (1, LEAST - 1) if s else (LEAST, None) if h else (v, v)
        for v, s, h in zip(whole.flat, small.flat, withheld.flat, strict=True)
    ]
    goal = np.zeros(whole.size)
    goal[cell[0] * columns + cell[1]] = 1
    ends = [
        linprog(
            sign * goal,
            A_eq=np.array(equations),
            b_eq=np.zeros(len(equations)),
            bounds=limits,
            method="highs",
        ).fun
        * sign
        for sign in (1, -1)
    ]
    return int(np.ceil(ends[0] - 1e-6)), int(np.floor(ends[1] + 1e-6))


def _cheapest(whole: np.ndarray, out: np.ndarray, cell: tuple[int, int]) -> tuple[int, int] | None:
    """The smallest shown cell beside an exposed one: of its row or column, else of the table, parts
    before totals.
    """
    i, j = cell
    beside = [(i, k) for k in range(whole.shape[1])] + [(k, j) for k in range(whole.shape[0])]
    free = ~out & (whole > 0)
    shown = [c for c in beside if free[c]] or [c for c in np.ndindex(*whole.shape) if free[c]]
    last = whole.shape[0] - 1, whole.shape[1] - 1
    return min(shown, key=lambda c: (c[0] == last[0] or c[1] == last[1], whole[c], c), default=None)
