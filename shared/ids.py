"""Identifiers: UUIDv7 for events and rows, readable slugs for organisations."""

import re
import secrets as dice
import unicodedata

import uuid_utils

SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")


def new_id() -> str:
    """A UUIDv7: unique, and sorting by the time it was made."""
    return str(uuid_utils.uuid7())


def slug_of(name: str) -> str:
    """A slug from a name in Latin letters; empty where nothing Latin is in it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def unguessed(slug: str) -> str:
    """A readable id that nobody comes upon by naming it: for what others are not to learn of
    yet.
    """
    return f"{slug[:53].strip('-')}-{dice.token_hex(5)}"
