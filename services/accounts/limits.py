"""Rate limits that hold across processes: a counter per key and window in the database, counted
before anything is tried.

Tries are counted by person and place, so that a stranger's lock out nobody but the stranger. A
browser that a person has signed in with before is counted by itself, and by nothing that others do;
what strangers try on one account, from however many places, has a limit of its own.
"""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from services.accounts.models import Attempt, Familiar
from shared.errors import DomainError


class TooMany(DomainError):
    status, code = 429, "too-many-attempts"


WINDOW, FORGOTTEN = timedelta(minutes=15), timedelta(days=180)
PER_ACCOUNT, PER_PLACE, FROM_STRANGERS, MAILS = 10, 60, 100, 10
Keys = list[tuple[str, int]]


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def count(session: Session, key: str, most: int) -> bool:
    """Counts one try, in a transaction that commits whatever follows; whether it is beyond `most`
    in a window.
    """
    now, row = session.info["now"], session.get(Attempt, _hashed(key), with_for_update=True)
    if row is None or row.begun_at < now - WINDOW:
        if row is None:
            session.add(row := Attempt(key=_hashed(key), begun_at=now, count=0))
        row.begun_at, row.count = now, 0
    row.count += 1
    return row.count > most


def tries(session: Session, email: str, place: str, device: str | None) -> Keys:
    """What a try to sign in counts under, and how often each may be tried in a window."""
    if _familiar(session, email, device):
        return [(f"account {email} with {device}", PER_ACCOUNT)]
    known = _familiar(session, email, place)
    account = [(f"account {email} from {place}", PER_ACCOUNT)] + (
        [] if known else [(f"account {email} from strangers", FROM_STRANGERS)]
    )
    return [*account, (f"place {place}", PER_PLACE)]


def code_tries(session: Session, email: str, device: str | None) -> Keys:
    """What a code counts under besides, once the password was right: whoever tries this has it."""
    return [] if _familiar(session, email, device) else [(f"code {email}", PER_ACCOUNT)]


def _familiar(session: Session, email: str, what: str | None) -> bool:
    row = session.get(Familiar, _hashed(f"{email} {what}")) if what else None
    return row is not None and row.seen_at > session.info["now"] - FORGOTTEN


def proved(session: Session, person: str, email: str, place: str, device: str | None) -> None:
    """Somebody has proved who they are: this place and browser are familiar from now on, and their
    own tries are forgotten.
    """
    now = session.info["now"]
    for what in filter(None, (place, device)):
        row = session.get(Familiar, _hashed(f"{email} {what}")) or Familiar(
            key=_hashed(f"{email} {what}")
        )
        row.person, row.seen_at = person, now
        session.add(row)
    own = (f"account {email} from {place}", f"account {email} with {device}", f"code {email}")
    session.execute(delete(Attempt).where(Attempt.key.in_([_hashed(key) for key in own])))
    counted = [_hashed(f"place {place}"), _hashed(f"account {email} from strangers")]
    session.execute(
        update(Attempt)
        .where(Attempt.key.in_(counted), Attempt.count > 0)
        .values(count=Attempt.count - 1)
    )
