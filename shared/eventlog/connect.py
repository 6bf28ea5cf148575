"""Chooses the event log behind a settings address."""

from shared.eventlog import EventLog
from shared.eventlog.sqlite import SqliteEventLog


def connect(url: str) -> EventLog:
    """The log behind a settings address."""
    if url.startswith("sqlite:///"):
        return SqliteEventLog(url)
    raise ValueError(f"No event log is known behind {url!r}; sqlite:/// is built in, kafka:// comes with the Kafka service.")
