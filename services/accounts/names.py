"""Ids of organisations and of profiles of every kind: one namespace, kept here. An id has one
holder and is of one kind for good.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import ACTIVE, Membership, Name
from shared.auth import PLATFORM
from shared.errors import Conflict
from shared.events import Event
from shared.ids import new_id, slug_of
from shared.linkage import romanised
from shared.organizations.ids import RESERVED

LONGEST = 58  # a number still fits behind it


def organization(session: Session, org: str) -> None:
    """Notes the id of an organisation as taken, by itself."""
    if session.get(Name, org) is None:
        session.add(Name(id=org, holder=org, kind=None, since=session.info["now"]))
        session.flush()


def reserve(session: Session, kind: str, slug: str, owner: str) -> Name:
    """Takes an id for an organisation's profile of one kind; the same again changes nothing.

    Raises Conflict where the id is another organisation's, or a profile of another kind has it.
    """
    session.info["actor"].need("service")
    organization(session, owner)
    held = session.get(Name, slug)
    if held is None:
        held = Name(id=slug, holder=owner, kind=kind, since=session.info["now"])
        session.add(held)
    if held.holder != owner or held.kind not in (None, kind):
        raise Conflict("slug-taken", id=slug)
    held.kind = kind
    return held


def fresh(session: Session, name: str) -> str:
    """An id of our own making for a new organisation, from its name, taken at once."""
    base = slug_of(name)[:LONGEST].strip("-") or slug_of(romanised(name) or "")[:LONGEST].strip("-")
    base = base or f"company-{new_id()[-12:]}"
    numbered = (base if i == 1 else f"{base}-{i}" for i in range(1, 100_000))
    slug = next(s for s in numbered if s not in RESERVED and not _known(session, s))
    organization(session, slug)
    return slug


def _known(session: Session, slug: str) -> bool:
    return session.get(Name, slug) is not None or bool(
        session.scalar(select(Membership.id).where(Membership.org == slug).limit(1))
    )


def release(session: Session, org: str) -> None:
    """Frees an id that was taken for an organisation that has not come to be."""
    held = session.get(Name, org)
    if (
        held is not None
        and held.holder == org
        and held.kind is None
        and org != PLATFORM
        and not has_members(session, org)
    ):
        session.delete(held)


def has_members(session: Session, org: str) -> bool:
    members = select(Membership.id).where(Membership.org == org, Membership.state == ACTIVE)
    return bool(session.scalar(members.limit(1)))


def on_profile(session: Session, event: Event) -> None:
    """What a published profile says of itself: its id is of this kind, and its owner holds it.
    Fills in what was there before.
    """
    kind, owner = event.type.split(".")[0], event.data["owner"]
    held = session.get(Name, event.subject)
    if held is None:
        session.add(Name(id=event.subject, holder=owner, kind=kind, since=session.info["now"]))
    elif held.kind == kind:
        held.holder = owner


TOPICS = ("startups", "investors", "sites", "providers", "programs")
KINDS = ("startup", "investor", "mandate", "site", "provider", "program")
REACTIONS = {
    f"{kind}.{verb}.v1": on_profile for kind in KINDS for verb in ("registered", "updated")
}
