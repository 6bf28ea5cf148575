"""Evidence per node from counted deals: four readings of the same decayed, shrunken counts."""

import numpy as np

HALF_LIFE_DAYS = 730.5
SHRINK = 2.5
SATURATION = 3.0
PARTS = ("preference", "habit", "seen", "volume")


def decay(age_days: np.ndarray) -> np.ndarray:
    """Weight of deals by age, halved every two years; a deal after the date counts as new."""
    return 0.5 ** (np.maximum(age_days, 0) / HALF_LIFE_DAYS)


def shares(counts: np.ndarray) -> np.ndarray:
    """Population share of each node (nodes,), half a startup added to each so that none is zero;
    sums to 1.
    """
    return (counts + 0.5) / (counts.sum() + 0.5 * len(counts))


def readings(count: np.ndarray, population: np.ndarray) -> np.ndarray:
    """(4, M, nodes) in the order of PARTS from decayed counts (M, nodes) and population shares
    (nodes,).

    preference: log of the shrunken share over the population's; habit: n/(n+3); seen: n > 0;
    volume: log(1+n). Their non-negative combination, with weights a, b, d and e, is what an
    investor shows to want.
    """
    total = count.sum(axis=1, keepdims=True)
    preference = np.log((count + SHRINK * population) / (total + SHRINK) / population)
    return np.stack(
        [preference, count / (count + SATURATION), (count > 1e-9).astype(float), np.log1p(count)]
    )
