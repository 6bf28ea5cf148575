"""Live feeds: what happens to a mandate's pairs, told to whoever listens. One reader of the outbox
a process, a queue for each listener.
"""

import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from operator import attrgetter

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from shared.auth import Actor, worker
from shared.db import Database
from shared.errors import Unavailable
from shared.tables import outbox
from shared.text import as_json

log = structlog.get_logger()
TOPICS = ("matches", "decisions", "asks")
LOOK_S, BEAT_S, LONGEST_S, BACKLOG, LATE = 0.25, 15.0, 3600.0, 1000, 500
STANDS_S = 1.0  # between two looks whether a silent stream's reader still may


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
    """One open stream: whose it is, the mandates it hears, and what waits to be sent."""

    def __init__(self, reader: Actor, mandates: frozenset[str]):
        self.org, self.person, self.mandates = reader.org, reader.person, mandates
        self.waiting: queue.SimpleQueue = queue.SimpleQueue()
        self.over = False

    def end(self) -> None:
        """Ends the stream at its next breath, which is now."""
        self.over = True
        self.waiting.put(None)

    def hear(self, number: int, value: str) -> None:
        for mandate, kind, data in told_of(value):
            if mandate in self.mandates:
                self.waiting.put((number, kind, data))


class Hub:
    """Reads the outbox while anybody listens. `most` streams at once, shared out evenly; numbers
    are the outbox's own, kept for a week.
    """

    def __init__(self, db: Database, most: int):
        self.db, self.most = db, most
        self.listeners: dict[Listener, None] = {}  # the oldest first
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def join(self, reader: Actor, mandates: frozenset[str]) -> Listener:
        """A new listener. Raises TooManyStreams where nobody has more than their share."""
        made = Listener(reader, mandates)
        with self._lock:
            if len(self.listeners) >= self.most:
                self._make_room(made)
            self.listeners[made] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="streams", daemon=True)
                self._thread.start()
        return made

    def _make_room(self, comer: Listener) -> None:
        """Ends the oldest stream of the organisation, or in it of the person, with the most, if the
        one who comes will still have fewer. Raises TooManyStreams.
        """
        for share in (attrgetter("org"), attrgetter("person")):
            held = Counter(map(share, self.listeners))
            for most, count in held.most_common(1):
                if count > held[share(comer)] + 1:
                    oldest = next(one for one in self.listeners if share(one) == most)
                    del self.listeners[oldest]
                    return oldest.end()
        raise TooManyStreams()

    def leave(self, listener: Listener) -> None:
        with self._lock:
            self.listeners.pop(listener, None)

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
        self,
        reader: Actor,
        mandates: frozenset[str],
        after: int | None,
        may: Callable[[], bool],
    ) -> Iterator[bytes]:
        """Server-sent events of these mandates: first what came after an id, then what comes.

        Ends after an hour, and as soon as the reader `may` no longer: asked before anything is
        sent; clients come back by themselves. Raises TooManyStreams at once, not while it runs.
        """
        return self._told(self.join(reader, mandates), after, may)

    def _told(
        self, listener: Listener, after: int | None, may: Callable[[], bool]
    ) -> Iterator[bytes]:
        try:
            yield b"retry: 3000\n\n"
            beat = time.monotonic() + BEAT_S
            for said in self._heard(listener, after):
                if listener.over or not may():
                    return
                if said is not None:
                    yield written(*said)
                elif time.monotonic() > beat:
                    yield b": still here\n\n"
                    beat = time.monotonic() + BEAT_S
        finally:
            self.leave(listener)

    def _heard(
        self, listener: Listener, after: int | None
    ) -> Iterator[tuple[int, str, dict] | None]:
        """What there is to say, in its order; None where there was nothing for a moment."""
        sent, ends = set(), time.monotonic() + LONGEST_S
        for number, value in self._rows(after, BACKLOG) if after is not None else ():
            sent.add(number)
            for mandate, kind, data in told_of(value):
                if mandate in listener.mandates:
                    yield number, kind, data
        while time.monotonic() < ends:
            try:
                said = listener.waiting.get(timeout=STANDS_S)
            except queue.Empty:
                said = None
            if said is None or said[0] not in sent:
                yield said


def written(number: int, kind: str, data: dict) -> bytes:
    path = f"/api/v1/matches/{data['startup']}/{data['mandate']}"
    return f"id: {number}\nevent: {kind}\ndata: {as_json(data | {'path': path})}\n\n".encode()
