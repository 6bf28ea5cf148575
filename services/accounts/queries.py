"""Reads of the accounts service; every one takes the actor."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.actions import IDLE
from services.accounts.factors import has_factor, recovery_left
from services.accounts.models import (
    ACTIVE,
    ApiClient,
    Claim,
    Link,
    LogIn,
    Membership,
    Passkey,
    Person,
)
from shared.errors import NotFound


def person_document(session: Session, person: Person) -> dict:
    """Oneself: the only person one reads in full."""
    rows = (
        select(Membership)
        .where(Membership.person == person.id, Membership.state == ACTIVE)
        .order_by(Membership.since, Membership.id)
    )
    held = [
        {
            "id": m.id,
            "org": m.org,
            "roles": m.roles,
            "owner": m.owner,
            "invites": m.owner or m.invites,
        }
        for m in session.scalars(rows)
    ]
    keys = list(
        session.scalars(
            select(Passkey)
            .where(Passkey.person == person.id)
            .order_by(Passkey.created_at, Passkey.id)
        )
    )
    document = {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "locale": person.locale,
    }
    document |= {
        "second_factor": has_factor(session, person),
        "codes": person.totp_on,
        "passkeys": [passkey_document(k) for k in keys],
    }
    return document | {"recovery_codes": recovery_left(session, person), "memberships": held}


def passkey_document(row: Passkey) -> dict:
    used = row.used_at.isoformat() if row.used_at else None
    return {
        "id": row.id,
        "name": row.name,
        "created_at": row.created_at.isoformat(),
        "used_at": used,
    }


def sessions(session: Session, person: Person) -> list[dict]:
    """Where one is signed in: when, from where, with what; the session that asks is marked."""
    now, current = session.info["now"], session.info["actor"].credential
    rows = select(LogIn).where(
        LogIn.person == person.id,
        LogIn.ended_at.is_(None),
        LogIn.expires_at > now,
        LogIn.seen_at > now - IDLE,
    )
    return [
        {
            "id": s.id,
            "org": s.org,
            "place": s.place,
            "agent": s.agent,
            "strong": s.strong,
            "current": s.id == current,
        }
        | {"created_at": s.created_at.isoformat(), "seen_at": s.seen_at.isoformat()}
        for s in session.scalars(rows.order_by(LogIn.seen_at.desc(), LogIn.id))
    ]


def members(session: Session, org: str) -> list[dict]:
    """The people of one's own organisation. Raises NotFound for another's."""
    actor = session.info["actor"]
    if actor.org != org and not actor.sees_everything:
        raise NotFound()
    rows = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person)
        .where(Membership.org == org, Membership.state == ACTIVE)
    )
    return [
        {"id": m.id, "person": p.id, "name": p.name, "email": p.email, "roles": m.roles}
        | {"owner": m.owner, "invites": m.owner or m.invites, "since": m.since.isoformat()}
        for m, p in session.execute(rows.order_by(Membership.since, Membership.id))
    ]


def is_member(session: Session, org: str, person: str) -> bool:
    """Whether somebody is of an organisation now; for services."""
    session.info["actor"].need("service")
    held = select(Membership.id).where(
        Membership.org == org, Membership.person == person, Membership.state == ACTIVE
    )
    return session.scalar(held) is not None


def clients(session: Session) -> list[dict]:
    rows = (
        select(ApiClient)
        .where(ApiClient.org == session.info["actor"].org, ApiClient.ended_at.is_(None))
        .order_by(ApiClient.created_at)
    )
    return [client_document(c) for c in session.scalars(rows)]


def client_document(client: ApiClient) -> dict:
    document = {"id": client.id, "name": client.name, "org": client.org, "roles": client.roles}
    used = client.used_at.isoformat() if client.used_at else None
    return document | {
        "created_by": client.created_by,
        "created_at": client.created_at.isoformat(),
        "used_at": used,
    }


def invitations(session: Session) -> list[dict]:
    """Invitations of one's organisation that still wait."""
    actor, now = session.info["actor"], session.info["now"]
    rows = select(Link).where(
        Link.kind == "invitation",
        Link.org == actor.org,
        Link.used_at.is_(None),
        Link.expires_at > now,
    )
    rows = rows.where(Link.ended_at.is_(None))
    return [link_document(row) for row in session.scalars(rows.order_by(Link.created_at))]


def link_document(link: Link) -> dict:
    document = {
        "id": link.id,
        "kind": link.kind,
        "email": link.email,
        "org": link.org,
        "roles": link.roles,
    }
    return document | {"made_by": link.made_by, "expires_at": link.expires_at.isoformat()}


def claims(session: Session) -> list[dict]:
    """Staff see all, those that wait first; a person sees their own."""
    actor = session.info["actor"]
    rows = select(Claim).order_by(Claim.state != "waiting", Claim.created_at.desc()).limit(200)
    if not (actor.sees_everything or "staff" in actor.roles):
        rows = rows.where(Claim.person == actor.person)
    return [claim_document(c) for c in session.scalars(rows)]


def claim_document(claim: Claim) -> dict:
    return {
        "id": claim.id,
        "organization": claim.org,
        "kind": claim.kind,
        "state": claim.state,
        "domain": claim.domain,
        "domain_known": claim.known,
        "name": claim.name,
        "note": claim.note,
        "created_at": claim.created_at.isoformat(),
        "decided_at": claim.decided_at.isoformat() if claim.decided_at else None,
    }
