"""What a service is, for those that run it: its app, its database, its background work."""

import fcntl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import structlog
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.access import access_consumer
from shared.audit import sealer
from shared.auth import worker
from shared.consumer import Consumer, Reaction, TooManyDead
from shared.db import Database
from shared.departures import Made
from shared.eventlog import EventLog, LogUnavailable, PositionOutside
from shared.gauges import Gauges, Patiently, Reading
from shared.queue import Queue
from shared.relay import Relay
from shared.retention import CHASSIS, Rule, keeper
from shared.timers import Firing, Timekeeper


@dataclass
class Service:
    """One wired service: `app` serves, `threads()` is the work of its one leader (relay, consumers,
    timers).

    `hears` is what it does about events of `access`, beside minding revocations, as every service
    does; `forgets` drops what its own tables keep about an erased person; `retention` how long it
    keeps what. `members` share work by the log's groups: each worker runs them, leader or not.
    """

    name: str
    app: Any
    paths: tuple[str, ...] = ()
    db: Database | None = None
    models: Any = None
    eventlog: EventLog | None = None
    consumers: list[Consumer] = field(default_factory=list)
    timers: Mapping[str, Firing] = field(default_factory=dict)
    members: list[Any] = field(default_factory=list)
    loops: list[tuple[str, Callable[[threading.Event], None]]] = field(default_factory=list)
    queues: list[Queue] = field(default_factory=list)
    progress: Any = None
    keyring: Any = None
    kinds: tuple[Any, ...] = ()
    hears: Mapping[str, Reaction] = field(default_factory=dict)
    forgets: Callable[[Session, str], None] = lambda session, person: None
    retention: tuple[Rule, ...] = ()

    def __post_init__(self):
        if self.db is not None:
            self.queues.insert(0, Timekeeper(self.name, self.db, self.timers))
            self.app.extensions["nakodo"]["service"] = self
            self.gauges.gauge(
                "queue_rows",
                "Rows of a queue: waiting, backing off, parked",
                lambda: self._rows(0),
                ("queue", "state"),
            )
            self.gauges.gauge(
                "queue_age_seconds",
                "Age of the oldest such row",
                lambda: self._rows(1),
                ("queue", "state"),
            )
        if self.db is not None and self.eventlog is not None:
            made = [m.class_ for m in self.models.registry.mappers if issubclass(m.class_, Made)]
            self.consumers.append(
                access_consumer(self.db, self.eventlog, self.hears, self.forgets, made)
            )
            lag = Patiently(self._lag)
            self.gauges.gauge(
                "consumer_lag",
                "Events of the log that a consumer has not applied yet",
                lag,
                ("consumer",),
            )
            self.gauges.gauge(
                "eventlog_reachable", "Whether the event log answered", lambda: _answers(lag)
            )

    @property
    def gauges(self) -> Gauges:
        """Where every figure of this service is registered: `service.gauges.gauge(name, text, read,
        labels)`.
        """
        return self.app.extensions["nakodo"]["gauges"]

    def checks(self) -> Mapping[str, str]:
        """What must hold for this service to be ready: empty texts, or what is wrong."""
        return self.app.extensions["nakodo"]["checks"]()

    def _lag(self) -> Mapping[tuple[str, ...], float]:
        told = {(c.name,): float(c.lag()) for c in self.consumers}
        return told if self.progress is None else told | {(self.name,): float(self.progress.lag())}

    def _rows(self, part: int) -> Mapping[tuple[str, ...], float]:
        return {
            (name, state): float(told[part])
            for name, states in self.measures().items()
            for state, told in states.items()
        }

    def measures(self) -> dict[str, dict[str, tuple[int, float]]]:
        """Number and age of the rows of each queue, by state."""
        with self.db.reading(worker(self.name)) as session:
            return {queue.name: queue.measure(session) for queue in self.queues}

    def queue(self, name: str) -> Queue:
        """One of its queues. Raises KeyError."""
        return {queue.name: queue for queue in self.queues}[name]

    def ears(self) -> list[Consumer]:
        """All that reads the log for this service and remembers how far."""
        return [*self.consumers, *(member.consumer for member in self.members)]

    def threads(self) -> list[tuple[str, Callable[[threading.Event], None]]]:
        """The background loops, each to be run in a thread until told to stop."""
        if self.db is None or self.eventlog is None:
            return []
        loops = [
            ("relay", Relay(self.name, self.db, self.eventlog).run),
            ("audit", sealer(self.db, self.name)),
        ]
        loops.append(("retention", keeper(self.db, self.name, CHASSIS + self.retention)))
        queues = [thread for queue in self.queues for thread in queue.threads()]
        return loops + self.loops + queues + [(f"consumer {c.name}", c.run) for c in self.consumers]


def _answers(lag: Patiently) -> float:
    try:
        lag()
    except (LogUnavailable, TimeoutError):
        return 0.0
    return 1.0


log = structlog.get_logger()
STANDBY_S, LOOK_S, JOIN_S, AGAIN_S = 1.0, 2.0, 5.0, (1.0, 60.0)
# what a person must look at; whatever else ends a loop may pass by itself
HALTS = (TooManyDead, PositionOutside)


class Work:
    """The work role: every loop of a service in a thread of its own, under a file lock per service
    that only one process holds.
    """

    def __init__(self, services: list[Service], folder: Path):
        self.services, self.folder = services, folder
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []
        self.listing = threading.Lock()  # every service's start adds to the threads at once
        self.locks: list[TextIO] = []
        self.failed: dict[str, str] = {}
        for service in services:
            service.gauges.gauge(
                "loop_failed",
                "Whether a background loop has stopped by an error",
                self._loops_of(service.name),
                ("loop",),
            )

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.look_at_the_tail()
        for service in self.services:
            if service.threads():
                self._thread(
                    f"{service.name} work",
                    lambda _stop, service=service: self._begin(service),
                    self.stop,
                    False,
                )

    def _loops_of(self, service: str) -> Reading:
        def read() -> Mapping[tuple[str, ...], float]:
            named = {t.name for t in self.threads if t.is_alive()} | set(self.failed)
            return {
                (n.removeprefix(f"{service} "),): float(n in self.failed)
                for n in named
                if n.startswith(f"{service} ")
            }

        return read

    def look_at_the_tail(self) -> None:
        """Before a relay of this process lets the embedded log grow: whose positions lie beyond its
        end stops, and says so.
        """
        for service in self.services:
            for ear in service.ears() if service.db is not None and not service.db.shared else ():
                try:
                    if beyond := ear.distrust():
                        log.error(
                            "the log has lost its tail",
                            service=service.name,
                            consumer=ear.name,
                            positions=beyond,
                        )
                except (LogUnavailable, OperationalError) as error:
                    log.warning(
                        "cannot compare positions with the log now",
                        consumer=ear.name,
                        error=str(error),
                    )

    def _begin(self, service: Service) -> None:
        """Waits as a standby for whoever works for this service now, then runs its loops; on
        PostgreSQL, for one term of leading.
        """
        if not service.db.shared:
            # held, and so locked, as long as this process lives
            lock = (self.folder / f"{service.name}.lock").open("w")
            self.locks.append(lock)
            while not self._taken(lock):
                if self.stop.wait(0.1):
                    return
        for member in service.members:
            self._thread(f"{service.name} member", member.run, self.stop)
        while not self.stop.is_set():
            held = self._elected(service.db)
            if not self.stop.is_set():
                self._term(service, held)

    def _elected(self, db: Database) -> Connection | None:
        """Waits until no other machine works on this database. The lock lives as long as the
        connection; SQLite needs none.
        """
        while db.shared and not self.stop.is_set():
            try:
                held = db.lead()
                if held is not None:
                    return held
            except OperationalError as error:
                log.warning("cannot reach the database", error=str(error))
            self.stop.wait(STANDBY_S)
        return None

    def _term(self, service: Service, held: Connection | None) -> None:
        """Runs the loops until told to stop, or until the connection that holds the lock is gone:
        another may lead by then.
        """
        ended = threading.Event()
        try:
            loops = [
                self._thread(f"{service.name} {name}", run, ended)
                for name, run in service.threads()
            ]
            while not self.stop.wait(LOOK_S):
                if held is not None:
                    held.execute(text("SELECT 1"))
        except OperationalError as error:
            log.warning(
                "the database went away; waiting to work again",
                service=service.name,
                error=str(error),
            )
            loops = [
                t
                for t in self.threads
                if t.name.startswith(f"{service.name} ")
                and not t.name.endswith((" work", " member"))
            ]
        finally:
            ended.set()
            if held is not None:
                held.invalidate()  # back in the pool it would still hold the lock
                held.close()
        with service.db.committed:
            service.db.committed.notify_all()
        for thread in loops:
            thread.join(JOIN_S)

    @staticmethod
    def _taken(lock: TextIO) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _thread(
        self,
        name: str,
        run: Callable[[threading.Event], None],
        stop: threading.Event,
        again: bool = True,
    ) -> threading.Thread:
        thread = threading.Thread(
            target=self._guard, args=(name, run, stop, again), name=name, daemon=True
        )
        with self.listing:
            thread.start()
            self.threads = [t for t in self.threads if t.is_alive()] + [thread]
        return thread

    def _guard(
        self, name: str, run: Callable[[threading.Event], None], stop: threading.Event, again: bool
    ) -> None:
        """Begins a loop anew that ended by an error, ever later (not what starts the loops); until
        then, and after a halt, the figures and /ready name it.
        """
        pause, longest = AGAIN_S
        while not stop.is_set():
            try:
                self.failed.pop(name, None)
                return run(stop)
            except Exception as error:  # noqa: BLE001 - the last place that can say why this loop is gone
                self.failed[name] = f"{type(error).__name__}: {error}"
                halted = isinstance(error, HALTS) or not again
                log.error(
                    "background loop stopped",
                    loop=name,
                    error=repr(error),
                    again_s=None if halted else pause,
                    exc_info=not halted,
                )
                if halted or stop.wait(pause):
                    return
                pause = min(pause * 2, longest)

    def finish(self) -> None:
        self.stop.set()
        for service in self.services:
            if service.db is not None:
                with service.db.committed:
                    service.db.committed.notify_all()
        for thread in list(self.threads):
            thread.join(JOIN_S)
        for lock in self.locks:
            lock.close()
