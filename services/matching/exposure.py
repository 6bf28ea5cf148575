"""Who is shown to whom: how many startups' lists each mandate fills, and which startups stand in no
feed's first places.
"""

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from services.matching.engine.exposure import MOST, TOP
from services.matching.engine.grade import FLOOR
from services.matching.models import Match
from services.matching.population import Population
from services.matching.queries import Asking

FEED_TOP, NAMED = 50, 200


def exposure(session: Session, population: Population, asking: Asking) -> dict:
    """The share of startups' first places per mandate, most shown first, and the startups nobody is
    shown; from the rows in use.
    """
    session.info["actor"].need("staff")
    left_out = {
        v.id
        for v in [*population.mandates.values(), *population.startups.values()]
        if v.invented and not asking.invented
    }
    counted = [m for m in population.mandates.values() if m.id not in left_out]
    startups = [s for s in population.startups.values() if s.id not in left_out]
    pairs = select(Match.startup, Match.mandate, Match.fit, Match.score).where(
        Match.state == "match", Match.fit >= FLOOR
    )
    rows = pairs.where(Match.mandate.not_in(left_out), Match.startup.not_in(left_out)).subquery()
    of_startup = func.row_number().over(
        partition_by=rows.c.startup,
        order_by=(rows.c.fit.desc(), rows.c.score.desc(), rows.c.mandate),
    )
    of_mandate = func.row_number().over(
        partition_by=rows.c.mandate,
        order_by=(rows.c.fit.desc(), rows.c.score.desc(), rows.c.startup),
    )
    placed = select(
        rows.c.startup, rows.c.mandate, of_startup.label("place"), of_mandate.label("feed_place")
    ).subquery()
    shown = (
        select(placed.c.mandate, func.count())
        .where(placed.c.place <= TOP)
        .group_by(placed.c.mandate)
    )
    lists = {mandate: n for mandate, n in session.execute(shown)}
    total = session.scalar(select(func.count(distinct(placed.c.startup)))) or 0
    seen = set(
        session.scalars(select(placed.c.startup).distinct().where(placed.c.feed_place <= FEED_TOP))
    )
    unseen = sorted((s for s in startups if s.id not in seen), key=lambda s: s.id)
    return {
        "startups": len(startups),
        "with_matches": total,
        "top": TOP,
        "most": MOST,
        "mandates": [
            _mandate(m, lists.get(m.id, 0), total, population, asking.lang)
            for m in _by_lists(counted, lists)
        ],
        "unseen": [{"startup": s.id, "name": s.title(asking.lang)} for s in unseen[:NAMED]],
        "unseen_count": len(unseen),
        "calibration": population.calibration.hash,
    }


def _by_lists(mandates: list, lists: dict[str, int]) -> list:
    return sorted(mandates, key=lambda m: (-lists.get(m.id, 0), m.id))


def _mandate(mandate, lists: int, total: int, population: Population, lang: str) -> dict:
    return {
        "mandate": mandate.id,
        "investor": mandate.investor.id,
        "name": mandate.investor.title(lang),
        "lists": lists,
        "share": round(lists / total, 4) if total else 0.0,
        "price": population.calibration.price_of(mandate),
    }
