"""How long the matching service keeps what."""

from services.matching.models import Expert, Letter
from shared.named import GONE
from shared.retention import Rule

RETENTION = (
    Rule(
        "name of a colleague asked by a link",
        Expert.__table__,
        "expires_at",
        730,
        "to know whose view it was; the view stays",
        {"name": GONE},
    ),
    Rule(
        "that a letter was handed on",
        Letter.__table__,
        "handed_at",
        90,
        "to answer whether it was sent",
    ),
)
