"""Read copies, evaluations (rebuilt at will), history (never rebuilt), names."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Float, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import new_base

Base = new_base()
# rows of a startup lie together: a tenth of the pages per evaluation
CLUSTERED = {"sqlite_with_rowid": False}


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
    """Numbers of one pair; sentences are made on reading. Depends on startup, mandate, rules,
    calibration and date alone.
    """

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
    __table_args__ = (Index("ix_matches_feed", "mandate", "state", "fit", "score"), CLUSTERED)


class ShadowMatch(MatchColumns, Base):
    """Where `nakodo replay` builds evaluations before they are swapped in."""

    __tablename__ = "matches_shadow"
    __table_args__ = CLUSTERED


class History(Base):
    """First seen and last material change of a pair: owned here, never rebuilt. No change yet:
    new.
    """

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
    """How far one partition of startups has been scored, beside its offsets in the log: against
    which copies, day and calibration.

    `epoch` grows each time a member takes the partition over: who holds an older one may write
    nothing any more.
    """

    __tablename__ = "vectors"

    partition: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[int]
    member: Mapped[str] = mapped_column(String(64))
    # change number of the investor copies all its startups have been scored against
    through: Mapped[int]
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
