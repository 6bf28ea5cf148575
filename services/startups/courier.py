"""Hands letters to accounts, which knows whom an organisation's mail goes to: at least once, oldest first, the id making a second one nothing."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from services.startups.models import Letter
from shared.auth import worker
from shared.db import Database

log = structlog.get_logger()
BATCH = 50


class Courier:
    """`post(letter)` hands one over; it raises OSError where accounts cannot be reached."""

    def __init__(self, db: Database, post: Callable[[dict], None]):
        self.db, self.post = db, post
        self.actor = worker("startups")

    def deliver(self) -> int:
        """Hands over what waits; returns how many."""
        with self.db.reading(self.actor) as session:
            waiting = list(
                session.scalars(select(Letter).where(Letter.handed_at.is_(None)).order_by(Letter.written_at, Letter.id).limit(BATCH))
            )
        for letter in waiting:
            self.post({"id": letter.id, "org": letter.org, "template": letter.template, "params": letter.params})
            with self.db.transaction(self.actor) as session:
                session.execute(update(Letter).where(Letter.id == letter.id).values(handed_at=session.info["now"], params={}))
        return len(waiting)

    def run(self, stop: threading.Event) -> None:
        pause = 0.5
        while not stop.is_set():
            try:
                if not self.deliver():
                    self.db.wait_for_commit(1.0)
                pause = 0.5
            except (OSError, OperationalError) as error:
                log.warning("letters wait", error=str(error))
                stop.wait(pause)
                pause = min(pause * 2, 30)
