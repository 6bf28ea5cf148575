"""How long the meetings service keeps what."""

from services.meetings.models import Letter
from shared.retention import Rule

RETENTION = (
    Rule(
        "that a letter was handed on",
        Letter.__table__,
        "handed_at",
        90,
        "to answer whether it was sent",
    ),
)
