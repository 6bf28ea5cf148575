"""How long the notices service keeps what."""

from services.notices.models import Mail
from shared.retention import Rule

RETENTION = (
    Rule(
        "mail that was sent, with the address; its text goes at sending",
        Mail.__table__,
        "sent_at",
        90,
        "to answer whether it was sent",
    ),
    Rule(
        "mail that could not be sent",
        Mail.__table__,
        "written_at",
        180,
        "to see what did not arrive",
    ),
)
