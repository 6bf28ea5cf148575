"""Wires the matching service."""

from services.matching import routes
from services.matching.editions import Editions
from services.matching.keyring import OWNERS, Keyring
from services.matching.members import NAME, Member, Progress
from services.matching.models import Base, Letter
from services.matching.population import Populations
from services.matching.queries import Reader
from services.matching.reactions import FOLLOWED, INTRODUCTIONS, REACTIONS, TIMERS, forget, number
from services.matching.retention import RETENTION
from services.matching.streams import Hub
from shared.clock import Clock
from shared.consumer import Consumer
from shared.db import Database
from shared.eventlog import EventLog
from shared.letters import Courier
from shared.migrate import behind
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app


def no_keys(service: str, subject: str) -> bytes | None:
    """Where nobody gave a way to the owners' keys: unreachable, so private parts wait."""
    raise OSError(f"no way to the keys of {OWNERS.get(service, service)}")


def create(
    settings: Settings,
    eventlog: EventLog | None = None,
    clock: Clock | None = None,
    fetch_key=no_keys,
    letter=None,
    is_member=None,
) -> Service:
    """The matching service; `fetch_key(service, subject)` gets a subject's key from its owner, None
    where it is erased; `letter` hands mail on, `is_member(org, person)` asks accounts.
    """
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base, settings.connections)
    keyring = Keyring(fetch_key)
    app = make_app(
        NAME, settings, db, clock, routes.BLUEPRINTS, lambda: {"migration": behind(db, Base, NAME)}
    )
    app.extensions["nakodo"] |= {
        "reader": Reader(Populations(keyring)),
        "hub": Hub(db, settings.streams),
        "is_member": is_member,
    }
    service = Service(
        NAME,
        app,
        tuple(b.name for b in routes.BLUEPRINTS if b is not routes.pairs),
        db,
        Base,
        eventlog,
        timers=TIMERS,
        forgets=forget,
        keyring=keyring,
        retention=RETENTION,
    )
    if eventlog is not None:
        follower = Consumer(NAME, db, eventlog, FOLLOWED, REACTIONS, finish=number)
        member = Member(db, eventlog, keyring)
        service.consumers.insert(0, follower)
        service.consumers.append(
            Consumer("introductions", db, eventlog, ("introductions",), INTRODUCTIONS)
        )
        service.members = [member]
        service.queues.append(Editions(db, app.extensions["nakodo"]["reader"]))
        service.progress = Progress(follower, member)
    if letter is not None:
        service.queues.append(Courier(NAME, db, Letter, letter))
    return service
