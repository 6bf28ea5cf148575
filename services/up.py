"""The embedded composition: every service in one process behind one port; the only place that sees all services."""

import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog
from gunicorn.app.base import BaseApplication
from sqlalchemy import delete, func, select

from nakodo_client import Client
from services import reference
from services.investors import app as investors
from services.matching import app as matching
from services.matching.actions import publish_calibration
from services.matching.engine.calibration import Calibration
from services.matching.engine.calibration import calibrate as make_calibration
from services.matching.population import Populations
from services.matching.reactions import rescore
from services.portal import app as portal
from services.programs import app as programs
from services.startups import app as startups
from shared import eventlog as eventlogs
from shared.auth import ADMINISTRATOR, Actor, Issuer, worker
from shared.clock import Clock
from shared.db import SQLITE_VERSION
from shared.migrate import behind, upgrade
from shared.service import Service
from shared.settings import Settings
from shared.tables import dead_letters as dead_table
from shared.tables import outbox
from shared.web.health import measures

log = structlog.get_logger()
MODULES = {"startups": startups, "investors": investors, "programs": programs, "matching": matching, "portal": portal}
DEMO = {
    "startup": Actor("bd@mihon-therapeutics", "mihon-therapeutics", frozenset({"startup"})),
    "reviewer": Actor("reviewer@mihon-ventures", "mihon-ventures", frozenset({"reviewer"})),
    "officer": Actor("officer@mihon-programme-office", "mihon-programme-office", frozenset({"officer"})),
}


class Composition:
    """All services wired to one event log, and one WSGI app that sends each path to its service."""

    def __init__(self, settings: Settings, clock: Clock | None = None):
        self.settings, self.clock = settings, clock or Clock()
        self.issuer = Issuer(settings.data / "keys").ensure()
        self.eventlog = eventlogs.connect(settings.eventlog_url)
        self.services: dict[str, Service] = {}
        for name in ("startups", "investors", "programs"):
            self.services[name] = MODULES[name].create(settings, self.eventlog, self.clock)
        self.services["matching"] = matching.create(settings, self.eventlog, self.clock, self.client(worker("matching")).key)
        self.services["portal"] = portal.create(
            settings, self.clock, self._portal_client, self._demo_token, lambda: documents(list(self.services.values()))
        )
        self.prefixes = {path: s.app for s in self.services.values() for path in s.paths}

    def __call__(self, environ, start_response):
        """Sends /api/v1/<path> and /services/<name>/ to their service, everything else to the portal."""
        parts = environ["PATH_INFO"].split("/", 4)
        app = self.services["portal"].app
        if parts[1:3] == ["api", "v1"]:
            app = self.prefixes.get(parts[3] if len(parts) > 3 else "", self.services["startups"].app)
        elif parts[1:2] == ["services"] and len(parts) > 2 and parts[2] in self.services:
            environ = dict(environ)
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/services/{parts[2]}"
            environ["PATH_INFO"] = "/" + "/".join(parts[3:])
            app = self.services[parts[2]].app
        return app(environ, start_response)

    def client(self, actor: Actor, lang: str = "en") -> Client:
        """A client into this composition that acts for an actor with fresh tokens."""
        return Client.inside(self, lambda: self.issuer.token(actor, self.clock.now()), lang)

    def _portal_client(self, token: str, lang: str) -> Client:
        return Client.inside(self, token, lang)

    def _demo_token(self, role: str) -> str | None:
        """A token of an invented person, where this installation shows the demo."""
        return self.issuer.token(DEMO[role], self.clock.now()) if self.settings.demo and role in DEMO else None

    def migrate(self) -> None:
        for service in self.services.values():
            if service.db is not None:
                upgrade(service.db, service.models, service.name)

    def close(self) -> None:
        for service in self.services.values():
            if service.db is not None:
                service.db.close()
        self.eventlog.close()


class Work:
    """The work role: every loop in a thread of its own, under a file lock that only one process holds."""

    def __init__(self, services: list[Service], lock: Path):
        self.services, self.lock = services, lock
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []
        self.failed: dict[str, str] = {}

    def start(self) -> None:
        threading.Thread(target=self._wait_and_start, name="work", daemon=True).start()

    def _wait_and_start(self) -> None:
        """A restart waits here for the process before it to let go."""
        handle = self.lock.open("w")  # held, and so locked, as long as this process lives
        while not self.stop.is_set():
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                self.stop.wait(0.1)
        self.handle = handle
        for service in self.services:
            if service.threads():
                service.started()
            for name, run in service.threads():
                thread = threading.Thread(
                    target=self._guard, args=(f"{service.name} {name}", run), name=f"{service.name} {name}", daemon=True
                )
                self.threads.append(thread)
                thread.start()

    def _guard(self, name: str, run: Callable[[threading.Event], None]) -> None:
        """A loop that ends by an error is named in /ready, not silently missed."""
        try:
            run(self.stop)
        except Exception as error:  # noqa: BLE001 - the last place that can say why this loop is gone
            self.failed[name] = f"{type(error).__name__}: {error}"
            log.error("background loop stopped", loop=name, error=repr(error))

    def finish(self) -> None:
        self.stop.set()
        for service in self.services:
            if service.db is not None:
                with service.db.committed:
                    service.db.committed.notify_all()
        for thread in self.threads:
            thread.join(5)


class Server(BaseApplication):
    """One gunicorn worker with threads; the composition and its work start inside it."""

    def __init__(self, settings: Settings, load: bool):
        self.settings, self.load_profiles = settings, load
        self.composition: Composition | None = None
        super().__init__()

    def load_config(self):
        options = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": 16,
            "timeout": 120,
            "graceful_timeout": 10,
            "keepalive": 5,
            "control_socket_disable": True,
            "loglevel": self.settings.log_level,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        for key, value in options.items():
            self.cfg.set(key, value)

    def load(self):
        self.composition = Composition(self.settings)
        return self.composition

    def _begin(self, _worker) -> None:
        composition = self.composition
        self.work = Work(list(composition.services.values()), self.settings.data / "work.lock")
        for service in composition.services.values():
            checks = service.app.extensions["nakodo"]
            before = checks["checks"]
            checks["checks"] = lambda before=before: before() | self.work.failed
        self.work.start()
        threading.Thread(target=self._greet, name="greeter", daemon=True).start()

    def _greet(self) -> None:
        try:
            if self.load_profiles:
                fill(self.composition)
            wait_until_scored(self.composition)
            (self.settings.data / "address").write_text(f"http://{self.settings.host}:{self.settings.port}")
            print(greeting(self.composition), flush=True)
        except Exception as error:  # noqa: BLE001 - said to the person who started it
            print(f"nakodo: loading stopped: {error!r}", file=sys.stderr, flush=True)

    def _end(self, _server, _worker) -> None:
        with suppress(FileNotFoundError):
            (self.settings.data / "address").unlink()
        self.work.finish()
        self.composition.close()


def fill(composition: Composition) -> None:
    """Loads the reference profiles and, for the demo, the invented ones, with a progress bar on stderr."""
    client = composition.client(ADMINISTRATOR)
    for folder in ("reference", "demo") if composition.settings.demo else ("reference",):
        new, changed = reference.load(client, folder, _bar(folder))
        print(f"\r{folder}: {new} new, {changed} changed{' ' * 50}", file=sys.stderr, flush=True)


def _bar(title: str) -> Callable[[int, int, str], None]:
    """A one-line bar where somebody watches, silence in a log."""

    def progress(done: int, of: int, what: str) -> None:
        if sys.stderr.isatty():
            filled = 30 * done // of
            print(f"\r{title} [{'#' * filled}{'.' * (30 - filled)}] {done}/{of} {what[:40]:<40}", end="", file=sys.stderr, flush=True)

    return progress


def wait_until_scored(composition: Composition, limit_s: float = 120) -> None:
    """Returns once all that is recorded now has been published and applied by the matcher; what comes later does not hold it up."""
    deadline = time.monotonic() + limit_s
    marks = [(s.db, _last_recorded(s.db)) for s in composition.services.values() if s.db is not None]
    _until(lambda: all(_published(db, mark) for db, mark in marks), deadline)
    consumer = composition.services["matching"].consumers[0]
    ends = {topic: composition.eventlog.end(topic, 0) for topic in consumer.topics}
    _until(lambda: consumer.reached(ends), deadline)


def _until(reached: Callable[[], bool], deadline: float) -> None:
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError("the matcher has not caught up")
        time.sleep(0.05)


def _last_recorded(db) -> int:
    with db.reading(ADMINISTRATOR) as session:
        return session.scalar(select(func.max(outbox.c.id))) or 0


def _published(db, mark: int) -> bool:
    waiting = select(outbox.c.id).where(outbox.c.published_at.is_(None), outbox.c.id <= mark).limit(1)
    with db.reading(ADMINISTRATOR) as session:
        return session.scalar(waiting) is None


def greeting(composition: Composition) -> str:
    """Where it is, who to be, what to try."""
    address = f"http://{composition.settings.host}:{composition.settings.port}"
    lines = ["", f"Nakodo is ready:   {address}", f"API documentation: {address}/docs", ""]
    if composition.settings.demo:
        tokens = {role: composition.issuer.token(actor, composition.clock.now()) for role, actor in DEMO.items()}
        (composition.settings.data / "credentials.json").write_text(json.dumps(tokens))
        os.chmod(composition.settings.data / "credentials.json", 0o600)
        lines.append("Tokens of invented people, good for 12 hours (also in credentials.json in the data folder):")
        lines += [f"  {role:<9} {DEMO[role].person}\n    {token}" for role, token in tokens.items()]
    lines += [
        "",
        "Try:",
        "  .venv/bin/nakodo feed chugai-venture-fund",
        "  .venv/bin/nakodo explain regcell astellas-venture-management --lang ja",
    ]
    lines += ["  .venv/bin/nakodo triads shinobi-therapeutics", "", "Ctrl-C stops it; the data stays.", ""]
    return "\n".join(lines)


@contextmanager
def alone(settings: Settings):
    """Holds the data folder for one server. Raises SystemExit saying who has it."""
    settings.data.mkdir(parents=True, exist_ok=True)
    handle = (settings.data / "up.lock").open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(f"nakodo: another server runs on {settings.data}; stop it first or choose DATA=") from None
    try:
        yield
    finally:
        handle.close()


def port_is_free(settings: Settings) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return False
    return True


def up(settings: Settings, load: bool = True) -> None:
    """Migrates, serves and works until stopped."""
    with alone(settings):
        if not port_is_free(settings):
            raise SystemExit(f"nakodo: port {settings.port} is taken; choose another with PORT=")
        composition = Composition(settings)
        composition.migrate()
        composition.close()
        Server(settings, load).run()


def is_served(settings: Settings) -> str | None:
    """The address of the server on this data folder, None where none runs."""
    address = settings.data / "address"
    lock = settings.data / "up.lock"
    if not address.exists() or not lock.exists():
        return None
    with open(lock, "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return address.read_text().strip()
    return None


def _one(settings: Settings, name: str) -> tuple[Service, eventlogs.EventLog | None]:
    """One service as it runs alone, keys of private facts fetched through the front door (NAKODO_URL)."""
    if name == "portal":
        client = lambda token, lang: Client(settings.url or f"http://{settings.host}:{settings.port}", token, lang=lang)  # noqa: E731
        return portal.create(settings, Clock(), client, lambda role: None), None
    log_ = eventlogs.connect(settings.eventlog_url)
    if name != "matching":
        return MODULES[name].create(settings, log_), log_
    issuer = Issuer(settings.data / "keys")
    door = Client(
        settings.url or f"http://{settings.host}:{settings.port}", lambda: settings.token or issuer.token(worker("matching"), Clock().now())
    )
    return matching.create(settings, log_, fetch_key=door.key), log_


class Alone(BaseApplication):
    """One service behind gunicorn, as in production."""

    def __init__(self, settings: Settings, name: str):
        self.settings, self.name = settings, name
        super().__init__()

    def load_config(self):
        options = {"bind": f"{self.settings.host}:{self.settings.port}", "workers": 1, "worker_class": "gthread", "threads": 8}
        for key, value in (options | {"control_socket_disable": True, "loglevel": self.settings.log_level}).items():
            self.cfg.set(key, value)

    def load(self):
        return _one(self.settings, self.name)[0].app


def serve_alone(settings: Settings, name: str) -> None:
    """HTTP of one service, its database migrated first."""
    if not port_is_free(settings):
        raise SystemExit(f"nakodo: port {settings.port} is taken; choose another with PORT=")
    service, log_ = _one(settings, name)
    _migrate_and_close(service, log_)
    print(f"{name} on http://{settings.host}:{settings.port} (OpenAPI at /openapi.json)", file=sys.stderr, flush=True)
    Alone(settings, name).run()


def work_alone(settings: Settings, name: str) -> None:
    """Relay, consumers and timers of one service, until SIGINT or SIGTERM."""
    service, log_ = _one(settings, name)
    _migrate_and_close(service, log_)
    service, log_ = _one(settings, name)
    running = Work([service], settings.data / f"work-{name}.lock")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    running.start()
    print(f"{name}: relay, consumers and timers run; Ctrl-C stops them", file=sys.stderr, flush=True)
    ended.wait()
    running.finish()


def _migrate_and_close(service: Service, log_) -> None:
    if service.db is not None:
        upgrade(service.db, service.models, service.name)
        service.db.close()
    if log_ is not None:
        log_.close()


def calibrate(composition: Composition, publish: bool) -> Calibration:
    """A calibration from today's real profiles; published, it becomes the active one and everything is scored under it."""
    service = composition.services["matching"]
    actor = ADMINISTRATOR
    with service.db.transaction(actor) as session:
        population = Populations(service.keyring).at(session, session.info["today"])
        if not publish:
            return make_calibration(list(population.startups.values()), list(population.mandates.values()), population.on.isoformat())
        made = publish_calibration(session, population)
        fresh = Populations(service.keyring).at(session, session.info["today"])
        rescore(session, fresh, set(fresh.startups), set())
        return made


def dead_letters(composition: Composition) -> list[dict]:
    """Parked events of every service, oldest first."""
    with composition.services["matching"].db.reading(ADMINISTRATOR) as session:
        rows = session.execute(select(dead_table).order_by(dead_table.c.id)).mappings()
        return [dict(r) | {"parked_at": r["parked_at"].isoformat()} for r in rows]


def discard(composition: Composition, letter: int) -> bool:
    with composition.services["matching"].db.transaction(ADMINISTRATOR) as session:
        return bool(session.execute(delete(dead_table).where(dead_table.c.id == letter)).rowcount)


def examine(composition: Composition) -> list[dict]:
    """What an operator looks at first, each with whether it is well."""
    served = is_served(composition.settings)
    findings = [
        {"what": "data folder", "value": str(composition.settings.data), "ok": os.access(composition.settings.data, os.W_OK)},
        {"what": "SQLite", "value": SQLITE_VERSION, "ok": tuple(map(int, SQLITE_VERSION.split("."))) >= (3, 51, 3)},
        {"what": "server", "value": served or "not running (that is fine)", "ok": True},
    ]
    for service in composition.services.values():
        if service.db is None:
            continue
        values = measures(service.app.extensions["nakodo"])
        missing = behind(service.db, service.models, service.name)
        findings.append({"what": f"{service.name}: migrations", "value": missing or "newest", "ok": not missing})
        age = values["outbox_age_seconds"]
        findings.append({"what": f"{service.name}: oldest unpublished event", "value": f"{age:.1f} s", "ok": age < 60 or not served})
        findings.append({"what": f"{service.name}: dead letters", "value": str(values["dead_letters"]), "ok": not values["dead_letters"]})
    lag = composition.services["matching"].consumers[0].lag()
    findings.append({"what": "matching: events not yet applied", "value": str(lag), "ok": lag == 0 or not served})
    return findings


def documents(services: list[Service]) -> list[dict]:
    """Every operation of every service as the reference page shows it, read from the services' own OpenAPI documents."""
    out = []
    for service in services:
        spec = service.app.test_client().get("/openapi.json").get_json()
        schemas = spec.get("components", {}).get("schemas", {})
        operations = [
            _operation(path, verb, o, schemas)
            for path, item in spec["paths"].items()
            if not path.startswith("/internal")
            for verb, o in item.items()
            if verb in VERBS
        ]
        if operations:
            out.append({"name": service.name, "operations": operations})
    return out


VERBS = ("get", "post", "patch", "delete")


def _operation(path: str, verb: str, operation: dict, schemas: dict) -> dict:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "verb": verb.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "parameters": [p for p in operation.get("parameters", []) if "name" in p],
        "body": schemas.get(body.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {}),
        "answers": sorted(map(str, operation.get("responses", {}))),
    }
