"""Live feeds: what happens to a mandate's pairs, told to whoever listens. One reader of the outbox
a process, a queue for each listener.
"""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from shared.auth import worker
from shared.db import Database
from shared.errors import Unavailable
from shared.tables import outbox
from shared.text import as_json

log = structlog.get_logger()
TOPICS = ("matches", "decisions", "asks")
LOOK_S, BEAT_S, LONGEST_S, BACKLOG, LATE = 0.25, 15.0, 3600.0, 1000, 500


class TooManyStreams(Unavailable):
    code = "too-many-streams"


def told_of(value: str) -> Iterator[tuple[str, str, dict]]:
    """(mandate, kind, data) of each pair an event of the outbox speaks of; no more than ids, which
    a reader looks up as itself.
    """
    event = json.loads(value)
    data = event["data"]
    if event["type"] == "matches.changed.v1":
        for kind in ("appeared", "changed", "left"):
            for mandate in data[kind]:
                yield mandate, kind, {"startup": data["startup"], "mandate": mandate}
    elif event["type"].startswith("decision."):
        yield (
            data["mandate"],
            "decided" if data["state"] != "returned" else "returned",
            {k: data[k] for k in ("startup", "mandate", "state")},
        )
    elif event["type"] == "ask.answered.v1":
        for mandate in data["mandates"]:
            yield (
                mandate,
                "answered",
                {"startup": data["startup"], "mandate": mandate, "gate": data["gate"]},
            )


class Listener:
    """One open stream: the mandates it hears, and what waits to be sent."""

    def __init__(self, mandates: frozenset[str]):
        self.mandates = mandates
        self.waiting: queue.SimpleQueue = queue.SimpleQueue()

    def hear(self, number: int, value: str) -> None:
        for mandate, kind, data in told_of(value):
            if mandate in self.mandates:
                self.waiting.put((number, kind, data))


class Hub:
    """Reads the outbox while anybody listens. `most` streams at once; numbers are the outbox's own,
    kept for a week.
    """

    def __init__(self, db: Database, most: int):
        self.db, self.most = db, most
        self.listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def join(self, mandates: frozenset[str]) -> Listener:
        """A new listener. Raises TooManyStreams."""
        with self._lock:
            if len(self.listeners) >= self.most:
                raise TooManyStreams()
            made = Listener(mandates)
            self.listeners.add(made)
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="streams", daemon=True)
                self._thread.start()
        return made

    def leave(self, listener: Listener) -> None:
        with self._lock:
            self.listeners.discard(listener)

    def _read(self) -> None:
        """Looks for rows above the highest seen, and a little below: rows of two writers may be
        committed out of their order.
        """
        highest = self._newest()
        seen = dict.fromkeys(number for number, _ in self._rows(highest - LATE, LATE))
        while True:
            with self._lock:
                listeners = list(self.listeners)
                if not listeners:
                    self._thread = None
                    return
            try:
                rows = self._rows(highest - LATE, 5000)
            except OperationalError as error:
                log.warning("streams wait for the database", error=str(error))
                rows = []
            for number, value in rows:
                if number not in seen:
                    for listener in listeners:
                        listener.hear(number, value)
                seen[number] = None
                highest = max(highest, number)
            seen = {n: None for n in seen if n > highest - LATE}
            self.db.wait_for_commit(LOOK_S)

    def _newest(self) -> int:
        with self.db.reading(worker("matching")) as session:
            return session.scalar(select(func.max(outbox.c.id))) or 0

    def _rows(self, after: int, limit: int) -> list[tuple[int, str]]:
        rows = (
            select(outbox.c.id, outbox.c.value)
            .where(outbox.c.id > after, outbox.c.topic.in_(TOPICS))
            .order_by(outbox.c.id)
            .limit(limit)
        )
        with self.db.reading(worker("matching")) as session:
            return [(number, value) for number, value in session.execute(rows)]

    def stream(
        self, mandates: frozenset[str], after: int | None, may: Callable[[], bool]
    ) -> Iterator[bytes]:
        """Server-sent events of these mandates: first what came after an id, then what comes.

        Ends after an hour, and as soon as a beat finds that the reader `may` no longer; clients
        come back by themselves. Raises TooManyStreams at once, not while it runs.
        """
        return self._told(self.join(mandates), after, may)

    def _told(
        self, listener: Listener, after: int | None, may: Callable[[], bool]
    ) -> Iterator[bytes]:
        try:
            yield b"retry: 3000\n\n"
            sent, ends = set(), time.monotonic() + LONGEST_S
            for number, value in self._rows(after, BACKLOG) if after is not None else ():
                sent.add(number)
                for mandate, kind, data in told_of(value):
                    if mandate in listener.mandates:
                        yield written(number, kind, data)
            beat = time.monotonic() + BEAT_S
            while (left := ends - time.monotonic()) > 0:
                if time.monotonic() > beat:
                    if not may():
                        return
                    beat = time.monotonic() + BEAT_S
                try:
                    number, kind, data = listener.waiting.get(timeout=min(BEAT_S, left))
                except queue.Empty:
                    yield b": still here\n\n"
                    continue
                if number not in sent:
                    yield written(number, kind, data)
        finally:
            self.leave(listener)


def written(number: int, kind: str, data: dict) -> bytes:
    path = f"/api/v1/matches/{data['startup']}/{data['mandate']}"
    return f"id: {number}\nevent: {kind}\ndata: {as_json(data | {'path': path})}\n\n".encode()
