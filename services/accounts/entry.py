"""Ways in by mail: registering, accepting an invitation, the way back in, confirming a new
address.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.actions import add_person, join
from services.accounts.factors import has_factor, has_passkey, show_factor
from services.accounts.links import make_link, open_link
from services.accounts.models import ACTIVE, Link, Membership, Person
from services.accounts.passwords import BadCredentials, Passwords
from services.accounts.proofs import set_address, set_password
from shared import audit
from shared.addresses import folded
from shared.errors import FieldError, Invalid, NotFound
from shared.secrets import Seals


def ask_reset(session: Session, email: str) -> None:
    """Mails a link to set a new password, where there is such a person; says nothing either way."""
    person = session.scalar(
        select(Person).where(Person.email == folded(email), Person.state == ACTIVE)
    )
    if person is not None:
        make_link(session, "reset", person.email, person.locale, person.id, person.id)


def ask_registration(session: Session, email: str, locale: str) -> None:
    """Mails a link to begin an account with; whoever has one already gets the way back in. Says
    nothing either way.
    """
    if session.scalar(
        select(Person.id).where(Person.email == folded(email), Person.state == ACTIVE)
    ):
        return ask_reset(session, email)
    make_link(session, "registration", email, locale, "self")


def opened(session: Session, token: str) -> tuple[Link, Person | None]:
    """A link that still counts, and whose account it concerns. Raises NotFound."""
    link = open_link(session, token)
    whose = Person.id == link.person if link.person else Person.email == link.email
    person = session.scalar(select(Person).where(whose, Person.state == ACTIVE))
    if person is None and link.kind in ("reset", "address"):
        raise NotFound()
    return link, person


def wanted(session: Session, link: Link, person: Person | None) -> dict[str, bool]:
    """Whether a second factor is asked for along with the password, and whether a passkey may be
    it.
    """
    known = person if link.kind != "registration" else None
    return {
        "code": known is not None and has_factor(session, known),
        "passkeys": known is not None and has_passkey(session, known),
    }


def use_link(
    session: Session, passwords: Passwords, seals: Seals, token: str, form: dict
) -> Person:
    """Does what a link is for; it is used up. Whoever has a second factor shows it as well. Raises
    NotFound, Invalid, Unauthorized.
    """
    link, person = opened(session, token)
    if person is None:
        person = _newcomer(session, passwords, link, form)
    elif link.kind == "registration":
        raise NotFound()
    else:
        _known(session, passwords, seals, link, person, form)
    link.used_at = session.info["now"]
    if link.kind == "invitation":
        first = (
            session.scalar(
                select(Membership.id)
                .where(Membership.org == link.org, Membership.state == ACTIVE)
                .limit(1)
            )
            is None
        )
        join(session, person, link.org, link.roles, owner=first)
    audit.note(session, f"{link.kind}-used", person.id, link=link.id)
    return person


def _newcomer(session: Session, passwords: Passwords, link: Link, form: dict) -> Person:
    if not form.get("name"):
        raise Invalid(errors=[FieldError("name", "required", {})])
    person = add_person(session, link.email, form["name"], form.get("locale") or "ja", None)
    set_password(session, passwords, person, form["password"], "password")
    return person


def _known(
    session: Session, passwords: Passwords, seals: Seals, link: Link, person: Person, form: dict
) -> None:
    if link.kind != "reset" and not passwords.fits(person.password, form["password"]):
        raise BadCredentials()
    show_factor(session, person, seals, form)
    if link.kind == "reset":
        set_password(session, passwords, person, form["password"], "password")
    elif link.kind == "address":
        if session.scalar(select(Person.id).where(Person.email == link.email)):
            raise NotFound()
        set_address(session, person, link.email)
