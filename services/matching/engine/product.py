"""The product of the two sides and its constants, exact on the grid."""

import numpy as np

from services.matching.engine.space import C_STEP, round_to


def demand(half: np.ndarray, share: float) -> np.ndarray:
    """What competition takes off, per row of scores (rows, n): share · (log n − log Σ exp(score /
    share)), on the grid.

    Added to a half score it makes share · log P of a softmax over the row, plus share · log n.
    """
    full = half / share
    top = full.max(axis=-1, keepdims=True, initial=0.0)
    total = top[..., 0] + np.log(np.exp(full - top).sum(axis=-1))
    return round_to(share * (np.log(max(half.shape[-1], 1)) - total), C_STEP)
