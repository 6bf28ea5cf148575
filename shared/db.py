"""One database per service: sessions that know their actor, one writer at a time on SQLite, the
owner criterion on every query.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, DateTime, MetaData, Table, create_engine, event, false, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.types import TypeDecorator

from shared import tracing
from shared.auth import Actor
from shared.clock import Clock
from shared.text import plain_document

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # no wheel for this platform: the stdlib's driver, whose SQLite may be old
    import sqlite3 as sqlite

PRAGMAS = (
    "journal_mode=WAL",
    "secure_delete=ON",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "cache_size=-32768",
    "wal_autocheckpoint=4000",
)
POSTGRES = {
    "statement_timeout": 30_000,
    "lock_timeout": 15_000,
    "idle_in_transaction_session_timeout": 120_000,
    "timezone": "UTC",
}
WRITER_LOCK, LEADER_LOCK, MIGRATION_LOCK, PUBLISH_LOCK = 5_310_001, 5_310_002, 5_310_003, 5_310_004
NO_HURRY = "SET LOCAL idle_in_transaction_session_timeout = 0"
SQLITE_VERSION = sqlite.sqlite_version
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


_AT_WORK: ContextVar[Session | None] = ContextVar("at_work", default=None)


def at_work() -> Session:
    """The session being read or written through here and now: what a column means may depend on
    whose it is.
    """
    session = _AT_WORK.get()
    assert session is not None, "outside of any session"
    return session


@contextmanager
def _working(session: Session) -> Iterator[Session]:
    token = _AT_WORK.set(session)
    try:
        yield session
    finally:
        _AT_WORK.reset(token)


class UtcDateTime(TypeDecorator):
    """An aware instant in UTC; SQLite itself would give it back naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect):
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect):
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_base() -> type[DeclarativeBase]:
    """A declarative base of its own for one service's models."""

    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=NAMING)
        type_annotation_map = {datetime: UtcDateTime()}

    return Base


class Owned:
    """A row with an owner organisation: every session of an actor adds `visible_to` to its queries.

    `readers` are the roles in which its people read it; a table that names none is not made.
    """

    readers: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        if hasattr(cls, "__tablename__") and not hasattr(cls, "readers"):
            raise TypeError(f"{cls.__name__} names no role that reads it")

    @classmethod
    def visible_to(cls, actor: Actor) -> ColumnElement[bool]:
        return held(cls.owner, actor, *cls.readers)


def held(column, actor: Actor, *roles: str) -> ColumnElement[bool]:
    """Rows that name the actor's own organisation, for those of its people who have one of the
    roles.
    """
    return column == actor.org if actor.acts_for(actor.org, *roles) else false()


Reserve = Callable[[str, str, str], bool]


class Database:
    """The engine of one service and the only place that begins and commits.

    `reserve` asks the owner of all ids whether a profile (kind, id, owner) may have this one;
    alone, a service minds its own tables.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        models: type[DeclarativeBase] | None = None,
        connections: int = 20,
    ):
        """`connections`: how many this process holds at most, on PostgreSQL."""
        self.url = make_url(url)
        self.name = Path(self.url.database or "").stem
        self.clock = clock
        self.engine = _engine(self.url, connections)
        self.committed = threading.Condition()
        self.models = models
        self._owned = (
            [m.class_ for m in models.registry.mappers if issubclass(m.class_, Owned)]
            if models
            else []
        )
        self._writer = threading.RLock()
        self._current: ContextVar[Session | None] = ContextVar("session", default=None)
        self.reserve: Reserve = lambda kind, slug, owner: True

    @contextmanager
    def transaction(self, actor: Actor, queued: bool = True) -> Iterator[Session]:
        """A read-write transaction of an actor; an inner one joins the outer, and only the outer
        commits.

        Writers queue from the beginning (a session by itself would begin at its first statement
        only), or, with `queued` False on PostgreSQL, only once `queue` is called.
        """
        outer = self._current.get()
        if outer is not None:
            yield outer
            return
        with (
            tracing.within(f"write {self.name}"),
            self._queue(),
            Session(
                self.engine.execution_options(writes=queued),
                expire_on_commit=False,
                info=self._info(actor),
            ) as session,
        ):
            token = self._current.set(session)
            try:
                with _working(session):
                    session.connection()
                    yield session
                    session.commit()
            finally:
                self._current.reset(token)
        with self.committed:
            self.committed.notify_all()

    def queue(self, session: Session) -> None:
        """From here to its commit no other writer of this database commits; for transactions that
        began without queueing.
        """
        if self.shared:
            session.execute(text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"))

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[Session]:
        """A read-only session of an actor; inside a transaction it reads through it."""
        outer = self._current.get()
        if outer is not None:
            yield outer
            return
        with (
            Session(
                self.engine.execution_options(ro=True),
                expire_on_commit=False,
                info=self._info(actor),
            ) as session,
            _working(session),
        ):
            yield session

    def wait_for_commit(self, seconds: float) -> None:
        """Returns at the next commit of this process, or when the time is over."""
        with self.committed:
            self.committed.wait(seconds)

    def lead(self) -> Connection | None:
        """On PostgreSQL, a connection that holds the right to run this service's background work as
        long as it lives; None: taken.

        On SQLite the lock file of the data folder decides, and this says nothing.
        """
        connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text(f"SELECT pg_try_advisory_lock({LEADER_LOCK})")):
            return connection
        connection.close()
        return None

    @contextmanager
    def migrating(self) -> Iterator[None]:
        """One migration at a time where several machines share the database."""
        if not self.shared:
            yield
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
            try:
                yield
            finally:
                connection.execute(text(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})"))

    @contextmanager
    def publishing(self, paused: bool = False) -> Iterator[None]:
        """Around the relay's work; with `paused`, nothing is published from this database until the
        end, as a backup wants it.

        On SQLite, which has one log in one file, a backup holds the log's own write lock instead.
        Raises OperationalError where the pause did not hold to the end.
        """
        if not self.shared:
            yield
            return
        with self.engine.connect() as connection, connection.begin():
            if paused:
                # the copy of a large database takes longer than a request may
                connection.execute(text(NO_HURRY))
            connection.execute(
                text(f"SELECT pg_advisory_xact_lock{'' if paused else '_shared'}({PUBLISH_LOCK})")
            )
            yield
            if paused:
                connection.execute(text("SELECT 1"))

    def copy_to(self, path: Path) -> None:
        """A consistent copy of an SQLite database while others go on writing it."""
        target = sqlite.connect(path)
        raw = self.engine.raw_connection()
        try:
            raw.driver_connection.backup(target)
        finally:
            raw.close()
            target.close()

    @property
    def shared(self) -> bool:
        """Whether several machines may write to it."""
        return self.url.get_backend_name() != "sqlite"

    def scrub(self) -> bool:
        """On SQLite, where something was erased since: rewrites the file without what was deleted,
        and empties the write-ahead log.
        """
        if self.shared:
            return False
        raw = self.engine.raw_connection()
        try:
            with self._queue():
                run = raw.driver_connection.execute
                if not run("PRAGMA user_version").fetchone()[0]:
                    return False
                run("VACUUM")
                run("PRAGMA user_version = 0")
                # somebody reads an older state: again at the next look
                if run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    run("PRAGMA user_version = 1")
                    return False
        finally:
            raw.close()
        return True

    def close(self) -> None:
        self.engine.dispose()

    def _info(self, actor: Actor) -> dict:
        return {
            "actor": actor,
            "now": self.clock.now(),
            "today": self.clock.today(),
            "owned": self._owned,
            "reserve": self.reserve,
        }

    @contextmanager
    def _queue(self) -> Iterator[None]:
        """On SQLite writers of a process queue here, first come first served, instead of polling
        the file lock.
        """
        if self.shared:
            yield
            return
        with self._writer:
            yield


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping]) -> None:
    """Inserts many rows past the ORM, by COPY on PostgreSQL: a fraction of the time per row. All
    rows have the same keys.
    """
    if not rows:
        return
    connection, names = session.connection(), list(rows[0])
    bound = [
        table.c[n].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for n in names
    ]
    values = (
        [
            p(row[n]) if p and row[n] is not None else row[n]
            for n, p in zip(names, bound, strict=True)
        ]
        for row in rows
    )
    listed = ", ".join(f'"{n}"' for n in names)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({listed}) VALUES ({marks})", [tuple(v) for v in values]
        )
        return
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy,
    ):
        for row in values:
            copy.write_row(row)


def scrub_soon(session: Session) -> None:
    """Notes, in the transaction that erases, that no byte of it may stay in the file
    (`Database.scrub`).
    """
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA user_version = 1")


@contextmanager
def unscoped(session: Session) -> Iterator[None]:
    """Within it the session sees everything, asked for by name: for acts on whole records whose
    answers show none of it.
    """
    session.info["unscoped"] = True
    try:
        yield
    finally:
        session.info["unscoped"] = False


@event.listens_for(Session, "do_orm_execute")
def _add_owner(state: ORMExecuteState) -> None:
    """Adds the owner criterion to every owned model of a query, unless the session asked by name to
    see everything.
    """
    info = state.session.info
    actor = info.get("actor")
    if (
        not state.is_select
        or state.is_column_load
        or actor is None
        or actor.sees_everything
        or info.get("unscoped")
    ):
        return
    for model in info["owned"]:
        state.statement = state.statement.options(
            with_loader_criteria(model, model.visible_to(actor), include_aliases=True)
        )


def _strict(document: Any) -> str:
    """A document as its column keeps it: without numbers that are none, which no strict reader
    would take back.
    """
    try:
        return json.dumps(document, allow_nan=False)
    except ValueError:
        return json.dumps(plain_document(document), allow_nan=False)


def _postgres(url, connections: int) -> Engine:
    """PostgreSQL with bounded waits. Write transactions queue on one advisory lock per database, as
    they do on SQLite: what an action read it may rely on until it commits, and outbox ids follow
    commit order.
    """
    options = " ".join(f"-c {name}={value}" for name, value in POSTGRES.items())
    engine = create_engine(
        url,
        pool_size=(connections + 1) // 2,
        max_overflow=connections // 2,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=_strict,
        connect_args={"options": options, "connect_timeout": 5, "application_name": "nakodo"},
    )

    @event.listens_for(engine, "begin")
    def _begin(connection):
        if connection.get_execution_options().get("writes"):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

    return engine


def _engine(url, connections: int) -> Engine:
    if url.get_backend_name() != "sqlite":
        return _postgres(url, connections)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        module=sqlite,
        pool_size=20,
        max_overflow=20,
        hide_parameters=True,
        json_serializer=_strict,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection, _record):
        # the driver's own late BEGIN would not take the write lock
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection):
        reading = connection.get_execution_options().get("ro")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
