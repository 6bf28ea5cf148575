"""Members of the matcher: each scores the startups of the partitions it was given, and may leave or
die at any moment.

The position of a partition is a vector: its offsets in the log, and how far its startups have been
scored against everything else (investors' copies by change number, the day, the calibration). It
moves in the transaction that writes the rows, so whoever takes the partition over first catches up
from there. An epoch fences off a member that has lost its partition and does not know.
"""

import threading
import time
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.matching.decisions import resurface
from services.matching.evaluations import store
from services.matching.keyring import Keyring
from services.matching.models import Copy, Scored, Vector
from services.matching.population import Population, calibration_in_use
from services.matching.reactions import FOLLOWED, REACTIONS, SHARED, keep, number
from shared.auth import worker
from shared.consumer import BATCH, GATHER_S, SHARED_BATCH, WANTED_S, Consumer
from shared.db import NO_HURRY, Database
from shared.errors import TryAgain
from shared.eventlog import Entry, EventLog, LogUnavailable, Membership, PositionOutside
from shared.ids import new_id
from shared.tables import high_water

log = structlog.get_logger()
NAME, ACTOR = "matching", worker("matching")
# startups a sweep scores in one transaction: short enough to stay a member and to let others write
SLICE = 100
CHUNK = 500


class Fenced(TryAgain):
    """Another member has taken the partition over; whatever this one was about to write is
    dropped.
    """


@dataclass(frozen=True)
class Goal:
    """What every startup should be scored against now: change number of the newest investor copy,
    day, calibration.
    """

    through: int
    on: date
    calibration: str

    def met_by(self, vector: Vector) -> bool:
        return vector.toward is None and (vector.through, vector.on, vector.calibration) == (
            self.through,
            self.on,
            self.calibration,
        )

    def text(self) -> str:
        return f"{self.through} {self.on} {self.calibration}"


class Member:
    """One member of the matcher's group. `step` does one piece of work, `run` goes on until told to
    stop.
    """

    def __init__(self, db: Database, eventlog: EventLog, keyring: Keyring, name: str | None = None):
        self.db, self.eventlog, self.keyring = db, eventlog, keyring
        self.name = name or new_id()
        self.held: dict[int, int] = {}  # partition: epoch
        self.membership: Membership | None = None
        self.consumer = Consumer(
            NAME,
            db,
            eventlog,
            SHARED,
            REACTIONS,
            self._keys,
            self._score,
            self._forget,
            self._claim_all,
            False,
        )
        self._population: Population | None = None
        # partitions whose startups the population holds, as of an epoch
        self._loaded: dict[int, int] = {}
        # mandates the calendar has changed, by the days and copies compared
        self._turned: tuple[tuple, set[str]] | None = None
        self._again = False
        self._looked = time.monotonic()

    # -- the group

    def step(self, wait_s: float = 0.0, batch: int | None = None) -> int:
        """Takes over what is newly given, applies what has arrived, and catches up a little;
        returns how much there was to do.
        """
        if self.membership is None:
            self.membership = self.eventlog.join(NAME, SHARED)
        membership = self.membership
        for partition in membership.lost():
            self.held.pop(partition, None)
        fresh = membership.fresh() | (set(self.held) if self._again else set())
        # unless this step comes to its end, the next one begins from the stored position
        self._again = True
        if fresh:
            self._take_over(sorted(fresh))
        entries = membership.poll(batch or (SHARED_BATCH if self.db.shared else BATCH), wait_s)
        entries = [e for e in entries if e.partition in self.held]
        if entries:
            self.consumer.handle(entries)
            membership.applied({(e.topic, e.partition): e.offset + 1 for e in entries})
        if time.monotonic() - self._looked > WANTED_S:
            self.consumer.redrive_wanted(set(self.held))
            self._looked = time.monotonic()
        swept = self.sweep()
        self._again = False
        return len(fresh) + len(entries) + swept

    def _take_over(self, partitions: list[int]) -> None:
        """Fences the former owners off, then reads from where they committed."""
        for partition in partitions:
            self.seize(partition)
        stored = self.consumer.stored()
        self.membership.start({(t, p): stored.get((t, p), 0) for t in SHARED for p in partitions})

    def seize(self, partition: int) -> None:
        """Makes a partition this member's own from now on."""
        with self.db.transaction(ACTOR, queued=False) as session:
            epoch = self._next_epoch(session, partition)
        if partition in self._loaded and self._loaded[partition] == epoch - 1:
            self._loaded[partition] = epoch  # nobody else has written since
        else:
            self._loaded.pop(partition, None)
        self.held[partition] = epoch

    def _next_epoch(self, session: Session, partition: int) -> int:
        mine = (
            update(Vector)
            .where(Vector.partition == partition)
            .values(epoch=Vector.epoch + 1, member=self.name)
        )
        epoch = session.scalar(mine.returning(Vector.epoch))
        if epoch is not None:
            return epoch
        first = {
            "partition": partition,
            "epoch": 1,
            "member": self.name,
            "through": 0,
            "on": session.info["today"],
        }
        session.execute(
            insert(Vector).values(
                **first, calibration=calibration_in_use(session).hash, toward=None, at=""
            )
        )
        return 1

    def _claim(self, session: Session, partition: int) -> None:
        """Locks the partition's vector until the commit. Raises Fenced where another member has
        taken it over.
        """
        mine = (Vector.partition == partition) & (Vector.epoch == self.held.get(partition, 0))
        if not session.execute(update(Vector).where(mine).values(member=self.name)).rowcount:
            raise Fenced(f"partition {partition} belongs to another member")

    def _claim_all(self, session: Session, entries: list[Entry]) -> None:
        for partition in sorted({e.partition for e in entries}):
            self._claim(session, partition)

    # -- the population

    def _keys(self, events: list) -> None:
        """Before the transaction: the keys of private parts it will meet, its own events' and the
        followed copies'.
        """
        known = self._population.changed if self._population else -1
        sealed = select(Copy.topic, Copy.subject, Copy.secret_version).where(
            Copy.sealed.is_not(None)
        )
        with self.db.reading(ACTOR) as session:
            wanted = list(
                session.execute(sealed.where(Copy.topic.in_(FOLLOWED), Copy.changed > known))
            )
            if set(self.held) - set(self._loaded):
                mine = session.execute(sealed.where(Copy.topic == "startups"))
                wanted += [
                    (t, s, v)
                    for t, s, v in mine
                    if self.eventlog.partition_of("startups", s) in self.held
                ]
        wanted += [
            (e.topic.removesuffix("-private"), e.subject, e.subjectversion)
            for e in events
            if e.topic.endswith("-private")
        ]
        self.keyring.load(wanted)

    def population(self, session: Session) -> Population:
        """Today's population: all that is followed, and the startups of the partitions held."""
        calibration = calibration_in_use(session)
        held = self._population
        if held is None or (held.on, held.calibration.hash) != (
            session.info["today"],
            calibration.hash,
        ):
            held = self._population = Population(
                session.info["today"], calibration, self.keyring, follow_startups=False
            )
            self._loaded = {}
        held.refresh(session)
        if set(self.held) - set(self._loaded):
            self._load(session, held, set(self.held) - set(self._loaded))
        return held

    def _load(self, session: Session, population: Population, partitions: set[int]) -> None:
        """Startups of newly held partitions, as their former owner left them."""
        known = session.scalars(select(Copy.subject).where(Copy.topic == "startups"))
        mine = sorted(s for s in known if self.eventlog.partition_of("startups", s) in partitions)
        for begin in range(0, len(mine), CHUNK):
            rows = select(Copy).where(
                Copy.topic == "startups", Copy.subject.in_(mine[begin : begin + CHUNK])
            )
            for row in session.scalars(rows):
                population.take(row)
        self._loaded |= {p: self.held[p] for p in partitions}

    def _forget(self) -> None:
        """Forgets what a rolled-back transaction had shown it."""
        self._population, self._loaded = None, {}

    def _score(self, session: Session) -> None:
        """Scores the startups whose copies this transaction changed, against everything; then
        queues to number them.
        """
        rows = keep(session)
        if not rows:
            return
        population = self.population(session)
        for row in rows:
            population.take(row)
        store(session, population, {row.subject for row in rows})
        resurface(session, population, [row.subject for row in rows if row.topic == "startups"])
        self.db.queue(session)
        number(session)

    # -- catching up with everything else

    def goal(self, session: Session) -> Goal:
        newest = session.scalar(select(func.max(Copy.changed)).where(Copy.topic == "investors"))
        return Goal(newest or 0, session.info["today"], calibration_in_use(session).hash)

    def sweep(self) -> int:
        """One slice for every held partition that is behind; returns how many were."""
        with self.db.reading(ACTOR) as session:
            goal = self.goal(session)
            rows = list(session.scalars(select(Vector).where(Vector.partition.in_(self.held))))
        behind = [r.partition for r in rows if not goal.met_by(r)]
        if behind:
            self._keys([])
        for partition in behind:
            try:
                with self.db.transaction(ACTOR, queued=False) as session:
                    self._claim(session, partition)
                    self._slice(session, session.get(Vector, partition, populate_existing=True))
            except BaseException:
                self._forget()
                raise
        return len(behind)

    def _slice(self, session: Session, vector: Vector) -> None:
        """Scores the next startups of a partition against what changed since its vector; at the end
        the vector moves.
        """
        goal = self.goal(session)  # before the population: what it names, the population then holds
        population = self.population(session)
        if vector.toward is None or vector.toward.split()[1:] != goal.text().split()[1:]:
            vector.toward, vector.at = goal.text(), ""
        mandates, everything = (
            self._stale_mandates(session, population, vector),
            vector.calibration != goal.calibration,
        )
        turned = vector.on != goal.on
        mine = sorted(
            s
            for s in population.startups
            if self.eventlog.partition_of("startups", s) == vector.partition
        )
        part = (
            mine[bisect_right(mine, vector.at) :][:SLICE]
            if mandates or everything or turned
            else []
        )
        due = self._due(session, part, goal.on) if turned else set()
        store(session, population, part if everything else due)
        if mandates and not everything:
            store(session, population, set(part) - due, frozenset(mandates))
        if len(part) == SLICE:
            vector.at = part[-1]
        else:
            vector.through, vector.on, vector.calibration = (
                int(vector.toward.split()[0]),
                goal.on,
                goal.calibration,
            )
            vector.toward, vector.at = None, ""

    def _stale_mandates(self, session: Session, population: Population, vector: Vector) -> set[str]:
        """Mandates whose facts, or whose investors', changed since the vector, or which the
        calendar has changed.
        """
        changed = select(Copy.subject).where(
            Copy.topic == "investors", Copy.changed > vector.through
        )
        found = population.concerned(set(session.scalars(changed)))
        if vector.on == population.on:
            return found
        key = vector.on, population.on, population.changed
        if self._turned is None or self._turned[0] != key:
            before = Population(
                vector.on, population.calibration, self.keyring, follow_startups=False
            )
            before.refresh(session)
            self._turned = (
                key,
                {m.id for m in before.mandates.values() if m.next_change <= population.on},
            )
        return found | self._turned[1]

    def _due(self, session: Session, subjects: list[str], today) -> set[str]:
        """Startups that the calendar has changed since they were scored."""
        past = select(Scored.subject).where(
            Scored.subject.in_(subjects), Scored.valid_until <= today, Scored.on < today
        )
        return set(session.scalars(past))

    # -- the loop

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. What may work later is tried again from the stored position; a fenced
        member joins anew.
        """
        pause = 0.1
        while not stop.is_set():
            try:
                if self.step(0.25):
                    stop.wait(GATHER_S)
                pause = 0.1
            except (TryAgain, OperationalError, LogUnavailable) as error:
                log.warning("will try again", member=self.name, error=str(error), pause_s=pause)
                if isinstance(error, (Fenced, LogUnavailable)):
                    self.leave()
                stop.wait(pause)
                pause = min(pause * 2, 10)
            except PositionOutside:
                self.consumer.distrust()
                raise
        self.leave()

    def leave(self) -> None:
        """Gives the partitions back; the vectors say where the next owner begins."""
        membership, self.membership, self.held, self._again = self.membership, None, {}, False
        self._forget()
        if membership is not None:
            membership.close()


def take_over(db: Database, session: Session, name: str) -> None:
    """Stops every member until the commit, then all other writers; members join anew behind it. For
    what touches every partition.

    In the members' own order: first the vectors, then the queue of writers. The other way round,
    each would wait for what the other holds.
    """
    if db.shared:
        session.execute(text(NO_HURRY))
        session.execute(text("LOCK TABLE vectors IN EXCLUSIVE MODE"))
    db.queue(session)
    session.execute(update(Vector).values(epoch=Vector.epoch + 1, member=name))


class Progress:
    """How far the matcher has come, for health, for those who wait, and for operators."""

    def __init__(self, follower: Consumer, member: Member):
        self.follower, self.member = follower, member

    def lag(self) -> int:
        """Log entries not yet applied, and partitions not yet scored against all that was."""
        return self.follower.lag() + self.member.consumer.lag() + self._behind()

    def ends(self) -> dict[tuple[str, int], int]:
        return self.follower.ends() | self.member.consumer.ends()

    def reached(self, ends: dict[tuple[str, int], int]) -> bool:
        """Whether all entries before these ends have been applied and scored."""
        followed = {place: end for place, end in ends.items() if place[0] in FOLLOWED}
        shared = {place: end for place, end in ends.items() if place[0] in SHARED}
        return (
            self.follower.reached(followed)
            and self.member.consumer.reached(shared)
            and not self._behind()
        )

    def _behind(self) -> int:
        with self.follower.db.reading(ACTOR) as session:
            goal = self.member.goal(session)
            rows = list(session.scalars(select(Vector)))
        return self.member.eventlog.partitions("startups") - sum(goal.met_by(r) for r in rows)


def behind_of(session: Session, topic: str, subject: str) -> bool:
    """Whether some partition has not been scored yet against the newest copy of an investor or
    mandate.
    """
    changed = (
        session.scalar(select(Copy.changed).where(Copy.topic == topic, Copy.subject == subject))
        or 0
    )
    least = session.scalar(select(func.min(Vector.through)))
    return topic == "investors" and (least is None or least < changed)


def applied_version(session: Session, topic: str, subject: str) -> int:
    """The newest version of a subject that has arrived, as the reader counts them: all changes of
    one's own, else those one may see.
    """
    actor, copy = session.info["actor"], session.get(Copy, (topic, subject))
    mine = (high_water.c.topic == topic) & (high_water.c.subject == subject)
    arrived = session.scalar(select(high_water.c.version).where(mine)) or 0
    own = {"startups": ("startup",), "investors": ("reviewer",)}.get(
        topic, ("site-manager", "officer")
    )
    if copy is None or actor.may_change(copy.document.get("owner", ""), *own):
        return arrived
    return copy.document.get("shown", {}).get("network" if actor.in_network else "public", arrived)
