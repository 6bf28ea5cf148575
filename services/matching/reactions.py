"""What happens when others' profiles arrive: the newest state of each is kept, and numbered as it commits."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import names
from services.matching.models import Copy
from shared.events import Event

FOLLOWED = ("investors", "investors-private", "sites", "providers", "programs")
SHARED = ("startups", "startups-private")
TOPICS = FOLLOWED + SHARED


def on_profile(session: Session, event: Event) -> None:
    """Keeps the newest state of a profile."""
    kind = event.type.split(".")[0]
    row = session.get(Copy, (event.topic, event.subject)) or _blank(event.topic, event.subject, kind)
    row.version, row.document, row.kind = event.subjectversion, event.data, kind
    row.needs_secret = event.privateversion
    _keep(session, row)


def on_secrets(session: Session, event: Event) -> None:
    """Keeps the private part of a subject, sealed as it came; it may arrive before the public one."""
    topic = event.topic.removesuffix("-private")
    row = session.get(Copy, (topic, event.subject)) or _blank(topic, event.subject, event.type.split(".")[0])
    row.secret_version, row.sealed = event.subjectversion, event.data["sealed"]
    _keep(session, row)


def _blank(topic: str, subject: str, kind: str) -> Copy:
    """A copy of which only one half has arrived: not published, so not evaluated."""
    return Copy(topic=topic, subject=subject, version=0, kind=kind, document={"id": subject, "state": "pending"}, changed=0)


def _keep(session: Session, row: Copy) -> None:
    session.add(row)
    session.info.setdefault("kept", {})[row.topic, row.subject] = row


def kept(session: Session) -> list[Copy]:
    """The copies this transaction has changed."""
    return list(session.info.get("kept", {}).values())


def number(session: Session) -> None:
    """Gives the changed copies their change numbers and names. The caller has queued: numbers must follow the order of commits,
    for readers ask for what is greater than the largest they have seen."""
    rows = kept(session)
    if not rows:
        return
    last = session.scalar(select(func.max(Copy.changed))) or 0
    for row in rows:
        last += 1
        row.changed = last
        if row.kind != "mandate" and row.version:
            names.index(session, row.topic, row.document)


_PROFILES = [
    f"{kind}.{verb}.v1"
    for kind in ("startup", "investor", "mandate", "site", "provider", "program")
    for verb in ("registered", "updated", "withdrawn")
]
_SECRETS = [f"{kind}.secrets-changed.v1" for kind in ("startup", "investor", "mandate")]
REACTIONS = dict.fromkeys(_PROFILES, on_profile) | dict.fromkeys(_SECRETS, on_secrets)
