"""Wires the accounts service."""

from importlib import import_module

from services.accounts import names, routes
from services.accounts.courier import Courier
from services.accounts.doors import Doors
from services.accounts.models import Base
from services.accounts.passwords import Passwords
from services.accounts.retention import RETENTION
from shared.auth import issuer_of
from shared.clock import Clock
from shared.consumer import Consumer
from shared.db import Database
from shared.eventlog import EventLog
from shared.migrate import behind
from shared.secrets import Seals
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app

NAME = "accounts"


def create(
    settings: Settings,
    eventlog: EventLog | None = None,
    clock: Clock | None = None,
    doors: Doors | None = None,
) -> Service:
    """The accounts service; without `doors` to the other services it serves only what needs none of
    them.
    """
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base, settings.connections)
    app = make_app(
        NAME, settings, db, clock, routes.BLUEPRINTS, lambda: {"migration": behind(db, Base, NAME)}
    )
    keys = settings.data / "keys"
    app.extensions["nakodo"] |= {
        "passwords": Passwords(),
        "seals": Seals(keys / "accounts.key"),
        "issuer": issuer_of(settings),
        "doors": doors,
        "provider": None,
    }
    if settings.openid is not None:  # its libraries are an extra, loaded only where they are used
        openid = import_module("services.accounts.openid")
        provider = openid.Provider(
            settings.openid, settings.public_url.rstrip("/") + "/openid/return"
        )
        app.extensions["nakodo"] |= {"provider": provider, "strong": openid.is_strong}
    service = Service(
        NAME,
        app,
        tuple(b.name for b in routes.BLUEPRINTS if b is not routes.internal),
        db,
        Base,
        eventlog,
        retention=RETENTION,
    )
    if eventlog is not None:
        service.consumers.append(Consumer("names", db, eventlog, names.TOPICS, names.REACTIONS))
    if doors is not None:
        service.queues.append(Courier(db, doors, app.extensions["nakodo"]["seals"]))
    return service
