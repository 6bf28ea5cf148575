"""What each class of readers has seen of a profile: a version and a time that move only with
changes this class can see.

The version of its events and of its owner's If-Match counts every change; nobody else is shown that
one.
"""

import hashlib
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import Connection, MetaData, Table, select, update
from sqlalchemy.orm import Session

from shared.auth import Actor
from shared.organizations.models import PUBLISHED, profile_document

OPEN, NETWORK, INTRODUCED = "public", "network", "introduced"
# readers -> the tiers they read; whoever has been introduced also reads what is kept for those
SHOWN_TO = {
    OPEN: ("public",),
    NETWORK: ("public", "network"),
    INTRODUCED: ("public", "network", "matched", "introduced"),
}


class Seen(NamedTuple):
    """A profile's state as one reader may count it: `tag` tells every state apart, `version` is
    what it waits for elsewhere.
    """

    version: int
    at: datetime
    tag: str


def count(profile: Any, now: datetime) -> list[str]:
    """Counts a change for each class of readers that can see it, and returns those; nobody else
    sees what is not published.
    """
    if profile.state != PUBLISHED:
        return []
    held, moved = dict(profile.shown or {}), []
    for readers, tiers in SHOWN_TO.items():
        print_ = digest(profile, [f for f in profile.facts if f.tier in tiers and not f.proposed])
        before = held.get(readers, {"version": 0, "print": None})
        if before["print"] != print_:
            held[readers] = {
                "version": before["version"] + 1,
                "at": now.isoformat(),
                "print": print_,
            }
            moved.append(readers)
    profile.shown = held
    return moved


def digest(profile: Any, facts: list) -> str:
    """A short print of what is shown."""
    shown = json.dumps(
        profile_document(profile, facts), sort_keys=True, ensure_ascii=False, default=str
    )
    return hashlib.sha256(shown.encode()).hexdigest()[:32]


def versions(profile: Any) -> dict[str, int]:
    """The version each class of readers without an introduction has seen, as events carry it to the
    other services.
    """
    return {
        readers: (profile.shown or {}).get(readers, {}).get("version", 0)
        for readers in (OPEN, NETWORK)
    }


def seen(session: Session, profile: Any) -> Seen:
    """What the session's reader is told of a profile it has read."""
    actor: Actor = session.info["actor"]
    if actor.may_change(profile.owner, *profile.readers) or not profile.shown:
        return Seen(profile.version, profile.updated_at, str(profile.version))
    told = profile.shown[NETWORK if actor.in_network else OPEN]
    if not any(f.tier in ("matched", "introduced") for f in profile.facts):
        return Seen(told["version"], datetime.fromisoformat(told["at"]), str(told["version"]))
    more = profile.shown[INTRODUCED]
    return Seen(
        told["version"], datetime.fromisoformat(more["at"]), f"{told['version']}.{more['version']}"
    )


def begin(connection: Connection, profiles: str, facts: str) -> None:
    """For a migration: what stands in a table of profiles counts as seen by everybody it is shown
    to.
    """
    known = MetaData()
    table, stated = (
        Table(profiles, known, autoload_with=connection),
        Table(facts, known, autoload_with=connection),
    )
    mine: dict[str, list] = {}
    for row in connection.execute(select(stated).order_by(stated.c.id)):
        mine.setdefault(row.subject, []).append(row)
    for row in connection.execute(select(table)).all():
        profile = SimpleNamespace(
            **dict(row._mapping) | {"facts": mine.get(row.id, []), "shown": {}}
        )
        count(profile, row.updated_at.replace(tzinfo=row.updated_at.tzinfo or UTC))
        held = {readers: told | {"version": row.version} for readers, told in profile.shown.items()}
        connection.execute(update(table).where(table.c.id == row.id).values(shown=held or None))
