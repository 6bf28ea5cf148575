"""What a service keeps about a person: an opaque id in its trail and its stored answers. Found for
an export, dropped for an erasure.
"""

import json

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from shared.db import scrub_soon
from shared.tables import audit, idempotency


def _of(person: str):
    return or_(
        audit.c.subject == person,
        audit.c.payload.contains(json.dumps({"person": person})[1:-1], autoescape=True),
    )


def held(session: Session, person: str) -> list[dict]:
    """What the trail says the person did or what was done about it, oldest first."""
    rows = (
        select(audit.c.id, audit.c.payload)
        .where(_of(person), audit.c.payload.is_not(None))
        .order_by(audit.c.id)
    )
    return [{"id": row.id, **json.loads(row.payload)} for row in session.execute(rows)]


def erase(session: Session, person: str) -> int:
    """Drops payload and salt of those rows and the answers stored for the person; the chain of
    commitments stays valid.
    """
    scrub_soon(session)
    session.execute(
        delete(idempotency).where(idempotency.c.client.endswith(f"/{person}", autoescape=True))
    )
    return session.execute(
        update(audit).where(_of(person)).values(payload=None, salt=None)
    ).rowcount
