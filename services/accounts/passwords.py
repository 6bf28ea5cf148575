"""Passwords as argon2id hashes, and the seal around what must be read again (one-time-code secrets)."""

import os
import threading
from functools import cached_property
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AT_ONCE = 4  # hashes at a time: each takes 19 MiB and a core for some 30 ms


class Passwords:
    """Slow on purpose, equally slow for people who do not exist, and never more than a few at a time."""

    def __init__(self):
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._slots = threading.BoundedSemaphore(AT_ONCE)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(os.urandom(16).hex())

    def hash(self, password: str) -> str:
        with self._slots:
            return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether a password belongs to a stored hash; without one it takes as long and says no."""
        with self._slots:
            try:
                return self._hasher.verify(stored or self._nobody, password) and stored is not None
            except (VerificationError, InvalidHashError):
                return False


class Seals:
    """AES-GCM under a key file of this service, readable by its owner only."""

    def __init__(self, path: Path):
        self.path = path

    @cached_property
    def _key(self) -> AESGCM:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(AESGCM.generate_key(256))
        return AESGCM(self.path.read_bytes())

    def close(self, subject: str, text: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._key.encrypt(nonce, text.encode(), subject.encode())

    def open(self, subject: str, sealed: bytes) -> str:
        return self._key.decrypt(sealed[:12], sealed[12:], subject.encode()).decode()
