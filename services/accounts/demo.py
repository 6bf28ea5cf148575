"""The demo's invented people: they go through the same door, with passwords of their own."""

import json
import os
import secrets as dice
from pathlib import Path

from services.accounts import actions
from services.accounts.passwords import Passwords
from shared.auth import ADMINISTRATOR, Actor
from shared.db import Database

NAMES = {
    "startup": "見本 花子",
    "reviewer": "見本 次郎",
    "officer": "見本 京子",
    "staff": "見本 守",
}


class Demo:
    """Addresses and passwords of invented people, in one file of the data folder, readable by its
    owner only.
    """

    def __init__(self, path: Path, people: dict[str, Actor]):
        self.path, self.people = path, people

    def ensure(self, db: Database, passwords: Passwords) -> None:
        """Makes the people once."""
        known = json.loads(self.path.read_text()) if self.path.exists() else {}
        for role, actor in self.people.items():
            one = known.setdefault(
                role, {"email": f"{role}@{actor.org}.example", "password": dice.token_urlsafe(12)}
            )
            with db.transaction(ADMINISTRATOR) as session:
                actions.ensure(
                    session,
                    passwords,
                    one["email"],
                    NAMES[role],
                    actor.org,
                    sorted(actor.roles),
                    one["password"],
                )
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(known, file)

    def door(self, role: str) -> dict | None:
        """What an invented person types at the door; None where there is none."""
        return (
            json.loads(self.path.read_text())[role]
            if role in self.people and self.path.exists()
            else None
        )
