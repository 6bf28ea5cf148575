"""Wires the notices service."""

from services.notices import routes
from services.notices.deliverer import Deliverer
from services.notices.models import Base
from services.notices.reactions import consumers
from services.notices.retention import RETENTION
from services.notices.sender import Sender
from shared.clock import Clock
from shared.db import Database
from shared.eventlog import EventLog
from shared.migrate import behind
from shared.secrets import Seals
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "notices"


def create(
    settings: Settings, eventlog: EventLog | None = None, clock: Clock | None = None
) -> Service:
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base, settings.connections)
    app = make_app(
        NAME,
        settings,
        db,
        clock,
        [routes.internal, routes.subscriptions],
        lambda: {"migration": behind(db, Base, NAME)},
    )
    seals = Seals(settings.data / "keys" / "notices.key")
    app.extensions["nakodo"]["seals"] = seals
    service = Service(
        NAME, app, (routes.subscriptions.name,), db, Base, eventlog, retention=RETENTION
    )
    if eventlog is not None:
        service.consumers += consumers(db, eventlog)
    service.queues.append(Deliverer(db, seals, settings.webhook_networks))
    service.queues.append(Sender(db, settings.smtp, settings.mail_from, settings.data / "mail"))
    return service
