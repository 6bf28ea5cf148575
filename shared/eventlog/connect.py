"""Chooses the event log behind a settings address."""

from collections.abc import Mapping
from importlib import import_module

from shared.eventlog import EventLog
from shared.eventlog.sqlite import SqliteEventLog


def connect(url: str, options: Mapping[str, str] | None = None) -> EventLog:
    """The log behind a settings address; Kafka's client is loaded only where it is used. Raises
    LogUnavailable.
    """
    if url.startswith("kafka://"):
        return import_module("shared.eventlog.kafka").KafkaEventLog(url, options)
    return SqliteEventLog(url)
