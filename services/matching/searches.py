"""Saved searches and the mission of a quarter: what a team looks for, beside what its mandate
says.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import days
from services.matching.engine.finding import found
from services.matching.engine.views import Startup
from services.matching.models import Mission, SavedSearch
from services.matching.population import Population
from services.matching.queries import Asking, Reader
from shared import audit
from shared.auth import OFFICERS
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.ids import new_id

MOST, SHOWN = 20, 100


def save(session: Session, reader: Reader, form: dict) -> SavedSearch:
    """Keeps a search; what it finds today is known, what it finds later is news in the digest."""
    actor = session.info["actor"]
    actor.need("reviewer", *OFFICERS)
    if (
        session.scalar(
            select(func.count()).select_from(SavedSearch).where(SavedSearch.owner == actor.org)
        )
        >= MOST
    ):
        raise Conflict("too-many-searches", max=MOST)
    row = SavedSearch(id=new_id(), owner=actor.org, name=form["name"], made_at=session.info["now"])
    row.query = {
        k: form[k] for k in ("areas", "modalities", "places", "text", "raising") if form.get(k)
    }
    if not row.query:
        raise Invalid(errors=[FieldError("text", "search-empty", {})])
    row.known = [s.id for s in hits(reader.population(session, Asking()), row, actor.org)]
    session.add(row)
    return row


def hits(population: Population, row: SavedSearch, org: str) -> list[Startup]:
    """What a search finds today, by name; invented companies only for invented organisations'
    own.
    """
    own = any(m.invented for m in population.mandates.values() if m.owner == org)
    shown = [s for s in population.startups.values() if own or not s.invented]
    return sorted(found(shown, row.query), key=lambda s: s.id)


def fresh(
    session: Session, population: Population, owner: str
) -> list[tuple[SavedSearch, list[Startup]]]:
    """What each search of an organisation finds that it has not been told of; from now on it
    has.
    """
    told = []
    for row in session.scalars(
        select(SavedSearch).where(SavedSearch.owner == owner).order_by(SavedSearch.made_at)
    ):
        now = hits(population, row, owner)
        new = [s for s in now if s.id not in set(row.known)]
        row.known = sorted({*row.known, *(s.id for s in new)})
        told.append((row, new))
    return told


def listed(session: Session, reader: Reader, lang: str) -> list[dict]:
    """One's organisation's searches with what they find today."""
    population, org = reader.population(session, Asking()), session.info["actor"].org
    rows = session.scalars(
        select(SavedSearch)
        .where(SavedSearch.owner == org)
        .order_by(SavedSearch.made_at, SavedSearch.id)
    )
    return [search_document(row, hits(population, row, org), lang) for row in rows]


def search_document(row: SavedSearch, now: list[Startup], lang: str) -> dict:
    names = [{"id": s.id, "name": s.title(lang)} for s in now[:SHOWN]]
    return {
        "id": row.id,
        "name": row.name,
        "query": row.query,
        "count": len(now),
        "startups": names,
    }


def drop(session: Session, search: str) -> None:
    session.info["actor"].need("reviewer", "officer")
    row = session.scalar(select(SavedSearch).where(SavedSearch.id == search))
    if row is None:
        raise NotFound()
    session.delete(row)


# -- the mission of a quarter


def set_mission(session: Session, reader: Reader, mandate: str, form: dict) -> Mission:
    """What a mandate looks for until a day, at most half a year ahead. Raises Forbidden for
    another's, Invalid for its day.
    """
    _own(session, reader, mandate)
    ahead = (form["until"] - days.today(session, mandate)).days
    if not 0 < ahead <= 184:
        raise Invalid(errors=[FieldError("until", "date-past" if ahead <= 0 else "date-far", {})])
    row = session.get(Mission, mandate) or Mission(mandate=mandate, owner=session.info["actor"].org)
    row.title, row.areas, row.modalities = form["title"], form["areas"], form["modalities"]
    row.until, row.published = form["until"], form["published"]
    session.add(row)
    audit.note(
        session, "mission-set", mandate, until=row.until.isoformat(), published=row.published
    )
    return row


def end_mission(session: Session, reader: Reader, mandate: str) -> None:
    _own(session, reader, mandate)
    row = session.get(Mission, mandate)
    if row is None:
        raise NotFound()
    session.delete(row)


def _own(session: Session, reader: Reader, mandate: str) -> None:
    actor = session.info["actor"]
    actor.need("reviewer")
    population = reader.population(session, Asking())
    if mandate not in population.mandates:
        raise NotFound("no-mandate", given=mandate)
    if population.mandates[mandate].owner != actor.org:
        raise Forbidden()


def missions(session: Session) -> list[dict]:
    """Missions in force: one's own and published ones, the first to end first."""
    # no zone is further behind; each ends on its team's own day
    soon = session.info["today"] - timedelta(days=2)
    rows = session.scalars(
        select(Mission).where(Mission.until >= soon).order_by(Mission.until, Mission.mandate)
    )
    return [mission_document(row) for row in rows if row.until >= days.today(session, row.mandate)]


def mission_document(row: Mission) -> dict:
    told = {
        name: getattr(row, name)
        for name in ("mandate", "title", "areas", "modalities", "published")
    }
    return told | {"until": row.until.isoformat()}


def on_mission(session: Session, population: Population, mandate: str) -> frozenset[str]:
    """The startups a mandate's mission in force looks for."""
    row = session.get(Mission, mandate)
    if row is None or row.until < days.today(session, mandate) or not (row.areas or row.modalities):
        return frozenset()
    return frozenset(
        s.id
        for s in found(
            population.startups.values(), {"areas": row.areas, "modalities": row.modalities}
        )
    )
