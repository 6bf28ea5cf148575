"""What happens when others' profiles arrive, and each day: copies are kept, what they touch is scored again."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import names
from services.matching.evaluations import store
from services.matching.keyring import Keyring
from services.matching.models import Copy, Match, Scored
from services.matching.population import Population, Populations
from shared import timers
from shared.auth import worker
from shared.clock import JST
from shared.db import Database
from shared.events import Event

TOPICS = ("investors", "investors-private", "sites", "providers", "programs", "startups", "startups-private")
SWEEP = "sweep"


def on_profile(session: Session, event: Event) -> None:
    """Keeps the newest state of a profile and its names."""
    kind = event.type.split(".")[0]
    row = session.get(Copy, (event.topic, event.subject)) or _blank(event.topic, event.subject, kind)
    row.version, row.document, row.kind = event.subjectversion, event.data, kind
    row.needs_secret = event.privateversion
    row.changed = _next_change(session)
    session.add(row)
    if kind != "mandate":
        names.index(session, event.topic, event.data)


def on_secrets(session: Session, event: Event) -> None:
    """Keeps the private part of a subject, sealed as it came; it may arrive before the public one."""
    topic = event.topic.removesuffix("-private")
    row = session.get(Copy, (topic, event.subject)) or _blank(topic, event.subject, event.type.split(".")[0])
    row.secret_version, row.sealed = event.subjectversion, event.data["sealed"]
    row.changed = _next_change(session)
    session.add(row)


def _blank(topic: str, subject: str, kind: str) -> Copy:
    """A copy of which only one half has arrived: not published, so not evaluated."""
    return Copy(topic=topic, subject=subject, version=0, kind=kind, document={"id": subject, "state": "pending"})


def _next_change(session: Session) -> int:
    if "changed" not in session.info:
        session.info["changed"] = session.info["changed_before"] = session.scalar(select(func.max(Copy.changed))) or 0
    session.info["changed"] += 1
    return session.info["changed"]


class Scorer:
    """Scores in the transaction that takes in the events, from a population that follows the copies."""

    def __init__(self, keyring: Keyring, db: Database):
        self.keyring, self.db = keyring, db
        self.populations = Populations(keyring)
        self.warm = False

    def prepare(self, events: list[Event]) -> None:
        """Fetches the keys of private parts before the transaction begins; the first time those of all copies."""
        if not self.warm:
            with self.db.reading(worker("matching")) as session:
                sealed = session.execute(select(Copy.topic, Copy.subject).where(Copy.sealed.is_not(None))).all()
            self.keyring.load(sealed)
            self.warm = True
        self.keyring.load((e.topic.removesuffix("-private"), e.subject) for e in events if e.topic.endswith("-private"))

    def warm_up(self) -> None:
        """Loads the population before the first event needs it."""
        self.prepare([])
        with self.db.reading(worker("matching")) as session:
            self.populations.at(session, session.info["today"]).columns  # noqa: B018 - built on first use

    def finish(self, session: Session) -> None:
        """Scores what the events of this transaction touched."""
        if "changed" not in session.info:
            return
        session.flush()
        population = self.populations.at(session, session.info["today"])
        rows = list(session.scalars(select(Copy).where(Copy.changed > session.info["changed_before"])))
        rescore(session, population, *population.touched_by(rows))

    def undo(self) -> None:
        """Forgets what a rolled-back transaction had shown it."""
        self.populations = Populations(self.keyring)

    def sweep(self, session: Session, _subject: str) -> None:
        """Evaluates again what the calendar changed since it was evaluated, then waits for the next day."""
        today = session.info["today"]
        last = session.scalar(select(func.min(Scored.on)))
        if last is not None and last < today:
            before, now = self.populations.at(session, last), self.populations.at(session, today)
            due = set(session.scalars(select(Scored.subject).where(Scored.valid_until <= today)))
            turned = {m.id for m in before.mandates.values() if m.next_change <= today}
            rescore(session, now, due, turned)
            session.execute(Scored.__table__.update().values(on=today))
        tomorrow = datetime.combine(today + timedelta(days=1), time(0, 5), JST)
        timers.at(session, tomorrow, SWEEP, "daily")


def rescore(session: Session, population: Population, startups: set[str], mandates: set[str]) -> None:
    """Scores startups against all mandates, and the touched mandates against all other startups."""
    for subject in sorted(startups):
        store(session, population, subject)
    if not mandates:
        return
    with_rows = session.scalars(select(Match.startup).where(Match.mandate.in_(mandates)).distinct())
    for subject in sorted((set(population.startups) | set(with_rows)) - startups):
        store(session, population, subject, frozenset(mandates))


_PROFILES = [
    f"{kind}.{verb}.v1"
    for kind in ("startup", "investor", "mandate", "site", "provider", "program")
    for verb in ("registered", "updated", "withdrawn")
]
_SECRETS = [f"{kind}.secrets-changed.v1" for kind in ("startup", "investor", "mandate")]
REACTIONS = dict.fromkeys(_PROFILES, on_profile) | dict.fromkeys(_SECRETS, on_secrets)
