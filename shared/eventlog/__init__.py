"""The event log port: two small protocols, implemented by an embedded log on SQLite and, in
production, by Kafka.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class LogUnavailable(Exception):
    """The log cannot be reached now; nothing was lost, try later."""


class PositionOutside(Exception):
    """A stored position lies outside the log, or belongs to another log: somebody must look."""


@dataclass(frozen=True)
class Record:
    """What is written: the newest value of a key wins; None is a tombstone, for erasure only."""

    topic: str
    key: str
    value: str | None


@dataclass(frozen=True)
class Entry:
    """What is read: a record at its place."""

    topic: str
    partition: int
    offset: int
    key: str
    value: str | None


class Reader(Protocol):
    """Reads partitions from given offsets; the caller keeps the position."""

    def poll(self, limit: int, wait_s: float) -> list[Entry]:
        """Up to `limit` entries, in order within a partition; empty after `wait_s` seconds of
        silence.
        """
        ...

    def close(self) -> None: ...


class Membership(Protocol):
    """A member's share of topics that are partitioned alike; the log gives out partitions, the
    caller keeps their positions.
    """

    def fresh(self) -> set[int]:
        """Partitions newly given to this member; none delivers before `start`."""
        ...

    def lost(self) -> set[int]:
        """Partitions taken away since the last call."""
        ...

    def start(self, offsets: dict[tuple[str, int], int]) -> None:
        """Delivers these (topic, partition) from these offsets on. Raises PositionOutside."""
        ...

    def poll(self, limit: int, wait_s: float) -> list[Entry]:
        """As a reader's, from the partitions that were started."""
        ...

    def applied(self, offsets: dict[tuple[str, int], int]) -> None:
        """Tells the log how far this member has come, for those who watch lag; never read back."""
        ...

    def close(self) -> None: ...


class EventLog(Protocol):
    """A durable, ordered, partitioned log."""

    log_id: str

    def append(self, records: Sequence[Record]) -> None:
        """Durably appends in order. Raises LogUnavailable, in which case some may have been
        written.
        """
        ...

    def partitions(self, topic: str) -> int: ...

    def end(self, topic: str, partition: int) -> int:
        """The offset the next record will get."""
        ...

    def reader(self, positions: dict[tuple[str, int], int]) -> Reader:
        """A reader of (topic, partition) from offsets. Raises PositionOutside."""
        ...

    def partition_of(self, topic: str, key: str) -> int:
        """Where records of a key go."""
        ...

    def join(self, group: str, topics: Sequence[str]) -> Membership:
        """Becomes a member of a group that shares the partitions of topics partitioned alike."""
        ...

    def tidy(self) -> None:
        """Lets go of superseded records where the log does not compact by itself; called now and
        then.
        """
        ...

    def close(self) -> None: ...
