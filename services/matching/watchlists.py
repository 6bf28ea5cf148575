"""Lists of companies of concern, version by version; each change screens every startup anew and
tells only of those it changes something for.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching.engine.concern import PUBLISHED, WITHDRAWN, ListVersion, exposure, in_force
from services.matching.engine.rulebook import document
from services.matching.models import Screened, Watchlist
from services.matching.population import Population
from shared import audit, outbox
from shared.errors import Conflict, NotFound
from shared.events import Event
from shared.ids import new_id


def versions(session: Session) -> list[ListVersion]:
    """All versions ever loaded, as the engine reads them."""
    rows = session.scalars(select(Watchlist).order_by(Watchlist.published, Watchlist.id))
    return [ListVersion(r.list, r.title, r.published, r.state, tuple(r.entries)) for r in rows]


def add(session: Session, population: Population, form: dict) -> tuple[Watchlist, list[str]]:
    """Adds a published version; returns it with the startups for which something has changed.
    Raises Conflict for one that is there.
    """
    session.info["actor"].need("staff")
    same = (Watchlist.list == form["list"]) & (Watchlist.published == form["published"])
    if session.scalar(select(Watchlist.id).where(same)):
        raise Conflict("list-there", given=f"{form['list']} {form['published']}")
    before = versions(session)
    row = Watchlist(id=new_id(), state=PUBLISHED, loaded_at=session.info["now"], **form)
    session.add(row)
    session.flush()
    audit.note(
        session,
        "watchlist-added",
        row.id,
        list=row.list,
        published=row.published.isoformat(),
        entries=len(row.entries),
    )
    return row, _screen(session, population, before)


def withdraw(
    session: Session, population: Population, watchlist: str
) -> tuple[Watchlist, list[str]]:
    """A version its publisher took back: from now on it never was. Raises NotFound, Conflict."""
    session.info["actor"].need("staff")
    row = session.scalar(select(Watchlist).where(Watchlist.id == watchlist).with_for_update())
    if row is None:
        raise NotFound()
    if row.state == WITHDRAWN:
        raise Conflict("list-withdrawn")
    before = versions(session)
    row.state = WITHDRAWN
    session.flush()
    audit.note(
        session, "watchlist-withdrawn", row.id, list=row.list, published=row.published.isoformat()
    )
    return row, _screen(session, population, before)


def _screen(session: Session, population: Population, before: Sequence[ListVersion]) -> list[str]:
    """Every startup against the lists as they were and as they are; an event for each whose result
    differs.
    """
    after, known = versions(session), population.organisations | population.places
    if in_force(before, population.on) == in_force(after, population.on):
        return []
    changed = []
    for startup in population.startups.values():
        whole = population.disclosed(startup) or startup
        old, new = exposure(whole, known, before), exposure(whole, known, after)
        texts = [document(finding, population.on, "en") for finding in (old, new)]
        if texts[0] != texts[1]:
            changed.append(startup.id)
            _tell(session, startup, old.outcome, new.outcome)
    return sorted(changed)


def _tell(session: Session, startup, before: str, after: str) -> None:
    row = session.get(Screened, startup.id)
    if row is None:
        row = Screened(startup=startup.id, version=0)
        session.add(row)
    row.version, row.outcome, row.at = row.version + 1, after, session.info["now"]
    data = {"startup": startup.id, "owner": startup.owner, "before": before, "after": after}
    outbox.publish(
        session,
        Event(
            "exposure.changed.v1", "matching", startup.id, row.version, session.info["now"], data
        ),
    )


def shown(session: Session, on: date) -> list[dict]:
    """All versions, the newest first, without their entries; those in force are marked."""
    rows = list(
        session.scalars(select(Watchlist).order_by(Watchlist.published.desc(), Watchlist.id))
    )
    current = {(v.list, v.published) for v in in_force(versions(session), on)}
    return [watchlist_document(r) | {"in_force": (r.list, r.published) in current} for r in rows]


def watchlist_document(row: Watchlist) -> dict:
    named = {
        "id": row.id,
        "list": row.list,
        "title": row.title,
        "published": row.published.isoformat(),
        "state": row.state,
    }
    return named | {
        "source": row.source,
        "entries": len(row.entries),
        "loaded_at": row.loaded_at.isoformat(),
    }
