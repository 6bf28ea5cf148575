"""Services and roles apart, from the same code: serve startups, work startups, serve and work
matching; they ask accounts for ids through the shipped front door.
"""

import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from services.up import Composition
from shared.auth import ADMINISTRATOR, Actor
from shared.clock import Clock
from shared.settings import load
from tests.conftest import mandate_form, startup_form
from tests.flow.door import Nginx
from tests.flow.server import free_port

pytestmark = [pytest.mark.xdist_group("flow"), pytest.mark.timeout(400)]


@pytest.fixture
def run(tmp_path):
    processes = []

    def start(*command: str, **environ: str) -> subprocess.Popen:
        base = (
            {k: v for k, v in os.environ.items() if not k.startswith("NAKODO_")}
            | {"NAKODO_DATA": str(tmp_path)}
            | environ
        )
        log = (tmp_path / f"{'-'.join(command)}.log").open("wb")
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "services", *command], env=base, stdout=log, stderr=log
            )
        )
        return processes[-1]

    yield start
    for process in processes:
        process.send_signal(signal.SIGINT)
    for process in processes:
        assert process.wait(60) == 0


@pytest.fixture
def front(tmp_path):
    """The shipped front door before services on ports of this machine."""
    doors = []

    def start(ports: dict[str, str]) -> Nginx:
        doors.append(
            Nginx(
                tmp_path / "door", {name: f"127.0.0.1:{port}" for name, port in ports.items()}
            ).start()
        )
        return doors[-1]

    yield start
    for door in doors:
        door.stop()


def until(what, limit_s: float = 120):
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        try:
            found = what()
            if found:
                return found
        except (httpx.TransportError, KeyError):
            pass
        time.sleep(0.1)
    raise TimeoutError(what)


def test_a_registration_travels_between_processes_of_one_service_each(run, front, tmp_path):
    composition = Composition(load({}, data=tmp_path))
    composition.migrate()
    headers = {"Authorization": f"Bearer {composition.issuer.token(ADMINISTRATOR, Clock().now())}"}
    reviewer = Actor("r", "kari", frozenset({"reviewer"}))
    client = composition.client(reviewer)
    client.register("investors", {"id": "kari", "name": {"en": "Kari Capital (invented)"}})
    client.register("mandates", mandate_form("kari"))
    composition.close()
    ports = {name: str(free_port()) for name in ("startups", "matching", "accounts")}
    door = front(ports)
    ops = {
        f"{role} {name}": str(free_port())
        for role in ("serve", "work")
        for name in ("startups", "matching")
    }
    for name, port in ports.items():
        own = {"NAKODO_OPS": ops[f"serve {name}"]} if f"serve {name}" in ops else {}
        run("serve", name, NAKODO_PORT=port, NAKODO_URL=f"http://{door.inside}", **own)
    for name in ("startups", "investors", "matching"):
        run("work", name, **{"NAKODO_OPS": ops[f"work {name}"]} if f"work {name}" in ops else {})
    startups, matching = (f"http://127.0.0.1:{ports[n]}" for n in ("startups", "matching"))
    accounts = f"http://127.0.0.1:{ports['accounts']}"
    until(
        lambda: all(
            httpx.get(f"{one}/live").status_code == 200 for one in (startups, matching, accounts)
        )
    )
    answer = httpx.post(
        f"{startups}/api/v1/startups", json=startup_form(id="rei"), headers=headers, timeout=60
    )
    assert answer.status_code == 201, answer.text
    match = until(
        lambda: (
            (a := httpx.get(f"{matching}/api/v1/matches/rei/kari", headers=headers)).status_code
            == 200
            and a.json()
        )
    )
    assert match["state"] == "match"
    assert (
        httpx.get(f"{matching}/ready").status_code == 404
        and httpx.get(f"{matching}/metrics").status_code == 404
    )
    for role, port in ops.items():
        assert until(
            lambda port=port: httpx.get(f"http://127.0.0.1:{port}/ready").json()["ready"]
        ), role
    for _ in range(12):
        httpx.get(f"{matching}/live")
    looks = [httpx.get(f"http://127.0.0.1:{ops['serve matching']}/metrics").text for _ in range(8)]
    lives = (
        'nakodo_http_requests_total{method="GET",route="/live",service="matching",status="200"} '
    )
    counted = [
        next(float(line.split()[-1]) for line in look.splitlines() if line.startswith(lives))
        for look in looks
    ]
    assert counted[0] >= 12 and len(set(counted)) == 1, (
        "whichever process answers a look, it tells of all"
    )
    served, worked = (
        httpx.get(f"http://127.0.0.1:{ops[f'{role} matching']}/metrics").text
        for role in ("serve", "work")
    )
    asked = 'nakodo_http_requests_total{method="GET",route="/api/v1/matches/{startup}/{mandate}",'
    asked += 'service="matching",status="200"} '
    assert f"{asked}0.0" not in served and asked in served and "consumer_lag" not in served
    assert 'nakodo_consumer_lag{consumer="matching",service="matching"}' in worked
    assert 'nakodo_loop_failed{loop="member",service="matching"} 0.0' in worked
