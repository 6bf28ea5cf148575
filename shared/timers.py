"""Timers: set in the transaction that makes them needed, fired once each by `work`; tests move the
clock.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.orm import Session

from shared.db import Database
from shared.ids import new_id
from shared.queue import BOTH, Queue, Unknown
from shared.tables import timers

Firing = Callable[[Session, str], None]


def at(session: Session, when: datetime, name: str, subject: str) -> None:
    """Sets the one timer of this name and subject, replacing an earlier one that has not fired."""
    waiting = (timers.c.name == name) & (timers.c.subject == subject) & timers.c.fired_at.is_(None)
    session.execute(delete(timers).where(waiting))
    session.execute(insert(timers).values(id=new_id(), due=when, name=name, subject=subject))


class Timekeeper(Queue):
    """Fires due timers, one transaction each; one that fails, or that only a newer version knows,
    waits alone.
    """

    name, lanes, look_s = "timers", (BOTH,), 1.0

    def __init__(self, service: str, db: Database, table: Mapping[str, Firing]):
        super().__init__(service, db)
        self.table = table

    def fire_due(self) -> int:
        """Fires everything due now; returns how many."""
        return self.round()

    def waiting(self, session: Session) -> Select:
        due = select(timers.c.id, timers.c.due).where(
            timers.c.fired_at.is_(None), timers.c.due <= session.info["now"]
        )
        return due.order_by(timers.c.due, timers.c.id)

    def settle(self, session: Session, item: str, told: Any) -> None:
        mine = timers.c.id == item, timers.c.fired_at.is_(None)
        row = session.execute(select(timers.c.name, timers.c.subject).where(*mine)).one_or_none()
        if (
            row is None
            or not session.execute(
                update(timers).where(*mine).values(fired_at=session.info["now"])
            ).rowcount
        ):
            return
        if row.name not in self.table:
            raise Unknown(f"no timer {row.name} in this version of {self.service}")
        self.table[row.name](session, row.subject)

    def drop(self, session: Session, item: str) -> None:
        session.execute(delete(timers).where(timers.c.id == item))
