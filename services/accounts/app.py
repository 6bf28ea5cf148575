"""Wires the accounts service."""

from collections.abc import Callable

from services.accounts import routes
from services.accounts.courier import Courier
from services.accounts.models import Base
from services.accounts.passwords import Passwords
from shared.auth import Issuer
from shared.clock import Clock
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
    profile: Callable[[str, str], dict | None] = lambda kind, slug: None,
    post: Callable[[dict], None] | None = None,
) -> Service:
    """The accounts service; `profile(kind, slug)` reads a profile from its owner, `post(letter)` hands mail to notices."""
    clock = clock or Clock()
    db = Database(settings.database(NAME), clock, Base)
    blueprints = [routes.sessions, routes.tokens, routes.people, routes.accounts, routes.links, routes.claims]
    app = make_app(NAME, settings, db, clock, blueprints, lambda: {"migration": behind(db, Base, NAME)})
    keys = settings.data / "keys"
    app.extensions["nakodo"] |= {
        "passwords": Passwords(),
        "seals": Seals(keys / "accounts.key"),
        "issuer": Issuer(keys),
        "profile": profile,
    }
    service = Service(NAME, app, tuple(b.name for b in blueprints), db, Base, eventlog)
    if post is not None:
        service.loops.append(("courier", Courier(db, post).run))
    return service
