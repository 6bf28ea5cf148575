"""The product's model on deals: windows before the date, both directions fitted, scored as one
exact product plus constants.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.matching.engine.evidence import PARTS
from services.matching.engine.product import demand
from services.matching.engine.space import C_STEP, Y_STEP, round_to
from services.matching.evaluation import features
from services.matching.evaluation.deals import Deals, Questions, months_after, questions
from services.matching.evaluation.logit import Choices, fit

WINDOWS, MONTHS = 8, 6
RIDGE = 1.0
LAMBDA = 0.5
SAMPLE = 37  # every 37th pair sets the scales
Progress = Callable[[str], None]


class Evidence:
    """Blocks of both sides of one window: `x` (Q, nodes) and `y` (parts, M, nodes) per block,
    `activity` (M, features).
    """

    def __init__(self, asked: Questions):
        self.questions = asked
        self.x = features.asked(asked)
        self.y = features.evidence(asked)
        self.activity = features.activity(asked)

    @cached_property
    def names(self) -> list[tuple[str, str]]:
        return features.pair_names(list(self.y))

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        """Pair features (Q, M, F) float32 before scaling, and which are known (Q, F) bool."""
        q, known = [], []
        for name, parts in self.y.items():
            x = self.x[name.split(".")[0]]
            stated = np.asarray(x.sum(axis=1)).ravel() > 0
            for part in parts:
                q.append((x @ part.T).astype(np.float32))
                known.append(stated)
        shape = (len(self.questions.company), len(self.questions.candidates))
        q += [np.broadcast_to(column.astype(np.float32), shape) for column in self.activity.T]
        known += [np.ones(shape[0], dtype=bool)] * self.activity.shape[1]
        return np.stack(q, axis=-1), np.stack(known, axis=-1)


@dataclass(frozen=True)
class Scales:
    """Mean and deviation of each feature over the known pairs of the fitting windows, (F,) each."""

    mean: np.ndarray
    deviation: np.ndarray

    def apply(self, evidence: Evidence) -> np.ndarray:
        """Features (Q, M, F) in standard deviations; unknown is 0."""
        raw, known = evidence.raw
        return ((raw - self.mean) / self.deviation).astype(np.float32) * known[:, None, :]


def scales(windows: list[Evidence]) -> Scales:
    """The scales over every 37th pair of all windows."""
    values, known = [], []
    for window in windows:
        raw, stated = window.raw
        values.append(raw.reshape(-1, raw.shape[-1])[::SAMPLE])
        known.append(np.repeat(stated, raw.shape[1], axis=0)[::SAMPLE])
    values, known = np.concatenate(values).astype(float), np.concatenate(known)
    count = np.maximum(known.sum(axis=0), 1)
    mean = (values * known).sum(axis=0) / count
    deviation = np.sqrt((((values - mean) ** 2) * known).sum(axis=0) / count)
    return Scales(mean, np.where(deviation < 1e-6, 1.0, deviation))


@dataclass(frozen=True)
class Fitted:
    """Weights of both directions over the pair features, (F,) each, in standard deviations."""

    scales: Scales
    investors_for_startup: np.ndarray
    startups_for_investor: np.ndarray

    def halves(self, evidence: Evidence) -> list[tuple[np.ndarray, np.ndarray]]:
        """Scores (Q, M) of both directions from vectors on the grid, A with its activity: [(A,
        weight), (B, weight)].
        """
        sides = []
        for weights, share in (
            (self.investors_for_startup, LAMBDA),
            (self.startups_for_investor, 1 - LAMBDA),
        ):
            per = share * weights / self.scales.deviation
            score, place = 0.0, 0
            for name, parts in evidence.y.items():
                at = slice(place, place + len(PARTS))
                y = np.tensordot(per[at], parts - self.scales.mean[at, None, None], axes=1)
                score = score + evidence.x[name.split(".")[0]] @ round_to(y, Y_STEP).T
                place += len(PARTS)
            prior = round_to((evidence.activity - self.scales.mean[place:]) @ per[place:], C_STEP)
            sides.append((np.asarray(score) + prior, share))
        return sides

    def score(self, evidence: Evidence) -> np.ndarray:
        """Log-odds (Q, M): the sum of both halves and their constants, exact on the grid."""
        (a, share_a), (b, share_b) = self.halves(evidence)
        return a + demand(a, share_a)[:, None] + b + demand(b.T, share_b)


def readings_of(fitted: Fitted, names: list[tuple[str, str]]) -> dict[str, float]:
    """What one unit of each reading of evidence weighs on average over blocks and both directions,
    preference as 1.
    """
    both = (
        (fitted.investors_for_startup + fitted.startups_for_investor) / 2 / fitted.scales.deviation
    )
    found = {
        part: float(
            np.mean([w for (_, n), w in zip(names, both, strict=True) if n.endswith(f".{part}")])
        )
        for part in PARTS
    }
    return {part: round(value / max(found["preference"], 1e-9), 2) for part, value in found.items()}


def windows_before(
    deals: Deals, asked: Questions, count: int = WINDOWS, months: int = MONTHS
) -> list[Questions]:
    """Half-yearly windows that end at or before the date, newest first; windows without an answered
    query are left out.
    """
    found = (
        questions(deals, months_after(asked.day, -months * k), months) for k in range(1, count + 1)
    )
    return [w for w in found if w.relevant.any()]


def learn(windows: list[Evidence], without: str | None = None) -> Fitted:
    """Fits both directions; `without` a criterion leaves its features out."""
    scale = scales(windows)
    keep = np.array([c != without for c, _ in windows[0].names])
    choices = [
        Choices(scale.apply(w) * keep.astype(np.float32), w.questions.relevant, ~w.questions.known)
        for w in windows
    ]
    return Fitted(scale, fit(choices, RIDGE), fit([c.turned() for c in choices], RIDGE))
