"""Mail to the owners of an organisation, written in the transaction that makes it due; accounts alone knows their addresses."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import JSON, String, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.auth import worker
from shared.db import Database

log = structlog.get_logger()
BATCH = 50


class LetterColumns:
    """A letter that waits to be handed to accounts; its parameters, a link's secret among them, go once it is."""

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    org: Mapped[str] = mapped_column(String(64))
    template: Mapped[str] = mapped_column(String(32))
    params: Mapped[dict] = mapped_column(JSON)
    written_at: Mapped[datetime]
    handed_at: Mapped[datetime | None] = mapped_column(index=True)


def write(session: Session, model: type, letter: str, org: str, template: str, params: dict) -> None:
    """Adds a letter; the same id handed over twice is one letter to its readers."""
    session.add(model(id=letter, org=org, template=template, params=params, written_at=session.info["now"], handed_at=None))


class Courier:
    """Hands letters over, oldest first, at least once: `post(letter)` raises OSError where accounts cannot be reached."""

    def __init__(self, service: str, db: Database, model: type, post: Callable[[dict], None]):
        self.db, self.model, self.post = db, model, post
        self.actor = worker(service)

    def deliver(self) -> int:
        """Hands over what waits; returns how many."""
        model = self.model
        waiting = select(model).where(model.handed_at.is_(None)).order_by(model.written_at, model.id).limit(BATCH)
        with self.db.reading(self.actor) as session:
            letters = list(session.scalars(waiting))
        for letter in letters:
            self.post({"id": letter.id, "org": letter.org, "template": letter.template, "params": letter.params})
            with self.db.transaction(self.actor) as session:
                session.execute(update(model).where(model.id == letter.id).values(handed_at=session.info["now"], params={}))
        return len(letters)

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
