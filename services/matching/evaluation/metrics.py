"""How good a ranking is, per query and with intervals, to the letter of the deals' README."""

from dataclasses import dataclass

import numpy as np

CUT, CUTS, RESAMPLES = 20, (20, 50), 2000
NAMES = ("ndcg@20", "recall@20", "recall@50", "mrr", "auc")


@dataclass(frozen=True)
class Ranked:
    """Figures per query, (n, metrics) in the order of NAMES, and how many queries had no relevant
    candidate.
    """

    values: np.ndarray
    left_out: int


def judge(score: np.ndarray, relevant: np.ndarray, known: np.ndarray) -> Ranked:
    """Every row of scores (queries, candidates) as a ranked list without its known pairs."""
    rows = []
    for number in range(len(score)):
        if relevant[number].any():
            allowed = ~known[number]
            rows.append(_figures(score[number][allowed], relevant[number][allowed], number))
    return Ranked(np.array(rows).reshape(-1, len(NAMES)), int((~relevant.any(axis=1)).sum()))


def _figures(score: np.ndarray, relevant: np.ndarray, number: int) -> list[float]:
    shuffled = np.random.default_rng([7, number]).permutation(len(score))
    order = shuffled[np.argsort(-score[shuffled], kind="stable")]
    places = np.flatnonzero(relevant[order]) + 1
    wanted, others = len(places), len(score) - len(places)
    ideal = (1 / np.log2(np.arange(2, min(CUT, wanted) + 2))).sum()
    gained = (1 / np.log2(places[places <= CUT] + 1)).sum()
    below = others - (places - np.arange(1, wanted + 1))
    auc = below.sum() / (wanted * others) if others else 1.0
    return [gained / ideal, *((places <= k).sum() / wanted for k in CUTS), 1 / places[0], auc]


def summary(values: np.ndarray) -> dict:
    """Means over queries (n, metrics), each with its 95 % interval."""
    interval = _interval(values)
    means = (
        {name: round(float(v), 6) for name, v in zip(NAMES, values.mean(axis=0), strict=True)}
        if len(values)
        else {}
    )
    return {
        "n": len(values),
        **means,
        "ci": {name: [round(float(a), 6) for a in ends] for name, ends in zip(NAMES, interval.T)},
    }


def difference(one: np.ndarray, other: np.ndarray) -> dict:
    """Mean NDCG@20 of one model less another's on the same queries, with its interval (the same
    queries resampled).
    """
    gap = (one - other)[:, :1]
    low, high = _interval(gap)[:, 0]
    return {
        "ndcg@20": round(float(gap.mean()), 6),
        "ci": [round(float(low), 6), round(float(high), 6)],
    }


def _interval(values: np.ndarray) -> np.ndarray:
    """(2, metrics): 2.5 and 97.5 % of 2,000 resampled means."""
    if not len(values):
        return np.full((2, values.shape[1]), np.nan)
    draws = np.random.default_rng(1).integers(0, len(values), (RESAMPLES, len(values)))
    return np.quantile(values[draws].mean(axis=1), (0.025, 0.975), axis=0)
