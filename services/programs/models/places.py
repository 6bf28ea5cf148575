"""Tables of placement: what sites and startups say beforehand, plans as they were asked for and
computed, who has which place.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from services.programs.models.calls import results_out
from services.programs.models.companies import of_company
from services.programs.models.profiles import Base
from shared.auth import Actor
from shared.db import Owned, held


class Placement(Owned, Base):
    """One plan of a cohort: the problem as it was put and, from its job, the answer; confirmed by a
    person or not.
    """

    __tablename__ = "placements"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    problem: Mapped[Any] = mapped_column(JSON)
    texts: Mapped[Any] = mapped_column(JSON)
    job: Mapped[str | None] = mapped_column(String(36), index=True)
    placed: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    said: Mapped[Any] = mapped_column(JSON)
    made_at: Mapped[datetime]
    confirmed_by: Mapped[str | None] = mapped_column(String(128))
    confirmed_at: Mapped[datetime | None]
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id


class Place(Owned, Base):
    """A startup's place at a site in a window, from a confirmed plan; read by the startup too once
    results are out.
    """

    __tablename__ = "places"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("cohort", "startup"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    startup: Mapped[str] = mapped_column(String(64))
    site: Mapped[str] = mapped_column(String(64))
    window: Mapped[int]
    window_name: Mapped[str] = mapped_column(String(80))
    placement: Mapped[str] = mapped_column(ForeignKey("placements.id"))
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(
            super().visible_to(actor), and_(of_company(cls.startup, actor), results_out(cls.cohort))
        )


class Hosting(Owned, Base):
    """What an office asks of sites for a call: room over these windows (ISO 8601 intervals, none
    crossing another), until when.
    """

    __tablename__ = "hostings"
    readers = ("officer",)

    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    windows: Mapped[Any] = mapped_column(JSON)
    until: Mapped[datetime | None]
    version: Mapped[int]


class Host(Owned, Base):
    """A site asked for room: `capacity` {resource: [units per window]}, `wants` startups by rank;
    answered by `org`, its own or the office.
    """

    __tablename__ = "hosts"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("cohort", "site"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    org: Mapped[str] = mapped_column(String(64), index=True)
    site: Mapped[str] = mapped_column(String(64))
    name: Mapped[Any] = mapped_column(JSON)
    hub: Mapped[str] = mapped_column(String(64))
    capacity: Mapped[Any] = mapped_column(JSON)
    wants: Mapped[Any] = mapped_column(JSON)
    answered_at: Mapped[datetime | None]
    version: Mapped[int]

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(super().visible_to(actor), held(cls.org, actor, "site-manager", "officer"))


class PlaceWish(Owned, Base):
    """Where an accepted startup wants to be (sites by rank), what it needs {resource: units}, in
    which windows it can (by number).
    """

    __tablename__ = "place_wishes"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("cohort", "startup"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    startup: Mapped[str] = mapped_column(String(64))
    sites: Mapped[Any] = mapped_column(JSON)
    needs: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    windows: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int]

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(
            super().visible_to(actor), and_(of_company(cls.startup, actor), results_out(cls.cohort))
        )
