"""Solvers as jobs: asked for in a transaction, computed by `work` in a process of their own,
stopped, resumed and read like any record.

A solver is a module run as `python -m`: it reads one problem from its input and writes lines of
JSON, `{"best": …, "said": …}` for each better answer and `{"done": …}` at the end. The same problem
and seed give the same answer.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TextIO

import structlog
from sqlalchemy import JSON, Select, String, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from shared import audit
from shared.clock import JST
from shared.db import Database
from shared.errors import Conflict, DomainError, NotFound, TooMany
from shared.gauges import Gauges
from shared.ids import new_id
from shared.queue import BOTH, Queue, Unknown

log = structlog.get_logger()
WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
GRACE_S, LOOK_S = 20.0, 0.3
MOST_OPEN, MOST_HOURLY, HOUR = 4, 60, timedelta(hours=1)
Tell = Callable[[Any, dict], None]
Apply = Callable[[Session, Any], None]


class JobColumns:
    """A solver's run: its problem, the best answer so far, what it says about it (bound, gap,
    seconds), and where it stands.
    """

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    problem: Mapped[Any] = mapped_column(JSON)
    limit_s: Mapped[float]
    seed: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    best: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    said: Mapped[Any] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(128))
    made_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


def ask(
    session: Session,
    model: type,
    kind: str,
    subject: str,
    problem: dict,
    limit_s: float,
    seed: int = 1,
) -> Any:
    """A job for the actor's organisation. Raises Conflict while one of this kind is under way for
    this subject, TooMany.
    """
    actor = session.info["actor"]
    under_way = model.state.in_((WAITING, RUNNING))
    _within_share(session, model, actor.person)
    if session.scalar(
        select(model.id).where(model.kind == kind, model.subject == subject, under_way).limit(1)
    ):
        raise Conflict("job-under-way")
    row = model(
        id=new_id(),
        owner=actor.org,
        kind=kind,
        subject=subject,
        problem=problem,
        limit_s=limit_s,
        seed=seed,
        state=WAITING,
    )
    row.best, row.said, row.made_by, row.made_at, row.started_at, row.ended_at = (
        None,
        {},
        actor.person,
        session.info["now"],
        None,
        None,
    )
    session.add(row)
    audit.note(session, "job-asked", row.id, kind=kind, subject=subject)
    return row


def _within_share(session: Session, model: type, person: str) -> None:
    """Raises TooMany where a person has as many computations as one may have, open or begun within
    the hour.
    """
    now, mine = session.info["now"], select(func.count()).where(model.made_by == person)
    if session.scalar(mine.where(model.state.in_((WAITING, RUNNING)))) >= MOST_OPEN:
        raise TooMany("jobs-under-way", when=now + timedelta(minutes=1), now=now, max=MOST_OPEN)
    times = (
        select(model.made_at)
        .where(model.made_by == person, model.made_at > now - HOUR)
        .order_by(model.made_at)
    )
    lately = list(session.scalars(times))
    if len(lately) >= MOST_HOURLY:
        when = lately[-MOST_HOURLY] + HOUR
        raise TooMany(
            "jobs-this-hour",
            when=when,
            now=now,
            max=MOST_HOURLY,
            time=f"{when.astimezone(JST):%H:%M}",
        )


def cancel(session: Session, model: type, job: str) -> Any:
    """Stops a job; what it has found so far stays. Raises NotFound, Conflict once it has ended."""
    row = session.scalar(select(model).where(model.id == job).with_for_update())
    if row is None:
        raise NotFound()
    if row.state not in (WAITING, RUNNING):
        raise Conflict("job-ended")
    row.state, row.ended_at = CANCELLED, session.info["now"]
    audit.note(session, "job-cancelled", row.id)
    return row


def document(row: Any) -> dict:
    times = {
        name: getattr(row, name) and getattr(row, name).isoformat()
        for name in ("made_at", "started_at", "ended_at")
    }
    return {
        name: getattr(row, name)
        for name in ("id", "kind", "subject", "state", "limit_s", "seed", "best", "said")
    } | times


def serve(solve: Callable[[dict, int, float, Tell], Any]) -> None:
    """The main of a solver's process: problem in, lines out."""
    asked = json.load(sys.stdin)

    def tell(best: Any, said: dict) -> None:
        print(json.dumps({"best": best, "said": said}), flush=True)

    answer, said = solve(asked["problem"], asked["seed"], asked["limit_s"], tell)
    print(json.dumps({"done": answer, "said": said}), flush=True)


class Solvers(Queue):
    """Runs jobs one after the other, people taking turns; one whose worker died is begun again by
    the next.

    `modules`: the solver of each kind; `apply`: what is done with its answer, in the transaction
    that ends the job.
    """

    name, lanes, look_s, batch = "jobs", (BOTH,), 1.0, 1

    def __init__(
        self,
        service: str,
        db: Database,
        model: type,
        modules: Mapping[str, str],
        apply: Mapping[str, Apply],
    ):
        super().__init__(service, db)
        self.model, self.modules, self.apply = model, modules, apply
        self.stop = threading.Event()

    def step(self, stop: threading.Event | None = None) -> bool:
        """Runs the oldest open job to its end; False: there is none."""
        self.stop = stop or threading.Event()
        return bool(self.round())

    def run(self, stop: threading.Event) -> None:
        self.stop = stop
        super().run(stop)

    def waiting(self, session: Session) -> Select:
        """What a dead worker left, then the oldest of whoever was served the longest ago: nobody's
        many delay another's one.
        """
        model, other = self.model, aliased(self.model)
        served = (
            select(func.max(other.started_at))
            .where(other.made_by == model.made_by)
            .scalar_subquery()
        )
        order = ((model.state == WAITING), served.nulls_first(), model.made_at, model.id)
        return (
            select(model.id, model.made_at)
            .where(model.state.in_((WAITING, RUNNING)))
            .order_by(*order)
        )

    def act(self, item: str) -> None:
        with self.db.transaction(self.actor) as session:
            job = session.get(self.model, item, with_for_update=True)
            if job is None or job.state not in (WAITING, RUNNING):
                return
            if job.kind not in self.modules or job.kind not in self.apply:
                raise Unknown(f"no solver {job.kind} in this version of {self.service}")
            job.state, job.started_at = RUNNING, session.info["now"]
        self._solve(job, self.stop)

    def settle(self, session: Session, item: str, told: Any) -> None:
        """Solving has ended the job, or has left it to the next worker where this one stops."""

    def drop(self, session: Session, item: str) -> None:
        job = session.get(self.model, item, with_for_update=True)
        if job is not None:
            job.state, job.ended_at, job.said = (
                FAILED,
                session.info["now"],
                job.said | {"error": "discarded"},
            )

    def _solve(self, job: Any, stop: threading.Event) -> None:
        asked = json.dumps({"problem": job.problem, "seed": job.seed, "limit_s": job.limit_s})
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, "-m", self.modules[job.kind]]
        with (
            tempfile.TemporaryFile("w+") as said,
            subprocess.Popen(command, stderr=said, **pipes) as process,
        ):
            lines: list[dict] = []
            reader = threading.Thread(target=_read, args=(process, asked, said, lines), daemon=True)
            reader.start()
            self._watch(
                job.id, process, reader, lines, time.monotonic() + job.limit_s + GRACE_S, stop
            )
            reader.join(5)
        if stop.is_set():
            return  # left RUNNING: the next worker begins it again
        done = next((line for line in lines if "done" in line), None)
        self._end(job.id, done, lines)

    def _watch(
        self,
        job: str,
        process: subprocess.Popen,
        reader: threading.Thread,
        lines: list,
        latest: float,
        stop: threading.Event,
    ) -> None:
        """Keeps the row at the best answer so far until the process ends, is too late, is cancelled
        or the worker stops.
        """
        seen = 0
        while reader.is_alive():
            reader.join(LOOK_S)
            if len(lines) > seen or reader.is_alive():
                cancelled = self._progress(job, lines[-1] if len(lines) > seen else None)
                seen = len(lines)
                if cancelled or stop.is_set() or time.monotonic() > latest:
                    process.kill()
                    return

    def _progress(self, job: str, line: dict | None) -> bool:
        with self.db.transaction(self.actor) as session:
            row = session.get(self.model, job, with_for_update=True)
            if line and "best" in line and row.state == RUNNING:
                row.best, row.said = line["best"], line["said"]
            return row.state == CANCELLED

    def _end(self, job: str, done: dict | None, lines: list[dict]) -> None:
        try:
            self._settle(job, done, lines)
        # else the next worker would begin it again, for ever
        except (DomainError, LookupError, ValueError, TypeError) as error:
            self._settle(
                job,
                None,
                [{"error": error.code if isinstance(error, DomainError) else repr(error)[:300]}],
            )

    def _settle(self, job: str, done: dict | None, lines: list[dict]) -> None:
        with self.db.transaction(self.actor) as session:
            row = session.get(self.model, job, with_for_update=True)
            if row.state != RUNNING:
                return
            row.state, row.ended_at = (DONE if done else FAILED), session.info["now"]
            if done:
                row.best, row.said = done["done"], done["said"]
                self.apply[row.kind](session, row)
            else:
                row.said = row.said | {
                    "error": next((line["error"] for line in lines if "error" in line), "late")
                }
                log.error("solver failed", job=job, kind=row.kind, error=row.said["error"])

    def show(self, gauges: Gauges) -> None:
        """Registers how many jobs wait, run and have failed, and since when the oldest waits."""
        gauges.gauge("jobs", "Solvers' jobs by kind and state", self._counts, ("kind", "state"))
        gauges.gauge("job_age_seconds", "Age of the oldest job that waits or runs", self._oldest)

    def _counts(self) -> Mapping[tuple[str, ...], float]:
        model = self.model
        with self.db.reading(self.actor) as session:
            rows = session.execute(
                select(model.kind, model.state, func.count()).group_by(model.kind, model.state)
            ).all()
        return {(k, s): 0.0 for k in self.modules for s in (WAITING, RUNNING, FAILED)} | {
            (k, s): float(n) for k, s, n in rows
        }

    def _oldest(self) -> float:
        with self.db.reading(self.actor) as session:
            since = session.scalar(
                select(func.min(self.model.made_at)).where(self.model.state.in_((WAITING, RUNNING)))
            )
            return (session.info["now"] - since).total_seconds() if since else 0.0


def _read(process: subprocess.Popen, asked: str, said: TextIO, lines: list[dict]) -> None:
    """Feeds the problem and gathers the answers; what the process said on its way down becomes the
    error.
    """
    try:
        process.stdin.write(asked)
        process.stdin.close()
        for line in process.stdout:
            lines.append(json.loads(line))
        process.wait()
        said.seek(0)
        if error := said.read().strip():
            lines.append({"error": error.splitlines()[-1][:300]})
    except (OSError, ValueError) as error:
        lines.append({"error": repr(error)[:300]})
