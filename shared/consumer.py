"""The consumer: decode; in one transaction: first time? react; remember the position. Two failures
with two names.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext

import structlog
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared import outbox, tracing
from shared.auth import worker
from shared.db import Database
from shared.errors import InvalidEvent, TryAgain
from shared.eventlog import Entry, EventLog, LogUnavailable, PositionOutside
from shared.events import Event, decode
from shared.tables import dead_letters, high_water, positions

log = structlog.get_logger()
BATCH = 500
# on a database that others write to, a batch must not hold the writers' lock for long
SHARED_BATCH = 100
# after a batch, let the next one gather: the first event waits for nobody, a stream costs a third
# less
GATHER_S = 0.05
ATTEMPTS = 5
# how often a consumer looks whether somebody asks for a parked event to be tried again
WANTED_S = 1.0
DEAD_LIMIT = 100
REPAIR = "`nakodo republish SERVICE --from-start`, see docs/operations.md"

RAISE_MARK = text(
    "INSERT INTO high_water (topic, subject, version) VALUES (:topic, :subject, :version) ON"
    " CONFLICT (topic, subject) DO UPDATE SET version = excluded.version WHERE excluded.version >"
    " high_water.version"
)

Reaction = Callable[[Session, Event], None]


class Behind(InvalidEvent):
    """An event that says what changed, while an earlier one of its subject is parked: it waits
    behind it, in order.
    """


class TooManyDead(Exception):
    """So many events were parked that a bad deploy is likelier than bad events; consuming stops
    until somebody looks.
    """


class Consumer:
    """Reads topics for one service and applies its REACTIONS, each event once.

    `prepare(events)` runs before the transaction (for what must not run inside one),
    `begin(session, entries)` as its first step, `finish(session)` at its end. With `queued` False,
    `finish` decides when to queue for the database. Topics in `deltas` carry what changed rather
    than a whole state, so each of their events is applied, in order.
    """

    def __init__(
        self,
        name: str,
        db: Database,
        eventlog: EventLog,
        topics: tuple[str, ...],
        reactions: Mapping[str, Reaction],
        prepare: Callable[[list[Event]], None] = lambda events: None,
        finish: Callable[[Session], None] = lambda session: None,
        undo: Callable[[], None] = lambda: None,
        begin: Callable[[Session, list[Entry]], None] = lambda session, entries: None,
        queued: bool = True,
        deltas: tuple[str, ...] = (),
    ):
        self.name, self.db, self.eventlog, self.topics = name, db, eventlog, topics
        self.reactions, self.prepare, self.finish, self.undo = reactions, prepare, finish, undo
        self.begin, self.queued, self.deltas = begin, queued, deltas
        self.actor = worker(name)
        self.failures: dict[tuple[str, int, int], int] = {}

    def stored(self) -> dict[tuple[str, int], int]:
        """The stored positions by (topic, partition). Raises PositionOutside where they belong to
        another log.
        """
        stored = {}
        with self.db.reading(self.actor) as session:
            for row in session.execute(select(positions).where(positions.c.consumer == self.name)):
                if row.log_id == self._lost:
                    raise PositionOutside(
                        f"{row.topic}: the log ended before position {row.next_offset}; {REPAIR}"
                    )
                if row.log_id != self.eventlog.log_id:
                    raise PositionOutside(
                        f"{row.topic}: stored for log {row.log_id}, this is {self.eventlog.log_id};"
                        f" {REPAIR}"
                    )
                stored[row.topic, row.partition] = row.next_offset
        return stored

    def open(self):
        """A reader at the stored positions. Raises PositionOutside where they belong to another
        log.
        """
        stored = self.stored()
        wanted = {
            (t, p): stored.get((t, p), 0)
            for t in self.topics
            for p in range(self.eventlog.partitions(t))
        }
        try:
            return self.eventlog.reader(wanted)
        except PositionOutside:
            self.distrust()
            raise

    @property
    def _lost(self) -> str:
        """What stands in a position instead of the log's id once the log was seen to end before
        it.
        """
        return f"{self.eventlog.log_id} lost"

    def distrust(self) -> list[tuple[str, int]]:
        """Notes for good which positions lie beyond the end of the log: once it has grown again,
        events would be skipped unseen.
        """
        ends = self.ends()
        beyond = [
            place for place, offset in self._applied().items() if offset > ends.get(place, offset)
        ]
        for topic, partition in beyond:
            mine = (
                (positions.c.consumer == self.name)
                & (positions.c.topic == topic)
                & (positions.c.partition == partition)
            )
            with self.db.transaction(self.actor) as session:
                session.execute(update(positions).where(mine).values(log_id=self._lost))
        return beyond

    def lag(self) -> int:
        """Entries in the log that this consumer has not yet applied."""
        have = self._applied()
        return sum(end - have.get(place, 0) for place, end in self.ends().items())

    def ends(self) -> dict[tuple[str, int], int]:
        """Where the log ends now, for every (topic, partition) read."""
        return {
            (t, p): self.eventlog.end(t, p)
            for t in self.topics
            for p in range(self.eventlog.partitions(t))
        }

    def reached(self, ends: dict[tuple[str, int], int]) -> bool:
        """Whether all entries before these ends have been applied."""
        have = self._applied()
        return all(have.get(place, 0) >= end for place, end in ends.items())

    def _applied(self) -> dict[tuple[str, int], int]:
        with self.db.reading(self.actor) as session:
            rows = session.execute(select(positions).where(positions.c.consumer == self.name)).all()
        return {(r.topic, r.partition): r.next_offset for r in rows}

    def handle(self, entries: list[Entry]) -> None:
        """Applies entries in one transaction; where one fails, falls back to one transaction
        each.
        """
        try:
            self._apply(entries)
            return
        except (TryAgain, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a reaction raised, singles find out which event it was
            if len(entries) == 1:
                self._failed(entries[0], error)
                return
        for entry in entries:
            self.handle([entry])

    def _apply(self, entries: list[Entry]) -> None:
        events = [(entry, decode(entry.value)) for entry in entries if entry.value is not None]
        self.prepare([event for _, event in events])
        try:
            with self.db.transaction(self.actor, self.queued) as session:
                self.begin(session, entries)
                self._keep_order(session, events)
                self._react(session, self._new(session, events))
                self._remember(session, entries)
        except BaseException:
            self.undo()
            raise

    def _react(self, session: Session, events: list[Event]) -> None:
        """Applies new events, then what belongs to all of them; what is recorded meanwhile names
        the event it follows from.
        """
        for event in events:
            reaction = self.reactions.get(event.type)
            if reaction:
                with (
                    outbox.caused_by(session, event),
                    tracing.span(f"process {event.type}", event.traceparent, **self._named(event)),
                ):
                    reaction(session, event)
        session.info["heard"] = {event.subject: event.id for event in events}
        parents = sorted({event.traceparent for event in events if event.traceparent})
        single = parents[0] if len(parents) == 1 else None
        with (
            tracing.span(f"apply {self.name}", single, () if single else parents)
            if parents
            else nullcontext()
        ):
            self.finish(session)

    def _named(self, event: Event) -> dict[str, str | int]:
        return {
            "nakodo.consumer": self.name,
            "nakodo.subject": event.subject,
            "nakodo.event": event.id,
            "nakodo.version": event.subjectversion,
        }

    def _keep_order(
        self, session: Session, events: list[tuple[Entry, Event]], before: int | None = None
    ) -> None:
        """Raises Behind for an event of a subject that has a parked one in a topic of changes."""
        subjects = {
            (entry.topic, event.subject) for entry, event in events if entry.topic in self.deltas
        }
        if not subjects or not self._any_dead(session):
            return
        for topic, subject in sorted(subjects):
            parked = select(dead_letters.c.id).where(*self._parked(topic, subject))
            first = session.scalar(
                (parked if before is None else parked.where(dead_letters.c.id < before)).limit(1)
            )
            if first is not None:
                raise Behind(f"{topic}: an earlier event of {subject} is parked as {first}")

    def _parked(self, topic: str, subject: str) -> tuple:
        return (
            dead_letters.c.consumer == self.name,
            dead_letters.c.topic == topic,
            dead_letters.c.subject == subject,
        )

    def _new(self, session: Session, events: list[tuple[Entry, Event]]) -> list[Event]:
        """The newest event of each subject, where it is newer than the subject's high-water mark,
        which it raises.

        Every event carries the whole state of its subject, so one that a later one of the same
        batch replaces is not needed; of topics in `deltas`, all that are newer than the mark.
        """
        newest: dict[tuple[str, str], Event] = {}
        for entry, event in events:
            held = newest.get((entry.topic, event.subject))
            if held is None or held.subjectversion < event.subjectversion:
                newest.pop((entry.topic, event.subject), None)
                newest[entry.topic, event.subject] = event
        known = self._marks(session, newest)
        fresh = {
            place: event
            for place, event in newest.items()
            if event.subjectversion > known.get(place, -1)
        }
        if fresh:
            session.execute(
                RAISE_MARK,
                [
                    {"topic": t, "subject": s, "version": e.subjectversion}
                    for (t, s), e in fresh.items()
                ],
            )
        if fresh and self._any_dead(session):
            for topic, subject in fresh:
                # a whole state replaces an older one, a change does not replace a change
                if topic not in self.deltas:
                    session.execute(delete(dead_letters).where(*self._parked(topic, subject)))
        return (
            [e for entry, e in events if self._wanted(entry, e, known, fresh)]
            if self.deltas
            else list(fresh.values())
        )

    def _wanted(self, entry: Entry, event: Event, known: dict, fresh: dict) -> bool:
        place = entry.topic, event.subject
        return (
            event.subjectversion > known.get(place, -1)
            if entry.topic in self.deltas
            else fresh.get(place) is event
        )

    @staticmethod
    def _marks(session: Session, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        by_topic: dict[str, list[str]] = {}
        for topic, subject in places:
            by_topic.setdefault(topic, []).append(subject)
        found = {}
        for topic, subjects in by_topic.items():
            rows = select(high_water).where(
                high_water.c.topic == topic, high_water.c.subject.in_(subjects)
            )
            found |= {(r.topic, r.subject): r.version for r in session.execute(rows)}
        return found

    def _any_dead(self, session: Session) -> bool:
        """Whether anything is parked, asked once per transaction."""
        if "any_dead" not in session.info:
            mine = select(dead_letters.c.id).where(dead_letters.c.consumer == self.name).limit(1)
            session.info["any_dead"] = session.scalar(mine) is not None
        return session.info["any_dead"]

    def _remember(self, session: Session, entries: list[Entry]) -> None:
        last = {(e.topic, e.partition): e.offset + 1 for e in entries}
        for (topic, partition), offset in last.items():
            mine = (
                (positions.c.consumer == self.name)
                & (positions.c.topic == topic)
                & (positions.c.partition == partition)
            )
            done = session.execute(
                update(positions)
                .where(mine)
                .values(next_offset=offset, log_id=self.eventlog.log_id)
            )
            if not done.rowcount:
                place = {"consumer": self.name, "topic": topic, "partition": partition}
                session.execute(
                    insert(positions).values(
                        **place, next_offset=offset, log_id=self.eventlog.log_id
                    )
                )

    def _failed(self, entry: Entry, error: Exception) -> None:
        """Parks an event that can never be handled; one that failed without a name is tried five
        times first.
        """
        place = (entry.topic, entry.partition, entry.offset)
        self.failures[place] = self.failures.get(place, 0) + 1
        if not isinstance(error, InvalidEvent) and self.failures[place] < ATTEMPTS:
            raise TryAgain(f"{type(error).__name__}: {error}") from error
        self.failures.pop(place)
        with self.db.transaction(self.actor, self.queued) as session:
            self.begin(session, [entry])
            parked = (
                select(dead_letters.c.id)
                .where(dead_letters.c.consumer == self.name)
                .limit(DEAD_LIMIT)
            )
            if len(session.execute(parked).all()) >= DEAD_LIMIT:
                raise TooManyDead(
                    f"{self.name}: {DEAD_LIMIT} dead letters wait; see `nakodo dead list`"
                )
            session.execute(insert(dead_letters).values(self._letter(session, entry, error)))
            self._remember(session, [entry])
        log.error(
            "event parked",
            consumer=self.name,
            topic=entry.topic,
            offset=entry.offset,
            cause=str(error),
        )

    def _letter(self, session: Session, entry: Entry, error: Exception) -> dict:
        return {
            "consumer": self.name,
            "topic": entry.topic,
            "partition": entry.partition,
            "offset": entry.offset,
            "subject": entry.key,
            "cause": type(error).__name__,
            "detail": str(error)[:2000],
            "value": entry.value,
            "parked_at": session.info["now"],
        }

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. TryAgain, a database or a log that is away: back off and go on from
        the stored position.
        """
        pause, reader, looked = 0.1, None, 0.0
        batch = SHARED_BATCH if self.db.shared else BATCH
        while not stop.is_set():
            try:
                reader = reader or self.open()
                if time.monotonic() - looked > WANTED_S:
                    self.redrive_wanted()
                    looked = time.monotonic()
                entries = reader.poll(batch, 0.25)
                if entries:
                    self.handle(entries)
                    if len(entries) < batch:
                        stop.wait(GATHER_S)
                pause = 0.1
            except (TryAgain, OperationalError, LogUnavailable) as error:
                log.warning("will try again", consumer=self.name, error=str(error), pause_s=pause)
                if reader is not None:
                    reader.close()
                reader = None
                stop.wait(pause)
                pause = min(pause * 2, 10)
            except PositionOutside:
                self.distrust()
                raise

    def redrive_wanted(self, partitions: Iterable[int] | None = None) -> None:
        """Tries again what somebody has asked for, oldest first; of a topic whose partitions are
        shared out, only in those held.
        """
        mine = (
            dead_letters.c.consumer == self.name,
            dead_letters.c.topic.in_(self.topics),
            dead_letters.c.wanted_at.is_not(None),
        )
        wanted = select(dead_letters.c.id).where(*mine).order_by(dead_letters.c.id)
        if partitions is not None:
            wanted = wanted.where(dead_letters.c.partition.in_(partitions))
        with self.db.reading(self.actor) as session:
            letters = list(session.scalars(wanted))
        for letter in letters:
            self.retried(letter)

    def retried(self, letter: int) -> Exception | None:
        """Tries a parked event again; why it failed, which is noted with it. Raises what is no
        fault of the event's.
        """
        try:
            redrive(self.db, self, letter)
        except (TryAgain, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a reaction raised
            noted = {"wanted_at": None, "cause": type(error).__name__, "detail": str(error)[:2000]}
            with self.db.transaction(self.actor, self.queued) as session:
                session.execute(
                    update(dead_letters).where(dead_letters.c.id == letter).values(noted)
                )
            return error
        return None


def redrive(db: Database, consumer: Consumer, letter_id: int) -> bool:
    """Applies a parked event by the consumer that parked it; False: it is not there. Raises what
    the reaction raises.

    A whole state that a newer one has replaced is done with. A change was never applied, whatever
    its subject's mark says.
    """
    with db.reading(consumer.actor) as session:
        row = session.execute(
            select(dead_letters).where(dead_letters.c.id == letter_id)
        ).one_or_none()
    if row is None:
        return False
    if row.consumer != consumer.name or row.topic not in consumer.topics:
        raise ValueError(f"parked by {row.consumer} on {row.topic}, not by {consumer.name}")
    event = decode(row.value)
    if event.type not in consumer.reactions:
        raise InvalidEvent(f"{consumer.name} does nothing about {event.type}")
    consumer.prepare([event])
    try:
        with db.transaction(consumer.actor, consumer.queued) as session:
            entry = Entry(row.topic, row.partition, row.offset, row.subject, row.value)
            consumer.begin(session, [entry])
            consumer._keep_order(session, [(entry, event)], before=letter_id)
            session.execute(delete(dead_letters).where(dead_letters.c.id == letter_id))
            fresh = consumer._new(session, [(entry, event)])
            consumer._react(session, [event] if fresh or row.topic in consumer.deltas else [])
    except BaseException:
        consumer.undo()
        raise
    return True
