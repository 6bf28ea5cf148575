"""What stands still in a service: rows of its queues that failed, events its consumers have parked.
Seen, tried again, or given up.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from shared import audit
from shared.auth import worker
from shared.consumer import Behind
from shared.db import Database
from shared.errors import NotFound
from shared.service import Service
from shared.tables import dead_letters

STATES = ("waiting", "backing-off", "parked")


def overview(session: Session, service: Service) -> dict:
    """Number and age in seconds by queue, or consumer, and state; and every row that is set back or
    parked.
    """
    now = session.info["now"]
    lines = [
        {"place": queue.name, "kind": "queue"}
        | {
            state: {"rows": rows, "age_s": age}
            for state, (rows, age) in queue.measure(session).items()
        }
        for queue in service.queues
    ]
    grouped = select(
        dead_letters.c.consumer, func.count(), func.min(dead_letters.c.parked_at)
    ).group_by(dead_letters.c.consumer)
    dead = {
        name: {"rows": rows, "age_s": (now - since).total_seconds()}
        for name, rows, since in session.execute(grouped)
    }
    for name in sorted({c.name for c in service.consumers} | set(dead)):
        lines.append(
            {"place": name, "kind": "consumer", "parked": dead.get(name, {"rows": 0, "age_s": 0.0})}
        )
    rows = [
        _row(service, queue.name, row) for queue in service.queues for row in queue.rows(session)
    ]
    return {
        "service": service.name,
        "places": lines,
        "items": rows + letters(session, service.name),
    }


def _row(service: Service, queue: str, row: dict) -> dict:
    told = {k: row[k] for k in ("tries", "first_at", "next_at", "parked_at", "cause", "detail")}
    return {
        "ref": f"{service.name}/{queue}/{row['item']}",
        "kind": "queue",
        "place": queue,
        "item": row["item"],
    } | told


def letters(session: Session, service: str) -> list[dict]:
    """The events parked in a service, oldest first."""
    return [
        {
            "ref": f"{service}/{row.consumer}/{row.id}",
            "kind": "consumer",
            "place": row.consumer,
            "item": str(row.id),
            "topic": row.topic,
            "partition": row.partition,
            "offset": row.offset,
            "subject": row.subject,
            "parked_at": row.parked_at.isoformat(),
            "wanted": row.wanted_at is not None,
            "cause": row.cause,
            "detail": row.detail,
        }
        for row in session.execute(select(dead_letters).order_by(dead_letters.c.id).limit(500))
    ]


def retry(session: Session, service: Service, place: str, item: str) -> None:
    """Asks the queue or consumer itself to try a parked row again; it does within seconds. Raises
    NotFound.
    """
    queue = next((q for q in service.queues if q.name == place), None)
    if queue is not None and queue.retry(session, item):
        return
    row = _letter(session, place, item)
    same = (
        dead_letters.c.consumer == place,
        dead_letters.c.topic == row.topic,
        dead_letters.c.subject == row.subject,
    )
    # in their order, and what waits behind it too
    due = or_(dead_letters.c.id <= row.id, dead_letters.c.cause == Behind.__name__)
    mine = dead_letters.c.id == row.id if row.subject is None else due
    session.execute(
        update(dead_letters)
        .where(*(same if row.subject is not None else ()), mine)
        .values(wanted_at=session.info["now"])
    )
    audit.note(session, "event-retried", f"{place}/{item}")


def discard(session: Session, service: Service, place: str, item: str, reason: str) -> None:
    """Gives a parked row up for good; the trail keeps who did and why. Raises NotFound."""
    queue = next((q for q in service.queues if q.name == place), None)
    if queue is not None and queue.discard(session, item, reason):
        return
    row = _letter(session, place, item)
    session.execute(delete(dead_letters).where(dead_letters.c.id == row.id))
    audit.note(
        session,
        "event-discarded",
        f"{place}/{item}",
        reason=reason,
        topic=row.topic,
        subject=row.subject or "",
        cause=row.cause,
    )


def _letter(session: Session, consumer: str, item: str):
    number = int(item) if item.isascii() and item.isdigit() and len(item) < 18 else -1
    row = session.execute(
        select(dead_letters).where(dead_letters.c.consumer == consumer, dead_letters.c.id == number)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row


def state(session: Session, service: Service, place: str, item: str) -> dict | None:
    """The row as it stands now: None once it has been handled or given up."""
    return next(
        (
            r
            for r in overview(session, service)["items"]
            if (r["place"], r["item"]) == (place, item)
        ),
        None,
    )


@contextmanager
def nobody_works(service: Service, folder: Path) -> Iterator[bool]:
    """Whether no worker runs for this service; while True, none begins."""
    db: Database = service.db
    if db.shared:
        held = db.lead()
        try:
            yield held is not None
        finally:
            if held is not None:
                held.invalidate()
                held.close()
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{service.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def handle(service: Service, place: str, item: str) -> None:
    """Does a worker's part for one row that is to be tried again, where none runs."""
    queue = next((q for q in service.queues if q.name == place), None)
    if queue is not None and (queue.name, item) in {(q.name, i) for q in [queue] for i in q.due()}:
        queue.attempt(item)
        return
    for consumer in [*service.consumers, *(m.consumer for m in service.members)]:
        if consumer.name == place:
            for member in service.members:
                if member.consumer is consumer:
                    with service.db.reading(worker(service.name)) as session:
                        partitions = set(
                            session.scalars(
                                select(dead_letters.c.partition).where(
                                    dead_letters.c.topic.in_(consumer.topics)
                                )
                            )
                        )
                    for partition in sorted(partitions):
                        member.seize(partition)
            consumer.redrive_wanted()
