"""Secrets that open something without a sign-in: shown once, and kept as a trace alone, so that a
copy of the database opens nothing.
"""

import hashlib
from secrets import token_hex


def new_secret() -> str:
    """256 bits as hexadecimal digits: whole within any address, whatever a mail program cuts links
    at.
    """
    return token_hex(32)


def trace(secret: str) -> str:
    """What is kept of a secret; one that is long and random needs no salt and no slowness."""
    return hashlib.sha256(secret.encode()).hexdigest()
