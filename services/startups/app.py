"""Wires the startups service."""

from collections.abc import Callable, Iterable

from services.startups import routes
from services.startups.actions import STARTUP
from services.startups.files import Files, sweeper
from services.startups.models import Base, Letter
from services.startups.reactions import HEARS, REACTIONS
from services.startups.reconfirm import Reminders
from services.startups.retention import RETENTION
from shared.clock import Clock
from shared.consumer import Consumer
from shared.db import Database, Reserve
from shared.eventlog import EventLog
from shared.letters import Courier
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "startups"


def create(
    settings: Settings,
    eventlog: EventLog | None = None,
    clock: Clock | None = None,
    post: Callable[[dict], None] | None = None,
    reserve: Reserve | None = None,
    named: Callable[[Iterable[str]], dict[str, dict]] = lambda ids: {},
) -> Service:
    """The startups service; `post` hands a letter to accounts, without it letters wait; `reserve`
    asks accounts for an id; `named` the other services for names.
    """
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base, settings.connections)
    db.reserve = reserve or db.reserve
    app = make_app(
        NAME, settings, db, clock, routes.BLUEPRINTS, lambda: {"migration": behind(db, Base, NAME)}
    )
    files = app.extensions["nakodo"]["files"] = Files(settings.data / "documents")
    app.extensions["nakodo"]["named"] = named
    paths = tuple(b.name for b in routes.BLUEPRINTS if b is not routes.internal)
    service = Service(
        NAME, app, paths, db, Base, eventlog, kinds=(STARTUP,), hears=HEARS, retention=RETENTION
    )
    if eventlog is not None:
        service.consumers.append(
            Consumer(NAME, db, eventlog, ("asks", "exposures", "introductions"), REACTIONS)
        )
    service.loops.append(("sweeper", sweeper(db, files)))
    service.queues.append(Reminders(db))
    if post is not None:
        service.queues.append(Courier(NAME, db, Letter, post))
    return service
