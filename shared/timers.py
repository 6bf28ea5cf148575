"""Timers: set in the transaction that makes them needed, fired once each by `work`; tests move the clock."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from shared.auth import worker
from shared.db import Database
from shared.ids import new_id
from shared.tables import timers

log = structlog.get_logger()
Firing = Callable[[Session, str], None]


def at(session: Session, when: datetime, name: str, subject: str) -> None:
    """Sets the one timer of this name and subject, replacing an earlier one that has not fired."""
    waiting = (timers.c.name == name) & (timers.c.subject == subject) & timers.c.fired_at.is_(None)
    session.execute(delete(timers).where(waiting))
    session.execute(insert(timers).values(id=new_id(), due=when, name=name, subject=subject))


class Timekeeper:
    """Fires due timers, one transaction each."""

    def __init__(self, service: str, db: Database, table: Mapping[str, Firing]):
        self.service, self.db, self.table = service, db, table
        self.actor = worker(service)

    def fire_due(self) -> int:
        """Fires everything due now; returns how many. A timer that fails stays due and is tried at the next round."""
        with self.db.reading(self.actor) as session:
            due = select(timers).where(timers.c.fired_at.is_(None), timers.c.due <= session.info["now"])
            rows = session.execute(due.order_by(timers.c.due)).all()
        for row in rows:
            with self.db.transaction(self.actor) as session:
                claim = update(timers).where(timers.c.id == row.id, timers.c.fired_at.is_(None))
                if session.execute(claim.values(fired_at=session.info["now"])).rowcount:
                    self.table[row.name](session, row.subject)
        return len(rows)

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(1.0):
            try:
                self.fire_due()
            except Exception as error:  # noqa: BLE001 - one failing timer must not stop the others for good
                log.error("timer failed", service=self.service, error=repr(error))
                stop.wait(5)
