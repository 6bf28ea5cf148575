"""What a service is, for those that run it: its app, its database, its background work."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.consumer import Consumer
from shared.db import Database
from shared.eventlog import EventLog
from shared.relay import Relay
from shared.timers import Firing, Timekeeper


@dataclass
class Service:
    """One wired service: `app` serves, `threads()` is its work role (relay, consumers, timers)."""

    name: str
    app: Any
    paths: tuple[str, ...] = ()
    db: Database | None = None
    models: Any = None
    eventlog: EventLog | None = None
    consumers: list[Consumer] = field(default_factory=list)
    timers: Mapping[str, Firing] = field(default_factory=dict)
    started: Callable[[], None] = lambda: None
    keyring: Any = None

    def threads(self) -> list[tuple[str, Callable[[threading.Event], None]]]:
        """The background loops, each to be run in a thread until told to stop."""
        if self.db is None or self.eventlog is None:
            return []
        loops = [("relay", Relay(self.name, self.db, self.eventlog).run), ("timers", Timekeeper(self.name, self.db, self.timers).run)]
        return loops + [(f"consumer {c.name}", c.run) for c in self.consumers]
