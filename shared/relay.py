"""The relay: publishes the outbox oldest first and marks what the log has acknowledged. At least
once, never a cursor.
"""

import json
import threading
import time
from datetime import timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from shared import tracing
from shared.auth import worker
from shared.db import Database
from shared.eventlog import EventLog, LogUnavailable, Record
from shared.tables import idempotency, outbox, timers

log = structlog.get_logger()
BATCH = 500
# after publishing, let the next ones gather: the first waits for nobody, a stream goes in batches
GATHER_S = 0.05
KEEP, KEEP_KEYS, TIDY_S = timedelta(days=7), timedelta(hours=24), 3600


class Relay:
    """One per database; a second one waits behind the service's file lock."""

    def __init__(self, service: str, db: Database, eventlog: EventLog):
        self.service, self.db, self.eventlog = service, db, eventlog
        self.actor = worker(service)

    def drain(self) -> int:
        """Publishes one batch; returns how many. Rows are chosen by "not yet published", never by
        an id.
        """
        waiting = select(outbox.c.id, outbox.c.topic, outbox.c.key, outbox.c.value).where(
            outbox.c.published_at.is_(None)
        )
        with self.db.reading(self.actor) as session:
            rows = session.execute(waiting.order_by(outbox.c.id).limit(BATCH)).all()
        if not rows:
            return 0
        with self.db.publishing():
            began = time.time_ns()
            self.eventlog.append([Record(r.topic, r.key, r.value) for r in rows])
            for row in rows if tracing.on() else ():
                tracing.done(
                    f"publish {row.topic}",
                    json.loads(row.value).get("traceparent"),
                    began,
                    **{"nakodo.subject": row.key},
                )
            with self.db.transaction(self.actor) as session:
                done = update(outbox).where(outbox.c.id.in_([r.id for r in rows]))
                session.execute(done.values(published_at=session.info["now"]))
        return len(rows)

    def tidy(self) -> None:
        """Forgets what nobody asks for any more: rows published and timers fired seven days ago,
        idempotency keys of yesterday, superseded log entries.
        """
        with self.db.transaction(self.actor) as session:
            session.execute(
                delete(outbox).where(outbox.c.published_at < session.info["now"] - KEEP)
            )
            session.execute(delete(timers).where(timers.c.fired_at < session.info["now"] - KEEP))
            session.execute(
                delete(idempotency).where(idempotency.c.stored_at < session.info["now"] - KEEP_KEYS)
            )
        self.eventlog.tidy()

    def run(self, stop: threading.Event) -> None:
        """Until told to stop: drain, or wait for the next commit; a failing log or database delays
        events and loses none.
        """
        pause, tidied = 0.25, time.monotonic()
        while not stop.is_set():
            try:
                found = self.drain()
                if not found:
                    self.db.wait_for_commit(0.25)
                elif found < BATCH:
                    stop.wait(GATHER_S)
                if time.monotonic() - tidied > TIDY_S:
                    self.tidy()
                    tidied = time.monotonic()
                pause = 0.25
            except (LogUnavailable, OperationalError) as error:
                log.warning("cannot publish now", service=self.service, error=str(error))
                stop.wait(pause)
                pause = min(pause * 2, 10)
