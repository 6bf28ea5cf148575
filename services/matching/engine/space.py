"""The vector space: blocks of explicit vocabulary nodes, one or more per criterion, and the exact
grid.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared.vocabulary import vocabulary

X_STEP, Y_STEP, C_STEP, FRESH_STEP = 2.0**-6, 2.0**-8, 2.0**-14, 2.0**-10
KNOTS_PER_DECADE = 8
LOW_DECADE, HIGH_DECADE = 4, 10  # USD 10,000 to USD 10 billion

TEXT_VOCABULARIES = ("modality", "therapeutic_area", "term")
READINESS = ("us-cleared", "us-dialogue", "us-present", "us-planned", "jp-clinical")
SUPPLY = ("partner-named", "need-open", "exposed")


@dataclass(frozen=True)
class Block:
    """A slice of the space; `part` is its share within its criterion."""

    name: str
    criterion: str
    nodes: tuple[str, ...]
    part: float


class Space:
    """All blocks in order, with node positions. Vectors have shape (width,)."""

    def __init__(self, blocks: tuple[Block, ...]):
        self.blocks = blocks
        self.names = tuple(b.name for b in blocks)
        starts = np.cumsum([0, *(len(b.nodes) for b in blocks)])
        self.starts = starts[:-1]
        self.slices = {
            b.name: slice(int(s), int(e))
            for b, s, e in zip(blocks, starts[:-1], starts[1:], strict=True)
        }
        self.width = int(starts[-1])
        self.at = {
            b.name: {n: int(s) + i for i, n in enumerate(b.nodes)}
            for b, s in zip(blocks, starts[:-1], strict=True)
        }

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(b.criterion for b in self.blocks))

    @cached_property
    def criterion_rows(self) -> np.ndarray:
        """Which criterion each block belongs to, (blocks,) int."""
        return np.array([self.criteria.index(b.criterion) for b in self.blocks])


def _places(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(s for s, n in vocabulary("geography").nodes.items() if n["kind"] in kinds)


def _roots(name: str) -> tuple[str, ...]:
    return tuple(s for s, n in vocabulary(name).nodes.items() if "parent" not in n)


def build() -> Space:
    """The space of this version of the vocabularies."""
    stages = tuple(s for s, n in vocabulary("development_stage").nodes.items() if "rank" in n)
    financing = tuple(s for s, n in vocabulary("funding_round").nodes.items() if "rank" in n)
    knots = tuple(
        f"usd-1e{k / KNOTS_PER_DECADE}"
        for k in range(LOW_DECADE * KNOTS_PER_DECADE, HIGH_DECADE * KNOTS_PER_DECADE + 1)
    )
    return Space(
        (
            Block("ticket", "ticket", knots, 1.0),
            Block("area", "area", tuple(vocabulary("therapeutic_area").nodes), 0.6),
            Block("area-class", "area", _roots("therapeutic_area"), 0.4),
            Block("modality", "modality", tuple(vocabulary("modality").nodes), 0.6),
            Block("modality-class", "modality", _roots("modality"), 0.4),
            Block("country", "geography", _places(("country",)), 0.5),
            Block("place", "geography", _places(("hub", "subregion")), 0.5),
            Block("round", "stage", financing, 0.5),
            Block("development", "stage", stages, 0.5),
            Block(
                "text",
                "text",
                tuple(f"{v}:{n}" for v in TEXT_VOCABULARIES for n in vocabulary(v).nodes),
                1.0,
            ),
            Block("readiness", "readiness", READINESS, 1.0),
            Block("supply", "supply", SUPPLY, 1.0),
        )
    )


SPACE = build()


def on_grid(weights: dict[int, float]) -> dict[int, float]:
    """Memberships that sum to 1, rounded to multiples of 2^-6 that still sum to 1 (largest
    remainder, then position).
    """
    total = sum(weights.values())
    exact = {i: w / total / X_STEP for i, w in weights.items()}
    floor = {i: int(e) for i, e in exact.items()}
    missing = round(1 / X_STEP) - sum(floor.values())
    for i in sorted(exact, key=lambda i: (floor[i] - exact[i], i))[:missing]:
        floor[i] += 1
    return {i: f * X_STEP for i, f in floor.items() if f}


def round_to(values: np.ndarray | float, step: float):
    """To multiples of a step, halves to even: the grid on which every float sum is exact."""
    return np.round(np.asarray(values, dtype=np.float64) / step) * step
