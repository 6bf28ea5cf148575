"""Tables of support: consultations with agencies, mentors and their hours; the ledger of
indicators.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    String,
    UniqueConstraint,
    and_,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.programs import rules
from services.programs.models.calls import Application, results_out
from services.programs.models.companies import of_company
from services.programs.models.profiles import Base
from shared.auth import Actor
from shared.db import Owned


class Consultation(Owned, Base):
    """A question of a startup's, with whom it lies and until when; read by the startup too."""

    __tablename__ = "consultations"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    cohort: Mapped[str | None] = mapped_column(String(64))
    startup: Mapped[str] = mapped_column(String(64), index=True)
    topic: Mapped[str] = mapped_column(String(1000))
    agency: Mapped[str] = mapped_column(String(16))
    handler: Mapped[str] = mapped_column(String(200))
    due: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(4000))
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        mine = and_(
            of_company(cls.startup, actor), or_(cls.cohort.is_(None), results_out(cls.cohort))
        )
        return or_(super().visible_to(actor), mine)


class Mentor(Owned, Base):
    """A mentor or expert of an office's; read by the startups it has accepted."""

    __tablename__ = "mentors"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    affiliation: Mapped[str | None] = mapped_column(String(200))
    expertise: Mapped[Any] = mapped_column(JSON)
    languages: Mapped[Any] = mapped_column(JSON)
    hub: Mapped[str | None] = mapped_column(String(64))
    interests: Mapped[Any] = mapped_column(JSON)
    left_at: Mapped[datetime | None]

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(super().visible_to(actor), cls.owner.in_(_offices_of(actor)))


class OfficeHour(Owned, Base):
    """A time a mentor offers; free ones are read by the office's startups, a taken one by whose it
    is.
    """

    __tablename__ = "office_hours"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    mentor: Mapped[str] = mapped_column(ForeignKey("mentors.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    startup: Mapped[str | None] = mapped_column(String(64))
    cohort: Mapped[str | None] = mapped_column(String(64))
    minutes: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(String(2000))
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        free = and_(cls.startup.is_(None), cls.owner.in_(_offices_of(actor)))
        return or_(super().visible_to(actor), of_company(cls.startup, actor), free)


def _offices_of(actor: Actor):
    return select(Application.office).where(
        of_company(Application.startup, actor), Application.state == rules.ACCEPTED
    )


class Indicator(Owned, Base):
    """What an office counts: a definition as data. `counts`: what of the platform is counted, or
    the ledger.
    """

    __tablename__ = "indicators"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("owner", "key"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[Any] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(16))
    unit: Mapped[str] = mapped_column(String(16))
    counts: Mapped[str] = mapped_column(String(16))
    baseline: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    target: Mapped[int | None] = mapped_column(BigInteger)


class Entry(Owned, Base):
    """One thing that happened, with its evidence; `same` names the thing itself, so that it counts
    once for a startup. Withdrawn, never deleted.
    """

    __tablename__ = "entries"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("owner", "indicator", "startup", "same"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    indicator: Mapped[str] = mapped_column(String(40))
    startup: Mapped[str] = mapped_column(String(64))
    on: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    evidence: Mapped[str] = mapped_column(String(1000))
    same: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(128))
    made_at: Mapped[datetime]
    withdrawn: Mapped[str | None] = mapped_column(String(1000))
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id
