"""The chassis' own tables, the same in every service's database."""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

from shared.db import NAMING, UtcDateTime

metadata = MetaData(naming_convention=NAMING)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("topic", String(64), nullable=False),
    Column("key", String(200), nullable=False),
    Column("value", Text, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_waiting",
    outbox.c.id,
    sqlite_where=text("published_at IS NULL"),
    postgresql_where=text("published_at IS NULL"),
)
Index("ix_outbox_published_at", outbox.c.published_at)

positions = Table(
    "positions",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", Integer, nullable=False),
    Column("log_id", String(64), nullable=False),
)

high_water = Table(
    "high_water",
    metadata,
    Column("topic", String(64), primary_key=True),
    Column("subject", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("consumer", String(64), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("subject", String(200)),
    Column("cause", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Column("value", Text),
    Column("parked_at", UtcDateTime, nullable=False),
    Column("wanted_at", UtcDateTime),  # somebody asks the consumer to try it again
    sqlite_autoincrement=True,
)

timers = Table(
    "timers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("due", UtcDateTime, nullable=False),
    Column("name", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("fired_at", UtcDateTime),
)
Index(
    "ix_timers_waiting",
    timers.c.due,
    sqlite_where=text("fired_at IS NULL"),
    postgresql_where=text("fired_at IS NULL"),
)

setbacks = Table(
    "setbacks",
    metadata,
    Column("queue", String(64), primary_key=True),
    Column("item", String(200), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("parked_at", UtcDateTime),
    Column("discarded_at", UtcDateTime),
    Column("cause", String(200), nullable=False),
    Column("detail", Text, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("client", String(200), primary_key=True),
    Column("route", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
)

subject_keys = Table(
    "subject_keys",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

revocations = Table(
    "revocations",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("before", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("payload", Text),
    Column("salt", LargeBinary),
    Column("commitment", String(64), nullable=False),
    Column("subject", String(200), nullable=False, index=True),
    sqlite_autoincrement=True,
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("last", Integer, primary_key=True, autoincrement=False),
    Column("rows", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Column("sealed_at", UtcDateTime, nullable=False),
)
