"""What tests share: a whole Nakodo on a data folder of its own, stepped by hand so that nothing
depends on timing.
"""

import atexit
import fcntl
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

from deploy.kafka.broker import Cluster, NoKafka
from deploy.postgres.server import SERVICES, NoPostgres, Server
from nakodo_client import Client
from services import reference
from services.accounts.models import Membership, Person
from services.up import DEMO, Composition
from shared.auth import ADMINISTRATOR, Actor
from shared.clock import MovableClock
from shared.eventlog import LogUnavailable
from shared.ids import new_id
from shared.relay import Relay
from shared.settings import load
from shared.tables import outbox
from shared.telemetry import configure
from tests import answers

configure("warning")
answers.install()
TODAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def patiently(ask):
    """What a log answers, asked again where it could not for a moment, as the working loops do."""
    for pause in (0.5, 1, 2, 4):
        try:
            return ask()
        except LogUnavailable:
            time.sleep(pause)
    return ask()


@pytest.fixture(scope="session", autouse=True)
def _kept(tmp_path_factory) -> None:
    """Where this run keeps what its tests begin with: pytest's own folder, which all its processes
    share.
    """
    mine = tmp_path_factory.getbasetemp()
    KEPT.append(mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine)


@pytest.fixture(autouse=True)
def _answers_are_as_described():
    """Fails a test in which a service answered otherwise than its document says."""
    answers.FAULTS.clear()
    yield
    assert not answers.FAULTS, answers.FAULTS[:5]


KEPT: list[Path] = []


@cache
def kept() -> Path:
    """That folder; of a command outside pytest, one that goes with its process."""
    if KEPT:
        return KEPT[0]
    folder = Path(tempfile.mkdtemp(prefix="nakodo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def migrated() -> Path:
    """A folder with every service's empty database at its newest version, made once a process;
    tests begin with copies of it.
    """
    folder = Path(tempfile.mkdtemp(prefix="migrated-", dir=kept()))
    made = Composition(load({}, data=folder))
    made.migrate()
    made.close()
    return folder


def once(name: str, fill: Callable[[Path], None]) -> Path:
    """A data folder made once a test run, by whichever process first wants it; tests begin with
    copies of it.
    """
    folder = kept() / f"once-{name}"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            fill(folder)
            (folder / "made").touch()
    return folder


class Stack:
    """A composition without threads: `settle()` relays and consumes until nothing is left."""

    def __init__(self, folder, at: datetime = TODAY, environ: dict[str, str] | None = None):
        self.clock, self.environ, self.folder = MovableClock(at), environ or {}, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for made in () if "NAKODO_DATABASE_URL" in self.environ else migrated().glob("*.db"):
            if made.name != "eventlog.db" and not (self.folder / made.name).exists():
                shutil.copy(made, folder)
        self.wait_s = 0.2 if "kafka" in self.environ.get("NAKODO_EVENTLOG_URL", "") else 0.0
        self._open()

    def _open(self) -> None:
        self.composition = Composition(load(self.environ, data=self.folder), self.clock)
        self.composition.migrate()
        self.matching = self.composition.services["matching"]
        self.member = self.matching.members[0]

    def client(self, actor: Actor = ADMINISTRATOR, lang: str = "en") -> Client:
        return self.composition.client(actor, lang)

    def relay(self) -> None:
        for service in self.composition.services.values():
            if service.db is not None:
                relay = Relay(service.name, service.db, self.composition.eventlog)
                while relay.drain():
                    pass

    def consume(self, batch: int = 500) -> None:
        follower, progress, limit = (
            self.matching.consumers[0],
            self.matching.progress,
            time.monotonic() + 120,
        )
        reader = patiently(follower.open)
        while progress.lag() and time.monotonic() < limit:
            while entries := reader.poll(batch, self.wait_s):
                follower.handle(entries)
            while self.member.step(self.wait_s, batch):
                pass
        reader.close()
        for consumer in self.ears():
            reader, ends = patiently(consumer.open), patiently(consumer.ends)
            while not consumer.reached(ends) and time.monotonic() < limit:
                if entries := reader.poll(batch, self.wait_s):
                    consumer.handle(entries)
            reader.close()

    def ears(self) -> list:
        """Every service's consumer of `access`, what startups hears of questions and introductions,
        meetings and programs of profiles.
        """
        return [
            c
            for s in self.composition.services.values()
            for c in s.consumers
            if c.name in ("access", "startups", "meetings", "introductions", "companies")
            and s.name != "notices"
        ]

    def settle(self, batch: int = 500) -> "Stack":
        self.relay()
        self.consume(batch)
        self.relay()
        return self

    def load(self, *names: str) -> "Stack":
        """Loads the profiles of these folders, and has them scored: on an empty installation of the
        usual day, a copy of one that did.
        """
        if (
            self.environ
            or self.clock.now() != TODAY
            or any(self.recorded(s) for s in self.composition.services.values())
        ):
            return self._load(*names)
        self.composition.close()
        made = once("-".join(names), lambda folder: Stack(folder)._load(*names).composition.close())
        shutil.copytree(made, self.folder, dirs_exist_ok=True)
        self._open()
        return self

    def _load(self, *names: str) -> "Stack":
        for name in names:
            reference.load(self.client(), name, lambda *_: None, self.composition.together)
        return self.settle()

    @staticmethod
    def recorded(service) -> bool:
        """Whether anything has happened at a service."""
        if service.db is None:
            return False
        with service.db.reading(ADMINISTRATOR) as session:
            return session.scalar(select(outbox.c.id).limit(1)) is not None


Grow = Callable[[Path], Stack]
_grown: dict[Grow, tuple[Path, datetime, dict]] = {}


def begun(folder: Path, grow: Grow) -> Stack:
    """What `grow` makes of an empty folder: made once a process, then copied for each test, with
    the plain data it hangs on the stack.
    """
    if grow not in _grown:
        home = Path(tempfile.mkdtemp(prefix="begun-", dir=kept()))
        made = grow(home)
        made.composition.close()
        own = ("clock", "composition", "wait_s", "matching", "member", "environ", "folder")
        _grown[grow] = home, made.clock.now(), {k: v for k, v in vars(made).items() if k not in own}
    home, at, hung = _grown[grow]
    shutil.copytree(home, folder, dirs_exist_ok=True)
    begins = Stack(folder, at)
    vars(begins).update(deepcopy(hung))
    return begins


@pytest.fixture
def stack(tmp_path):
    made = Stack(tmp_path)
    yield made
    made.composition.close()


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """The reference and demo profiles, loaded and scored once; read only."""
    made = Stack(tmp_path_factory.mktemp("real")).load("reference", "demo")
    yield made
    made.composition.close()


@pytest.fixture
def admin(real) -> Client:
    return real.client()


def employ(stack: Stack, *actors: Actor) -> None:
    """Makes people with accounts of actors that a test names itself, for what asks who is of an
    organisation.
    """
    service = stack.composition.services["accounts"]
    with service.db.transaction(ADMINISTRATOR) as session:
        for actor in actors:
            made = {
                "email": f"{actor.person}@{actor.org}.example",
                "name": f"{actor.person} (invented)",
                "locale": "en",
                "totp_on": False,
            }
            made |= {
                "totp_step": 0,
                "state": "active",
                "version": 0,
                "created_at": stack.clock.now(),
            }
            session.add(Person(id=actor.person, **made))
            member = {
                "person": actor.person,
                "org": actor.org,
                "roles": sorted(actor.roles),
                "owner": actor.leads,
            }
            session.add(Membership(id=new_id(), state="active", since=stack.clock.now(), **member))


STARTUP, REVIEWER, OFFICER, STAFF = (
    DEMO[role] for role in ("startup", "reviewer", "officer", "staff")
)


def startup_form(name: str = "Rei Bio (invented)", **more) -> dict:
    """The smallest startup that may be published."""
    facts = [{"field": "modality", "value": "car-t"}, {"field": "therapeutic_area", "value": "aml"}]
    return {"name": {"en": name}, "facts": facts} | more


def mandate_form(investor: str, **more) -> dict:
    facts = [
        {"field": "focus_area", "value": "oncology"},
        {
            "field": "ticket",
            "value": {"min": 1_000_000, "max": 5_000_000, "currency": "USD", "kind": "initial"},
        },
    ]
    return {"investor": investor, "kind": "equity", "facts": facts} | more


@pytest.fixture
def dice() -> random.Random:
    return random.Random(7)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """One real broker for the session; without Java and Maven the tests skip, in CI they fail."""
    try:
        cluster = Cluster(tmp_path_factory.mktemp("kafka"))
    except NoKafka as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{missing}")
    yield cluster.start()
    cluster.stop()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """One private PostgreSQL for the session; without its binaries the tests skip, in CI they
    fail.
    """
    try:
        server = Server(tmp_path_factory.mktemp("postgres") / "server").start()
    except NoPostgres as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{missing}")
    yield server
    server.stop()


@pytest.fixture
def databases(postgres):
    """An address template with fresh, empty databases of the server, one per service."""
    for service in SERVICES:
        postgres.sql(
            "postgres",
            f"DROP DATABASE IF EXISTS {service} WITH (FORCE)",
            f"CREATE DATABASE {service} OWNER {service}",
        )
    return postgres.url
