"""The relay: publishes the outbox oldest first and marks what the log has acknowledged. At least once, never a cursor."""

import threading
from datetime import timedelta

import structlog
from sqlalchemy import delete, select, update

from shared.auth import worker
from shared.db import Database
from shared.eventlog import EventLog, LogUnavailable, Record
from shared.tables import outbox

log = structlog.get_logger()
BATCH = 500
KEEP = timedelta(days=7)


class Relay:
    """One per database; a second one waits behind the service's file lock."""

    def __init__(self, service: str, db: Database, eventlog: EventLog):
        self.service, self.db, self.eventlog = service, db, eventlog
        self.actor = worker(service)

    def drain(self) -> int:
        """Publishes one batch; returns how many. Rows are chosen by "not yet published", never by an id."""
        waiting = select(outbox.c.id, outbox.c.topic, outbox.c.key, outbox.c.value).where(outbox.c.published_at.is_(None))
        with self.db.reading(self.actor) as session:
            rows = session.execute(waiting.order_by(outbox.c.id).limit(BATCH)).all()
        if not rows:
            return 0
        self.eventlog.append([Record(r.topic, r.key, r.value) for r in rows])
        with self.db.transaction(self.actor) as session:
            done = update(outbox).where(outbox.c.id.in_([r.id for r in rows]))
            session.execute(done.values(published_at=session.info["now"]))
        return len(rows)

    def tidy(self) -> None:
        """Forgets rows published more than seven days ago."""
        with self.db.transaction(self.actor) as session:
            session.execute(delete(outbox).where(outbox.c.published_at < session.info["now"] - KEEP))

    def run(self, stop: threading.Event) -> None:
        """Until told to stop: drain, or wait for the next commit; a failing log delays events and loses none."""
        pause = 0.25
        while not stop.is_set():
            try:
                if not self.drain():
                    self.db.wait_for_commit(0.25)
                pause = 0.25
            except LogUnavailable as error:
                log.warning("event log unavailable", service=self.service, error=str(error))
                stop.wait(pause)
                pause = min(pause * 2, 10)
