"""Tables of the matching service: read copies, evaluations (rebuilt at will), history (never rebuilt), names."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Float, ForeignKey, Index, String, Text, UniqueConstraint, false, or_, true
from sqlalchemy.orm import Mapped, mapped_column

from shared.auth import PLATFORM, Actor
from shared.db import Owned, new_base
from shared.letters import LetterColumns

Base = new_base()
CLUSTERED = {"sqlite_with_rowid": False}  # rows of a startup lie together: a tenth of the pages per evaluation


class Copy(Base):
    """The newest state of a subject of another service, with its private part still sealed."""

    __tablename__ = "copies"
    __table_args__ = (Index("ix_copies_topic_changed", "topic", "changed"),)

    topic: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(64))
    document: Mapped[Any] = mapped_column(JSON)
    needs_secret: Mapped[int | None]
    secret_version: Mapped[int | None]
    sealed: Mapped[str | None] = mapped_column(Text)
    changed: Mapped[int] = mapped_column(index=True)


class MatchColumns:
    """Numbers of one pair; sentences are made on reading. Depends on startup, mandate, rules, calibration and date alone."""

    startup: Mapped[str] = mapped_column(String(64), primary_key=True)
    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    investor: Mapped[str] = mapped_column(String(64))
    asset: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    score: Mapped[float] = mapped_column(Float)
    fit: Mapped[float] = mapped_column(Float)
    confidence: Mapped[float] = mapped_column(Float)
    gates: Mapped[str] = mapped_column(String(32))
    contributions: Mapped[str] = mapped_column(Text)
    top: Mapped[str] = mapped_column(String(200))
    versions: Mapped[str] = mapped_column(String(200))


class Match(MatchColumns, Base):
    __tablename__ = "matches"
    __table_args__ = (Index("ix_matches_feed", "mandate", "state", "score"), CLUSTERED)


class ShadowMatch(MatchColumns, Base):
    """Where `nakodo replay` builds evaluations before they are swapped in."""

    __tablename__ = "matches_shadow"
    __table_args__ = CLUSTERED


class History(Base):
    """First seen and last material change of a pair: owned here, never rebuilt. No change yet: new."""

    __tablename__ = "match_history"
    __table_args__ = CLUSTERED

    startup: Mapped[str] = mapped_column(String(64), primary_key=True)
    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen: Mapped[datetime]
    material_at: Mapped[datetime]
    gates: Mapped[str] = mapped_column(String(32))
    fit: Mapped[float]
    top: Mapped[str] = mapped_column(String(200))
    calibration: Mapped[str] = mapped_column(String(32))
    change: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    present: Mapped[bool]


class Scored(Base):
    """Which startup versions have been evaluated, for what date, and until when that stands."""

    __tablename__ = "scored"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date, index=True)
    evaluated: Mapped[int]


class Vector(Base):
    """How far one partition of startups has been scored, beside its offsets in the log: against which copies, day and calibration.

    `epoch` grows each time a member takes the partition over: who holds an older one may write nothing any more.
    """

    __tablename__ = "vectors"

    partition: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[int]
    member: Mapped[str] = mapped_column(String(64))
    through: Mapped[int]  # change number of the investor copies all its startups have been scored against
    on: Mapped[date] = mapped_column(Date)
    calibration: Mapped[str] = mapped_column(String(32))
    toward: Mapped[str | None] = mapped_column(
        String(100)
    )  # while a sweep is under way: the change number, day and calibration it will reach,
    at: Mapped[str] = mapped_column(String(64))  # and the last startup it has done


class Name(Base):
    """One folded name of an organisation, in the directory that resolves and searches names."""

    __tablename__ = "names"
    __table_args__ = CLUSTERED

    folded: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    topic: Mapped[str] = mapped_column(String(32), primary_key=True)
    written: Mapped[str] = mapped_column(String(200))


class Gram(Base):
    """Trigrams of folded names, so that names with typos are found on either database."""

    __tablename__ = "name_grams"
    __table_args__ = CLUSTERED

    gram: Mapped[str] = mapped_column(String(3), primary_key=True)
    folded: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)


class StoredCalibration(Base):
    """Calibrations by their hash; the active one is what all members use."""

    __tablename__ = "calibrations"

    hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    document: Mapped[Any] = mapped_column(JSON)
    published_at: Mapped[datetime]
    active: Mapped[bool]


class Seen(Base):
    """How far a reviewer has read a feed."""

    __tablename__ = "seen"

    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    up_to: Mapped[datetime]


OPEN, ANSWERED, DECLINED = "open", "answered", "declined"


class AskedBy(Owned, Base):
    """One mandate that waits for the answer to a question, or has had it."""

    __tablename__ = "asked_by"

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
    """A question to a startup about one gate, however many ask it; `answer` is the fact that closed it."""

    __tablename__ = "asks"
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

    @classmethod
    def visible_to(cls, actor: Actor):
        """The startup's side; staff answer for profiles nobody has claimed."""
        return or_(cls.owner == actor.org, cls.owner == PLATFORM if "officer" in actor.roles else false())


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
    """Where a pair stands with the mandate's owner; `before` is what an undoing puts back. The steps are `rules.DECIDE`."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("startup", "mandate"), Index("ix_decisions_mandate_state", "mandate", "state"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
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


class FeedPlan(Owned, Base):
    """In which zone a mandate's week begins, and how many items an edition holds."""

    __tablename__ = "feed_plans"

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(64))
    most: Mapped[int]
    digest: Mapped[bool] = mapped_column(default=True, server_default=true())


class Edition(Owned, Base):
    """The feed of a week as it was fixed, in both languages."""

    __tablename__ = "editions"

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    items: Mapped[Any] = mapped_column(JSON)


class Vote(Owned, Base):
    """What one person of a team would do about a pair."""

    __tablename__ = "votes"

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
    __table_args__ = (Index("ix_comments_pair", "startup", "mandate"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64))
    mandate: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class Declaration(Owned, Base):
    """What a person says of their own interest in a startup: `none`, or `conflict`, which recuses them."""

    __tablename__ = "declarations"

    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    interest: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class TeamPolicy(Owned, Base):
    """Whether an organisation's people declare their interest before they read about a pair in detail."""

    __tablename__ = "team_policies"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    declare: Mapped[bool]


class Expert(Owned, Base):
    """A colleague without an account who reads a brief by a link, declares their interest, and answers up to three questions."""

    __tablename__ = "experts"
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
    made_by: Mapped[str | None] = mapped_column(String(128))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class SavedSearch(Owned, Base):
    """What a team looks for by name; `known` are the startups it has been told of."""

    __tablename__ = "saved_searches"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[Any] = mapped_column(JSON)
    known: Mapped[Any] = mapped_column(JSON)
    made_at: Mapped[datetime]


class Mission(Owned, Base):
    """What a mandate looks for this quarter; it ends by itself. A published one is read by every startup."""

    __tablename__ = "missions"

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    areas: Mapped[Any] = mapped_column(JSON)
    modalities: Mapped[Any] = mapped_column(JSON)
    until: Mapped[date] = mapped_column(Date)
    published: Mapped[bool]

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(cls.owner == actor.org, cls.published)


class Letter(LetterColumns, Base):
    """Mail to the owners of a team: the weekly digest."""
