"""Hands letters to notices, which alone speaks to the outside: at least once, oldest first, the letter's id making a second one nothing."""

import threading

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from services.accounts.doors import Doors
from services.accounts.models import Letter
from services.accounts.personal import FORGET
from shared.auth import worker
from shared.db import Database

log = structlog.get_logger()
BATCH = 50


class Courier:
    def __init__(self, db: Database, doors: Doors):
        self.db, self.doors = db, doors
        self.actor = worker("accounts")

    def deliver(self) -> int:
        """Hands over what waits; returns how many. Raises OSError where notices cannot be reached."""
        with self.db.reading(self.actor) as session:
            waiting = list(session.scalars(select(Letter).where(Letter.handed_at.is_(None)).order_by(Letter.written_at).limit(BATCH)))
        for letter in waiting:
            if letter.template == FORGET:
                self._forget(letter)
                continue
            self.doors.post(
                {"id": letter.id, "to": letter.recipient, "template": letter.template, "locale": letter.locale, "params": letter.params}
            )
            with self.db.transaction(self.actor) as session:
                # the link's secret stands in the letter: once handed over it is not kept
                session.execute(update(Letter).where(Letter.id == letter.id).values(handed_at=session.info["now"], params={}))
        return len(waiting)

    def _forget(self, letter: Letter) -> None:
        """Has notices drop what it holds for an erased person's address, then drops the address here."""
        self.doors.forget(letter.recipient)
        with self.db.transaction(self.actor) as session:
            session.execute(delete(Letter).where(Letter.id == letter.id))

    def run(self, stop: threading.Event) -> None:
        pause = 0.5
        while not stop.is_set():
            try:
                if not self.deliver():
                    self.db.wait_for_commit(0.5)
                pause = 0.5
            except (OSError, OperationalError) as error:
                log.warning("letters wait", error=str(error))
                stop.wait(pause)
                pause = min(pause * 2, 30)
