"""Second factors: one-time codes of an app, passkeys, recovery codes; what a person shows, once
each, and what stands.
"""

import secrets as dice

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from services.accounts import mail, passkeys
from services.accounts.models import Passkey, Person, RecoveryCode
from services.accounts.passwords import BadCredentials
from shared import audit
from shared.errors import Unauthorized
from shared.links import trace
from shared.secrets import Seals

# no signs that are read for one another
CODE, CODES, ALPHABET = "code", 10, "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def has_factor(session: Session, person: Person) -> bool:
    """Whether a person has a second factor."""
    return person.totp_on or has_passkey(session, person)


def has_passkey(session: Session, person: Person) -> bool:
    return (
        session.scalar(select(Passkey.id).where(Passkey.person == person.id).limit(1)) is not None
    )


def stands(session: Session, person: Person, factor: str | None) -> bool:
    """Whether a factor that was shown is still the person's; None is one that others stood for."""
    if factor is None or factor == CODE:
        return factor is None or has_factor(session, person)
    return session.get(Passkey, factor) is not None


def show_factor(session: Session, person: Person, seals: Seals, form: dict) -> str | None:
    """Takes what a form shows as second factor, once; returns which it was, None for a person
    without. Raises Unauthorized, BadCredentials.
    """
    if not has_factor(session, person):
        return None
    if form.get("passkey"):
        return passkeys.shown(session, seals, form["passkey"], person).id
    if not form.get("code"):
        raise Unauthorized("code-required")
    code = "".join(form["code"].split()).replace("-", "").upper()
    if not (
        len(code) == 6 and use_totp(person, seals, code, session.info["now"].timestamp())
    ) and not _use_recovery(session, person, code):
        raise BadCredentials()
    return CODE


def use_totp(person: Person, seals: Seals, code: str, now: float) -> bool:
    """Takes a code of an app, of this or the last half minute, once."""
    if person.totp is None:
        return False
    clock, step = pyotp.TOTP(seals.open(person.id, person.totp)), int(now) // 30
    for at in (step, step - 1):
        if at > person.totp_step and dice.compare_digest(
            clock.at(at * 30), code.strip().replace(" ", "")
        ):
            person.totp_step = at
            return True
    return False


def _use_recovery(session: Session, person: Person, code: str) -> bool:
    row = session.get(RecoveryCode, _kept(person, code))
    if row is None or row.person != person.id or row.used_at is not None:
        return False
    row.used_at = session.info["now"]
    session.flush()
    mail.write(
        session,
        person.email,
        person.locale,
        "recovery-used",
        reason=str(recovery_left(session, person)),
    )
    audit.note(session, "recovery-code-used", person.id)
    return True


def _kept(person: Person, code: str) -> str:
    return trace(f"{person.id} {code}")


def recovery_left(session: Session, person: Person) -> int:
    """How many recovery codes can still be used."""
    return (
        session.scalar(
            select(func.count()).where(
                RecoveryCode.person == person.id, RecoveryCode.used_at.is_(None)
            )
        )
        or 0
    )


def new_recovery(session: Session, person: Person) -> list[str]:
    """Ten new recovery codes in place of all older ones, to be shown once."""
    drop_recovery(session, person)
    codes = ["".join(dice.choice(ALPHABET) for _ in range(12)) for _ in range(CODES)]
    session.add_all(
        RecoveryCode(code=_kept(person, code), person=person.id, used_at=None) for code in codes
    )
    return ["-".join(code[n : n + 4] for n in (0, 4, 8)) for code in codes]


def drop_recovery(session: Session, person: Person) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.person == person.id))
