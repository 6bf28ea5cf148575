"""One database per service: sessions that know their actor, one writer at a time on SQLite, the owner criterion on every query."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import DateTime, MetaData, create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.types import TypeDecorator

from shared.auth import Actor
from shared.clock import Clock

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # no wheel for this platform: the stdlib's driver, whose SQLite may be old
    import sqlite3 as sqlite

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON", "cache_size=-32768", "wal_autocheckpoint=4000")
SQLITE_VERSION = sqlite.sqlite_version
NAMING = {"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}


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
    """A row with an owner organisation: every session of an actor adds `visible_to` to its queries."""

    @classmethod
    def visible_to(cls, actor: Actor):
        return cls.owner == actor.org


class Database:
    """The engine of one service and the only place that begins and commits."""

    def __init__(self, url: str, clock: Clock, models: type[DeclarativeBase] | None = None):
        self.url = make_url(url)
        self.clock = clock
        self.engine = _engine(self.url)
        self.committed = threading.Condition()
        self._owned = [m.class_ for m in models.registry.mappers if issubclass(m.class_, Owned)] if models else []
        self._writer = threading.RLock()
        self._current: ContextVar[Session | None] = ContextVar("session", default=None)

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Session]:
        """A read-write transaction of an actor; an inner one joins the outer, and only the outer commits."""
        outer = self._current.get()
        if outer is not None:
            yield outer
            return
        with self._queue(), Session(self.engine, expire_on_commit=False, info=self._info(actor)) as session:
            token = self._current.set(session)
            try:
                yield session
                session.commit()
            finally:
                self._current.reset(token)
        with self.committed:
            self.committed.notify_all()

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[Session]:
        """A read-only session of an actor; inside a transaction it reads through it."""
        outer = self._current.get()
        if outer is not None:
            yield outer
            return
        with Session(self.engine.execution_options(ro=True), expire_on_commit=False, info=self._info(actor)) as session:
            yield session

    def wait_for_commit(self, seconds: float) -> None:
        """Returns at the next commit of this process, or when the time is over."""
        with self.committed:
            self.committed.wait(seconds)

    def close(self) -> None:
        self.engine.dispose()

    def _info(self, actor: Actor) -> dict:
        return {"actor": actor, "now": self.clock.now(), "today": self.clock.today(), "owned": self._owned}

    @contextmanager
    def _queue(self) -> Iterator[None]:
        """On SQLite writers of a process queue here, first come first served, instead of polling the file lock."""
        if self.url.get_backend_name() != "sqlite":
            yield
            return
        with self._writer:
            yield


@event.listens_for(Session, "do_orm_execute")
def _add_owner(state: ORMExecuteState) -> None:
    """Adds the owner criterion to every owned model of a query, unless the session asked by name to see everything."""
    info = state.session.info
    actor = info.get("actor")
    if not state.is_select or state.is_column_load or actor is None or actor.sees_everything:
        return
    for model in info["owned"]:
        state.statement = state.statement.options(with_loader_criteria(model, model.visible_to(actor), include_aliases=True))


def _engine(url) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, module=sqlite, pool_size=20, max_overflow=20, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection, _record):
        connection.isolation_level = None  # the driver's own late BEGIN would not take the write lock
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection):
        reading = connection.get_execution_options().get("ro")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
