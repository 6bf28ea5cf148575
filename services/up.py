"""The embedded composition: every service in one process behind one port; the only place that sees
all services.
"""

import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import structlog
from gunicorn.app.base import BaseApplication
from sqlalchemy import func, select

from nakodo_client import Client
from services import reference
from services.accounts import app as accounts
from services.accounts import staff
from services.accounts.demo import Demo
from services.accounts.doors import Doors
from services.investors import app as investors
from services.matching import app as matching
from services.meetings import app as meetings
from services.meetings.pairs import Doors as MeetingsDoors
from services.notices import app as notices
from services.portal import app as portal
from services.programs import app as programs
from services.programs.doors import Doors as ProgramsDoors
from services.startups import app as startups
from shared import telemetry, tracing
from shared.auth import ADMINISTRATOR, PLATFORM, Actor, issuer_of, worker
from shared.clock import Clock
from shared.eventlog.connect import connect
from shared.migrate import upgrade
from shared.ops import Ops
from shared.service import Service, Work
from shared.settings import Settings
from shared.tables import outbox
from shared.web.server import options, port_is_free

log = structlog.get_logger()
MODULES = {
    "startups": startups,
    "investors": investors,
    "programs": programs,
    "matching": matching,
    "meetings": meetings,
    "accounts": accounts,
    "notices": notices,
    "portal": portal,
}
THREADS = 16  # all services share them, and the portal asks the others on its own
# SQLite gives the interpreter lock up at each call; at the default 5 ms relays and matcher starve
# beside requests
SWITCH_S = 0.0005
DEMO = {
    "startup": Actor("bd@mihon-therapeutics", "mihon-therapeutics", frozenset({"startup"})),
    "reviewer": Actor("reviewer@mihon-ventures", "mihon-ventures", frozenset({"reviewer"})),
    "officer": Actor(
        "officer@mihon-programme-office", "mihon-programme-office", frozenset({"officer"})
    ),
    "staff": Actor(f"staff@{PLATFORM}", PLATFORM, frozenset({"staff"})),
}


class Composition:
    """All services wired to one event log, and one WSGI app that sends each path to its service."""

    def __init__(self, settings: Settings, clock: Clock | None = None):
        self.settings, self.clock = settings, clock or Clock()
        self.issuer = issuer_of(settings).ensure()
        self.eventlog = connect(settings.eventlog_url, settings.kafka)
        self.services: dict[str, Service] = {}
        asked = self.client(worker("startups"))
        self.services["startups"] = startups.create(
            settings, self.eventlog, self.clock, asked.letter, asked.reserve, asked.named
        )
        reserve = self.client(worker("investors")).reserve
        self.services["investors"] = investors.create(settings, self.eventlog, self.clock, reserve)
        rules = ProgramsDoors(lambda lang: self.client(worker("programs"), lang))
        asked = self.client(worker("programs"))
        self.services["programs"] = programs.create(
            settings, self.eventlog, self.clock, rules, asked.letter, asked.member, asked.reserve
        )
        asked = self.client(worker("matching"))
        self.services["matching"] = matching.create(
            settings, self.eventlog, self.clock, asked.key, asked.letter, asked.member
        )
        asked = self.client(worker("meetings"))
        self.services["meetings"] = meetings.create(
            settings, self.eventlog, self.clock, MeetingsDoors(asked), asked.letter
        )
        self.services["accounts"] = accounts.create(
            settings, self.eventlog, self.clock, Doors(self.client(worker("accounts")))
        )
        self.services["notices"] = notices.create(settings, self.eventlog, self.clock)
        self.services["portal"] = portal.create(
            settings, self.clock, self._portal_client, self._door
        )
        self.demo = Demo(settings.data / "keys" / "demo.json", DEMO)
        self.prefixes = {path: s.app for s in self.services.values() for path in s.paths}

    def __call__(self, environ, start_response):
        """Sends /api/v1/<path> and /services/<name>/ to their service, everything else to the
        portal.
        """
        parts = environ["PATH_INFO"].split("/", 4)
        app = self.services["portal"].app
        if parts[1:3] == ["api", "v1"]:
            app = self.prefixes.get(
                parts[3] if len(parts) > 3 else "", self.services["startups"].app
            )
        elif parts[1:2] == ["services"] and len(parts) > 2 and parts[2] in self.services:
            environ = dict(environ)
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/services/{parts[2]}"
            environ["PATH_INFO"] = "/" + "/".join(parts[3:])
            app = self.services[parts[2]].app
        return app(environ, start_response)

    def client(self, actor: Actor, lang: str = "en") -> Client:
        """A client into this composition that acts for an actor with fresh tokens."""
        return Client.inside(
            self, lambda: self.issuer.token(actor, self.clock.now()), lang, told=telemetry.passed_on
        )

    def _portal_client(self, token: str, lang: str, headers: dict) -> Client:
        return Client.inside(self, token, lang, headers, telemetry.passed_on)

    def _door(self, role: str) -> dict | None:
        """How an invented person signs in, where this installation shows the demo."""
        return self.demo.door(role) if self.settings.demo else None

    def invent(self) -> None:
        """Makes the demo's invented people."""
        parts = self.services["accounts"].app.extensions["nakodo"]
        self.demo.ensure(parts["db"], parts["passwords"])

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread does to profiles, through the API or not, committed at once in each
        service.
        """
        with ExitStack() as stack:
            for name in ("accounts", "investors", "programs", "startups"):
                stack.enter_context(self.services[name].db.transaction(ADMINISTRATOR))
            yield

    def migrate(self) -> None:
        for service in self.services.values():
            if service.db is not None:
                upgrade(service.db, service.models, service.name)

    def close(self) -> None:
        for service in self.services.values():
            for member in service.members:
                member.leave()
            if service.db is not None:
                service.db.close()
        self.eventlog.close()


class Server(BaseApplication):
    """One gunicorn worker with threads; the composition and its work start inside it."""

    def __init__(self, settings: Settings, load: bool):
        self.settings, self.load_profiles = settings, load
        self.composition: Composition | None = None
        super().__init__()

    def load_config(self):
        # one, for it works as well
        own = {"workers": 1, "post_worker_init": self._begin, "worker_exit": self._end}
        for key, value in (options(self.settings, THREADS) | own).items():
            self.cfg.set(key, value)

    def load(self):
        self.composition = Composition(self.settings)
        return self.composition

    def _begin(self, _worker) -> None:
        sys.setswitchinterval(SWITCH_S)
        composition = self.composition
        self.work = Work(list(composition.services.values()), self.settings.data / "locks")
        tracing.start(self.settings.traces)
        self.ops = Ops(list(composition.services.values()), lambda: self.work.failed)
        if self.settings.ops is not None:
            self.ops.start(self.settings.ops)
        self.work.start()
        threading.Thread(target=self._greet, name="greeter", daemon=True).start()

    def _greet(self) -> None:
        try:
            if self.load_profiles:
                fill(self.composition)
                wait_until_scored(self.composition)
            told = greeting(self.composition, tokens(self.composition))
            (self.settings.data / "address").write_text(self.settings.near_url)
            print(told, flush=True)
        except Exception as error:  # noqa: BLE001 - said to the person who started it
            print(f"nakodo: loading stopped: {error!r}", file=sys.stderr, flush=True)

    def _end(self, _server, _worker) -> None:
        with suppress(FileNotFoundError):
            (self.settings.data / "address").unlink()
        self.ops.stop()
        self.work.finish()
        self.composition.close()


def fill(composition: Composition) -> None:
    """Loads the reference profiles and, for the demo, the invented ones, with a progress bar on
    stderr.
    """
    client = composition.client(ADMINISTRATOR)
    if composition.settings.demo:
        composition.invent()
    for folder in ("reference", "demo") if composition.settings.demo else ("reference",):
        new, changed = reference.load_once(
            client, folder, composition.settings.data, _bar(folder), composition.together
        )
        print(f"\r{folder}: {new} new, {changed} changed{' ' * 50}", file=sys.stderr, flush=True)


def _bar(title: str) -> Callable[[int, int, str], None]:
    """A one-line bar where somebody watches, silence in a log."""

    def progress(done: int, of: int, what: str) -> None:
        if sys.stderr.isatty():
            filled = 30 * done // of
            print(
                f"\r{title} [{'#' * filled}{'.' * (30 - filled)}] {done}/{of} {what[:40]:<40}",
                end="",
                file=sys.stderr,
                flush=True,
            )

    return progress


def wait_until_scored(composition: Composition, limit_s: float = 120) -> None:
    """Returns once all that is recorded now has been published and applied by the matcher; what
    comes later does not hold it up.
    """
    deadline = time.monotonic() + limit_s
    marks = [
        (s.db, _last_recorded(s.db)) for s in composition.services.values() if s.db is not None
    ]
    _until(lambda: all(_published(db, mark) for db, mark in marks), deadline)
    progress = composition.services["matching"].progress
    ends = progress.ends()
    _until(lambda: progress.reached(ends), deadline)


def _until(reached: Callable[[], bool], deadline: float) -> None:
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError("the matcher has not caught up")
        time.sleep(0.05)


def _last_recorded(db) -> int:
    with db.reading(ADMINISTRATOR) as session:
        return session.scalar(select(func.max(outbox.c.id))) or 0


def _published(db, mark: int) -> bool:
    waiting = (
        select(outbox.c.id).where(outbox.c.published_at.is_(None), outbox.c.id <= mark).limit(1)
    )
    with db.reading(ADMINISTRATOR) as session:
        return session.scalar(waiting) is None


def _unstaffed(composition: Composition) -> bool:
    with composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        return not staff.members(session)


def tokens(composition: Composition) -> dict[str, str]:
    """A token of each of the demo's invented people, by role; kept for its owner's eyes alone in
    the data folder.
    """
    if not composition.settings.demo:
        return {}
    made = {
        role: composition.issuer.token(actor, composition.clock.now())
        for role, actor in DEMO.items()
    }
    file = composition.settings.data / "credentials.json"
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(made, out)
    return made


def greeting(composition: Composition, made: dict[str, str]) -> str:
    """Where it is, who to be, what to try."""
    settings = composition.settings
    address = settings.public_url if settings.public_stated else settings.near_url
    lines = ["", f"Nakodo is ready:   {address}", f"API documentation: {address}/docs", ""]
    if composition.settings.demo:
        lines.append(
            "Tokens of invented people, good for 12 hours (also in credentials.json in the data"
            " folder):"
        )
        lines += [f"  {role:<9} {DEMO[role].person}\n    {token}" for role, token in made.items()]
    else:
        lines += [
            "The demo's invented people are not let in: it is switched off, or this listens beyond"
            " loopback."
        ]
    if not composition.settings.demo and _unstaffed(composition):
        lines += ["Nobody is staff yet: claims wait until `nakodo staff add EMAIL` names somebody."]
    lines += [
        "",
        "Try:",
        "  .venv/bin/nakodo feed chugai-venture-fund",
        "  .venv/bin/nakodo explain regcell astellas-venture-management --lang ja",
    ]
    lines += [
        "  .venv/bin/nakodo triads shinobi-therapeutics",
        "",
        "Ctrl-C stops it; the data stays.",
        "",
    ]
    return "\n".join(lines)


@contextmanager
def alone(settings: Settings):
    """Holds the data folder for one server. Raises SystemExit saying who has it."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = (settings.data / "up.lock").open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(
            f"nakodo: another server runs on {settings.data}; stop it first or choose DATA="
        ) from None
    try:
        yield
    finally:
        handle.close()


def up(settings: Settings, load: bool = True) -> None:
    """Migrates, serves and works until stopped."""
    with alone(settings):
        if not port_is_free(settings):
            raise SystemExit(f"nakodo: port {settings.port} is taken; choose another with PORT=")
        composition = Composition(settings)
        composition.migrate()
        composition.close()
        Server(settings, load).run()
