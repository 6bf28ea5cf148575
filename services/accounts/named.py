"""Erasure for people who have no account: reviewers, mentors, experts, persons in minutes,
contacts, whoever got a mail. Every service is reached.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.accounts.models import ACTIVE, Base, Hold, Letter, Link, Person
from shared import audit, named
from shared.clock import JST
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import new_id
from shared.secrets import Seals

PURPOSE = "erasure"
# (find or erase, texts, organisation): what each other service answers
Everywhere = Callable[[str, list[str], str | None], dict]


def scope(session: Session, organization: str | None) -> str | None:
    """Whose rows the actor may go through: an officer or owner their organisation's, an
    administrator anybody's or everything.
    """
    actor = session.info["actor"]
    if actor.sees_everything:
        return organization
    if organization not in (None, actor.org) or not (actor.leads or "officer" in actor.roles):
        raise Forbidden()
    return actor.org


def texts(form: dict) -> list[str]:
    return [form[name] for name in ("name", "address") if form.get(name)]


def find(session: Session, form: dict, everywhere: Everywhere) -> list[dict]:
    """Every place where somebody is named, by service."""
    owner, wanted = scope(session, form.get("organization")), texts(form)
    found = {"accounts": named.find(session, Base, wanted, owner)}
    found |= {name: told["items"] for name, told in everywhere("find", wanted, owner).items()}
    return [{"service": name, **item} for name, items in found.items() for item in items]


def erase(session: Session, form: dict, everywhere: Everywhere) -> int:
    """Takes somebody out of every service; returns from how many places. Raises Conflict under a
    legal hold, or for who has an account.
    """
    owner, wanted = scope(session, form.get("organization")), texts(form)
    _refuse_held(session, wanted)
    if form.get("address"):
        _refuse_account(session, form["address"])
        if owner is None:
            _forget_address(session, form["address"])
    count = sum(told["count"] for told in everywhere("erase", wanted, owner).values())
    count += named.erase(session, Base, wanted, owner)
    audit.note(session, "named-erased", new_id(), places=count, organization=owner)
    return count


def _forget_address(session: Session, address: str) -> None:
    """Links and letters to an address go whole."""
    session.execute(delete(Link).where(Link.email == address))
    session.execute(delete(Letter).where(Letter.recipient == address))


def _refuse_account(session: Session, address: str) -> None:
    if (
        session.scalar(select(Person.id).where(Person.email == address, Person.state == ACTIVE))
        is not None
    ):
        raise Conflict("has-account")


# -- legal holds


def hold(session: Session, text: str, reason: str | None) -> int:
    """Places a hold on whoever is called so, or without a reason lifts it; returns how many stand
    now. Only a hash of the name is kept.
    """
    session.info["actor"].need("administrator")
    held = list(
        session.scalars(select(Hold).where(Hold.person == _mark(text), Hold.lifted_at.is_(None)))
    )
    if reason is None:
        for row in held:
            row.lifted_at = session.info["now"]
    else:
        session.add(
            Hold(
                id=new_id(),
                person=_mark(text),
                reason=reason,
                placed_at=session.info["now"],
                lifted_at=None,
            )
        )
    audit.note(session, "name-held" if reason else "name-hold-lifted", _mark(text), reason=reason)
    return len(held) + 1 if reason else 0


def _mark(text: str) -> str:
    return "n-" + hashlib.sha256("".join(text.split()).casefold().encode()).hexdigest()[:32]


def _refuse_held(session: Session, wanted: list[str]) -> None:
    standing = (
        select(Hold)
        .where(Hold.person.in_([_mark(t) for t in wanted]), Hold.lifted_at.is_(None))
        .limit(1)
    )
    row = session.scalar(standing)
    if row is not None:
        raise Conflict("legal-hold", since=row.placed_at.astimezone(JST).date().isoformat())


# -- by a link in a mail


def link(seals: Seals, address: str) -> str:
    """The path that lets the reader of a mail have their address erased; it holds the address
    sealed, so nothing is stored for it.
    """
    return "/erasure/" + urlsafe_b64encode(seals.close(PURPOSE, address)).decode().rstrip("=")


def opened(seals: Seals, token: str) -> str:
    """The address a link was made for. Raises NotFound."""
    try:
        return seals.open(PURPOSE, urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (InvalidTag, NotBase64, ValueError) as error:
        raise NotFound() from error


def shown(address: str) -> str:
    """An address as whoever knows it recognises it."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"
