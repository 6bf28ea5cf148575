"""What people and teams do about pairs: questions, lists, decisions, editions, votes, searches."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    or_,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models.scores import Base
from shared.auth import Actor
from shared.db import Owned
from shared.departures import Made
from shared.letters import LetterColumns

OPEN, ANSWERED, DECLINED = "open", "answered", "declined"


class AskedBy(Owned, Base):
    """One mandate that waits for the answer to a question, or has had it."""

    __tablename__ = "asked_by"
    readers = ("reviewer",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    ask: Mapped[str] = mapped_column(ForeignKey("asks.id"), index=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    mandate: Mapped[str] = mapped_column(String(64))
    named: Mapped[bool]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    def waits(self, now: datetime) -> bool:
        return self.answered_at is None and now < self.expires_at


class Ask(Owned, Base):
    """A question to a startup about one gate, however many ask it; `answer` is the fact that closed
    it.

    Read by the startup's side; staff answer for profiles nobody has claimed.
    """

    __tablename__ = "asks"
    readers = ("startup",)
    __table_args__ = (UniqueConstraint("startup", "gate"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64))
    gate: Mapped[str] = mapped_column(String(32))
    field: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(36))

    @property
    def subject(self) -> str:
        return self.id


class Watchlist(Base):
    """One published version of a list of companies of concern; `state` published or withdrawn."""

    __tablename__ = "watchlists"
    __table_args__ = (UniqueConstraint("list", "published"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    list: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    published: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(1000))
    entries: Mapped[Any] = mapped_column(JSON)
    loaded_at: Mapped[datetime]


class Screened(Base):
    """What a startup was last told about its suppliers."""

    __tablename__ = "screened"

    startup: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class Decision(Owned, Base):
    """Where a pair stands with the mandate's owner; `before` is what an undoing puts back. The
    steps are `rules.DECIDE`.
    """

    __tablename__ = "decisions"
    readers = ("reviewer",)
    __table_args__ = (
        UniqueConstraint("startup", "mandate"),
        Index("ix_decisions_mandate_state", "mandate", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    told: Mapped[bool] = mapped_column(default=False, server_default=false())
    condition: Mapped[str | None] = mapped_column(String(32))
    until: Mapped[date | None] = mapped_column(Date)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]
    back_at: Mapped[datetime | None]
    back_because: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    before: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    assigned_to: Mapped[str | None] = mapped_column(String(128))
    assigned_at: Mapped[datetime | None]

    @property
    def subject(self) -> str:
        return self.id


class Step(Owned, Base):
    """One step of a decision, kept as it was: the history of a pair, and what a quarter's funnel
    counts.
    """

    __tablename__ = "decision_steps"
    readers = ("reviewer",)
    __table_args__ = (Index("ix_decision_steps_pair", "startup", "mandate"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64), index=True)
    verb: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class ProposedChange(Owned, Base):
    """What a team said to a change of its mandate that its decisions suggest; not proposed
    again.
    """

    __tablename__ = "proposed_changes"
    readers = ("reviewer",)

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class IntroductionCopy(Base):
    """Where an introduction stands as both sides may know it, for the funnel of the investor's
    side.
    """

    __tablename__ = "introduction_copies"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime]
    introduced_at: Mapped[datetime | None]


class FeedPlan(Owned, Base):
    """In which zone a mandate's week begins, and how many items an edition holds."""

    __tablename__ = "feed_plans"
    readers = ("reviewer",)

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(64))
    most: Mapped[int]
    digest: Mapped[bool] = mapped_column(default=True, server_default=true())


class Edition(Owned, Base):
    """The feed of a week as it was fixed, in both languages."""

    __tablename__ = "editions"
    readers = ("reviewer",)

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    items: Mapped[Any] = mapped_column(JSON)


class Vote(Owned, Base):
    """What one person of a team would do about a pair."""

    __tablename__ = "votes"
    readers = ("reviewer",)

    startup: Mapped[str] = mapped_column(String(64), primary_key=True)
    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    vote: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class Comment(Owned, Base):
    """A remark of a team about a pair, for the team alone."""

    __tablename__ = "comments"
    readers = ("reviewer",)
    __table_args__ = (Index("ix_comments_pair", "startup", "mandate"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class Declaration(Owned, Base):
    """What a person says of their own interest in a startup: `none`, or `conflict`, which recuses
    them.
    """

    __tablename__ = "declarations"
    readers = ("reviewer",)

    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    interest: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class TeamPolicy(Owned, Base):
    """Whether an organisation's people declare their interest before they read about a pair in
    detail.
    """

    __tablename__ = "team_policies"
    readers = ("reviewer",)

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    declare: Mapped[bool]


class Expert(Made, Owned, Base):
    """A colleague without an account who reads a brief by a link, declares their interest, and
    answers up to three questions.
    """

    __tablename__ = "experts"
    readers = ("reviewer",)
    __table_args__ = (Index("ix_experts_pair", "startup", "mandate"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    questions: Mapped[Any] = mapped_column(JSON)
    interest: Mapped[str | None] = mapped_column(String(16))
    answers: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    verdict: Mapped[str | None] = mapped_column(String(16))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class SavedSearch(Owned, Base):
    """What a team looks for by name; `known` are the startups it has been told of."""

    __tablename__ = "saved_searches"
    readers = ("reviewer", "officer")

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[Any] = mapped_column(JSON)
    known: Mapped[Any] = mapped_column(JSON)
    made_at: Mapped[datetime]


class Mission(Owned, Base):
    """What a mandate looks for this quarter; it ends by itself. A published one is read by every
    startup.
    """

    __tablename__ = "missions"
    readers = ("reviewer",)

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    areas: Mapped[Any] = mapped_column(JSON)
    modalities: Mapped[Any] = mapped_column(JSON)
    until: Mapped[date] = mapped_column(Date)
    published: Mapped[bool]

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(super().visible_to(actor), cls.published)


class Letter(LetterColumns, Base):
    """Mail to the owners of a team: the weekly digest."""
