"""What is kept sealed: private facts in events under a key per subject, so that erasing the key
erases the value everywhere; and what a service must read again (one-time codes, signing secrets)
under a key file of its own.
"""

import json
import os
from base64 import b64decode, b64encode
from contextlib import suppress
from functools import cached_property
from os import urandom
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from shared.errors import InvalidEvent
from shared.tables import subject_keys
from shared.text import as_json


def key_of(session: Session, subject: str) -> bytes:
    """The key of a subject, made when first needed. The owning service keeps it; nobody else stores
    it.
    """
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
    plain = as_json(content, sort_keys=True).encode()
    return b64encode(
        nonce + AESGCM(key).encrypt(nonce, plain, f"{subject}/{version}".encode())
    ).decode()


def unseal(key: bytes, subject: str, version: int, sealed: str) -> list | dict:
    """Opens what `seal` made. Raises InvalidEvent where the key, subject or version is another."""
    raw = b64decode(sealed)
    try:
        return json.loads(AESGCM(key).decrypt(raw[:12], raw[12:], f"{subject}/{version}".encode()))
    except InvalidTag as error:
        raise InvalidEvent(f"{subject}: the private part does not open with its key") from error


class Seals:
    """AES-GCM under a key file of this service, readable by its owner only."""

    def __init__(self, path: Path):
        self.path = path

    @cached_property
    def _key(self) -> AESGCM:
        self.ensure()
        return AESGCM(self.path.read_bytes())

    def ensure(self) -> None:
        """Makes the key once."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = self.path.with_suffix(f".{urandom(8).hex()}")
            with os.fdopen(
                os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(AESGCM.generate_key(256))
            with suppress(FileExistsError):
                # whole or not at all; of two processes the first one's counts
                os.link(made, self.path)
            made.unlink()

    def close(self, subject: str, text: str) -> bytes:
        nonce = urandom(12)
        return nonce + self._key.encrypt(nonce, text.encode(), subject.encode())

    def open(self, subject: str, sealed: bytes) -> str:
        return self._key.decrypt(sealed[:12], sealed[12:], subject.encode()).decode()
