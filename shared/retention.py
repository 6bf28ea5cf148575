"""How long is kept what: rules as data, beside the tables they are about; what is past its time is
swept, and its bytes with it.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Table, delete, or_, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.auth import worker
from shared.db import Database, scrub_soon
from shared.tables import audit, dead_letters

log = structlog.get_logger()
LOOK_S, AGAIN_S = 3600.0, 60.0


@dataclass(frozen=True)
class Rule:
    """Rows of a table go, or only what `blank` names is blanked, so many days after `since`; `what`
    and `why` are for the reader.
    """

    what: str
    table: Table
    since: str
    days: int
    why: str
    blank: Mapping[str, Any] | None = None

    def past(self, now):
        """The rows whose time is over and that still hold what is to go."""
        over = self.table.c[self.since] < now - timedelta(days=self.days)
        left = [
            self.table.c[name].is_distinct_from(value) for name, value in (self.blank or {}).items()
        ]
        return over & or_(*left) if left else over


CHASSIS = (
    Rule(
        "events that could not be applied",
        dead_letters,
        "parked_at",
        180,
        "to be looked at and applied again",
    ),
    Rule(
        "what the trail says was done, by whom",
        audit,
        "at",
        3650,
        "to answer who did what; the chain of commitments stays",
        {"payload": None, "salt": None},
    ),
)


def stated(rules: Iterable[tuple[str, Rule]]) -> str:
    """The rules as the table that docs/security.md holds."""
    rows = ["| where | what | days | why so long |", "|---|---|---|---|"]
    rows += [
        f"| {where} | {rule.what}{' (blanked)' if rule.blank else ''} | {rule.days} | {rule.why} |"
        for where, rule in rules
    ]
    return "\n".join(rows)


def sweep(session: Session, rules: tuple[Rule, ...]) -> int:
    """Sweeps what is past its time now; returns how many rows."""
    swept = 0
    for rule in rules:
        act = update(rule.table).values(dict(rule.blank)) if rule.blank else delete(rule.table)
        swept += session.execute(act.where(rule.past(session.info["now"]))).rowcount
    if swept:
        scrub_soon(session)
    return swept


def keep(db: Database, service: str, rules: tuple[Rule, ...]) -> int:
    """One sweep, and the bytes of whatever was erased since the last."""
    with db.transaction(worker(service)) as session:
        swept = sweep(session, rules)
    if swept:
        log.info("past their time", service=service, rows=swept)
    db.scrub()
    return swept


def keeper(
    db: Database, service: str, rules: tuple[Rule, ...]
) -> Callable[[threading.Event], None]:
    """The loop that sweeps every hour, and looks every minute whether bytes are to be scrubbed."""

    def run(stop: threading.Event) -> None:
        left = 0.0
        while not stop.is_set():
            try:
                if left <= 0:
                    keep(db, service, rules)
                    left = LOOK_S
                else:
                    db.scrub()
            except OperationalError as error:
                log.warning("cannot sweep now", service=service, error=str(error))
            left -= AGAIN_S
            stop.wait(AGAIN_S)

    return run
