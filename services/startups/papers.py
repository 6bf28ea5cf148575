"""Documents, records of confidentiality agreements, and links for people without an account."""

import hashlib
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.startups import pdf
from services.startups.actions import STARTUP
from services.startups.files import Files
from services.startups.models import Agreement, Document, Link, Startup
from shared import audit
from shared.auth import Actor
from shared.clock import JST
from shared.db import unscoped
from shared.departures import sign
from shared.errors import Conflict, FieldError, Gone, Invalid, NotFound
from shared.ids import new_id
from shared.judgement.dates import first_day, last_day
from shared.links import new_secret, trace
from shared.organizations import profiles
from shared.organizations.models import PUBLISHED

log = structlog.get_logger()
MOST_DOCUMENTS, MOST_LINKS, LONGEST = 50, 50, timedelta(days=90)
SHARE = "one-pager"


def may_add(session: Session, slug: str, name: str) -> None:
    """Raises Conflict, NotFound, Forbidden or BadFile where a document would be refused whatever
    its bytes: looked at first.
    """
    profiles.owned(session, STARTUP, slug, None)
    pdf.check_name(name)
    if len(_held(session, slug)) >= MOST_DOCUMENTS:
        raise Conflict("too-many-documents", max=MOST_DOCUMENTS)


def _held(session: Session, slug: str) -> list[Document]:
    return list(session.scalars(select(Document).where(Document.startup == slug)))


def add(
    session: Session, files: Files, slug: str, form: dict, name: str, sent: bytes, rebuilt: bytes
) -> Document:
    """Keeps what was made anew of a file; the next version where its kind and language are there
    already. Size and sha256 are of the file sent.
    """
    may_add(session, slug, name)
    startup = profiles.owned(session, STARTUP, slug, None)
    if form.get("expires_on") and form["expires_on"] < session.info["today"]:
        raise Invalid(errors=[FieldError("expires_on", "date-past", {})])
    row = Document(
        id=new_id(),
        startup=slug,
        owner=startup.owner,
        name=name,
        pages=pdf.pages(rebuilt),
        size=len(sent),
        **form,
    )
    row.sha256, row.added_at = hashlib.sha256(sent).hexdigest(), session.info["now"]
    alike = [
        d.version for d in _held(session, slug) if (d.kind, d.language) == (row.kind, row.language)
    ]
    row.version = 1 + max(alike, default=0)
    files.put(row.id, rebuilt)
    session.add(row)
    audit.note(session, "document-added", row.id, startup=slug, name=name, sha256=row.sha256)
    return row


def make_showable(files: Files, document_id: str) -> None:
    """Makes a file anew that was kept before files were; where that fails, it stays and is not
    shown. Raises Unavailable.
    """
    old = files.unmade(document_id)
    if old is None:
        return
    try:
        files.put(document_id, pdf.rebuilt(old))
        files.remove_old(document_id)
    except pdf.BadFile as bad:
        log.warning("document cannot be made anew", document=document_id, code=bad.code)
        files.put(document_id, b"")


def documents(session: Session, slug: str) -> list[Document]:
    """The documents of a startup the actor may read now, the newest first."""
    rows = (
        select(Document)
        .where(Document.startup == slug)
        .order_by(Document.added_at.desc(), Document.id.desc())
    )
    return [d for d in session.scalars(rows) if readable(session, d)]


def document(session: Session, slug: str, document_id: str) -> Document:
    """A document the actor may read now. Raises NotFound, for an expired one of another's too."""
    row = session.scalar(
        select(Document).where(Document.id == document_id, Document.startup == slug)
    )
    if row is None or not readable(session, row):
        raise NotFound()
    return row


def readable(session: Session, row: Document) -> bool:
    """Expired documents are read by their owner alone."""
    return (
        row.owner == session.info["actor"].org
        or row.expires_on is None
        or row.expires_on >= session.info["today"]
    )


def view(
    session: Session, files: Files, slug: str, document_id: str
) -> tuple[Document, bytes, str]:
    """A document, its bytes, and what is to be stamped on the reader's copy (nothing on its
    owner's); a line goes into its log. Raises NotFound, Gone.
    """
    row, actor = document(session, slug, document_id), session.info["actor"]
    try:
        content = files.get(row.id)
    except FileNotFoundError as error:  # its bytes were lost with a disk, or taken back this moment
        raise NotFound() from error
    if not content:
        raise Gone("document-withheld")
    audit.note(session, "document-viewed", row.id, startup=slug)
    return (
        row,
        content,
        "" if actor.acts_for(row.owner, "startup") else _mark(actor, session.info["now"]),
    )


def _mark(actor: Actor, now) -> str:
    return f"{actor.name or actor.person} · {actor.org} · {now.astimezone(JST):%Y-%m-%d %H:%M} JST"


def take_back(session: Session, slug: str, document_id: str) -> Document:
    """Takes a document out of sight for good; its bytes go once this is committed."""
    profiles.owned(session, STARTUP, slug, None)
    row = document(session, slug, document_id)
    session.delete(row)
    audit.note(session, "document-taken-back", row.id, startup=slug)
    return row


def views(session: Session, slug: str, document_id: str) -> list[dict]:
    """Who looked at a document and when, the newest first; for its owner."""
    profiles.owned(session, STARTUP, slug, None)
    row = document(session, slug, document_id)
    rows = [r for r in audit.trail(session, row.id, 500) if r.get("action") == "document-viewed"]
    return [{"at": r["at"], "org": r["org"], "person": r["person"]} for r in rows]


# -- agreements


def agree(session: Session, slug: str, form: dict) -> Agreement:
    """Records a confidentiality agreement; the confidential papers themselves stay in the data
    room.
    """
    startup = profiles.owned(session, STARTUP, slug, None)
    signed, ends = first_day(form["signed_on"]), last_day(form.get("ends_on"))
    if signed is None or signed > session.info["today"]:
        raise Invalid(
            errors=[
                FieldError(
                    "signed_on",
                    "future-date" if signed else "bad-date",
                    {"given": form["signed_on"]},
                )
            ]
        )
    if form.get("ends_on") and (ends is None or ends < signed):
        raise Invalid(errors=[FieldError("ends_on", "date-order", {})])
    row = Agreement(
        id=new_id(), startup=slug, owner=startup.owner, recorded_at=session.info["now"], **form
    )
    session.add(row)
    audit.note(session, "agreement-recorded", row.id, startup=slug)
    return row


def agreements(session: Session, slug: str) -> list[Agreement]:
    profiles.owned(session, STARTUP, slug, None)
    return list(
        session.scalars(
            select(Agreement)
            .where(Agreement.startup == slug)
            .order_by(Agreement.signed_on, Agreement.id)
        )
    )


def drop_agreement(session: Session, slug: str, agreement: str) -> None:
    profiles.owned(session, STARTUP, slug, None)
    row = session.scalar(
        select(Agreement).where(Agreement.id == agreement, Agreement.startup == slug)
    )
    if row is None:
        raise NotFound()
    session.delete(row)
    audit.note(session, "agreement-dropped", row.id, startup=slug)


# -- links


def share(session: Session, slug: str, form: dict) -> tuple[Link, str]:
    """A link to the one-pager for people without an account, and its secret, which is shown once
    and kept only as a hash.
    """
    startup = profiles.owned(session, STARTUP, slug, None)
    now = session.info["now"]
    live = select(Link).where(
        Link.startup == slug, Link.kind == SHARE, Link.expires_at > now, Link.ended_at.is_(None)
    )
    if len(list(session.scalars(live))) >= MOST_LINKS:
        raise Conflict("too-many-links", max=MOST_LINKS)
    row, token = new_link(
        session,
        slug,
        startup.owner,
        SHARE,
        timedelta(days=form["days"]),
        form["language"],
        form["tier"],
    )
    sign(session, row)
    return row, token


def new_link(
    session: Session, slug: str, owner: str, kind: str, life: timedelta, language: str, tier: str
) -> tuple[Link, str]:
    token = new_secret()
    row = Link(
        id=new_id(),
        startup=slug,
        owner=owner,
        kind=kind,
        secret=trace(token),
        language=language,
        tier=tier,
        used=0,
    )
    row.made_at, row.expires_at, row.ended_at = (
        session.info["now"],
        session.info["now"] + min(life, LONGEST),
        None,
    )
    session.add(row)
    audit.note(session, f"{kind}-link-made", row.id, startup=slug)
    return row, token


def links(session: Session, slug: str) -> list[Link]:
    profiles.owned(session, STARTUP, slug, None)
    rows = (
        select(Link).where(Link.startup == slug, Link.kind == SHARE).order_by(Link.made_at.desc())
    )
    return list(session.scalars(rows))


def end_link(session: Session, slug: str, link: str) -> None:
    profiles.owned(session, STARTUP, slug, None)
    row = session.scalar(select(Link).where(Link.id == link, Link.startup == slug))
    if row is None:
        raise NotFound()
    row.ended_at = session.info["now"]
    audit.note(session, f"{row.kind}-link-ended", row.id, startup=slug)


def followed(session: Session, token: str, kind: str) -> Link:
    """The link behind a secret. Raises NotFound for a secret that opens nothing, Gone for one that
    has expired or was taken back.
    """
    with unscoped(session):
        row = session.scalar(
            select(Link).where(Link.secret == trace(token), Link.kind == kind).with_for_update()
        )
    if row is None:
        raise NotFound("link-unknown")
    if row.ended_at is not None:
        raise Gone("link-ended")
    if row.expires_at <= session.info["now"]:
        raise Gone("link-expired", date=row.expires_at.astimezone(JST).date().isoformat())
    with unscoped(session):
        if session.scalar(select(Startup.state).where(Startup.id == row.startup)) != PUBLISHED:
            raise Gone("link-ended")
    return row
