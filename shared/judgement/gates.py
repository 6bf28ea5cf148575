"""The answer of one gate: a state with its evidence. Unknown asks; it never fails."""

from dataclasses import asdict, dataclass

NONE, PASS, UNKNOWN, REVIEW, SOFT, HARD = range(6)
NAMES = {PASS: "pass", UNKNOWN: "unknown", REVIEW: "review", SOFT: "fail", HARD: "fail"}
MATCH, NEAR_MISS, FAIL = "match", "near-miss", "fail"


@dataclass(frozen=True)
class Gate:
    """One compared rule: what it is, what was compared with what, where the value stands, since
    when.

    `state` is pass, fail, unknown or review; `text` a sentence in the reader's language.
    """

    gate: str
    state: str
    hard: bool
    rule: str
    value: str | None
    threshold: str | None
    source: str | None
    source_class: str | None
    as_of: str | None
    text: str

    def document(self) -> dict:
        return asdict(self)


def overall(states: list[int]) -> str:
    """match (no fail), near-miss (exactly one soft fail and nothing else), fail."""
    soft, hard = states.count(SOFT), states.count(HARD)
    if not soft and not hard:
        return MATCH
    return NEAR_MISS if soft == 1 and not hard else FAIL


def gates_state(gates: list[Gate]) -> str:
    """The same for finished gates."""
    return overall([{"fail": HARD if g.hard else SOFT}.get(g.state, PASS) for g in gates])
