"""The embedded log: one SQLite file, one partition per topic, appends that survive a power cut."""

import threading
import time
from collections.abc import Iterable, Sequence

from sqlalchemy import (
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from shared.auth import worker
from shared.clock import Clock
from shared.db import Database, sqlite
from shared.eventlog import Entry, LogUnavailable, PositionOutside, Record
from shared.ids import new_id

metadata = MetaData()
entries = Table(
    "entries",
    metadata,
    Column("topic", String, primary_key=True),
    Column("offset", Integer, primary_key=True),
    Column("key", String, nullable=False),
    Column("value", Text),
)
Index("ix_entries_key", entries.c.topic, entries.c.key, entries.c.offset)
identity = Table("identity", metadata, Column("log_id", String, primary_key=True))
FROM = text(
    'SELECT topic, "offset", key, value FROM entries WHERE topic = :topic AND "offset" >= :offset'
    ' ORDER BY "offset" LIMIT :limit'
)
ACTOR = worker("eventlog")


class SqliteEventLog:
    """Offsets are dense per topic; one writer at a time; readers in this process are woken by a
    condition.
    """

    def __init__(self, url: str):
        self.db = Database(url, Clock())
        self.tail = Tail(self.db)
        self.log_id = self._known() or self._begin()

    def _known(self) -> str | None:
        """The id of a log that is there; read, for a backup may hold the write lock just now."""
        with self.db.reading(ACTOR) as session:
            there = session.scalar(
                text("SELECT count(*) FROM sqlite_master WHERE name = 'identity'")
            )
            return session.scalar(select(identity.c.log_id)) if there else None

    def _begin(self) -> str:
        """Makes a new log, unless another process just did."""
        metadata.create_all(self.db.engine)
        with self.db.transaction(ACTOR) as session:
            log_id = session.scalar(select(identity.c.log_id)) or new_id()
            session.execute(insert(identity).prefix_with("OR IGNORE").values(log_id=log_id))
        return log_id

    def append(self, records: Sequence[Record]) -> None:
        try:
            with self.db.transaction(ACTOR) as session:
                following: dict[str, int] = {}
                rows = []
                for record in records:
                    offset = following.get(record.topic)
                    offset = self._end(session, record.topic) if offset is None else offset
                    rows.append(
                        {
                            "topic": record.topic,
                            "offset": offset,
                            "key": record.key,
                            "value": record.value,
                        }
                    )
                    following[record.topic] = offset + 1
                session.execute(insert(entries), rows)
        except OperationalError as error:
            raise LogUnavailable(str(error.orig)) from error

    def partitions(self, topic: str) -> int:
        return 1

    def end(self, topic: str, partition: int = 0) -> int:
        with self.db.reading(ACTOR) as session:
            return self._end(session, topic)

    @staticmethod
    def _end(session, topic: str) -> int:
        last = session.scalar(select(func.max(entries.c.offset)).where(entries.c.topic == topic))
        return 0 if last is None else last + 1

    def reader(self, positions: dict[tuple[str, int], int]) -> "SqliteReader":
        for (topic, partition), offset in positions.items():
            end = self.end(topic, partition)
            if offset > end:
                raise PositionOutside(
                    f"{topic}/{partition}: position {offset} lies beyond the end of the log ({end})"
                )
        return SqliteReader(self, dict(positions))

    def partition_of(self, topic: str, key: str) -> int:
        return 0

    def join(self, group: str, topics: Sequence[str]) -> "OnlyMember":
        return OnlyMember(self, tuple(topics))

    def tidy(self) -> None:
        """Removes entries whose key has a newer one, as Kafka's compaction would; the newest of
        each topic stays.
        """
        newer = entries.alias()
        superseded = select(newer.c.offset).where(
            newer.c.topic == entries.c.topic,
            newer.c.key == entries.c.key,
            newer.c.offset > entries.c.offset,
        )
        with self.db.transaction(ACTOR) as session:
            session.execute(entries.delete().where(superseded.exists()))

    def close(self) -> None:
        self.tail.close()
        self.db.close()


class Tail:
    """Where the topics end, found out once for all readers of a process whenever anybody has
    written: asking costs microseconds, and a dozen idle readers that queried for themselves took a
    third of the interpreter from those who work.
    """

    def __init__(self, db: Database):
        self._db, self._lock = db, threading.Lock()
        self._raw, self._version = None, None
        self._ends: dict[str, int] = {}

    def of(self, topics: Iterable[str]) -> dict[str, int]:
        """The offset the next record of each topic will get. Raises LogUnavailable."""
        try:
            with self._lock:
                self._raw = self._raw or self._db.engine.raw_connection()
                (version,) = self._raw.driver_connection.execute("PRAGMA data_version").fetchone()
                if version != self._version:
                    self._ends.clear()
                    self._version = version
                return {topic: self._end(topic) for topic in topics}
        except sqlite.OperationalError as error:
            raise LogUnavailable(str(error)) from error

    def _end(self, topic: str) -> int:
        if topic not in self._ends:
            (last,) = self._raw.driver_connection.execute(
                "SELECT max(offset) FROM entries WHERE topic = ?", (topic,)
            ).fetchone()
            self._ends[topic] = 0 if last is None else last + 1
        return self._ends[topic]

    def close(self) -> None:
        with self._lock:
            if self._raw is not None:
                self._raw.close()
                self._raw = None


class SqliteReader:
    def __init__(self, log: SqliteEventLog, positions: dict[tuple[str, int], int]):
        self.log, self.positions = log, positions

    def poll(self, limit: int, wait_s: float) -> list[Entry]:
        deadline = time.monotonic() + wait_s
        while True:
            found = self._read(limit)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            self.log.db.wait_for_commit(min(left, 0.05))

    def _read(self, limit: int) -> list[Entry]:
        ends = self.log.tail.of({topic for topic, _ in self.positions})
        for (topic, _), offset in self.positions.items():
            if offset > ends[topic]:
                raise PositionOutside(
                    f"{topic}: position {offset} lies beyond the end of the log ({ends[topic]})"
                )
        behind = [
            (topic, offset) for (topic, _), offset in self.positions.items() if offset < ends[topic]
        ]
        if not behind:
            return []
        found: list[Entry] = []
        try:
            with self.log.db.reading(ACTOR) as session:
                for topic, offset in behind:
                    rows = session.execute(
                        FROM, {"topic": topic, "offset": offset, "limit": limit - len(found)}
                    )
                    found += [Entry(r.topic, 0, r.offset, r.key, r.value) for r in rows]
        except OperationalError as error:
            raise LogUnavailable(str(error.orig)) from error
        for entry in found:
            self.positions[entry.topic, entry.partition] = entry.offset + 1
        return found

    def close(self) -> None:
        self.positions.clear()


class OnlyMember:
    """The one member of a group in the embedded mode; a lock file of the data folder keeps a second
    one waiting.
    """

    def __init__(self, log: SqliteEventLog, topics: tuple[str, ...]):
        self._log, self._topics = log, topics
        self._fresh = {0}
        self._reader: SqliteReader | None = None

    def fresh(self) -> set[int]:
        given, self._fresh = self._fresh, set()
        return given

    def lost(self) -> set[int]:
        return set()

    def start(self, offsets: dict[tuple[str, int], int]) -> None:
        self._reader = self._log.reader({(t, 0): offsets.get((t, 0), 0) for t in self._topics})

    def poll(self, limit: int, wait_s: float) -> list[Entry]:
        return self._reader.poll(limit, wait_s) if self._reader else []

    def applied(self, offsets: dict[tuple[str, int], int]) -> None:
        """Nobody watches but the database, which knows."""

    def close(self) -> None:
        self._reader = None
