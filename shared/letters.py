"""Mail to the owners of an organisation, written in the transaction that makes it due; accounts
alone knows their addresses.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Select, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.db import Database
from shared.queue import Queue

Noted = Callable[[Session, str, Any], None]


class LetterColumns:
    """A letter that waits to be handed to accounts; its parameters, a link's secret among them, go
    once it is.
    """

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    org: Mapped[str] = mapped_column(String(64))
    template: Mapped[str] = mapped_column(String(32))
    params: Mapped[dict] = mapped_column(JSON)
    written_at: Mapped[datetime]
    handed_at: Mapped[datetime | None] = mapped_column(index=True)


def write(
    session: Session, model: type, letter: str, org: str, template: str, params: dict
) -> None:
    """Adds a letter; the same id handed over twice is one letter to its readers."""
    session.add(
        model(
            id=letter,
            org=org,
            template=template,
            params=params,
            written_at=session.info["now"],
            handed_at=None,
        )
    )


class Courier(Queue):
    """Hands letters over, oldest first, at least once: `post(letter)` raises where accounts cannot
    be reached or refuses it.

    `noted(session, id, answer)` is told in the transaction that ends a letter.
    """

    name = "letters"

    def __init__(
        self,
        service: str,
        db: Database,
        model: type,
        post: Callable[[dict], Any],
        noted: Noted = lambda session, letter, told: None,
    ):
        super().__init__(service, db)
        self.model, self.post, self.noted = model, post, noted

    def deliver(self) -> int:
        """Hands over what waits; returns how many."""
        return self.round()

    def waiting(self, session: Session) -> Select:
        model = self.model
        return (
            select(model.id, model.written_at)
            .where(model.handed_at.is_(None))
            .order_by(model.written_at, model.id)
        )

    def act(self, item: str) -> Any:
        with self.db.reading(self.actor) as session:
            letter = session.get(self.model, item)
        if letter is not None:
            return self.post(
                {
                    "id": letter.id,
                    "org": letter.org,
                    "template": letter.template,
                    "params": letter.params,
                }
            )
        return None

    def settle(self, session: Session, item: str, told: Any) -> None:
        session.execute(
            update(self.model)
            .where(self.model.id == item)
            .values(handed_at=session.info["now"], params={})
        )
        self.noted(session, item, told)

    def drop(self, session: Session, item: str) -> None:
        session.execute(delete(self.model).where(self.model.id == item))
