"""Conditional logit with weights that are never negative: a softmax over the candidates of each
query.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize


@dataclass(frozen=True)
class Choices:
    """Queries of one window: features (Q, N, F), which were chosen (Q, N) and which were on offer
    (Q, N) bool.
    """

    features: np.ndarray
    chosen: np.ndarray
    offered: np.ndarray

    def turned(self) -> "Choices":
        """The same pairs asked from the other side."""
        return Choices(self.features.transpose(1, 0, 2), self.chosen.T, self.offered.T)

    def answered(self) -> "Choices":
        """Only queries in which something was chosen."""
        rows = self.chosen.any(axis=1)
        return Choices(self.features[rows], self.chosen[rows], self.offered[rows])


def fit(windows: list[Choices], ridge: float) -> np.ndarray:
    """Weights (F,) >= 0 that maximise the mean log-likelihood of a choice less ridge/2 times their
    squares.
    """
    answered = [w.answered() for w in windows]
    width = windows[0].features.shape[-1]
    total = sum(int(w.chosen.sum()) for w in answered)
    if not total:
        return np.zeros(width)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = 0.0, np.zeros(width)
        for window in answered:
            likelihood, gradient = _likelihood(window, weights)
            value, slope = value - likelihood, slope - gradient
        return value / total + ridge / 2 * weights @ weights, slope / total + ridge * weights

    found = minimize(
        loss,
        np.zeros(width),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * width,
        options={"maxiter": 300},
    )
    return found.x


def _likelihood(window: Choices, weights: np.ndarray) -> tuple[float, np.ndarray]:
    score = window.features @ weights.astype(window.features.dtype)
    score = np.where(window.offered, score, -np.inf)
    score -= score.max(axis=1, keepdims=True)
    odds = np.exp(score)
    total = odds.sum(axis=1, keepdims=True)
    chosen = window.chosen.astype(window.features.dtype)
    surplus = chosen - chosen.sum(axis=1, keepdims=True) * odds / total
    value = (score - np.log(total))[window.chosen].sum()
    return float(value), np.tensordot(surplus, window.features, axes=([0, 1], [0, 1])).astype(float)
