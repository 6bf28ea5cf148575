"""What the doors of accounts share: who acts where nobody is signed in yet, where a request comes
from, and how often it may be tried.
"""

from flask import request

from services.accounts import limits
from services.accounts.limits import MAILS, PER_PLACE, TooMany
from shared.addresses import folded
from shared.auth import worker
from shared.web import transaction
from shared.web.door import place as where

DOOR = worker("accounts")  # nobody is signed in yet where this is used


def count(*keys: tuple[str, int]) -> None:
    """Counts a try under each key before anything is looked at. Raises TooMany."""
    with transaction(DOOR) as session:
        over = [limits.count(session, key, most) for key, most in keys]
    if any(over):
        raise TooMany()


def place() -> str:
    return f"place {where()}"


def mailable(what: str, email: str) -> bool:
    """Counts a wish for mail by place; whether the address has had fewer than it may: one that
    others fill has its mails already.
    """
    count((f"{what} {folded(email)} from {where()}", 3), (f"mail {where()}", PER_PLACE))
    with transaction(DOOR) as session:
        return not limits.count(session, f"{what} {folded(email)}", MAILS)


def seen() -> tuple[str, str]:
    """Where somebody signs in from, and with what."""
    return where(), request.headers.get("User-Agent", "")
