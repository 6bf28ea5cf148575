"""After a restore or a lost tail of the log: every subject is lifted above the log's newest version
and its state published again.

A database restored from a backup would reissue versions the log has seen, and consumers would
silently ignore them.
"""

from dataclasses import dataclass, field

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shared import outbox
from shared.auth import worker
from shared.db import Database
from shared.errors import InvalidEvent
from shared.eventlog import EventLog
from shared.events import CATALOGUE, Event, decode
from shared.organizations.models import DRAFT, PUBLISHED, WITHDRAWN
from shared.organizations.profiles import ProfileKind, record
from shared.tables import outbox as outbox_rows
from shared.tables import positions

SILENCE_S, CHUNK = 3.0, 500


@dataclass
class Republished:
    """What was done: subjects published again, and subjects only the log knew, withdrawn there."""

    published: int = 0
    sent_again: int = 0
    withdrawn: list[str] = field(default_factory=list)


def newest(eventlog: EventLog, topics: set[str]) -> dict[tuple[str, str], Event]:
    """The newest event of every (topic, subject) in the log."""
    places = {(t, p): eventlog.end(t, p) for t in topics for p in range(eventlog.partitions(t))}
    waiting = {place for place, end in places.items() if end}
    reader, found = eventlog.reader(dict.fromkeys(places, 0)), {}
    while waiting and (entries := reader.poll(500, SILENCE_S)):
        for entry in entries:
            if entry.offset + 1 >= places[entry.topic, entry.partition]:
                waiting.discard((entry.topic, entry.partition))
            _take(found, entry)
    reader.close()
    return found


def _take(found: dict, entry) -> None:
    try:
        event = decode(entry.value) if entry.value is not None else None
    except InvalidEvent:
        return
    key = entry.topic, entry.key
    if event is not None and (key not in found or found[key].subjectversion < event.subjectversion):
        found[key] = event


def start_over(db: Database, eventlog: EventLog, name: str) -> int:
    """For a log that lost its tail or is new: sends again what it lacks of the events this service
    still has, and forgets how far all its consumers have read; what they read again and know
    already they ignore by version. Returns how many are sent again.
    """
    with db.transaction(worker(name)) as session:
        kept = select(
            outbox_rows.c.id, outbox_rows.c.topic, outbox_rows.c.key, outbox_rows.c.value
        ).order_by(outbox_rows.c.id)
        rows = session.execute(kept.where(outbox_rows.c.published_at.is_not(None))).all()
        seen = newest(eventlog, {row.topic for row in rows})
        missing = [row.id for row in rows if _lacks(seen, row)]
        for begin in range(0, len(missing), CHUNK):
            lost = update(outbox_rows).where(outbox_rows.c.id.in_(missing[begin : begin + CHUNK]))
            session.execute(lost.values(published_at=None))
        session.execute(delete(positions))
    return len(missing)


def _lacks(seen: dict[tuple[str, str], Event], row) -> bool:
    held = seen.get((row.topic, row.key))
    return held is None or held.subjectversion < decode(row.value).subjectversion


def republish(db: Database, eventlog: EventLog, kinds: tuple[ProfileKind, ...]) -> Republished:
    """Publishes every profile of a service at a version above all the log has seen, in one
    transaction.
    """
    done = Republished()
    topics = {CATALOGUE[kind.event("updated")].topic for kind in kinds}
    topics |= {f"{t}-private" for t in topics if any(k.keeps_secrets for k in kinds)}
    seen = newest(eventlog, topics)
    with db.transaction(worker(kinds[0].source)) as session:
        known = {subject for kind in kinds for subject in _lift(session, kind, seen, done)}
        for (topic, subject), event in sorted(seen.items()):
            if not topic.endswith("-private") and subject not in known:
                _withdraw(session, event, done)
    return done


def _lift(session: Session, kind: ProfileKind, seen: dict, done: Republished) -> list[str]:
    topic = CATALOGUE[kind.event("updated")].topic
    profiles = list(session.scalars(select(kind.model).order_by(kind.model.id)))
    for profile in profiles:
        if profile.state == DRAFT and (topic, profile.id) not in seen:
            continue
        public, private = seen.get((topic, profile.id)), seen.get((f"{topic}-private", profile.id))
        profile.version = max(profile.version, public.subjectversion if public else 0)
        if profile.secret_version or private:
            profile.secret_version = max(
                profile.secret_version or 0, private.subjectversion if private else 0
            )
        if profile.state == DRAFT:
            _withdraw(session, public, done, profile.version + 1)
            continue
        verb = "updated" if profile.state == PUBLISHED else "withdrawn"
        record(session, kind, profile, verb, secrets_changed=bool(profile.secret_version))
        done.published += 1
    return [p.id for p in profiles]


def _withdraw(
    session: Session, event: Event, done: Republished, version: int | None = None
) -> None:
    """Takes out of sight what the log has and the restored database does not: nobody could change
    it any more.
    """
    if event.data["state"] == WITHDRAWN:
        return
    kind = event.type.split(".")[0]
    gone = Event(
        type=f"{kind}.withdrawn.v1",
        source=event.source,
        subject=event.subject,
        subjectversion=version or event.subjectversion + 1,
        time=session.info["now"],
        data=event.data | {"state": WITHDRAWN},
        privateversion=event.privateversion,
    )
    outbox.publish(session, gone)
    done.withdrawn.append(event.subject)
