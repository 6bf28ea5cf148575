"""A person's own data: what they consent to, a copy of all that is kept, and its erasure
everywhere.
"""

from collections.abc import Callable

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from services.accounts.actions import me, tell
from services.accounts.factors import show_factor
from services.accounts.membership import end_membership, leave, stop_client
from services.accounts.models import (
    ACTIVE,
    ENDED,
    ApiClient,
    Claim,
    Consent,
    Familiar,
    Hold,
    Letter,
    Link,
    LogIn,
    Membership,
    Passkey,
    Person,
    RecoveryCode,
)
from services.accounts.notices import NOTICES
from services.accounts.passwords import BadCredentials, Passwords
from services.accounts.queries import claim_document, client_document, person_document
from shared import audit, personal
from shared.addresses import folded
from shared.clock import JST
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.secrets import Seals

FORGET = "forget"  # not a template: tells notices to drop what it holds for an address

# -- consents


def consent(session: Session, form: dict) -> Consent:
    """Notes what the person allows, by which notice. Raises Invalid for countries the notice does
    not name.
    """
    person, notice = me(session), NOTICES[form["purpose"]]
    if form["notice"] != notice.id:
        raise Invalid(errors=[FieldError("notice", "notice-replaced", {"given": notice.id})])
    strange = sorted(set(form["countries"]) - set(notice.countries))
    if strange:
        raise Invalid(
            errors=[FieldError("countries", "country-not-in-notice", {"given": ", ".join(strange)})]
        )
    for held in _in_force(session, person.id, form["purpose"]):
        held.withdrawn_at = session.info["now"]  # the new one takes its place
    row = Consent(
        id=new_id(),
        person=person.id,
        purpose=form["purpose"],
        countries=sorted(set(form["countries"])),
        notice=notice.id,
    )
    row.locale, row.given_at, row.withdrawn_at = form["locale"], session.info["now"], None
    session.add(row)
    audit.note(
        session,
        "consented",
        person.id,
        purpose=row.purpose,
        countries=row.countries,
        notice=row.notice,
    )
    return row


def withdraw(session: Session, consent_id: str) -> None:
    """Ends a consent of one's own. Raises NotFound."""
    row = session.get(Consent, consent_id)
    if row is None or row.person != me(session).id:
        raise NotFound()
    if row.withdrawn_at is None:
        row.withdrawn_at = session.info["now"]
        audit.note(session, "consent-withdrawn", row.person, purpose=row.purpose)


def consents(session: Session, person: str) -> list[dict]:
    """All a person ever consented to, the newest first."""
    rows = session.scalars(
        select(Consent)
        .where(Consent.person == person)
        .order_by(Consent.given_at.desc(), Consent.id)
    )
    return [consent_document(row) for row in rows]


def consent_document(row: Consent) -> dict:
    shown = {
        name: getattr(row, name) for name in ("id", "purpose", "countries", "notice", "locale")
    }
    return shown | {
        "given_at": row.given_at.isoformat(),
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
    }


def _in_force(session: Session, person: str, purpose: str) -> list[Consent]:
    rows = select(Consent).where(
        Consent.person == person, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
    )
    return list(session.scalars(rows))


def contact(session: Session, person_id: str, purpose: str, country: str) -> dict:
    """Name and address of a person, the only way they leave this service: for services, and under a
    consent alone. Raises NotFound.
    """
    session.info["actor"].need("service")
    person = session.get(Person, person_id)
    covered = any(country in row.countries for row in _in_force(session, person_id, purpose))
    if person is None or person.state != ACTIVE or not covered:
        raise NotFound()
    audit.note(session, "contact-released", person.id, purpose=purpose, country=country)
    return {"name": person.name, "email": person.email, "locale": person.locale}


# -- a copy of everything


def export(session: Session, trails: Callable[[str], dict]) -> dict:
    """All that is kept about oneself, here and, by the opaque id, in the other services' trails."""
    person = me(session)
    audit.note(session, "exported", person.id)
    sessions = session.scalars(
        select(LogIn).where(LogIn.person == person.id).order_by(LogIn.created_at)
    )
    links = session.scalars(
        select(Link)
        .where(or_(Link.email == person.email, Link.made_by == person.id))
        .order_by(Link.created_at)
    )
    letters = session.scalars(
        select(Letter).where(Letter.recipient == person.email).order_by(Letter.written_at)
    )
    claims = session.scalars(
        select(Claim).where(Claim.person == person.id).order_by(Claim.created_at)
    )
    clients = session.scalars(
        select(ApiClient).where(ApiClient.created_by == person.id).order_by(ApiClient.created_at)
    )
    return {
        "person": person_document(session, person) | {"created_at": person.created_at.isoformat()},
        "sessions": [
            {"org": s.org, "strong": s.strong, "place": s.place, "agent": s.agent}
            | _times(s, "created_at", "seen_at", "expires_at", "ended_at", "elevated_until")
            for s in sessions
        ],
        "consents": consents(session, person.id),
        "claims": [claim_document(c) for c in claims],
        "links": [
            {"kind": link.kind, "email": link.email, "org": link.org}
            | _times(link, "created_at", "expires_at", "used_at", "ended_at")
            for link in links
        ],
        "api_clients": [client_document(c) for c in clients],
        "mail": [
            {"template": letter.template} | _times(letter, "written_at", "handed_at")
            for letter in letters
        ],
        "trail": {"accounts": personal.held(session, person.id), **trails(person.id)},
    }


def _times(row, *names: str) -> dict:
    return {name: getattr(row, name).isoformat() if getattr(row, name) else None for name in names}


# -- erasure


def erase_me(session: Session, passwords: Passwords, seals: Seals, form: dict) -> None:
    """Erases oneself. Raises BadCredentials; Conflict under a legal hold, or as the last owner of
    an organisation with other members.
    """
    person = me(session)
    if not passwords.fits(person.password, form["password"]):
        raise BadCredentials()
    show_factor(session, person, seals, form)
    erase(session, person)


def erase(session: Session, person: Person) -> None:
    """Drops name, address and secrets, ends every access, and has every service forget: by event,
    and notices by a letter.

    What stays is an opaque id that leads to nobody. Raises Conflict.
    """
    hold = session.scalar(
        select(Hold).where(Hold.person == person.id, Hold.lifted_at.is_(None)).limit(1)
    )
    if hold is not None:
        raise Conflict("legal-hold", since=hold.placed_at.astimezone(JST).date().isoformat())
    for member in list(
        session.scalars(
            select(Membership).where(Membership.person == person.id, Membership.state == ACTIVE)
        )
    ):
        others = select(func.count()).where(
            Membership.org == member.org, Membership.state == ACTIVE, Membership.person != person.id
        )
        if session.scalar(others):
            end_membership(session, member.id)
        else:
            leave(session, member)
    for client in session.scalars(select(ApiClient).where(ApiClient.created_by == person.id)):
        stop_client(session, client)
    session.flush()
    address, now = person.email, session.info["now"]
    session.execute(delete(Letter).where(Letter.recipient == address))
    session.execute(delete(Link).where(or_(Link.email == address, Link.made_by == person.id)))
    for table in (LogIn, Consent, Familiar, Passkey, RecoveryCode):
        session.execute(delete(table).where(table.person == person.id))
    session.execute(update(Claim).where(Claim.person == person.id).values(domain="", note=None))
    person.email, person.name, person.password, person.totp, person.totp_on = (
        f"{person.id}@erased.invalid",
        "",
        None,
        None,
        False,
    )
    person.state, person.openid = ENDED, None
    tell(session, person, revoke=True, erased=True)
    session.add(
        Letter(
            id=new_id(),
            recipient=address,
            template=FORGET,
            locale="en",
            params={},
            written_at=now,
            handed_at=None,
        )
    )
    audit.note(session, "erased", person.id)


def hold(session: Session, person: Person, reason: str) -> Hold:
    """Places a legal hold: erasure is refused, and says so, until it is lifted."""
    row = Hold(
        id=new_id(), person=person.id, reason=reason, placed_at=session.info["now"], lifted_at=None
    )
    session.add(row)
    audit.note(session, "hold-placed", person.id, reason=reason)
    return row


def lift(session: Session, person: Person) -> int:
    """Lifts the holds on a person; returns how many there were."""
    standing = select(Hold).where(Hold.person == person.id, Hold.lifted_at.is_(None))
    rows = list(session.scalars(standing))
    for row in rows:
        row.lifted_at = session.info["now"]
    audit.note(session, "hold-lifted", person.id, holds=len(rows))
    return len(rows)


def find(session: Session, email: str) -> Person:
    """A person by address. Raises NotFound."""
    person = session.scalar(
        select(Person).where(Person.email == folded(email), Person.state == ACTIVE)
    )
    if person is None:
        raise NotFound()
    return person
