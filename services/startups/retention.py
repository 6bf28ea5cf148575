"""How long the startups service keeps what."""

from services.startups.models import Letter, Link
from shared.retention import Rule

RETENTION = (
    Rule(
        "links to one-pagers and reconfirmations",
        Link.__table__,
        "expires_at",
        90,
        "to say what became of a link",
    ),
    Rule(
        "that a letter was handed on",
        Letter.__table__,
        "handed_at",
        90,
        "to answer whether it was sent",
    ),
)
