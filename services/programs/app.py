"""Wires the programs service."""

from services.programs import routes
from services.programs.actions import PROGRAM, PROVIDER, SITE
from services.programs.models import Base
from shared.clock import Clock
from shared.db import Database
from shared.eventlog import EventLog
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "programs"


def create(settings: Settings, eventlog: EventLog | None = None, clock: Clock | None = None) -> Service:
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base)
    blueprints = [routes.sites, routes.providers, routes.programs]
    app = make_app(NAME, settings, db, clock, blueprints, lambda: {"migration": behind(db, Base, NAME)})
    return Service(NAME, app, ("sites", "providers", "programs"), db, Base, eventlog, kinds=(SITE, PROVIDER, PROGRAM))
