"""Tables of the meetings service: introductions with what was said and came of them, budgets
granted, meetings.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, or_
from sqlalchemy.orm import Mapped, mapped_column

from shared.auth import OFFICERS, Actor
from shared.db import Owned, held, new_base
from shared.letters import LetterColumns

Base = new_base()


class Introduction(Owned, Base):
    """A startup and a mandate's investor on their way to each other. `owner` asked; names and seats
    are as they were then.

    `version` grows with each step all may know of; steps kept private count for their own side
    alone.
    """

    __tablename__ = "introductions"
    readers = ("startup", "reviewer", "officer")
    __table_args__ = (Index("ix_introductions_pair", "startup", "mandate"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64))
    investor: Mapped[str] = mapped_column(String(64))
    names: Mapped[Any] = mapped_column(JSON)
    # the countries each side sits in, by side; none where it does not say
    seats: Mapped[Any] = mapped_column(JSON)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    startup_owner: Mapped[str] = mapped_column(String(64), index=True)
    investor_owner: Mapped[str] = mapped_column(String(64), index=True)
    asked_by: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    startup_steps: Mapped[int] = mapped_column(default=0)
    investor_steps: Mapped[int] = mapped_column(default=0)
    note: Mapped[str | None] = mapped_column(Text)
    attends: Mapped[bool]
    startup_person: Mapped[str | None] = mapped_column(String(128))
    investor_person: Mapped[str | None] = mapped_column(String(128))
    said_no: Mapped[Any] = mapped_column(JSON, default=list)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    introduced_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        proposed = held(cls.owner, actor, *OFFICERS) & (cls.asked_by == "officer")
        return or_(
            held(cls.startup_owner, actor, "startup"),
            held(cls.investor_owner, actor, "reviewer"),
            proposed,
        )


class Remark(Base):
    """A question or answer between the sides before, or a word after; read with its introduction
    alone.
    """

    __tablename__ = "remarks"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    introduction: Mapped[str] = mapped_column(ForeignKey("introductions.id"), index=True)
    side: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class Outcome(Owned, Base):
    """What came of an introduction as one side tells it; the other side does not see it."""

    __tablename__ = "outcomes"
    readers = ("startup", "reviewer")

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    introduction: Mapped[str] = mapped_column(ForeignKey("introductions.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class Grant(Owned, Base):
    """Requests staff allowed an organisation beyond its week's budget, and why."""

    __tablename__ = "budget_grants"
    readers = ("staff",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    week: Mapped[date] = mapped_column(Date)
    extra: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class Meeting(Owned, Base):
    """A meeting of an introduction: times one side offers, and the one the other takes."""

    __tablename__ = "meetings"
    readers = ("startup", "reviewer")

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    introduction: Mapped[str] = mapped_column(ForeignKey("introductions.id"), index=True)
    startup_owner: Mapped[str] = mapped_column(String(64))
    investor_owner: Mapped[str] = mapped_column(String(64))
    offered_by: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    slots: Mapped[Any] = mapped_column(JSON)
    minutes: Mapped[int]
    place: Mapped[str | None] = mapped_column(String(1000))
    zones: Mapped[Any] = mapped_column(JSON)
    starts_at: Mapped[datetime | None]
    made_at: Mapped[datetime]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(
            held(cls.startup_owner, actor, "startup"), held(cls.investor_owner, actor, "reviewer")
        )


class Letter(LetterColumns, Base):
    """Mail to the owners of either side."""
