"""Tables of reviewing: rounds, the panel, one review of one application by one reviewer, interview
slots, minutes.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, UniqueConstraint, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from services.programs.models.calls import Application
from services.programs.models.profiles import Base
from shared.auth import Actor
from shared.db import Owned, held
from shared.departures import Made


class Round(Owned, Base):
    """A round of a call: what is scored (`rubric`), what reviewers do not see (`blind`), by how
    many each application is read.
    """

    __tablename__ = "rounds"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[Any] = mapped_column(JSON)
    rubric: Mapped[Any] = mapped_column(JSON)
    blind: Mapped[Any] = mapped_column(JSON)
    per_application: Mapped[int]
    due: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id


class Reviewer(Made, Owned, Base):
    """One of a call's panel, who needs no account: `secret` is the hash of a personal link,
    `interests` whom they may not judge.

    The link ends with the membership of the officer who made it and so knows it; another gives them
    a new one.
    """

    __tablename__ = "reviewers"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    affiliation: Mapped[str | None] = mapped_column(String(200))
    expertise: Mapped[Any] = mapped_column(JSON)
    interests: Mapped[Any] = mapped_column(JSON)
    most: Mapped[int]
    secret: Mapped[str | None] = mapped_column(String(64), index=True)
    expires_at: Mapped[datetime | None]
    linked_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    @classmethod
    def begun(cls) -> InstrumentedAttribute[datetime | None]:
        return cls.linked_at

    @classmethod
    def ending(cls, now: datetime) -> dict[str, None]:
        return {"secret": None}


class Review(Owned, Base):
    """What one reviewer says of one application in one round; `scores` by criterion, `comment` for
    the committee alone.
    """

    __tablename__ = "reviews"
    readers = ("officer",)
    __table_args__ = (
        UniqueConstraint("round", "application", "reviewer"),
        Index("ix_reviews_reviewer_state", "reviewer", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    round: Mapped[str] = mapped_column(ForeignKey("rounds.id"))
    cohort: Mapped[str] = mapped_column(String(64))
    application: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    reviewer: Mapped[str] = mapped_column(ForeignKey("reviewers.id"))
    owner: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(String(1000))
    scores: Mapped[Any] = mapped_column(JSON)
    comment: Mapped[str | None] = mapped_column(String(4000))
    assigned_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id


class Slot(Owned, Base):
    """A time a panel sits for one interview; whose it is, that applicant sees."""

    __tablename__ = "slots"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    round: Mapped[str] = mapped_column(ForeignKey("rounds.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(400))
    panel: Mapped[Any] = mapped_column(JSON)
    application: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))

    @classmethod
    def visible_to(cls, actor: Actor):
        mine = select(Application.id).where(held(Application.owner, actor, "startup"))
        return or_(super().visible_to(actor), cls.application.in_(mine))


class Minutes(Owned, Base):
    """Minutes of a decision meeting with the list as it lay on the table; never changed, a
    correction is a new one.
    """

    __tablename__ = "minutes"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    held_on: Mapped[date] = mapped_column(Date)
    present: Mapped[Any] = mapped_column(JSON)
    notes: Mapped[str] = mapped_column(String(10_000))
    ranking: Mapped[Any] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(128))
    made_at: Mapped[datetime]
