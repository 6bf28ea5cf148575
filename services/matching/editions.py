"""Weekly editions: on Monday at six in the team's zone the feed is fixed, at most ten items, only
what is new, changed or back since the last one.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching.days import ZONE
from services.matching.decisions import moved
from services.matching.digests import post
from services.matching.models import Edition, FeedPlan, History
from services.matching.queries import Asking, Reader
from services.matching.searches import on_mission
from shared import audit, outbox
from shared.auth import PLATFORM, Actor
from shared.db import Database
from shared.errors import NotFound
from shared.events import Event
from shared.queue import BOTH, Queue

OPENS, MOST, EVERY_S = time(6), 10, 60
FIRST = {"returned": 0, "new": 1, "changed": 1, "near-miss": 2}
LANGUAGES = ("en", "ja")


def plan(session: Session, mandate: str) -> tuple[str, int]:
    """(zone, items at most) of a mandate's editions."""
    row = session.get(FeedPlan, mandate)
    return (row.zone, row.most) if row else (ZONE, MOST)


def set_plan(session: Session, reader: Reader, name: str, form: dict) -> FeedPlan:
    """Says in which zone the week of a mandate, or of all of a team's, begins and how many items it
    holds. Raises NotFound for another's.
    """
    mandates, owner = _own(session, reader, name)
    for mandate in mandates:
        row = session.get(FeedPlan, mandate) or FeedPlan(mandate=mandate, owner=owner)
        row.zone, row.most, row.digest = form["zone"], form["most"], form["digest"]
        session.add(row)
        moved(session, mandate)
        audit.note(session, "feed-planned", mandate, **form)
    return row


def _own(session: Session, reader: Reader, name: str) -> tuple[list[str], str]:
    """The mandates a name means, all of one's own, and their owner."""
    actor = session.info["actor"]
    actor.need("reviewer")
    population = reader.population(session, Asking())
    mandates = reader.mandate(session, population, name)
    owners = {population.mandates[m].owner for m in mandates}
    if len(owners) != 1 or not actor.may_change(min(owners), "reviewer"):
        raise NotFound()
    return mandates, min(owners)


def week_of(now: datetime, zone: str) -> tuple[str, datetime]:
    """The week whose edition is out at an instant, as 2026-W48, and when it came out: Monday at
    six, in the zone, summer time or not.
    """
    local = now.astimezone(ZoneInfo(zone))
    monday = local.date() - timedelta(days=local.weekday())
    out = datetime.combine(monday, OPENS, ZoneInfo(zone))
    if local < out:
        monday -= timedelta(days=7)
        out = datetime.combine(monday, OPENS, ZoneInfo(zone))
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}", out


class Editions(Queue):
    """Makes the edition of this week for every mandate that somebody owns and that has none yet;
    one that fails waits alone.
    """

    name, lanes, every_s, batch, counted = "editions", (BOTH,), EVERY_S, None, False

    def __init__(self, db: Database, reader: Reader):
        super().__init__("matching", db)
        self.reader = reader
        self.owners: dict[str, str] = {}

    def waiting(self, session: Session) -> list[tuple[str, datetime]]:
        now = session.info["now"]
        population = self.reader.population(session, Asking())
        self.owners = {m.id: m.owner for m in population.mandates.values() if m.owner != PLATFORM}
        have = {(e, w) for e, w in session.execute(select(Edition.mandate, Edition.week))}
        weeks = ((m, *week_of(now, plan(session, m)[0])) for m in sorted(self.owners))
        return [
            (f"{mandate}/{week}", out)
            for mandate, week, out in weeks
            if (mandate, week) not in have
        ]

    def acting(self, item: str) -> Actor:
        return Actor("editions", self.owners[item.partition("/")[0]], frozenset({"reviewer"}))

    def settle(self, session: Session, item: str, told: Any) -> None:
        mandate, _, week = item.partition("/")
        _make(session, self.reader, mandate, self.owners[mandate], week)


def make_due(db: Database, reader: Reader) -> int:
    """Makes what editions are due; returns how many."""
    return Editions(db, reader).round()


def _make(session: Session, reader: Reader, mandate: str, owner: str, week: str) -> None:
    """One edition: what is back, then matches, then near misses, each only if it has moved since
    the last edition.
    """
    if session.get(Edition, (mandate, week)):
        return
    last = session.scalar(
        select(Edition.made_at)
        .where(Edition.mandate == mandate)
        .order_by(Edition.made_at.desc())
        .limit(1)
    )
    live = reader.feed(session, mandate, Asking(), limit=1000)
    moved_at = {
        h.startup: h.material_at
        for h in session.scalars(select(History).where(History.mandate == mandate))
    }
    fresh = [i for i in live if last is None or _since(i, moved_at) > last]
    wanted = on_mission(session, reader.population(session, Asking()), mandate)
    fresh.sort(key=lambda i: (i["startup"] not in wanted, FIRST.get(i["lane"], 1)))
    chosen = [i["startup"] for i in fresh[: plan(session, mandate)[1]]]
    items = {
        lang: _told(reader.feed(session, mandate, Asking(lang), limit=1000), chosen)
        for lang in LANGUAGES
    }
    session.add(
        Edition(mandate=mandate, week=week, owner=owner, made_at=session.info["now"], items=items)
    )
    held = session.get(FeedPlan, mandate)
    if held is None or held.digest:
        post(session, reader.population(session, Asking()), mandate, owner, week, items)
    number = session.info["now"]
    data = {"mandate": mandate, "owner": owner, "week": week, "items": len(chosen)}
    outbox.publish(
        session,
        Event("edition.made.v1", "matching", mandate, int(number.timestamp()), number, data),
    )


def _since(item: dict, moved: dict[str, datetime]) -> datetime:
    """When an item last became news: a change of the pair, or its coming back."""
    times = [t for t in (moved.get(item["startup"]),) if t]
    if item.get("returned", {}).get("at"):
        times.append(datetime.fromisoformat(item["returned"]["at"]))
    return max(times)


def _told(live: list[dict], chosen: list[str]) -> list[dict]:
    by_startup = {i["startup"]: i for i in live}
    return [by_startup[s] for s in chosen if s in by_startup]


def editions(session: Session, reader: Reader, name: str) -> list[dict]:
    """The weeks of a mandate, or of a team's together, that have an edition, the newest first."""
    mandates, _ = _own(session, reader, name)
    weeks: dict[str, list[Edition]] = {}
    for row in session.scalars(
        select(Edition)
        .where(Edition.mandate.in_(mandates))
        .order_by(Edition.week.desc(), Edition.mandate)
    ):
        weeks.setdefault(row.week, []).append(row)
    shown = mandates[0] if len(mandates) == 1 else name
    return [
        {
            "mandate": shown,
            "week": week,
            "made_at": max(r.made_at for r in rows).isoformat(),
            "items": len(_joined(session, [(r.mandate, r.items["en"]) for r in rows])),
        }
        for week, rows in weeks.items()
    ]


def edition(session: Session, reader: Reader, name: str, week: str, lang: str) -> dict:
    """One edition as it was fixed: the same bytes whenever it is read; a team's joins those of its
    mandates. Raises NotFound.
    """
    mandates, _ = _own(session, reader, name)
    rows = list(
        session.scalars(
            select(Edition)
            .where(Edition.mandate.in_(mandates), Edition.week == week)
            .order_by(Edition.mandate)
        )
    )
    if not rows:
        raise NotFound()
    items = _joined(session, [(r.mandate, r.items[lang]) for r in rows])
    shown = mandates[0] if len(mandates) == 1 else name
    return {
        "mandate": shown,
        "week": week,
        "made_at": max(r.made_at for r in rows).isoformat(),
        "items": items,
    }


def _joined(session: Session, parts: list[tuple[str, list[dict]]]) -> list[dict]:
    """The items of several mandates as one list: each startup once, by its best mandate, no more
    than the largest plan allows.
    """
    if len(parts) == 1:
        return parts[0][1]
    ranked = sorted(
        (i for _, items in parts for i in items),
        key=lambda i: (FIRST.get(i["lane"], 1), *_rank(i)),
    )
    best = {i["startup"]: i for i in reversed(ranked)}
    chosen = [i for i in ranked if best[i["startup"]] is i]
    return chosen[: max(plan(session, mandate)[1] for mandate, _ in parts)]


def _rank(item: dict) -> tuple:
    return -item["fit"], -item["log_odds"], item["startup"], item["mandate"]


def is_week(text: str) -> bool:
    """Whether a text names a week of the calendar, as 2026-W48."""
    try:
        date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
    except ValueError:
        return False
    return len(text) == 8 and text[4:6] == "-W"
