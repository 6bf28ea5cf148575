"""Wires the investors service."""

from services.investors import routes
from services.investors.actions import INVESTOR, MANDATE
from services.investors.models import Base
from services.investors.reactions import HEARS
from shared.clock import Clock
from shared.db import Database, Reserve
from shared.eventlog import EventLog
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "investors"


def create(
    settings: Settings,
    eventlog: EventLog | None = None,
    clock: Clock | None = None,
    reserve: Reserve | None = None,
) -> Service:
    """The investors service; `reserve` asks accounts for an id."""
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base, settings.connections)
    db.reserve = reserve or db.reserve
    blueprints = [routes.investors, routes.mandates, routes.internal]
    app = make_app(
        NAME, settings, db, clock, blueprints, lambda: {"migration": behind(db, Base, NAME)}
    )
    return Service(
        NAME,
        app,
        ("investors", "mandates"),
        db,
        Base,
        eventlog,
        kinds=(INVESTOR, MANDATE),
        hears=HEARS,
    )
