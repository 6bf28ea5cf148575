"""Tables of partnering days: the day with its slots and rooms, who comes, whom they want to meet,
the meetings, and solver runs.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from services.meetings.models.introductions import Base
from shared.auth import Actor
from shared.db import Owned, held
from shared.jobs import JobColumns

SIDE_ROLES = {"startup": "startup", "investor": "reviewer"}


def attending(one, actor: Actor):
    """Attendees of the actor's own organisation, for its people of that side."""
    return or_(
        *((one.side == side) & held(one.org, actor, role) for side, role in SIDE_ROLES.items())
    )


class Day(Owned, Base):
    """A partnering day of an office. `slots` [[begin, end]] in UTC; `rooms` the numbers of those
    there are, `interpreters` how many, per slot; `musts` and `bans` [[startup, investor]].
    """

    __tablename__ = "days"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[Any] = mapped_column(JSON)
    zone: Mapped[str] = mapped_column(String(64))
    slots: Mapped[Any] = mapped_column(JSON)
    rooms: Mapped[Any] = mapped_column(JSON)
    interpreters: Mapped[Any] = mapped_column(JSON)
    musts: Mapped[Any] = mapped_column(JSON)
    bans: Mapped[Any] = mapped_column(JSON)
    met_days: Mapped[int]
    requests_until: Mapped[datetime]
    job: Mapped[str | None] = mapped_column(String(36))
    said: Mapped[Any] = mapped_column(JSON)
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(
            super().visible_to(actor),
            cls.id.in_(select(Attendee.day).where(attending(Attendee, actor))),
        )


class Attendee(Owned, Base):
    """A startup or an investor's mandate at a day: who comes with what say, when they are away, how
    much they take; `wishes` by rank.
    """

    __tablename__ = "attendees"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("day", "party"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[str] = mapped_column(ForeignKey("days.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    org: Mapped[str] = mapped_column(String(64), index=True)
    side: Mapped[str] = mapped_column(String(16))
    party: Mapped[str] = mapped_column(String(64))
    name: Mapped[Any] = mapped_column(JSON)
    people: Mapped[Any] = mapped_column(JSON)
    away: Mapped[Any] = mapped_column(JSON)
    most: Mapped[int]
    interpreter: Mapped[bool]
    wishes: Mapped[Any] = mapped_column(JSON)
    version: Mapped[int]

    @classmethod
    def visible_to(cls, actor: Actor):
        mine = select(Attendee.__table__.c.day).where(attending(Attendee.__table__.c, actor))
        return or_(super().visible_to(actor), cls.day.in_(mine))


class DayMeeting(Owned, Base):
    """One meeting of a day: two parties, a slot, a room; `came` says who was there once it is
    over.
    """

    __tablename__ = "day_meetings"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("day", "startup", "investor"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[str] = mapped_column(ForeignKey("days.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    startup: Mapped[str] = mapped_column(String(64))
    investor: Mapped[str] = mapped_column(String(64))
    startup_org: Mapped[str] = mapped_column(String(64))
    investor_org: Mapped[str] = mapped_column(String(64))
    slot: Mapped[int]
    room: Mapped[int]
    pinned: Mapped[bool]
    came: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        told = select(Day.__table__.c.id).where(Day.__table__.c.published_at.is_not(None))
        mine = or_(
            held(cls.startup_org, actor, "startup"), held(cls.investor_org, actor, "reviewer")
        )
        return or_(super().visible_to(actor), mine & cls.day.in_(told))


class DayOutcome(Owned, Base):
    """What came of a day's meeting as one side tells it; neither the other side nor the office sees
    it.
    """

    __tablename__ = "day_outcomes"
    readers = ("startup", "reviewer")

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[str] = mapped_column(ForeignKey("days.id"), index=True)
    meeting: Mapped[str] = mapped_column(ForeignKey("day_meetings.id"))
    owner: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class Job(JobColumns, Owned, Base):
    """A day being computed or mended."""

    readers = ("officer",)
