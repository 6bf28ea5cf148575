"""How long the accounts service keeps what."""

from services.accounts.models import Claim, Letter, Link, LogIn
from shared.retention import Rule

RETENTION = (
    Rule(
        "invitations and reset links, with the address",
        Link.__table__,
        "expires_at",
        30,
        "to say what became of a link",
    ),
    Rule(
        "sessions of people",
        LogIn.__table__,
        "expires_at",
        90,
        "to see who was signed in when something happened",
    ),
    Rule(
        "that a letter was handed over, with the address",
        Letter.__table__,
        "handed_at",
        90,
        "to answer whether it was sent",
    ),
    Rule(
        "note and domain of a decided claim",
        Claim.__table__,
        "decided_at",
        365,
        "to answer why it was decided so",
        {"domain": "", "note": None},
    ),
)
