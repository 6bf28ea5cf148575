"""Passwords as argon2id hashes."""

import os
import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import Unauthorized

AT_ONCE = 4  # hashes at a time: each takes 19 MiB and a core for some 30 ms


class BadCredentials(Unauthorized):
    """A wrong password, code or key: the same for every wrong part."""

    code = "bad-credentials"


class Passwords:
    """Slow on purpose, equally slow for people who do not exist, and never more than a few at a
    time.
    """

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
