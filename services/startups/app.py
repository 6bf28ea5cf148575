"""Wires the startups service."""

from services.startups import routes
from services.startups.actions import STARTUP
from services.startups.models import Base
from services.startups.reactions import HEARS
from shared.clock import Clock
from shared.db import Database
from shared.eventlog import EventLog
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "startups"


def create(settings: Settings, eventlog: EventLog | None = None, clock: Clock | None = None) -> Service:
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base)
    blueprints = [routes.startups, routes.vocabularies, routes.internal]
    app = make_app(NAME, settings, db, clock, blueprints, lambda: {"migration": behind(db, Base, NAME)})
    return Service(NAME, app, ("startups", "vocabularies"), db, Base, eventlog, kinds=(STARTUP,), hears=HEARS)
