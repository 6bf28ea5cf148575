"""kill -9 of the whole product at random while startups register: nothing lost, nothing twice;
`tests.faults.long` does it for longer.
"""

import json
import random
import signal
import threading
import time
from collections.abc import Callable
from types import MappingProxyType

import httpx
import pytest
from sqlalchemy import select

from services.matching.models import Copy, Scored
from services.matching.population import canonical
from services.matching.replay import evaluations, fold, in_use
from services.up import Composition, wait_until_scored
from shared.auth import ADMINISTRATOR
from shared.ids import new_id
from shared.settings import load
from shared.tables import outbox
from tests.conftest import startup_form
from tests.flow.server import Running

REGISTRATIONS, KILLS, WRITERS = 240, 3, 4
pytestmark = pytest.mark.timeout(900)


class Registrar:
    """Registers startups until all have a 201, whatever happens to the server; each with its own
    idempotency key.
    """

    def __init__(self, server: Running, token: str, registrations: int):
        self.server, self.headers = server, {"Authorization": f"Bearer {token}"}
        self.todo = iter(range(registrations))
        self.accepted: list[str] = []
        self.lock = threading.Lock()
        self.wrong: list[str] = []

    def run(self) -> None:
        with httpx.Client(timeout=10) as client:
            while True:
                with self.lock:
                    number = next(self.todo, None)
                if number is None:
                    return
                self._register(client, number)

    def _register(self, client: httpx.Client, number: int) -> None:
        form = startup_form(f"Rei {number} (invented)", id=f"rei-{number}")
        headers = self.headers | {"Idempotency-Key": f"k-{number}"}
        while True:
            try:
                answer = client.post(
                    f"{self.server.url}/api/v1/startups", json=form, headers=headers
                )
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 201:
                self.accepted.append(f"rei-{number}")
                return
            if answer.status_code < 500:
                self.wrong.append(answer.text)
                return
            time.sleep(0.05)


@pytest.mark.xdist_group("kill")
def test_every_201_has_its_profile_its_event_and_its_effect_once(tmp_path):
    kill_often(tmp_path, REGISTRATIONS, KILLS, {})


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.xdist_group("kafka")
def test_the_same_on_kafka_and_postgres_with_the_broker_paused_and_the_database_restarted(
    tmp_path, kafka, postgres, databases
):
    environ = {
        "NAKODO_EVENTLOG_URL": f"{kafka.url}?prefix={new_id()}-",
        "NAKODO_DATABASE_URL": databases,
    }

    def pause_broker():
        kafka.signal(0, signal.SIGSTOP)
        time.sleep(5)
        kafka.signal(0, signal.SIGCONT)

    def crash_database():
        postgres.stop(signal.SIGQUIT)
        postgres.start()

    kill_often(tmp_path, REGISTRATIONS, KILLS, environ, {1: pause_broker, 2: crash_database})


def kill_often(
    tmp_path,
    registrations: int,
    kills: int,
    environ: dict[str, str],
    faults: dict[int, Callable] = MappingProxyType({}),
) -> None:
    """Registers under kill -9 and other faults, waits until all is quiet, and compares everything
    with a fold of the log.
    """
    dice = random.Random(20261122)
    server = Running(tmp_path, environ=environ).start()
    try:
        registrar = Registrar(server, server.issued(ADMINISTRATOR), registrations)
        threads = [threading.Thread(target=registrar.run, daemon=True) for _ in range(WRITERS)]
        [t.start() for t in threads]
        for number in range(kills):
            time.sleep(dice.uniform(0.3, 1.5))
            faults.get(number, lambda: None)()
            server.kill()
            server.load = False
            server.start()
        [t.join(max(300, registrations / 5)) for t in threads]
        assert registrar.wrong == [] and len(registrar.accepted) == registrations == len(
            set(registrar.accepted)
        )
        deadline = time.monotonic() + 180
        while not quiet(server):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert server.interrupt() == 0
    finally:
        server.stop()
    check(tmp_path, set(registrar.accepted), environ)


def quiet(server: Running) -> bool:
    """Nothing waits in any outbox, and the matcher has applied all there is."""
    names = ("accounts", "startups", "investors", "programs", "matching")
    told = httpx.get(f"{server.ops}/metrics", timeout=30).text
    published = all(f'outbox_waiting{{service="{name}"}} 0.0' in told for name in names)
    return published and 'consumer_lag{consumer="matching",service="matching"} 0.0' in told


def check(folder, accepted: set[str], environ: dict[str, str]) -> None:
    composition = Composition(load(environ, data=folder))
    startups, matching = composition.services["startups"], composition.services["matching"]
    with startups.db.reading(ADMINISTRATOR) as session:
        profiles = set(
            session.scalars(select(startups.models.registry._class_registry["Startup"].id))
        )
        recorded = [
            json.loads(v)
            for v in session.scalars(select(outbox.c.value).where(outbox.c.topic == "startups"))
        ]
        assert (
            session.scalar(select(outbox.c.id).where(outbox.c.published_at.is_(None)).limit(1))
            is None
        )
    assert accepted <= profiles
    per_subject = [e["subject"] for e in recorded if e["subject"] in accepted]
    assert sorted(per_subject) == sorted(accepted), "one event per accepted registration"
    copies, _ = fold(composition.eventlog, matching.progress.ends())
    assert accepted <= {subject for topic, subject in copies if topic == "startups"}
    with matching.db.reading(ADMINISTRATOR) as session:
        have = {
            c.subject: c.version
            for c in session.scalars(select(Copy).where(Copy.topic == "startups"))
        }
        scored = {s.subject: (s.version, s.evaluated) for s in session.scalars(select(Scored))}
        told = [
            json.loads(v)
            for v in session.scalars(select(outbox.c.value).where(outbox.c.topic == "matches"))
        ]
        rows = in_use(session)
        from services.matching.population import calibration_in_use

        on = session.scalar(select(Scored.on).limit(1))
        expected = evaluations(copies, calibration_in_use(session), matching.keyring, on)
    assert all(have[s] == 1 and scored[s][0] == 1 for s in accepted)
    mine = [(e["subject"], e["subjectversion"]) for e in told if e["subject"] in accepted]
    assert len(mine) == len(set(mine)) and all(n == 1 for _, n in mine), "told once each"
    assert canonical(rows) == canonical(expected)
    wait_until_scored(composition, 5)
    composition.close()
