"""A team's own calendar: its days begin and end in the zone its mandate's week is planned in,
wherever the server or Tokyo is.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching.models import FeedPlan

ZONE = "Asia/Tokyo"  # of a mandate that has planned no zone


def zone_of(session: Session, mandate: str) -> ZoneInfo:
    return zones(session, [mandate])[mandate]


def today(session: Session, mandate: str) -> date:
    """The day it is for the team of a mandate."""
    return session.info["now"].astimezone(zone_of(session, mandate)).date()


def midnight(session: Session, mandate: str, day: date) -> datetime:
    """The instant at which a day begins for the team of a mandate."""
    return datetime.combine(day, time(0), zone_of(session, mandate))


def zones(session: Session, mandates: list[str]) -> dict[str, ZoneInfo]:
    """The zone of each mandate, also to those who read of another team's days."""
    plans = FeedPlan.__table__.c
    planned = dict(
        session.execute(
            select(plans.mandate, plans.zone).where(plans.mandate.in_(set(mandates)))
        ).all()
    )
    return {m: ZoneInfo(planned.get(m, ZONE)) for m in mandates}
