"""How long the programs service keeps what."""

from services.programs.models import Letter, Mentor, Reviewer
from shared.named import GONE
from shared.retention import Rule

RETENTION = (
    Rule(
        "name of a reviewer who has left",
        Reviewer.__table__,
        "left_at",
        1825,
        "to account for decisions on public money; scores stay",
        {"name": GONE, "affiliation": None, "secret": None},
    ),
    Rule(
        "name of a mentor who has left",
        Mentor.__table__,
        "left_at",
        1825,
        "to account for hours; they stay",
        {"name": GONE, "affiliation": None},
    ),
    Rule(
        "that a letter was handed on",
        Letter.__table__,
        "handed_at",
        90,
        "to answer whether it was sent",
    ),
)
