"""Replay: evaluations built anew from the log into shadow tables, compared, and swapped in. History
is left alone.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from services.matching.evaluations import FIELDS, rows_of
from services.matching.keyring import Keyring
from services.matching.members import take_over
from services.matching.models import Copy, Match, ShadowMatch, Vector
from services.matching.population import Population, calibration_in_use, canonical
from services.matching.reactions import TOPICS
from shared.auth import worker
from shared.db import Database
from shared.errors import InvalidEvent
from shared.eventlog import EventLog
from shared.events import decode
from shared.tables import positions

SILENCE_S = 3.0


@dataclass(frozen=True)
class Replayed:
    """How many events were read, how many rows built, and whether they equal those in use."""

    events: int
    rows: int
    equal: bool


def fold(
    eventlog: EventLog, upto: dict[tuple[str, int], int]
) -> tuple[dict[tuple[str, str], Copy], int]:
    """The newest state of each subject from the start of the log, up to given offsets by (topic,
    partition).

    Invalid events are passed over. Silence ends it too: the last entry before an offset may have
    been compacted away.
    """
    reader = eventlog.reader({(t, p): 0 for t in TOPICS for p in range(eventlog.partitions(t))})
    copies: dict[tuple[str, str], Copy] = {}
    read, waiting = 0, {place for place, offset in upto.items() if offset}
    while waiting and (entries := reader.poll(500, SILENCE_S)):
        for entry in entries:
            place = entry.topic, entry.partition
            if entry.offset + 1 >= upto.get(place, 0):
                waiting.discard(place)
            if entry.value is None or entry.offset >= upto.get(place, 0):
                continue
            try:
                event = decode(entry.value)
            except InvalidEvent:
                continue
            read += 1
            _apply(copies, event)
    reader.close()
    return copies, read


def _apply(copies: dict[tuple[str, str], Copy], event) -> None:
    topic, private = event.topic.removesuffix("-private"), event.topic.endswith("-private")
    kind = event.type.split(".")[0]
    blank = {"id": event.subject, "state": "pending"}
    row = copies.setdefault(
        (topic, event.subject),
        Copy(topic=topic, subject=event.subject, version=0, kind=kind, document=blank),
    )
    if private and event.subjectversion > (row.secret_version or 0):
        row.secret_version, row.sealed = event.subjectversion, event.data["sealed"]
    elif not private and event.subjectversion > row.version:
        row.version, row.document, row.kind, row.needs_secret = (
            event.subjectversion,
            event.data,
            kind,
            event.privateversion,
        )


def evaluations(
    copies: dict[tuple[str, str], Copy], calibration, keyring: Keyring, on: date
) -> list[dict]:
    """All rows that these copies give: a pure function of profiles, rules, calibration and date."""
    population = Population(on, calibration, keyring)
    keyring.load((r.topic, r.subject, r.secret_version) for r in copies.values() if r.sealed)
    for row in copies.values():
        population.take(row)
    population.relink(list(copies.values()))
    rows = []
    for subject in sorted(population.startups):
        rows += rows_of(population.evaluate(subject), population.columns).values()
    return rows


def in_use(session: Session) -> list[dict]:
    return [dict(r) for r in session.execute(select(*Match.__table__.columns)).mappings()]


def replay(db: Database, eventlog: EventLog, keyring: Keyring) -> Replayed:
    """Rebuilds every evaluation from the log in one transaction and swaps them in; the outbox stays
    closed.
    """
    actor = worker("matching")
    with db.transaction(actor, queued=False) as session:
        take_over(db, session, "replay")
        upto = {
            (r.topic, r.partition): r.next_offset
            for r in session.execute(select(positions).where(positions.c.consumer == "matching"))
        }
        on = session.scalar(select(func.min(Vector.on))) or session.info["today"]
        copies, read = fold(eventlog, upto)
        rows = evaluations(copies, calibration_in_use(session), keyring, on)
        before = in_use(session)
        session.execute(delete(ShadowMatch))
        if rows:
            session.execute(insert(ShadowMatch), rows)
        session.execute(delete(Match))
        session.execute(
            insert(Match.__table__).from_select(
                FIELDS, select(*(ShadowMatch.__table__.c[f] for f in FIELDS))
            )
        )
        session.execute(delete(ShadowMatch))
    return Replayed(read, len(rows), canonical(rows) == canonical(before))
