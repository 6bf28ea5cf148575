"""Wires the meetings service."""

from collections.abc import Callable

from services.meetings.models import Base, Job, Letter
from services.meetings.pairs import Doors
from services.meetings.reactions import FOLLOWED, REACTIONS, TIMERS, forget
from services.meetings.retention import RETENTION
from services.meetings.routes import BLUEPRINTS
from services.meetings.schedules import on_scheduled
from services.meetings.scheduling import DAY, REPAIR, SOLVERS
from shared.clock import Clock
from shared.consumer import Consumer
from shared.db import Database
from shared.eventlog import EventLog
from shared.jobs import Solvers
from shared.letters import Courier
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "meetings"


def create(
    settings: Settings,
    eventlog: EventLog | None = None,
    clock: Clock | None = None,
    doors: Doors | None = None,
    post: Callable[[dict], None] | None = None,
) -> Service:
    """The meetings service; `doors` asks matching and accounts, `post` hands a letter to accounts,
    without it letters wait.
    """
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base, settings.connections)
    app = make_app(
        NAME, settings, db, clock, BLUEPRINTS, lambda: {"migration": behind(db, Base, NAME)}
    )
    app.extensions["nakodo"]["doors"] = doors
    service = Service(
        NAME,
        app,
        tuple(b.name for b in BLUEPRINTS),
        db,
        Base,
        eventlog,
        timers=TIMERS,
        forgets=forget,
        retention=RETENTION,
    )
    if eventlog is not None:
        service.consumers.append(Consumer(NAME, db, eventlog, FOLLOWED, REACTIONS))
    solvers = Solvers(NAME, db, Job, SOLVERS, {DAY: on_scheduled, REPAIR: on_scheduled})
    solvers.show(service.gauges)
    service.queues.append(solvers)
    if post is not None:
        service.queues.append(Courier(NAME, db, Letter, post))
    return service
