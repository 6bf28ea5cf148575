"""Single-use links sent by mail: invitations, registrations, the way back in, a new address."""

from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from services.accounts import mail
from services.accounts.models import ACTIVE, Link, Membership, Person
from shared.addresses import folded
from shared.errors import NotFound
from shared.ids import new_id
from shared.links import new_secret, trace

LIFE = {
    "invitation": timedelta(days=7),
    "registration": timedelta(days=1),
    "reset": timedelta(hours=1),
    "address": timedelta(hours=1),
}


def make_link(
    session: Session,
    kind: str,
    email: str,
    locale: str,
    made_by: str,
    person: str | None = None,
    org: str | None = None,
    roles: list | None = None,
) -> Link:
    """A link, and the mail that carries its secret."""
    token, now = new_secret(), session.info["now"]
    row = Link(
        id=new_id(),
        kind=kind,
        token=trace(token),
        email=folded(email),
        person=person,
        org=org,
        roles=roles,
        made_by=made_by,
    )
    row.created_at, row.expires_at, row.used_at, row.ended_at = now, now + LIFE[kind], None, None
    session.add(row)
    mail.write(session, row.email, locale, kind, f"/links/{token}", row.expires_at, org=org)
    return row


def open_link(session: Session, token: str) -> Link:
    """A link that still counts. Raises NotFound for one that was used, ended, ran out or never
    was.
    """
    row = session.scalar(select(Link).where(Link.token == trace(token)).with_for_update())
    if (
        row is None
        or row.used_at is not None
        or row.ended_at is not None
        or row.expires_at < session.info["now"]
    ):
        raise NotFound()
    if row.kind == "invitation" and not _stands(session, row):
        raise NotFound()
    return row


def _stands(session: Session, link: Link) -> bool:
    """Whether who made an invitation could make it today: a member who may invite, an
    administrator, or the operator at the machine.
    """
    maker = session.get(Person, link.made_by)
    if maker is None:
        return link.made_by == OPERATOR
    held = session.scalars(
        select(Membership).where(Membership.person == maker.id, Membership.state == ACTIVE)
    )
    return any(
        (m.org == link.org and (m.owner or m.invites)) or "administrator" in m.roles for m in held
    )


OPERATOR = "administrator"


def _end(session: Session, *which) -> None:
    session.execute(
        update(Link)
        .where(Link.used_at.is_(None), Link.ended_at.is_(None), *which)
        .values(ended_at=session.info["now"])
    )


def end_invitations(session: Session, person: str, org: str | None = None) -> None:
    """Ends what invitations of a person still wait, into one organisation or any."""
    _end(
        session,
        Link.kind == "invitation",
        Link.made_by == person,
        *([] if org is None else [Link.org == org]),
    )


def end_links(session: Session, person: Person) -> None:
    """Ends every link that could still change a person's account."""
    _end(
        session,
        Link.kind != "invitation",
        or_(Link.email == person.email, Link.person == person.id),
    )
