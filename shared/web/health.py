"""/live, /ready and /metrics of every service."""

import json
from collections.abc import Callable

from flask import Blueprint, Response, current_app
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from shared.auth import worker
from shared.eventlog import LogUnavailable
from shared.tables import dead_letters, outbox, timers


def health_routes() -> Blueprint:
    blueprint = Blueprint("health", __name__)
    blueprint.add_url_rule("/live", view_func=live)
    blueprint.add_url_rule("/ready", view_func=ready)
    blueprint.add_url_rule("/metrics", view_func=metrics)
    return blueprint


def live() -> Response:
    """The process answers."""
    return Response('{"live": true}', mimetype="application/json")


def ready() -> Response:
    """The database answers and every check of the service holds; 503 names what does not."""
    parts = current_app.extensions["nakodo"]
    problems = {}
    try:
        measures(parts)
    except SQLAlchemyError as error:
        problems["database"] = type(error).__name__
    problems |= {name: text for name, text in parts["checks"]().items() if text}
    body = json.dumps({"ready": not problems, "service": parts["name"], "problems": problems})
    return Response(body, 503 if problems else 200, mimetype="application/json")


def measures(parts: dict) -> dict[str, float]:
    """Age of the oldest waiting outbox row (s), rows waiting, dead letters, delay of the oldest due timer (s)."""
    db = parts["db"]
    if db is None:
        return {}
    with db.reading(worker(parts["name"])) as session:
        now = session.info["now"]
        oldest, waiting = session.execute(select(func.min(outbox.c.recorded_at), func.count()).where(outbox.c.published_at.is_(None))).one()
        due = session.scalar(select(func.min(timers.c.due)).where(timers.c.fired_at.is_(None), timers.c.due <= now))
        dead = session.scalar(select(func.count()).select_from(dead_letters))
    return {
        "outbox_age_seconds": (now - oldest).total_seconds() if oldest else 0.0,
        "outbox_waiting": waiting,
        "dead_letters": dead,
        "timer_delay_seconds": (now - due).total_seconds() if due else 0.0,
    }


def _log_measures(lag: Callable[[], int] | None) -> dict[str, float]:
    """How far the consumer is behind; while the log cannot be reached, only that."""
    if lag is None:
        return {}
    try:
        return {"consumer_lag": lag(), "eventlog_reachable": 1}
    except LogUnavailable:
        return {"eventlog_reachable": 0}


def metrics() -> Response:
    """Prometheus text: what an operator alerts on."""
    parts = current_app.extensions["nakodo"]
    registry = CollectorRegistry()
    values = measures(parts) | _log_measures(parts.get("lag"))
    for name, value in values.items():
        Gauge(f"nakodo_{name}", name.replace("_", " "), ["service"], registry=registry).labels(parts["name"]).set(value)
    return Response(generate_latest(registry), mimetype="text/plain")
