"""Changing what proves who one is: password, address, second factor, passkeys.

Each change asks for what proves it now, ends other sessions and the links that still wait, and is
told by mail.
"""

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.accounts import mail, passkeys, rules
from services.accounts.actions import end_sessions, me, tell
from services.accounts.factors import (
    drop_recovery,
    has_factor,
    new_recovery,
    recovery_left,
    show_factor,
    use_totp,
)
from services.accounts.links import end_invitations, end_links, make_link
from services.accounts.models import ACTIVE, LogIn, Membership, Passkey, Person
from services.accounts.passwords import BadCredentials, Passwords
from shared import audit
from shared.errors import Conflict, FieldError, Invalid, NotFound, Unauthorized
from shared.secrets import Seals


def _prove(
    session: Session, passwords: Passwords, seals: Seals, form: dict, password: str = "password"
) -> Person:
    """Whoever acts, once they have shown the password and the second factor of now. Raises
    Unauthorized, BadCredentials.
    """
    person = me(session)
    if not form.get(password):
        raise Unauthorized("password-required")
    if not passwords.fits(person.password, form[password]):
        raise BadCredentials()
    show_factor(session, person, seals, form)
    return person


def _changed(
    session: Session, person: Person, template: str, reason: str = "", keep: str | None = None
) -> None:
    """After a change: links and sessions end, all or all but the one `keep`, and the person is
    told.

    Invitations they have made end with everything else where no session is kept: they may be
    another's by now.
    """
    session.flush()
    end_links(session, person)
    end_sessions(session, person.id, keep or "")
    if keep is None:
        end_invitations(session, person.id)
        tell(session, person, revoke=True)
    mail.write(session, person.email, person.locale, template, reason=reason)
    audit.note(session, template, person.id)


# -- password and address


def change_password(session: Session, passwords: Passwords, seals: Seals, form: dict) -> None:
    """A new password for oneself. Raises BadCredentials, Unauthorized, Invalid."""
    set_password(
        session, passwords, _prove(session, passwords, seals, form, "old"), form["new"], "new"
    )


def set_password(
    session: Session, passwords: Passwords, person: Person, password: str, field: str
) -> None:
    """A password, the first or a new one. Raises Invalid where it is too weak."""
    fault = rules.password_fault(password, person.email, person.name)
    if fault:
        raise Invalid(
            errors=[FieldError(field, fault, {"min": rules.SHORTEST, "max": rules.LONGEST})]
        )
    first, person.password = person.password is None, passwords.hash(password)
    if not first:
        _changed(session, person, "password-changed")


def ask_address(session: Session, passwords: Passwords, seals: Seals, form: dict) -> None:
    """Mails a link to a new address of one's own; the address is in force once it is followed. Says
    nothing of whose it may be.

    Raises BadCredentials, Unauthorized; Invalid for a free-mail address of somebody who speaks for
    an organisation.
    """
    person = _prove(session, passwords, seals, form)
    domain = rules.domain_of(form["email"])
    member = (
        select(Membership.id)
        .where(Membership.person == person.id, Membership.state == ACTIVE)
        .limit(1)
    )
    if (
        domain in rules.FREE_MAIL
        and rules.domain_of(person.email) not in rules.FREE_MAIL
        and session.scalar(member)
    ):
        raise Invalid(errors=[FieldError("email", "free-mail", {"given": domain})])
    if session.scalar(select(Person.id).where(Person.email == form["email"])) is None:
        make_link(session, "address", form["email"], person.locale, person.id, person.id)


def set_address(session: Session, person: Person, address: str) -> None:
    """A new address, told to the old one and the new."""
    old = person.email
    end_links(session, person)
    person.email = address
    mail.write(session, old, person.locale, "address-changed", reason=address)
    _changed(session, person, "address-changed", address)


# -- the app's codes


def begin_totp(session: Session, seals: Seals) -> dict:
    """A new secret for an authenticator app, not in force until a code made from it has been
    shown.
    """
    person = me(session)
    if person.totp_on:
        raise Conflict("totp-on")
    secret = pyotp.random_base32()
    person.totp = seals.close(person.id, secret)
    return {
        "secret": secret,
        "uri": pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name="Nakodo"),
    }


def confirm_totp(session: Session, passwords: Passwords, seals: Seals, form: dict) -> None:
    """Switches the codes on; the password is asked for, and the passkey of somebody who has one.
    Raises Conflict, BadCredentials.
    """
    person = me(session)
    if person.totp is None or person.totp_on:
        raise Conflict("totp-on" if person.totp_on else "totp-not-begun")
    _prove(session, passwords, seals, form | {"code": form.get("present")})
    if not use_totp(person, seals, form["code"], session.info["now"].timestamp()):
        raise BadCredentials()
    person.totp_on = True
    _gained(session, person, "code", "factor-on")


def _gained(session: Session, person: Person, factor: str, template: str, reason: str = "") -> None:
    """A factor more: this session counts as one that has shown it."""
    session.execute(
        update(LogIn)
        .where(LogIn.id == session.info["actor"].credential)
        .values(strong=True, factor=factor)
    )
    _changed(session, person, template, reason, keep=session.info["actor"].credential)


def drop_totp(session: Session, passwords: Passwords, seals: Seals, form: dict) -> None:
    """Switches the codes off, by password and code together. Raises BadCredentials,
    Unauthorized.
    """
    person = _prove(session, passwords, seals, form)
    person.totp, person.totp_on = None, False
    _lost(session, person, "factor-off")


def _lost(session: Session, person: Person, template: str, reason: str = "") -> None:
    session.flush()
    if not has_factor(session, person):
        drop_recovery(session, person)
    _changed(session, person, template, reason)


def reset_factor(session: Session, person: Person, reason: str) -> None:
    """An operator takes every factor off somebody who has lost it; their password stays. The person
    is told, and why.
    """
    person.totp, person.totp_on = None, False
    session.execute(delete(Passkey).where(Passkey.person == person.id))
    _lost(session, person, "factor-reset", reason)


def recovery(session: Session, passwords: Passwords, seals: Seals, form: dict) -> list[str]:
    """New recovery codes, shown once. The first ones follow upon the factor that was just shown;
    later ones ask for it again.

    Raises Conflict without a factor, BadCredentials, Unauthorized.
    """
    person = me(session)
    if not has_factor(session, person):
        raise Conflict("no-factor")
    row = session.get(LogIn, session.info["actor"].credential)
    first = (
        recovery_left(session, person) == 0
        and row is not None
        and row.strong
        and row.factor is not None
    )
    if not first:
        _prove(session, passwords, seals, form)
    elif not passwords.fits(person.password, form["password"]):
        raise BadCredentials()
    codes = new_recovery(session, person)
    if not first:
        _changed(session, person, "recovery-made", keep=session.info["actor"].credential)
    audit.note(session, "recovery-codes-made", person.id)
    return codes


# -- passkeys


def begin_passkey(
    session: Session, passwords: Passwords, seals: Seals, who: passkeys.Party, form: dict
) -> dict:
    """What a device needs to make a passkey, once password and factor of now were shown: a device
    keeps none that is then refused.

    Raises BadCredentials, Unauthorized, Conflict.
    """
    return passkeys.begin_add(session, seals, who, _prove(session, passwords, seals, form))


def add_passkey(session: Session, seals: Seals, form: dict) -> Passkey:
    """A passkey more, made for what `begin_passkey` has handed out to this session. Raises
    Refused.
    """
    person = me(session)
    row = passkeys.add(session, seals, person, form)
    _gained(session, person, row.id, "passkey-added", row.name)
    return row


def drop_passkey(
    session: Session, passwords: Passwords, seals: Seals, passkey: str, form: dict
) -> None:
    """Removes a passkey of one's own. Raises NotFound, BadCredentials, Unauthorized."""
    row = session.get(Passkey, passkey)
    if row is None or row.person != me(session).id:
        raise NotFound()
    person = _prove(session, passwords, seals, form)
    session.delete(row)
    _lost(session, person, "passkey-removed", row.name)
