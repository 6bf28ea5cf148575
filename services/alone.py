"""One service and one role at a time, as each runs in production, from the same code; of the others
nothing is loaded.
"""

import signal
import sys
import threading
from importlib import import_module
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication

from nakodo_client import Client
from shared import telemetry, tracing
from shared.auth import ADMINISTRATOR, Signer, issuer_of, worker
from shared.clock import Clock
from shared.eventlog import EventLog
from shared.eventlog.connect import connect
from shared.gauges import count_together
from shared.migrate import upgrade
from shared.ops import Ops
from shared.service import Service, Work
from shared.settings import Settings, load
from shared.web.server import options, port_is_free

# whose work asks the other services
SPEAKING = ("startups", "investors", "programs", "matching", "meetings", "accounts")


def _one(settings: Settings, name: str, log_: EventLog | None = None) -> Service:
    """One service as it runs alone, keys of private facts fetched through the front door
    (NAKODO_URL); serving needs no log.
    """
    door, create = settings.url or settings.near_url, import_module(f"services.{name}.app").create
    if name == "portal":
        return create(
            settings,
            Clock(),
            lambda token, lang, headers: Client(
                door, token, None, lang, headers, telemetry.passed_on
            ),
            lambda role: None,
        )
    if name not in SPEAKING:
        return create(settings, log_)
    signer = Signer(settings.data / "keys")

    def speaking(lang: str = "en") -> Client:
        return Client(
            door,
            lambda: settings.token or signer.token(worker(name), Clock().now()),
            lang=lang,
            told=telemetry.passed_on,
        )

    client = speaking()
    if name == "programs":
        return create(
            settings,
            log_,
            None,
            import_module("services.programs.doors").Doors(speaking),
            client.letter,
            client.member,
            client.reserve,
        )
    if name == "startups":
        return create(settings, log_, None, client.letter, client.reserve, client.named)
    if name == "investors":
        return create(settings, log_, None, client.reserve)
    if name == "meetings":
        return create(
            settings,
            log_,
            None,
            import_module("services.meetings.pairs").Doors(client),
            client.letter,
        )
    if name == "accounts":
        return create(settings, log_, None, import_module("services.accounts.doors").Doors(client))
    return create(
        settings, log_, fetch_key=client.key, letter=client.letter, is_member=client.member
    )


class Only:
    """One service in this process with its log, for an operator's command in that service's
    container.
    """

    def __init__(self, settings: Settings, name: str):
        self.settings, self.clock = settings, Clock()
        self.issuer = issuer_of(settings)
        self.eventlog = connect(settings.eventlog_url, settings.kafka)
        self.services = {name: _one(settings, name, self.eventlog)}

    def migrate(self) -> None:
        """Nothing: migrations are a step of their own there."""

    def close(self) -> None:
        for service in self.services.values():
            for member in service.members:
                member.leave()
            service.db.close()
        self.eventlog.close()


def application(name: str):
    """The WSGI app of one service for any server: `gunicorn
    "services.alone:application('startups')"`. Migrates nothing.
    """
    settings = load()
    telemetry.configure(settings.log_level)
    return served(settings, name)


def served(settings: Settings, name: str) -> WSGIApplication:
    """The app of one service, with its address for operators open where the settings name one."""
    tracing.start(settings.traces)
    service = _one(settings, name)
    if settings.ops is not None:
        Ops([service]).start(settings.ops)
    return service.app


class Alone(BaseApplication):
    """One service behind gunicorn, as in production."""

    def __init__(self, settings: Settings, name: str):
        self.settings, self.name = settings, name
        super().__init__()

    def load_config(self):
        for key, value in options(self.settings).items():
            self.cfg.set(key, value)

    def load(self):
        return served(self.settings, self.name)


def serve_alone(settings: Settings, name: str) -> None:
    """HTTP of one service, its database migrated first."""
    if not port_is_free(settings):
        raise SystemExit(f"nakodo: port {settings.port} is taken; choose another with PORT=")
    migrate_alone(settings, name)
    if name == "accounts":
        _say_unstaffed(settings)
    count_together()
    print(f"{name} on {settings.near_url} (OpenAPI at /openapi.json)", file=sys.stderr, flush=True)
    Alone(settings, name).run()


def _say_unstaffed(settings: Settings) -> None:
    """An installation from before there were staff is told that nobody decides."""
    service = _one(settings, "accounts")
    with service.db.reading(ADMINISTRATOR) as session:
        if not import_module("services.accounts.staff").members(session):
            print(
                "accounts: nobody is staff yet; name somebody with `nakodo staff add EMAIL`",
                file=sys.stderr,
                flush=True,
            )
    service.db.close()


def work_alone(settings: Settings, name: str) -> None:
    """Relay, consumers and timers of one service, until SIGINT or SIGTERM."""
    migrate_alone(settings, name)
    tracing.start(settings.traces)
    service = _one(settings, name, connect(settings.eventlog_url, settings.kafka))
    running = Work([service], settings.data / "locks")
    ops = Ops([service], lambda: running.failed)
    if settings.ops is not None:
        ops.start(settings.ops)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    running.start()
    print(
        f"{name}: relay, consumers and timers run; Ctrl-C stops them", file=sys.stderr, flush=True
    )
    ended.wait()
    ops.stop()
    running.finish()


def migrate_alone(settings: Settings, name: str) -> None:
    """Brings one service's database to the newest version; one process at a time where machines
    share it.
    """
    service = _one(settings, name)
    if service.db is None:
        return
    with service.db.migrating():
        upgrade(service.db, service.models, service.name)
    service.db.close()
