"""Tables of the programs service: sites, providers, programmes; calls, applications and what is checked of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from shared.auth import Actor
from shared.db import Owned, new_base
from shared.letters import LetterColumns
from shared.organizations.models import FactColumns, MergeColumns, ProfileColumns

Base = new_base()


class SiteFact(FactColumns, Base):
    __tablename__ = "site_facts"
    profile_key = "sites.id"


class Site(ProfileColumns, Base):
    __tablename__ = "sites"
    fact_class = "SiteFact"


class ProviderFact(FactColumns, Base):
    __tablename__ = "provider_facts"
    profile_key = "providers.id"


class Provider(ProfileColumns, Base):
    __tablename__ = "providers"
    fact_class = "ProviderFact"


class ProgramFact(FactColumns, Base):
    __tablename__ = "program_facts"
    profile_key = "programs.id"


class Program(ProfileColumns, Base):
    __tablename__ = "programs"
    fact_class = "ProgramFact"


class Merge(MergeColumns, Base):
    __tablename__ = "merges"


class Cohort(Owned, Base):
    """A call of a programme and the cohort it fills; read by everybody signed in once it is announced (`state` open)."""

    __tablename__ = "cohorts"

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
    receipts: Mapped[int] = mapped_column(default=0)
    version: Mapped[int]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(cls.owner == actor.org, cls.state != "draft")


class Application(Owned, Base):
    """One application to a cohort; `checks` is the newest of each rule, `office` who runs the call. The office sees no drafts."""

    __tablename__ = "applications"
    __table_args__ = (Index("ix_applications_cohort_state", "cohort", "state"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cohort: Mapped[str] = mapped_column(ForeignKey("cohorts.id"))
    owner: Mapped[str] = mapped_column(String(64), index=True)
    office: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    startup: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    hubs: Mapped[Any] = mapped_column(JSON)
    answers: Mapped[Any] = mapped_column(JSON)
    checks: Mapped[Any] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    receipt: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int]
    made_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    chased_at: Mapped[datetime | None]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(cls.owner == actor.org, and_(cls.office == actor.org, cls.state != "draft"))


class CheckLog(Owned, Base):
    """Every result of a rule for an application, as it was found or stated; nothing is overwritten."""

    __tablename__ = "check_log"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    rule: Mapped[str] = mapped_column(String(64))
    result: Mapped[Any] = mapped_column(JSON)
    at: Mapped[datetime]


class Batch(Owned, Base):
    """Applications moved together, and from where, so that it can be undone."""

    __tablename__ = "batches"

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
