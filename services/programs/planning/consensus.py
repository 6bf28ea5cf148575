"""What several reviewers say together: harsh and mild ones put on one scale, with how sure the
order is.

The model is additive: a score is the application's worth plus the reviewer's leaning plus noise,
worth and leaning normal around their means (a random-effects model; its three variances are
estimated by EM). Each reviewer reads a part only, so a plain mean rewards whoever met the mild
ones.
"""

from dataclasses import dataclass

import numpy as np

STEPS, DRAWS, FLOOR = 60, 2000, 1e-4
# reviewers further apart than this many deviations of the noise of a difference disagree
SPLIT = 2.5
WIDEST = 0.5  # or by half the scale and more, whatever the noise


@dataclass(frozen=True)
class Standing:
    """An application's worth on the scale of its scores (0 to 1), its 90 % interval, its rank with
    90 % interval, the chance to be among the places.
    """

    id: str
    worth: float
    low: float
    high: float
    rank: int
    best: int
    worst: int
    chance: float
    mean: float
    reviews: int
    split: bool


@dataclass(frozen=True)
class Consensus:
    """Standings, the best first, and each reviewer's leaning: above 0 mild, below harsh."""

    standings: list[Standing]
    leanings: dict[str, float]
    noise: float


def total(scores: dict[str, int], rubric: list[dict]) -> float:
    """One review as a number from 0 to 1: criteria weighed, each on its own scale of 1 to
    `levels`.
    """
    weights = sum(c["weight"] for c in rubric)
    return sum(c["weight"] * (scores[c["key"]] - 1) / (c["levels"] - 1) for c in rubric) / weights


def consensus(reviews: list[tuple[str, str, float]], places: int, seed: int) -> Consensus:
    """Of (application, reviewer, score from 0 to 1): everything a decision meeting needs. Empty
    without reviews.
    """
    if not reviews:
        return Consensus([], {}, 0.0)
    subjects, judges = sorted({a for a, _, _ in reviews}), sorted({r for _, r, _ in reviews})
    at_a, at_r = {a: i for i, a in enumerate(subjects)}, {r: j for j, r in enumerate(judges)}
    a = np.array([at_a[x] for x, _, _ in reviews])
    r = np.array([at_r[x] for _, x, _ in reviews])
    y = np.array([x for _, _, x in reviews], dtype=float)
    fit = _fit(a, r, y, len(subjects), len(judges))
    draws = fit.draws(np.random.default_rng(seed))
    ranks = (-draws).argsort(axis=1).argsort(axis=1) + 1
    order = sorted(range(len(subjects)), key=lambda i: (-fit.worth[i], subjects[i]))
    rank = {i: n for n, i in enumerate(order, 1)}
    standings = []
    for i in order:
        mine = a == i
        low, high = np.quantile(draws[:, i], (0.05, 0.95)).clip(0, 1)
        best, worst = np.quantile(ranks[:, i], (0.05, 0.95), method="nearest")
        placed = float((ranks[:, i] <= places).mean())
        split = bool(_split(y[mine] - fit.leaning[r[mine]], fit.noise))
        numbers = [round(float(v), 4) for v in (min(max(fit.worth[i], 0), 1), low, high)]
        standings.append(
            Standing(
                subjects[i],
                *numbers,
                rank[i],
                int(best),
                int(worst),
                round(placed, 3),
                round(float(y[mine].mean()), 4),
                int(mine.sum()),
                split,
            )
        )
    return Consensus(
        standings,
        {j: round(float(fit.leaning[n]), 4) for j, n in at_r.items()},
        round(float(fit.noise), 4),
    )


def _split(adjusted: np.ndarray, noise: float) -> bool:
    if len(adjusted) < 2:
        return False
    apart = float(adjusted.max() - adjusted.min())
    return apart >= WIDEST or apart > SPLIT * noise * np.sqrt(2) and apart > 0.2


@dataclass
class _Fit:
    """Posterior of the additive model given its variances: leanings by a small dense system, worths
    given leanings one by one.
    """

    worth: np.ndarray
    leaning: np.ndarray
    noise: float
    shrink: np.ndarray  # (subjects,) posterior variance of a worth given the leanings
    mixed: np.ndarray  # (subjects, judges) how a worth moves with the leanings
    factor: np.ndarray  # (judges, judges) Cholesky factor of the leanings' covariance

    def draws(self, dice: np.random.Generator) -> np.ndarray:
        """(DRAWS, subjects) samples of the worths."""
        bent = dice.standard_normal((DRAWS, len(self.leaning))) @ self.factor.T
        return (
            self.worth
            - bent @ self.mixed.T
            + dice.standard_normal((DRAWS, len(self.worth))) * np.sqrt(self.shrink)
        )


def _fit(a: np.ndarray, r: np.ndarray, y: np.ndarray, subjects: int, judges: int) -> _Fit:
    """EM for the variances of worth, leaning and noise. Cost: reviews x judges per step, judges
    cubed.
    """
    met = np.zeros((subjects, judges))
    np.add.at(met, (a, r), 1.0)
    count = met.sum(1)
    spread = max(float(y.var()), FLOOR)
    worth_v, lean_v, noise_v, mean = spread / 2, spread / 4, spread / 4, float(y.mean())
    for _ in range(STEPS):
        shrink = 1 / (1 / worth_v + count / noise_v)
        mixed = met * (shrink / noise_v)[:, None]
        precision = np.diag(met.sum(0) / noise_v + 1 / lean_v) - met.T @ mixed / noise_v
        covariance = np.linalg.inv(precision)
        left = np.bincount(r, (y - mean) / noise_v, judges) - mixed.T @ (
            np.bincount(a, (y - mean) / noise_v, subjects)
        )
        leaning = covariance @ left
        worth = shrink * np.bincount(a, y - mean - leaning[r], subjects) / noise_v
        held = shrink + np.einsum("ij,jk,ik->i", mixed, covariance, mixed)
        off = held[a] + covariance[r, r] - 2 * np.einsum("ij,ij->i", mixed[a], covariance[r])
        residual = y - mean - worth[a] - leaning[r]
        mean += float(residual.mean())
        worth_v = max(float((worth**2 + held).mean()), FLOOR)
        lean_v = max(float((leaning**2 + covariance.diagonal()).mean()), FLOOR)
        noise_v = max(float(((residual - residual.mean()) ** 2 + off).mean()), FLOOR)
    return _Fit(
        mean + worth,
        leaning,
        float(np.sqrt(noise_v)),
        shrink,
        mixed,
        np.linalg.cholesky(covariance),
    )
