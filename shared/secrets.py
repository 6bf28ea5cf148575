"""Private facts in events: AES-GCM under a key per subject, so that erasing the key erases the value everywhere."""

import json
from base64 import b64decode, b64encode
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from shared.errors import InvalidEvent
from shared.tables import subject_keys


def key_of(session: Session, subject: str) -> bytes:
    """The key of a subject, made when first needed. The owning service keeps it; nobody else stores it."""
    key = session.scalar(select(subject_keys.c.key).where(subject_keys.c.subject == subject))
    if key is None:
        key = AESGCM.generate_key(256)
        session.execute(insert(subject_keys).values(subject=subject, key=key))
    return key


def find_key(session: Session, subject: str) -> bytes | None:
    """The key of a subject, or None where there is none: erased."""
    return session.scalar(select(subject_keys.c.key).where(subject_keys.c.subject == subject))


def erase_key(session: Session, subject: str) -> None:
    session.execute(delete(subject_keys).where(subject_keys.c.subject == subject))


def seal(key: bytes, subject: str, version: int, content: list | dict) -> str:
    """Encrypts content so that it opens only with the key, for this subject and version."""
    nonce = urandom(12)
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    return b64encode(nonce + AESGCM(key).encrypt(nonce, plain, f"{subject}/{version}".encode())).decode()


def unseal(key: bytes, subject: str, version: int, sealed: str) -> list | dict:
    """Opens what `seal` made. Raises InvalidEvent where the key, subject or version is another."""
    raw = b64decode(sealed)
    try:
        return json.loads(AESGCM(key).decrypt(raw[:12], raw[12:], f"{subject}/{version}".encode()))
    except InvalidTag as error:
        raise InvalidEvent(f"{subject}: the private part does not open with its key") from error
