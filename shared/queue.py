"""Outgoing queues, one implementation: rows that wait are handled one by one, and none delays
another.

What fails backs off alone; what can never work, or has failed too often, is parked with its cause
until somebody retries or discards it. Who cannot be reached is not the row's fault: such a row
waits as long as it takes, and after a few in a row the queue rests.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, delete, func, insert, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared import audit
from shared.auth import Actor, worker
from shared.db import Database
from shared.tables import setbacks

log = structlog.get_logger()
BATCH, TRIES, AWAY_ROWS = 50, 14, 3
FIRST, LONGEST, LONGEST_AWAY, JITTER = (
    timedelta(seconds=5),
    timedelta(hours=3),
    timedelta(minutes=5),
    0.25,
)
REST_S, LONGEST_REST_S = 0.5, 30.0
# after a commit: a hundred commits in a row are looked at a few times, not a hundred
GATHER_S = 0.25
FRESH, AGAIN, BOTH = "fresh", "again", "both"
Waiting = Select | Sequence[tuple[str, datetime]]


class Never(Exception):
    """A row that can never be handled: it is parked at once."""

    permanent = True


class Away(Exception):
    """Whoever should take the row cannot be reached: no fault of the row's."""

    away = True


class Unknown(Exception):
    """A row this version does not know, a newer one will: it waits for the end of the upgrade."""


def is_away(error: Exception) -> bool:
    return bool(getattr(error, "away", False)) or isinstance(error, (OSError, OperationalError))


def pause(tries: int, away: bool, chance: float) -> timedelta:
    """How long a row waits after so many failed tries; `chance` from 0 to 1 spreads rows that
    failed together.
    """
    longest = LONGEST_AWAY if away else LONGEST
    return min(FIRST * 2 ** min(tries - 1, 20), longest) * (1 + JITTER * chance)


class Queue:
    """One queue of one service.

    A subclass says what waits (`waiting`: ids and since when, oldest first), what is done outside
    any transaction (`act`), and what is written once that is done (`settle`, in the transaction
    that ends the row). `lanes`: rows that have failed before are tried in a thread of their own, so
    that a slow one keeps no fresh one waiting.
    """

    name = ""
    lanes = (FRESH, AGAIN)
    look_s = 0.5
    every_s = 0.0  # looks only so often: for work that comes with the hour, not with a commit
    batch: int | None = BATCH
    # whether counting what waits is cheap: where it is worked out anew each time it is not
    counted = True

    def __init__(self, service: str, db: Database, dice: Callable[[], float] = random.random):
        self.service, self.db, self.dice = service, db, dice
        self.actor = worker(service)

    # -- what a queue is

    def waiting(self, session: Session) -> Waiting:
        raise NotImplementedError

    def act(self, item: str) -> Any:
        """Done before the transaction; what it returns goes to `settle`. Nothing, for work that is
        all in the database.
        """

    def settle(self, session: Session, item: str, told: Any) -> None:
        raise NotImplementedError

    def drop(self, session: Session, item: str) -> None:
        """What a discarded row need not keep."""

    def acting(self, item: str) -> Actor:
        return self.actor

    def act_all(self, items: list[str]) -> Iterator[tuple[str, Any]]:
        """Each item with what came of acting on it: an answer, or the exception."""
        for item in items:
            try:
                yield item, self.act(item)
            except Exception as error:  # noqa: BLE001 - whatever it raised is this row's alone
                yield item, error

    # -- handling rows

    def due(self, lane: str = BOTH) -> list[str]:
        """What is to be tried now, oldest first."""
        with self.db.reading(self.actor) as session:
            found = self.waiting(session)
            barred = self._mine() if lane == FRESH else self._held(session.info["now"])
            if isinstance(found, Select):
                number = found.selected_columns[0]
                found = found.where(number.not_in(barred))
                if lane == AGAIN:
                    found = found.where(number.in_(self._mine()))
                return [str(row[0]) for row in session.execute(found.limit(self.batch))]
            held = set(session.scalars(barred))
            return [item for item, _ in found if item not in held][: self.batch]

    def _mine(self) -> Select:
        return select(setbacks.c.item).where(setbacks.c.queue == self.name)

    def _held(self, now: datetime) -> Select:
        return self._mine().where(or_(setbacks.c.parked_at.is_not(None), setbacks.c.next_at > now))

    def round(self, lane: str = BOTH, stop: threading.Event | None = None) -> int:
        """Tries what is due; returns how many rows were handled. Raises Away where nobody takes
        rows just now.
        """
        return self._go(lane, stop)[0]

    def _go(self, lane: str, stop: threading.Event | None) -> tuple[int, int]:
        """As `round`; how many rows were handled, and how many tried."""
        handled, tried, away = 0, 0, 0
        for item, told in self.act_all(self.due(lane)):
            error = self._conclude(item, told)
            handled, tried = handled + (error is None), tried + 1
            away = away + 1 if error is not None and is_away(error) else 0
            if away >= AWAY_ROWS:
                raise Away(str(error)) from error
            if stop is not None and stop.is_set():
                break
        return handled, tried

    def attempt(self, item: str) -> Exception | None:
        """Tries one row now, parked or not; returns why it failed."""
        for _, told in self.act_all([item]):
            return self._conclude(item, told)
        return None

    def _conclude(self, item: str, told: Any) -> Exception | None:
        """Ends a row, or sets it back by the exception it met."""
        error = told if isinstance(told, Exception) else None
        if error is None:
            try:
                with self.db.transaction(self.acting(item)) as session:
                    self.settle(session, item, told)
                    session.execute(delete(setbacks).where(*self._this(item)))
                return None
            except Exception as failed:  # noqa: BLE001 - as above
                error = failed
        self._set_back(item, error)
        return error

    def _this(self, item: str) -> tuple:
        return setbacks.c.queue == self.name, setbacks.c.item == item

    def _set_back(self, item: str, error: Exception) -> None:
        with self.db.transaction(self.actor) as session:
            now, away = session.info["now"], is_away(error)
            held = session.execute(select(setbacks).where(*self._this(item))).one_or_none()
            tries = (held.tries if held else 0) + 1
            over = getattr(error, "permanent", False) or (tries >= TRIES and not away)
            values = {
                "tries": tries,
                "next_at": now + pause(tries, away, self.dice()),
                "parked_at": now if over else None,
            }
            values |= {"cause": type(error).__name__, "detail": str(error)[:2000]}
            if held is None:
                session.execute(
                    insert(setbacks).values(queue=self.name, item=item, first_at=now, **values)
                )
            else:
                session.execute(update(setbacks).where(*self._this(item)).values(values))
        log.log(
            40 if over else 30,
            "row parked" if over else "row waits",
            service=self.service,
            queue=self.name,
            item=item,
            fault=repr(error)[:300],
        )

    # -- what an operator sees and does

    def measure(self, session: Session) -> dict[str, tuple[int, float]]:
        """Number and age in seconds of the oldest: rows `waiting` that never failed, `backing-off`,
        `parked`.
        """
        now = session.info["now"]
        found = self.waiting(session) if self.counted else ()
        told = (
            {"waiting": (len(found), min((s for _, s in found), default=now))}
            if not isinstance(found, Select)
            else {}
        )
        if isinstance(found, Select):
            rows = (
                found.where(found.selected_columns[0].not_in(self._mine()))
                .order_by(None)
                .subquery()
            )
            told["waiting"] = session.execute(
                select(func.count(), func.min(rows.c[1])).select_from(rows)
            ).one()
        mine = select(func.count(), func.min(setbacks.c.first_at)).where(
            setbacks.c.queue == self.name, setbacks.c.discarded_at.is_(None)
        )
        told["backing-off"] = session.execute(mine.where(setbacks.c.parked_at.is_(None))).one()
        told["parked"] = session.execute(mine.where(setbacks.c.parked_at.is_not(None))).one()
        return {
            state: (count, max(0.0, (now - since).total_seconds()) if count and since else 0.0)
            for state, (count, since) in told.items()
        }

    def rows(self, session: Session) -> list[dict]:
        """The rows set back, parked ones first, oldest first."""
        mine = select(setbacks).where(
            setbacks.c.queue == self.name, setbacks.c.discarded_at.is_(None)
        )
        found = session.execute(
            mine.order_by(setbacks.c.parked_at.is_(None), setbacks.c.first_at).limit(500)
        ).mappings()
        return [
            {
                k: v.isoformat() if isinstance(v, datetime) else v
                for k, v in row.items()
                if k != "discarded_at"
            }
            for row in found
        ]

    def retry(self, session: Session, item: str) -> bool:
        """Has a parked row tried once more, by the worker whose row it is; False: none is parked by
        this name.
        """
        parked = (
            *self._this(item),
            setbacks.c.parked_at.is_not(None),
            setbacks.c.discarded_at.is_(None),
        )
        done = session.execute(
            update(setbacks).where(*parked).values(parked_at=None, next_at=session.info["now"])
        ).rowcount
        if done:
            audit.note(session, "row-retried", f"{self.name}/{item}"[:200])
        return bool(done)

    def discard(self, session: Session, item: str, reason: str) -> bool:
        """Gives a parked row up for good; False: none is parked by this name."""
        parked = (
            *self._this(item),
            setbacks.c.parked_at.is_not(None),
            setbacks.c.discarded_at.is_(None),
        )
        done = session.execute(
            update(setbacks).where(*parked).values(discarded_at=session.info["now"])
        ).rowcount
        if done:
            self.drop(session, item)
            audit.note(session, "row-discarded", f"{self.name}/{item}"[:200], reason=reason)
        return bool(done)

    def forget(self) -> None:
        """Drops setbacks of rows that no longer wait: handled elsewhere, withdrawn, erased."""
        with self.db.reading(self.actor) as session:
            if session.scalar(self._mine().limit(1)) is None:
                return
        with self.db.transaction(self.actor) as session:
            found = self.waiting(session)
            if isinstance(found, Select):
                found = select(found.order_by(None).subquery().c[0])
            else:
                found = [item for item, _ in found]
            session.execute(
                delete(setbacks).where(setbacks.c.queue == self.name, setbacks.c.item.not_in(found))
            )

    # -- loops

    def threads(self) -> list[tuple[str, Callable[[threading.Event], None]]]:
        if AGAIN not in self.lanes:
            return [(self.name, self.run)]
        return [(self.name, self.run), (f"{self.name} again", self.run_again)]

    def run(self, stop: threading.Event) -> None:
        self._loop(FRESH if AGAIN in self.lanes else BOTH, stop)

    def run_again(self, stop: threading.Event) -> None:
        self._loop(AGAIN, stop)

    def _loop(self, lane: str, stop: threading.Event) -> None:
        """Until told to stop: rests once nothing is due; while nobody takes rows, or the database
        is away, ever longer.
        """
        rest = REST_S
        while not stop.wait(self.every_s):
            try:
                if not self._go(lane, stop)[1]:
                    if lane != FRESH:
                        self.forget()
                    if not self.every_s:
                        self.rest(stop, lane)
                rest = REST_S
            except (Away, OperationalError) as error:
                log.warning(
                    "queue rests", service=self.service, queue=self.name, error=str(error)[:300]
                )
                stop.wait(rest * (1 + JITTER * self.dice()))
                rest = min(rest * 2, LONGEST_REST_S)

    def rest(self, stop: threading.Event, lane: str) -> None:
        """Waits for what may become due: a commit of this process, or the time."""
        if lane == AGAIN:
            stop.wait(max(1.0, self.look_s))
        else:
            self.db.wait_for_commit(self.look_s)
            stop.wait(GATHER_S)
