"""People who are named without having an account: found and taken out of everything a service
keeps, whatever the table.

Rows stay, so figures stay; what a row said of the person reads GONE. In the trail, payload and salt
go and commitments stay, so chains stay valid. Profiles and their facts are left to their owners:
they are published statements, with a history of their own.
"""

import json
import re
from collections.abc import Iterator

from sqlalchemy import JSON, String, Table, Text, cast, delete, or_, select, update
from sqlalchemy.orm import DeclarativeBase, Session

from shared.db import scrub_soon
from shared.organizations.models import FactColumns, ProfileColumns
from shared.tables import audit, dead_letters, idempotency

GONE = "(erased)"
# accounts have a way of their own; copies follow the profiles they are of
KEPT = {"people", "holds", "copies", "merges"}
SIDES = ("owner", "office", "org")
SHOWN = 160


def find(
    session: Session, models: type[DeclarativeBase], texts: list[str], owner: str | None
) -> list[dict]:
    """Where any of the texts stands, in an organisation's rows or, without one, everywhere."""
    found = []
    for table, row, hits in _matches(session, models, texts, owner):
        said = "; ".join(f"{name}: {str(value)[:SHOWN]}" for name, value in hits.items())
        found.append({"table": table.name, "id": str(row[_key(table)]), "said": said})
    return found


def erase(
    session: Session, models: type[DeclarativeBase], texts: list[str], owner: str | None
) -> int:
    """Takes the texts out; returns from how many rows. Whose whole name goes has no link any more
    and has left.
    """
    scrub_soon(session)
    count, pattern = 0, _pattern(texts)
    for table, row, hits in list(_matches(session, models, texts, owner)):
        values = {name: _without(value, pattern) for name, value in hits.items()}
        values |= (
            _ended(table, row, values, session.info["now"]) if values.get("name") == GONE else {}
        )
        primary = [column == row[column.name] for column in table.primary_key]
        session.execute(update(table).where(*primary).values(values))
        count += 1
    return count + _traces(session, texts, owner)


def _traces(session: Session, texts: list[str], owner: str | None) -> int:
    """Stored answers, parked events and the trail, where they quote the texts."""
    mine = [idempotency.c.client.startswith(f"{owner}/", autoescape=True)] if owner else []
    session.execute(delete(idempotency).where(_likely(idempotency.c.body, texts), *mine))
    session.execute(
        delete(dead_letters).where(_likely(dead_letters.c.value, texts))
        if owner is None
        else select(1)
    )
    mine = (
        [audit.c.payload.contains(json.dumps({"org": owner})[1:-1], autoescape=True)]
        if owner
        else []
    )
    quoting = update(audit).where(_likely(audit.c.payload, texts), *mine)
    return session.execute(quoting.values(payload=None, salt=None)).rowcount


def _matches(
    session: Session, models: type[DeclarativeBase], texts: list[str], owner: str | None
) -> Iterator[tuple[Table, dict, dict]]:
    pattern = _pattern(texts)
    for table in _tables(models):
        columns = [
            c
            for c in table.c
            if isinstance(c.type, String | Text | JSON) and not c.primary_key and not c.foreign_keys
        ]
        sides = [table.c[s] == owner for s in SIDES if s in table.c]
        if not columns or (owner is not None and not sides):
            continue
        likely = select(table).where(or_(*(_likely(c, texts) for c in columns)))
        for row in session.execute(
            likely.where(or_(*sides)) if owner is not None else likely
        ).mappings():
            hits = {c.name: row[c.name] for c in columns if _names(row[c.name], pattern)}
            if hits:
                yield table, dict(row), hits


def _tables(models: type[DeclarativeBase]) -> list[Table]:
    kept = {
        m.class_.__table__.name
        for m in models.registry.mappers
        if issubclass(m.class_, ProfileColumns | FactColumns)
    }
    return [t for t in models.metadata.sorted_tables if t.name not in kept | KEPT]


def _key(table: Table) -> str:
    return next(iter(table.primary_key)).name


def _pattern(texts: list[str]) -> re.Pattern:
    """Each text however its words are spaced, and never as part of a longer Latin word."""
    spelt = (r"\s*".join(re.escape(part) for part in _parts(text)) for text in texts)
    return re.compile(
        "|".join(rf"(?<![A-Za-z0-9]){s}(?![A-Za-z0-9])" for s in spelt), re.IGNORECASE
    )


def _parts(text: str) -> list[str]:
    """What spaces may stand between: Latin words, single characters of others."""
    return [part for word in text.split() for part in ([word] if word.isascii() else list(word))]


def _likely(column, texts: list[str]):
    """A first look by the database: the words in their order, as text or as JSON spells them."""
    looks = []
    for text in texts:
        for parts in (_parts(text), [json.dumps(part)[1:-1] for part in _parts(text)]):
            words = (re.sub(r"([/%_])", r"/\1", part) for part in parts)
            looks.append(cast(column, Text).ilike(f"%{'%'.join(words)}%", escape="/"))
    return or_(*looks)


def _names(value, pattern: re.Pattern) -> bool:
    if isinstance(value, str):
        return pattern.search(value) is not None
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_names(part, pattern) for part in parts)


def _without(value, pattern: re.Pattern):
    if isinstance(value, str):
        return pattern.sub(GONE, value)
    if isinstance(value, dict):
        return {key: _without(part, pattern) for key, part in value.items()}
    return [_without(part, pattern) for part in value] if isinstance(value, list) else value


def _ended(table: Table, row: dict, values: dict, now) -> dict:
    """A person taken out follows no link any more, and is asked nothing."""
    ended = {name: now for name in ("left_at", "ended_at") if name in table.c and row[name] is None}
    return ended | ({"secret": None} if "secret" in table.c and table.c.secret.nullable else {})
