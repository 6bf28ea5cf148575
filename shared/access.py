"""Revocation: tokens are verified offline, and `access` events say which no longer count; every
service keeps the list it needs.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shared import personal
from shared.auth import Actor, worker
from shared.consumer import Consumer, Reaction
from shared.db import Database
from shared.departures import Made, end_made
from shared.errors import Unauthorized
from shared.eventlog import EventLog
from shared.events import Event
from shared.tables import revocations

LOOK_S = 1.0
TOPIC = "access"
NEVER_AGAIN = datetime(9999, 1, 1, tzinfo=UTC)


def on_access(session: Session, event: Event) -> None:
    """Notes from when on tokens of a person, a session or a client count; of an erased person,
    forgets what the trail says.
    """
    if event.data.get("erased"):
        personal.erase(session, event.subject)
    before = event.data.get("revoked_before")
    ended = event.data["state"] == "ended"
    if before is None and not ended:
        return
    values = {"before": NEVER_AGAIN if ended else datetime.fromisoformat(before)}
    if not session.execute(
        update(revocations).where(revocations.c.subject == event.subject).values(values)
    ).rowcount:
        session.execute(insert(revocations).values(subject=event.subject, **values))


def access_consumer(
    db: Database,
    eventlog: EventLog,
    more: Mapping[str, Reaction],
    forget: Callable[[Session, str], None],
    made: Iterable[type[Made]],
) -> Consumer:
    """Every service's ear for `access`: revocations, what ends with a membership, erased persons,
    and what else it wants to know.
    """

    def heard(session: Session, event: Event) -> None:
        on_access(session, event)
        end_made(session, made, event)
        if event.data.get("erased"):
            forget(session, event.subject)

    return Consumer("access", db, eventlog, (TOPIC,), {"access.changed.v1": heard, **more})


class Revocations:
    """The list in memory, read again when a second has passed: a revocation is in force within
    seconds everywhere.
    """

    def __init__(self, db: Database):
        self.db = db
        self._held: dict[str, float] = {}
        self._read_at = -LOOK_S
        self._lock = threading.Lock()

    def refuse(self, actor: Actor) -> None:
        """Raises Unauthorized where the actor's token was made before its person, session or client
        was revoked.
        """
        held = self._list()
        for subject in (actor.person, actor.credential):
            if actor.issued < held.get(subject, 0.0):
                raise Unauthorized("token-revoked")

    def _list(self) -> dict[str, float]:
        if time.monotonic() - self._read_at >= LOOK_S:
            with self._lock:
                if time.monotonic() - self._read_at >= LOOK_S:
                    with self.db.reading(worker("access")) as session:
                        rows = session.execute(select(revocations.c.subject, revocations.c.before))
                        self._held = {subject: before.timestamp() for subject, before in rows}
                    self._read_at = time.monotonic()
        return self._held

    def forget(self) -> None:
        """Reads again at the next question; for the service that has just revoked something
        itself.
        """
        self._read_at = -LOOK_S
