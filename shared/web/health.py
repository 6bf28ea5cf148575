"""/live of every service, for anybody; and the figures of its own tables, for operators."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from shared.auth import worker
from shared.db import Database
from shared.gauges import Gauges, Patiently
from shared.tables import dead_letters, outbox, timers


def health_routes() -> Blueprint:
    blueprint = Blueprint("health", __name__)
    blueprint.add_url_rule("/live", view_func=live)
    return blueprint


def live() -> Response:
    """The process answers."""
    return Response('{"live": true}', mimetype="application/json")


def measures(parts: dict) -> dict[str, float]:
    """Age of the oldest waiting outbox row (s), rows waiting, dead letters, delay of the oldest due
    timer (s).
    """
    db = parts["db"]
    if db is None:
        return {}
    with db.reading(worker(parts["name"])) as session:
        now = session.info["now"]
        oldest, waiting = session.execute(
            select(func.min(outbox.c.recorded_at), func.count()).where(
                outbox.c.published_at.is_(None)
            )
        ).one()
        due = session.scalar(
            select(func.min(timers.c.due)).where(timers.c.fired_at.is_(None), timers.c.due <= now)
        )
        dead = session.scalar(select(func.count()).select_from(dead_letters))
    return {
        "outbox_age_seconds": (now - oldest).total_seconds() if oldest else 0.0,
        "outbox_waiting": waiting,
        "dead_letters": dead,
        "timer_delay_seconds": (now - due).total_seconds() if due else 0.0,
    }


def table_gauges(gauges: Gauges, name: str, db: Database) -> None:
    """Registers what a service's own tables say."""
    parts = {"name": name, "db": db}
    read = Patiently(lambda: measures(parts))  # one look at the tables for all of them

    def figure(key: str) -> Callable[[], float]:
        return lambda: read()[key]

    gauges.gauge("database_reachable", "Whether the database answered", lambda: _answers(read))
    gauges.gauge(
        "outbox_age_seconds",
        "Age of the oldest event that waits to be published",
        figure("outbox_age_seconds"),
    )
    gauges.gauge("outbox_waiting", "Events that wait to be published", figure("outbox_waiting"))
    gauges.gauge(
        "timer_delay_seconds", "How late the most overdue timer is", figure("timer_delay_seconds")
    )
    gauges.gauge(
        "dead_letters",
        "Events that were parked, by consumer",
        lambda: _parked(parts),
        ("consumer",),
    )


def _answers(read: Patiently) -> float:
    try:
        read()
    except (SQLAlchemyError, TimeoutError):
        return 0.0
    return 1.0


def _parked(parts: dict) -> Mapping[tuple[str, ...], float]:
    with parts["db"].reading(worker(parts["name"])) as session:
        rows = session.execute(
            select(dead_letters.c.consumer, func.count()).group_by(dead_letters.c.consumer)
        ).all()
    return {(consumer,): float(count) for consumer, count in rows}
