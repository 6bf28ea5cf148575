"""Tables of calls: cohorts, applications, what is checked of them, what is moved together, what is
written to applicants.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    case,
    not_,
    or_,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from services.programs import rules
from services.programs.models.companies import of_company
from services.programs.models.profiles import Base
from shared.auth import Actor
from shared.db import Owned, at_work, held
from shared.letters import LetterColumns


class Cohort(Owned, Base):
    """A call of a programme and the cohort it fills; read by everybody signed in once it is
    announced (`state` open).
    """

    __tablename__ = "cohorts"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[Any] = mapped_column(JSON)
    applicants: Mapped[Any] = mapped_column(JSON)
    capacity: Mapped[int]
    hubs: Mapped[Any] = mapped_column(JSON)
    criteria: Mapped[Any] = mapped_column(JSON)
    questions: Mapped[Any] = mapped_column(JSON)
    opens_at: Mapped[datetime]
    deadline: Mapped[datetime | None]
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16))
    announced_at: Mapped[datetime | None]
    messages: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    receipts: Mapped[int] = mapped_column(default=0)
    version: Mapped[int]
    shown_version: Mapped[int] = mapped_column(default=0)

    @property
    def subject(self) -> str:
        return self.id

    @property
    def announced(self) -> bool:
        """Whether the results are out now."""
        return self.announced_at is not None and self.announced_at <= at_work().info["now"]

    @property
    def seen_version(self) -> int:
        """The version as the reader counts it: letters, weights and the hour of the results are the
        office's own.
        """
        return self.version if in_confidence(self.owner) else self.shown_version + self.announced

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(super().visible_to(actor), cls.state != "draft")


def in_confidence(office: str) -> bool:
    """Whether the reader at work knows what an office has decided before it is announced: the
    office itself, and the service's own work.
    """
    info = at_work().info
    return bool(info.get("unscoped")) or info["actor"].may_change(office, "officer")


def results_out(cohort):
    """In a query: the call of this column has announced its results."""
    return cohort.in_(select(Cohort.id).where(Cohort.announced_at <= at_work().info["now"]))


class Application(Owned, Base):
    """One application to a cohort. The office sees no drafts.

    `decided` is where it stands to its office; `state`, in queries and on rows, as far as the
    reader at work may know: a decision is held until the announcement. Likewise `version` and
    `seen_version`.

    `checks` is the newest of each rule, `states` its results alone (what a board of thousands is
    read from), `office` who runs the call, `submitter` the one person of the applicant's who
    submits it, `topics` the fields it is about (codes), `reason` what the applicant reads with the
    result. An imported one is owned by the office, and read by the startup it names.
    """

    __tablename__ = "applications"
    readers = ("officer",)
    __table_args__ = (Index("ix_applications_cohort_state", "cohort", "state"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"))
    owner: Mapped[str] = mapped_column(String(64), index=True)
    office: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    startup: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    hubs: Mapped[Any] = mapped_column(JSON)
    topics: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    answers: Mapped[Any] = mapped_column(JSON)
    checks: Mapped[Any] = mapped_column(JSON)
    states: Mapped[Any] = mapped_column(JSON)
    decided: Mapped[str] = mapped_column("state", String(16))
    receipt: Mapped[str | None] = mapped_column(String(64))
    submitter: Mapped[str | None] = mapped_column(String(128))
    reason: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int]
    shown_version: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    chased_at: Mapped[datetime | None]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        office = held(cls.office, actor, "officer") & (cls.decided != rules.DRAFT)
        return or_(held(cls.owner, actor, "startup"), of_company(cls.startup, actor), office)

    @hybrid_property
    def state(self) -> str:
        return rules.seen_by_applicant(self.decided, self.told)

    @state.inplace.expression
    @classmethod
    def _state(cls):
        if at_work().info["actor"].sees_everything or at_work().info.get("unscoped"):
            return cls.decided
        foreign = not_(held(cls.office, at_work().info["actor"], "officer"))
        veiled = and_(cls.decided.in_(rules.HELD), foreign, ~results_out(cls.cohort))
        return case((veiled, rules.SUBMITTED), else_=cls.decided)

    @property
    def told(self) -> bool:
        """Whether the reader at work knows of decisions: whose they are, and everybody once they
        are announced.
        """
        return in_confidence(self.office) or at_work().get_one(Cohort, self.cohort).announced

    @property
    def seen_version(self) -> int:
        """The version as the reader counts it: decisions move it with the announcement."""
        return self.version if self.told else self.shown_version


class CheckLog(Owned, Base):
    """Every result of a rule for an application, as it was found or stated; nothing is
    overwritten.
    """

    __tablename__ = "check_log"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    rule: Mapped[str] = mapped_column(String(64))
    result: Mapped[Any] = mapped_column(JSON)
    at: Mapped[datetime]


class Batch(Owned, Base):
    """Applications moved together, and from where, so that it can be undone."""

    __tablename__ = "batches"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(16))
    moved: Mapped[Any] = mapped_column(JSON)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Letter(LetterColumns, Base):
    """Mail to the owners of an applicant's organisation."""


class Mapping(Owned, Base):
    """Which column of somebody's table means what, under a name, for the next import."""

    __tablename__ = "mappings"
    readers = ("officer",)
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(80))
    columns: Mapped[Any] = mapped_column(JSON)


class Delivery(Owned, Base):
    """A letter to an applicant, and to how many addresses it was handed; 0: nobody there has an
    account.
    """

    __tablename__ = "deliveries"
    readers = ("officer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    owner: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    written_at: Mapped[datetime]
    handed_at: Mapped[datetime | None]
    recipients: Mapped[int | None]
