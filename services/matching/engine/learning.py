"""What coded decisions say about a mandate's weights: an online Bayesian update that proposes and
never applies.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from services.matching.engine.sentences import say
from shared.vocabulary import vocabulary

PRIOR_SD = 0.5  # of each weight
CRITERION = {
    "therapeutic_area": "area",
    "modality": "modality",
    "geography": "geography",
    "stage": "stage",
    "ticket": "ticket",
    "regulatory": "readiness",
    "cmc": "supply",
    "compliance": "supply",
}
SHOWN = 5


@dataclass(frozen=True)
class Decision:
    """One decision of a mandate: `reason` of vocabulary pass_reason (None: taken on), `points` per
    criterion under default weights, nats.
    """

    startup: str
    reason: str | None
    points: dict[str, float]


@dataclass(frozen=True)
class Proposal:
    """A proposed share of one criterion, with what it rests on; a person accepts it or not."""

    criterion: str
    before: float
    after: float
    sd: float
    passed: int
    taken: int
    examples: tuple[str, ...]

    def text(self, lang: str) -> str:
        words = {
            "criterion": vocabulary("criterion").label(self.criterion, lang),
            "passed": self.passed,
            "taken": self.taken,
        }
        words |= {"before": f"{100 * self.before:.1f}", "after": f"{100 * self.after:.1f}"}
        return say("learning.up" if self.after > self.before else "learning.down", lang, **words)


def criterion_of(reason: str) -> str | None:
    """The criterion a pass reason names, None where it speaks of something the score does not
    weigh.
    """
    node = vocabulary("pass_reason").nodes.get(reason)
    return CRITERION.get(node.get("feature", "")) if node else None


def propose(shares: dict[str, float], decisions: Iterable[Decision]) -> list[Proposal]:
    """Proposed shares after decisions in their order, largest change first; criteria nobody named
    are not in the list.

    A pass is one pseudo-observation on the criterion its reason names, a company taken on one on
    every criterion that has points. Each is a logistic observation of the criterion's points z
    times its relative weight u (1 = as it is, prior deviation 0.5): u moves by v·(y - p)·z and its
    precision grows by p(1-p)z². Weights stay >= 0 and keep their sum.
    """
    u = dict.fromkeys(shares, 1.0)
    precision = dict.fromkeys(shares, 1 / PRIOR_SD**2)
    seen: dict[str, list[Decision]] = {}
    for decision in decisions:
        for criterion in _named(decision, shares):
            z = decision.points.get(criterion, 0.0)
            chance = 1 / (1 + math.exp(-max(min(u[criterion] * z, 30.0), -30.0)))
            precision[criterion] += chance * (1 - chance) * z * z
            u[criterion] = max(
                u[criterion] + ((decision.reason is None) - chance) * z / precision[criterion], 0.0
            )
            seen.setdefault(criterion, []).append(decision)
    raw = {c: shares[c] * u[c] for c in shares}
    factor = sum(shares.values()) / sum(raw.values()) if sum(raw.values()) > 0 else 0.0
    found = (
        [_proposal(c, shares, raw[c] * factor, precision[c], seen[c]) for c in seen]
        if factor
        else []
    )
    return sorted(found, key=lambda p: (-abs(p.after - p.before), p.criterion))


def _named(decision: Decision, shares: dict[str, float]) -> list[str]:
    if decision.reason is None:
        return [c for c in shares if decision.points.get(c)]
    criterion = criterion_of(decision.reason)
    return [criterion] if criterion in shares else []


def _proposal(
    criterion: str, shares: dict[str, float], after: float, precision: float, behind: list[Decision]
) -> Proposal:
    passed = [d for d in behind if d.reason is not None]
    return Proposal(
        criterion=criterion,
        before=shares[criterion],
        after=round(after, 6),
        sd=round(shares[criterion] / math.sqrt(precision), 6),
        passed=len(passed),
        taken=len(behind) - len(passed),
        examples=tuple(
            d.startup for d in [*passed, *(d for d in behind if d.reason is None)][:SHOWN]
        ),
    )
