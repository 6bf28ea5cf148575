"""The audit trail: who did or saw what, when, through which credential. Rows are appended plain; a
sealer chains them in batches.

A row holds a salted commitment to its payload. Erasure drops payload and salt and leaves the
commitment, so chains stay valid.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from os import urandom

import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.auth import worker
from shared.db import Database
from shared.tables import audit, audit_seals
from shared.text import as_json

log = structlog.get_logger()
BATCH, SEAL_S = 5000, 5.0
GENESIS = hashlib.sha256(b"nakodo audit").hexdigest()


def note(session: Session, action: str, subject: str, /, **detail) -> None:
    """Appends a row to the trail, in the transaction of what it tells of."""
    actor = session.info["actor"]
    payload = {
        "person": actor.person,
        "org": actor.org,
        "roles": sorted(actor.roles),
        "credential": actor.credential,
    }
    payload |= {
        "action": action,
        "subject": subject,
        "at": session.info["now"].isoformat(),
        "detail": detail,
    }
    text, salt = as_json(payload, sort_keys=True), urandom(16)
    row = {
        "at": session.info["now"],
        "payload": text,
        "salt": salt,
        "commitment": _commitment(salt, text),
        "subject": subject,
    }
    session.execute(insert(audit).values(row))


def _commitment(salt: bytes, payload: str) -> str:
    return hashlib.sha256(salt + payload.encode()).hexdigest()


def _chained(head: str, commitments: list[str]) -> str:
    return hashlib.sha256(f"{head}:{':'.join(commitments)}".encode()).hexdigest()


def seal(db: Database, service: str) -> int:
    """Chains what has been appended since the last seal; returns how many rows. The head goes to
    the process log (level info), outside the database.
    """
    with db.transaction(worker(service)) as session:
        last, head = _head(session)
        rows = session.execute(
            select(audit.c.id, audit.c.commitment)
            .where(audit.c.id > last)
            .order_by(audit.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return 0
        head = _chained(head, [r.commitment for r in rows])
        sealed = {
            "last": rows[-1].id,
            "rows": len(rows),
            "head": head,
            "sealed_at": session.info["now"],
        }
        session.execute(insert(audit_seals).values(sealed))
    log.info("audit sealed", service=service, last=rows[-1].id, head=head)
    return len(rows)


def _head(session: Session) -> tuple[int, str]:
    found = session.execute(
        select(audit_seals.c.last, audit_seals.c.head).order_by(audit_seals.c.last.desc()).limit(1)
    ).one_or_none()
    return (found.last, found.head) if found else (0, GENESIS)


def head_of(db: Database, service: str) -> str:
    """The head of the chain: note it somewhere else, and no sealed row can be changed unnoticed,
    not even with all seals made anew.
    """
    with db.reading(worker(service)) as session:
        return _head(session)[1]


def sealer(db: Database, service: str) -> Callable[[threading.Event], None]:
    """The loop that seals every few seconds while there is something to seal."""

    def run(stop: threading.Event) -> None:
        while not stop.wait(SEAL_S):
            try:
                while seal(db, service) == BATCH:
                    pass
            except OperationalError as error:
                log.warning("cannot seal now", service=service, error=str(error))

    return run


def verify(db: Database, service: str) -> list[str]:
    """What does not hold: changed payloads, rows missing from a seal, seals that do not follow from
    each other. Empty where all does.
    """
    faults, head, before = [], GENESIS, 0
    with db.reading(worker(service)) as session:
        for sealed in session.execute(select(audit_seals).order_by(audit_seals.c.last)):
            rows = session.execute(
                select(audit)
                .where(audit.c.id > before, audit.c.id <= sealed.last)
                .order_by(audit.c.id)
            ).all()
            if len(rows) != sealed.rows:
                faults.append(
                    f"rows {before + 1} to {sealed.last}: {sealed.rows} were sealed, {len(rows)}"
                    " are there"
                )
            faults += [
                f"row {r.id}: changed"
                for r in rows
                if r.payload is not None and _commitment(r.salt or b"", r.payload) != r.commitment
            ]
            head = _chained(head, [r.commitment for r in rows])
            if head != sealed.head:
                faults.append(f"seal at row {sealed.last}: does not follow from what is before it")
                head = sealed.head
            before = sealed.last
    return faults


def forget(session: Session, subject: str) -> int:
    """Drops payload and salt of a subject's rows: what they said cannot be found out again, that
    something was said stays.
    """
    return session.execute(
        update(audit).where(audit.c.subject == subject).values(payload=None, salt=None)
    ).rowcount


def trail(session: Session, subject: str | None, limit: int) -> list[dict]:
    """The newest rows, of one subject or all."""
    rows = select(audit.c.id, audit.c.payload).order_by(audit.c.id.desc()).limit(limit)
    rows = rows.where(audit.c.subject == subject) if subject else rows
    return [
        {"id": r.id, **json.loads(r.payload)} if r.payload else {"id": r.id, "erased": True}
        for r in session.execute(rows)
    ]
