"""Hands letters to notices, which alone speaks to the outside: at least once, oldest first, the
letter's id making a second one nothing.
"""

from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from services.accounts.doors import Doors
from services.accounts.models import Letter, Name
from services.accounts.named import link
from services.accounts.personal import FORGET
from shared.db import Database
from shared.queue import Queue
from shared.secrets import Seals


class Courier(Queue):
    name = "letters"

    def __init__(self, db: Database, doors: Doors, seals: Seals):
        super().__init__("accounts", db)
        self.doors, self.seals = doors, seals

    def deliver(self) -> int:
        """Hands over what waits; returns how many."""
        return self.round()

    def waiting(self, session: Session) -> Select:
        return (
            select(Letter.id, Letter.written_at)
            .where(Letter.handed_at.is_(None))
            .order_by(Letter.written_at, Letter.id)
        )

    def act(self, item: str) -> str | None:
        with self.db.reading(self.actor) as session:
            letter = session.get(Letter, item)
            org = letter and letter.params.get("org")
            named = session.get(Name, org) is not None if org else False
        if letter is None:
            return None
        if letter.template == FORGET:
            self.doors.forget(letter.recipient)
        else:
            parts = {
                "id": letter.id,
                "to": letter.recipient,
                "template": letter.template,
                "locale": letter.locale,
            }
            params = letter.params | (
                {"org": self.doors.called(org, letter.locale)} if named else {}
            )
            self.doors.post(
                parts | {"params": params | {"erasure": link(self.seals, letter.recipient)}}
            )
        return letter.template

    def settle(self, session: Session, item: str, told: Any) -> None:
        """The link's secret stands in the letter: once handed over it is not kept, nor the address
        of an erased person.
        """
        mine = Letter.id == item
        if told == FORGET:
            session.execute(delete(Letter).where(mine))
        else:
            session.execute(
                update(Letter).where(mine).values(handed_at=session.info["now"], params={})
            )

    def drop(self, session: Session, item: str) -> None:
        session.execute(delete(Letter).where(Letter.id == item))
