"""What happens when others' profiles arrive: the newest state of each is kept, and numbered as it
commits.
"""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services.matching import asks, decisions, names
from services.matching.models import (
    Comment,
    Copy,
    Decision,
    Declaration,
    Expert,
    IntroductionCopy,
    Seen,
    Step,
    Vote,
)
from shared.events import Event

FOLLOWED = ("investors", "investors-private", "sites", "providers", "programs")
SHARED = ("startups", "startups-private")
TOPICS = FOLLOWED + SHARED


def on_profile(session: Session, event: Event) -> None:
    """Keeps the newest state of a profile."""
    _arrived(session, event.topic, event.subject)["public"] = event


def on_secrets(session: Session, event: Event) -> None:
    """Keeps the private part of a subject, sealed as it came; it may arrive before the public
    one.
    """
    _arrived(session, event.topic.removesuffix("-private"), event.subject)["private"] = event


def _arrived(session: Session, topic: str, subject: str) -> dict[str, Event]:
    return session.info.setdefault("arrived", {}).setdefault((topic, subject), {})


def keep(session: Session) -> list[Copy]:
    """Turns what has arrived in this transaction into copies, which it returns; one query a
    topic.
    """
    arrived = session.info.pop("arrived", {})
    held: dict[tuple[str, str], Copy] = {}
    for topic in {t for t, _ in arrived}:
        rows = select(Copy).where(
            Copy.topic == topic, Copy.subject.in_([s for t, s in arrived if t == topic])
        )
        held |= {(topic, row.subject): row for row in session.scalars(rows)}
    asked = asks.about(
        session, [s for (t, s), events in arrived.items() if t == "startups" and "public" in events]
    )
    for (topic, subject), events in arrived.items():
        if subject in asked and "public" in events:
            asks.close(session, subject, events["public"].data)
        row = held.get((topic, subject)) or _blank(
            topic, subject, next(iter(events.values())).type.split(".")[0]
        )
        if public := events.get("public"):
            row.version, row.document, row.kind = (
                public.subjectversion,
                public.data,
                public.type.split(".")[0],
            )
            row.needs_secret = public.privateversion
        if private := events.get("private"):
            row.secret_version, row.sealed = private.subjectversion, private.data["sealed"]
        session.add(row)
        session.info.setdefault("kept", {})[topic, subject] = row
    session.flush()
    return kept(session)


def _blank(topic: str, subject: str, kind: str) -> Copy:
    """A copy of which only one half has arrived: not published, so not evaluated."""
    return Copy(
        topic=topic,
        subject=subject,
        version=0,
        kind=kind,
        document={"id": subject, "state": "pending"},
        changed=0,
    )


def kept(session: Session) -> list[Copy]:
    """The copies this transaction has changed."""
    return list(session.info.get("kept", {}).values())


def number(session: Session) -> None:
    """Gives the changed copies their change numbers and names. The caller has queued: numbers must
    follow the order of commits, for readers ask for what is greater than the largest they have
    seen.
    """
    rows = keep(session)
    if not rows:
        return
    last = session.scalar(select(func.max(Copy.changed))) or 0
    for row in rows:
        last += 1
        row.changed = last
    names.index(
        session,
        [(row.topic, row.document) for row in rows if row.kind != "mandate" and row.version],
    )


def on_introduction(session: Session, event: Event) -> None:
    """Where an introduction stands, for the funnel."""
    row = session.get(IntroductionCopy, event.subject) or IntroductionCopy(
        id=event.subject, introduced_at=None
    )
    row.startup, row.mandate, row.state = (
        event.data["startup"],
        event.data["mandate"],
        event.data["state"],
    )
    row.asked_at = datetime.fromisoformat(event.data["asked_at"])
    if row.state == "introduced":
        row.introduced_at = event.time
    session.add(row)


def forget(session: Session, person: str) -> None:
    """An erased person: how far they had read goes, and decisions were taken by somebody."""
    session.execute(delete(Seen).where(Seen.person == person))
    session.execute(update(Decision).where(Decision.by == person).values(by=None))
    for table in (Vote, Declaration):
        session.execute(delete(table).where(table.person == person))
    session.execute(update(Step).where(Step.by == person).values(by=None))
    session.execute(update(Comment).where(Comment.by == person).values(by=None))
    session.execute(update(Expert).where(Expert.made_by == person).values(made_by=None))
    session.execute(update(Decision).where(Decision.assigned_to == person).values(assigned_to=None))


TIMERS = {decisions.TIMER: decisions.on_due}
_PROFILES = [
    f"{kind}.{verb}.v1"
    for kind in ("startup", "investor", "mandate", "site", "provider", "program")
    for verb in ("registered", "updated", "withdrawn")
]
_SECRETS = [f"{kind}.secrets-changed.v1" for kind in ("startup", "investor", "mandate")]
REACTIONS = dict.fromkeys(_PROFILES, on_profile) | dict.fromkeys(_SECRETS, on_secrets)
INTRODUCTIONS = {
    f"introduction.{verb}.v1": on_introduction
    for verb in ("asked", "accepted", "introduced", "ended")
}
