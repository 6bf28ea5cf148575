"""Once a quarter, one mail with one link: the facts that are getting old, "still true" for all of
them, no sign-in.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.startups.actions import STARTUP
from services.startups.models import Letter, Link, Startup
from services.startups.papers import followed, new_link
from shared import audit
from shared.auth import PLATFORM, Actor
from shared.clock import JST
from shared.db import Database
from shared.errors import Invalid
from shared.ids import new_id
from shared.judgement.dates import UNDATED, first_day
from shared.judgement.facts import Fact, Facts
from shared.judgement.fields import FIELDS
from shared.letters import write
from shared.organizations.models import PUBLISHED, fact_document
from shared.organizations.profiles import record
from shared.queue import BOTH, Queue

KIND, LIFE, AHEAD = "reconfirm", timedelta(days=30), 30
OPENS, CLOSES, EVERY_S, BATCH = time(9), time(17), 600, 50


def due(startup: Startup, today: date) -> list:
    """The facts others see that are past their shelf life, or will be within a month: of a single
    field the one that counts.
    """
    by_id = {f.id: f for f in startup.facts}
    standing = Facts([Fact.of(fact_document(f)) for f in startup.facts], today)
    places = {(f.field, f.asset) for f in standing if FIELDS[f.field].arity == "single"}
    counting = {w.id for field, asset in places if (w := standing.one(field, asset))}
    kept = [f for f in standing if FIELDS[f.field].arity != "single" or f.id in counting]
    return [
        by_id[f.id]
        for f in kept
        if f.open and f.stale(today + timedelta(days=AHEAD)) and not _history(f)
    ]


def _history(fact: Fact) -> bool:
    """Rounds and totals are events of their day: they do not grow stale, newer ones follow them."""
    return fact.field in ("funding_round", "total_raised", "public_grant")


class Reminders(Queue):
    """Writes to the owners of every startup that has facts due and no letter this quarter, in
    office hours; one that fails waits alone.
    """

    name, lanes, every_s, batch, counted = "reminders", (BOTH,), EVERY_S, None, False

    def __init__(self, db: Database, language: str = "ja"):
        super().__init__("startups", db)
        self.language = language

    def waiting(self, session: Session) -> list[tuple[str, datetime]]:
        now = session.info["now"].astimezone(JST)
        if now.weekday() > 4 or not OPENS <= now.time() < CLOSES:
            return []
        begun = datetime(now.year, 3 * ((now.month - 1) // 3) + 1, 1, tzinfo=JST)
        told = select(Link.startup).where(Link.kind == KIND, Link.made_at >= begun)
        rows = (
            select(Startup)
            .where(Startup.state == PUBLISHED, Startup.owner != PLATFORM, Startup.id.not_in(told))
            .order_by(Startup.id)
        )
        found = session.scalars(rows.execution_options(yield_per=BATCH))
        return [
            (f"{s.id}/{begun:%Y-%m}", begun) for s in found if _concerned(s, session.info["today"])
        ]

    def settle(self, session: Session, item: str, told: Any) -> None:
        startup = session.get(Startup, item.partition("/")[0], with_for_update=True)
        if startup is not None and due(startup, session.info["today"]):
            _write(session, startup, self.language)

    def forget(self) -> None:
        """Outside office hours nothing waits, and what was set back still will."""
        with self.db.reading(self.actor) as session:
            open_now = bool(self.waiting(session))
        if open_now:
            super().forget()


def remind(db: Database, language: str = "ja") -> int:
    """Writes what reminders are due; returns how many."""
    return Reminders(db, language).round()


def _concerned(startup: Startup, today: date) -> bool:
    """Whether a startup has facts due, or is one about which that cannot be said: its own turn will
    say why.
    """
    try:
        return bool(due(startup, today))
    except Exception:  # noqa: BLE001 - one startup keeps no other from its letter
        return True


def _write(session: Session, startup: Startup, language: str) -> None:
    link, token = new_link(session, startup.id, startup.owner, KIND, LIFE, language, "private")
    params = {"path": f"/reconfirm/{token}", "expires": link.expires_at.isoformat()}
    write(session, Letter, new_id(), startup.owner, KIND, params)


def asked(session: Session, token: str) -> tuple[Link, list[dict]]:
    """What a link asks about. Raises NotFound, Gone."""
    link, _, waiting = _opened(session, token)
    return link, [fact_document(f) for f in waiting]


def _opened(session: Session, token: str) -> tuple[Link, Startup, list]:
    link = followed(session, token, KIND)
    startup = session.scalar(select(Startup).where(Startup.id == link.startup).with_for_update())
    return link, startup, due(startup, session.info["today"])


def confirm(session: Session, token: str, wanted: list[str]) -> tuple[Startup, int]:
    """Says that facts are still true: each keeps its beginning and is dated today. Raises NotFound,
    Gone, Invalid for one that is not due.
    """
    link, startup, waiting = _opened(session, token)
    by_id = {f.id: f for f in waiting}
    if not wanted or not set(wanted) <= set(by_id):
        raise Invalid("nothing-to-confirm")
    session.info["actor"] = Actor(f"link {link.id}", startup.owner, frozenset({"startup"}))
    today = session.info["today"].isoformat()
    for fact in (by_id[f] for f in dict.fromkeys(wanted)):
        if fact.valid_from is None and fact.as_of != UNDATED and first_day(fact.as_of):
            fact.valid_from = fact.as_of
        fact.as_of, fact.source = today, {"kind": "self-declared"}
    link.used += 1
    audit.note(
        session,
        "facts-reconfirmed",
        startup.id,
        link=link.id,
        facts=sorted(by_id[f].field for f in wanted),
    )
    record(session, STARTUP, startup, "updated")
    return startup, len(set(wanted))
