"""Rate limits that hold across processes: a counter per key and window in the database, counted before anything is tried."""

import hashlib
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.accounts.models import Attempt
from shared.errors import DomainError


class TooMany(DomainError):
    status, code = 429, "too-many-attempts"


WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_PLACE = 10, 60


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def count(session: Session, key: str, most: int) -> bool:
    """Counts one try, in a transaction that commits whatever follows; whether it is beyond `most` in a window."""
    now, row = session.info["now"], session.get(Attempt, _hashed(key), with_for_update=True)
    if row is None or row.begun_at < now - WINDOW:
        if row is None:
            session.add(row := Attempt(key=_hashed(key), begun_at=now, count=0))
        row.begun_at, row.count = now, 0
    row.count += 1
    return row.count > most


def clear(session: Session, key: str) -> None:
    """Forgets the tries of somebody who has proved who they are."""
    session.execute(delete(Attempt).where(Attempt.key == _hashed(key)))
