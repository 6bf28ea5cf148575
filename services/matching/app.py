"""Wires the matching service."""

from functools import partial

from services.matching import routes
from services.matching.keyring import OWNERS, Keyring
from services.matching.models import Base
from services.matching.population import Populations
from services.matching.queries import Reader
from services.matching.reactions import REACTIONS, SWEEP, TOPICS, Scorer
from shared import timers
from shared.auth import worker
from shared.clock import Clock
from shared.consumer import Consumer
from shared.db import Database
from shared.eventlog import EventLog
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "matching"


def no_keys(service: str, subject: str) -> bytes | None:
    """Where nobody gave a way to the owners' keys: unreachable, so private parts wait."""
    raise OSError(f"no way to the keys of {OWNERS.get(service, service)}")


def create(settings: Settings, eventlog: EventLog | None = None, clock: Clock | None = None, fetch_key=no_keys) -> Service:
    """The matching service; `fetch_key(service, subject)` gets a subject's key from its owner, None where it is erased."""
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base)
    keyring = Keyring(fetch_key)
    scorer = Scorer(keyring, db)
    blueprints = [routes.matches, routes.feeds, routes.triads, routes.previews, routes.exposure, routes.search]
    app = make_app(NAME, settings, db, clock, blueprints, lambda: {"migration": behind(db, Base, NAME)})
    app.extensions["nakodo"]["reader"] = Reader(Populations(keyring))
    service = Service(NAME, app, tuple(b.name for b in blueprints), db, Base, eventlog, timers={SWEEP: scorer.sweep})
    if eventlog is not None:
        consumer = Consumer(NAME, db, eventlog, TOPICS, REACTIONS, scorer.prepare, scorer.finish, scorer.undo)
        service.consumers.append(consumer)
        app.extensions["nakodo"]["lag"] = consumer.lag
    service.started = partial(_begin, db, scorer)
    service.keyring = keyring
    return service


def _begin(db: Database, scorer: Scorer) -> None:
    scorer.warm_up()
    with db.transaction(worker(NAME)) as session:
        timers.at(session, session.info["now"], SWEEP, "daily")
