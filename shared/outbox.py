"""The outbox: the change and its event in one transaction, the change first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session

from shared import tracing
from shared.events import Event, encode
from shared.tables import outbox


def record(
    session: Session,
    subject,
    event_type: str,
    source: str,
    data,
    private_version: int | None = None,
) -> Event:
    """Records the event of a changed subject: version up, row flushed and so locked, then the
    outbox row.

    `data` is called after the flush, so the event carries the whole new state. Left to the ORM's
    own order the event would go in before the change and carry the old version.
    """
    if inspect(subject).persistent:
        subject.version += 1
    session.flush()
    event = Event(
        type=event_type,
        source=source,
        subject=subject.subject,
        subjectversion=subject.version,
        time=session.info["now"],
        data=data(),
        privateversion=private_version,
    )
    publish(session, event)
    return event


def publish(session: Session, *events: Event) -> None:
    """Puts ready-made events into the outbox of this transaction, in this order."""
    now = session.info["now"]
    events = tuple(_traced(session, event) for event in events)
    if events:
        session.execute(
            insert(outbox),
            [
                {"topic": e.topic, "key": e.subject, "value": encode(e), "recorded_at": now}
                for e in events
            ],
        )


def _traced(session: Session, event: Event) -> Event:
    """The event with the one it follows from and the trace it belongs to."""
    heard = session.info.get("heard") or {}
    cause = (
        session.info.get("cause")
        or heard.get(event.subject)
        or (next(iter(heard.values())) if len(heard) == 1 else None)
    )
    return replace(
        event,
        causationid=event.causationid or cause,
        traceparent=event.traceparent or tracing.traceparent(),
    )


@contextmanager
def caused_by(session: Session, event: Event) -> Iterator[None]:
    """Within it, whatever is recorded follows from this event."""
    session.info["cause"] = event.id
    try:
        yield
    finally:
        session.info.pop("cause")
