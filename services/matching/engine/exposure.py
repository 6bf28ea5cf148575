"""Exposure prices: no investor may fill more than a given share of startups' top lists."""

import numpy as np

from services.matching.engine.space import C_STEP

TOP, MOST = 20, 0.09


def share_of_lists(score: np.ndarray, top: int = TOP) -> np.ndarray:
    """(M,) share of the S lists in whose first `top` each of the M investors stands, from scores
    (S, M).
    """
    return _members(score, top).mean(axis=0)


def prices(score: np.ndarray, top: int = TOP, most: float = MOST) -> np.ndarray:
    """(M,) prices >= 0 in nats, on the grid, that bring every share of lists to at most `most`.

    Each step raises the price of the most shown investor just so far that it leaves its weakest
    lists. With fewer than top / most investors no prices can do that: then all are 0.
    """
    startups, investors = score.shape
    limit = int(most * startups)
    price = np.zeros(investors)
    if investors * limit < startups * top or investors <= top:
        return price
    now, inside = np.array(score, dtype=float), _members(score, top)
    shown = inside.sum(axis=0)
    while shown.max() > limit:
        j = int(np.argmax(shown))
        lists = np.flatnonzero(inside[:, j])
        rivals = np.where(inside[lists], -np.inf, now[lists])
        lead = now[lists, j] - rivals.max(axis=1)
        step = np.floor(np.sort(lead)[shown[j] - limit - 1] / C_STEP) * C_STEP + C_STEP
        price[j] += step
        now[:, j] -= step
        left = lead <= step
        inside[lists[left], j] = False
        inside[lists[left], rivals[left].argmax(axis=1)] = True
        shown = inside.sum(axis=0)
        # equal scores are ranked by position: count once more as lists are read
        if shown.max() <= limit:
            inside = _members(now, top)
            shown = inside.sum(axis=0)
    return price


def _members(score: np.ndarray, top: int) -> np.ndarray:
    """(S, M) bool: the first `top` of every row, ties by position."""
    inside = np.zeros(score.shape, dtype=bool)
    order = np.argsort(-score, axis=1, kind="stable")[:, :top]
    np.put_along_axis(inside, order, True, axis=1)
    return inside
