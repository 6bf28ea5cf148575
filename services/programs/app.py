"""Wires the programs service."""

from collections.abc import Callable

from services.programs import routes
from services.programs.actions import PROGRAM, PROVIDER, SITE
from services.programs.cohorts import RESULTS
from services.programs.doors import Doors
from services.programs.meeting import noted, on_results
from services.programs.models import Base, Job, Letter
from services.programs.panel import REMIND, on_allocated, on_reminder
from services.programs.placements import on_placed
from services.programs.planning import ALLOCATION, PLACEMENT, SOLVERS
from services.programs.reactions import HEARS, REACTIONS
from services.programs.retention import RETENTION
from shared.clock import Clock
from shared.consumer import Consumer
from shared.db import Database, Reserve
from shared.eventlog import EventLog
from shared.jobs import Solvers
from shared.letters import Courier
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "programs"


def create(
    settings: Settings,
    eventlog: EventLog | None = None,
    clock: Clock | None = None,
    doors: Doors | None = None,
    post: Callable[[dict], None] | None = None,
    is_member: Callable[[str, str], bool] | None = None,
    reserve: Reserve | None = None,
) -> Service:
    """The programs service; `doors` asks matching what the rules say, `post` hands a letter to
    accounts, without it letters wait; `is_member` asks accounts who is of an organisation,
    `reserve` for an id.
    """
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base, settings.connections)
    db.reserve = reserve or db.reserve
    app = make_app(
        NAME, settings, db, clock, routes.BLUEPRINTS, lambda: {"migration": behind(db, Base, NAME)}
    )
    app.extensions["nakodo"] |= {"doors": doors, "is_member": is_member}
    timers, paths = (
        {RESULTS: on_results, REMIND: on_reminder},
        tuple(b.name for b in routes.BLUEPRINTS),
    )
    service = Service(
        NAME,
        app,
        paths,
        db,
        Base,
        eventlog,
        kinds=(SITE, PROVIDER, PROGRAM),
        timers=timers,
        hears=HEARS,
        retention=RETENTION,
    )
    if eventlog is not None:
        service.consumers.append(Consumer("companies", db, eventlog, ("startups",), REACTIONS))
    solvers = Solvers(NAME, db, Job, SOLVERS, {ALLOCATION: on_allocated, PLACEMENT: on_placed})
    solvers.show(service.gauges)
    service.queues.append(solvers)
    if post is not None:
        service.queues.append(Courier(NAME, db, Letter, post, noted))
    return service
