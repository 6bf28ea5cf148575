"""Wires the notices service."""

from services.notices import routes
from services.notices.models import Base
from services.notices.sender import Sender
from shared.clock import Clock
from shared.db import Database
from shared.eventlog import EventLog
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "notices"


def create(settings: Settings, eventlog: EventLog | None = None, clock: Clock | None = None) -> Service:
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base)
    app = make_app(NAME, settings, db, clock, [routes.internal], lambda: {"migration": behind(db, Base, NAME)})
    service = Service(NAME, app, (), db, Base, eventlog)
    service.loops.append(("sender", Sender(db, settings.smtp, settings.mail_from, settings.data / "mail").run))
    return service
