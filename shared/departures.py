"""What a membership made ends with it: links, webhooks and whatever else opens something or sends
something by itself.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from shared.errors import Unauthorized
from shared.events import Event
from shared.tables import revocations


class Made:
    """Mixin of a record that works for its `owner` without anybody signing in, as long as who made
    it belongs to that organisation.
    """

    made_by: Mapped[str | None] = mapped_column(String(128))

    @classmethod
    def theirs(cls, person: str, led: bool) -> ColumnElement[bool]:
        """Which of these somebody made, or, having led the organisation, was sent: those that
        nobody made by hand go to its owners.
        """
        return (cls.made_by == person) | (cls.made_by.is_(None) & literal(led))

    @classmethod
    def begun(cls) -> InstrumentedAttribute[datetime] | ColumnElement[datetime]:
        """When one was made."""
        return cls.made_at

    @classmethod
    def ending(cls, now: datetime) -> dict[str, Any]:
        """What ends one."""
        return {"ended_at": func.coalesce(cls.ended_at, now)}


def sign(session: Session, row: Made) -> None:
    """Puts the maker's name on a record. Raises Unauthorized where the maker has been revoked
    meanwhile, so that nothing is made after leaving.
    """
    actor = session.info["actor"]
    subjects = revocations.c.subject.in_([actor.person, actor.credential])
    before = session.scalars(select(revocations.c.before).where(subjects))
    if any(actor.issued < instant.timestamp() for instant in before):
        raise Unauthorized("token-revoked")
    row.made_by = actor.person


def end_made(session: Session, kinds: Iterable[type[Made]], event: Event) -> None:
    """Ends what a person made for an organisation they have left, also where they have rejoined it
    since; what an ended client made, for any.
    """
    data, now = event.data, session.info["now"]
    for kind in kinds:
        if data["state"] == "ended":
            session.execute(
                update(kind).where(kind.theirs(event.subject, False)).values(kind.ending(now))
            )
        for place in data.get("left", ()):
            gone = kind.theirs(event.subject, place["owner"]) & (kind.owner == place["org"])
            session.execute(update(kind).where(gone).values(kind.ending(now)))
        for place in (m for m in data["memberships"] if "since" in m):
            before = (kind.owner == place["org"]) & (
                kind.begun() < datetime.fromisoformat(place["since"])
            )
            session.execute(
                update(kind).where(before, kind.made_by == event.subject).values(kind.ending(now))
            )
