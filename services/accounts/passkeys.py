"""Passkeys (WebAuthn): a key pair on a person's device, unlocked by finger, face or PIN there, so
that one is two factors at once.

What a device must sign is sealed into the page that asks for it, for five minutes and once; no row
waits for whoever never answers.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from urllib.parse import urlsplit

import webauthn
from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.accounts import limits
from services.accounts.models import ACTIVE, Passkey, Person
from services.accounts.passwords import BadCredentials
from shared.errors import Conflict
from shared.ids import new_id
from shared.secrets import Seals
from shared.settings import Settings

LIFE_S, MOST, REQUIRED = 300, 10, UserVerificationRequirement.REQUIRED


class Refused(BadCredentials):
    """A passkey that is not known here, was removed or copied, or an answer that came too late."""

    code = "passkey-refused"


@dataclass(frozen=True)
class Party:
    """For whom keys are made: the name of this installation and the address its pages have."""

    name: str
    origin: str


def party(settings: Settings) -> Party:
    """This installation, at the address where its passkeys work. Raises Conflict where it has
    none.
    """
    origin = settings.passkey_origin
    if origin is None:
        raise Conflict("passkeys-nowhere", address=settings.public_url)
    return Party(urlsplit(origin).hostname or "", origin)


def _pending(seals: Seals, who: Party, challenge: bytes, purpose: str, now: float) -> str:
    kept = {
        "challenge": challenge.hex(),
        "purpose": purpose,
        "name": who.name,
        "origin": who.origin,
        "at": now,
    }
    return b64encode(seals.close("passkey", json.dumps(kept))).decode()


def _answered(session: Session, seals: Seals, pending: str, purpose: str) -> tuple[bytes, Party]:
    """What was to be signed and for whom. Raises Refused for another purpose, one that took too
    long, or one answered before.
    """
    try:
        kept = json.loads(seals.open("passkey", b64decode(pending, validate=True)))
    except (ValueError, InvalidTag) as error:
        raise Refused() from error
    late = session.info["now"].timestamp() - kept["at"] > LIFE_S
    if (
        late
        or kept["purpose"] != purpose
        or limits.count(session, f"challenge {kept['challenge']}", 1)
    ):
        raise Refused()
    return bytes.fromhex(kept["challenge"]), Party(kept["name"], kept["origin"])


def _adding(session: Session, person: Person) -> str:
    """What an answer is for: a key of this person, by the session that has shown who it is."""
    return f"add {person.id} {session.info['actor'].credential}"


def begin_add(session: Session, seals: Seals, who: Party, person: Person) -> dict:
    """What a device needs to make a key for a person, and what must come back with it. Raises
    Conflict beyond ten keys.
    """
    held = list(session.scalars(select(Passkey).where(Passkey.person == person.id)))
    if len(held) >= MOST:
        raise Conflict("too-many-passkeys", max=MOST)
    made = webauthn.generate_registration_options(
        rp_id=who.name,
        rp_name="Nakodo",
        user_id=person.id.encode(),
        user_name=person.email,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(p.credential)) for p in held
        ],
    )
    pending = _pending(
        seals, who, made.challenge, _adding(session, person), session.info["now"].timestamp()
    )
    return {"options": json.loads(webauthn.options_to_json(made)), "pending": pending}


def add(session: Session, seals: Seals, person: Person, form: dict) -> Passkey:
    """The key a device has made. Raises Refused."""
    challenge, who = _answered(session, seals, form["pending"], _adding(session, person))
    try:
        made = webauthn.verify_registration_response(
            credential=form["credential"],
            expected_challenge=challenge,
            expected_rp_id=who.name,
            expected_origin=who.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise Refused() from error
    credential = bytes_to_base64url(made.credential_id)
    if len(credential) > 1400 or session.scalar(
        select(Passkey.id).where(Passkey.credential == credential)
    ):
        raise Refused()
    row = Passkey(
        id=new_id(),
        person=person.id,
        credential=credential,
        public_key=made.credential_public_key,
        uses=made.sign_count,
    )
    row.name, row.created_at, row.used_at = form["name"], session.info["now"], None
    session.add(row)
    session.flush()
    return row


def ask(seals: Seals, who: Party, now: float) -> dict:
    """What any passkey of this installation may sign to show itself, and what must come back with
    it.
    """
    made = webauthn.generate_authentication_options(rp_id=who.name, user_verification=REQUIRED)
    return {
        "options": json.loads(webauthn.options_to_json(made)),
        "pending": _pending(seals, who, made.challenge, "show", now),
    }


def shown(session: Session, seals: Seals, form: dict, person: Person | None = None) -> Passkey:
    """The key that has signed, of this person or, signing in, of whoever it is. Raises Refused,
    also for a copied key's older count.
    """
    challenge, who = _answered(session, seals, form["pending"], "show")
    try:
        named = json.loads(form["credential"])["id"]
        row = session.scalar(select(Passkey).where(Passkey.credential == named).with_for_update())
        owner = session.get(Person, row.person) if row else None
        if (
            row is None
            or owner is None
            or owner.state != ACTIVE
            or (person is not None and owner.id != person.id)
        ):
            raise Refused()
        signed = webauthn.verify_authentication_response(
            credential=form["credential"],
            expected_challenge=challenge,
            expected_rp_id=who.name,
            expected_origin=who.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise Refused() from error
    row.uses, row.used_at = signed.new_sign_count, session.info["now"]
    return row
