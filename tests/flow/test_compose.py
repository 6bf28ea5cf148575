"""docker-compose.yml without Docker: every command it would start is started, with its environment, on local Kafka, PostgreSQL and nginx."""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft7Validator

from deploy.kafka.broker import free_port
from nakodo_client import Client, Refused
from shared.auth import ADMINISTRATOR, Issuer
from shared.clock import Clock
from tests.conftest import mandate_form, startup_form
from tests.flow.door import SERVICES, Nginx

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: s for name, s in COMPOSE["services"].items() if s.get("image") == "nakodo"}
pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.xdist_group("kafka"), pytest.mark.timeout(420)]
SECRET, DEFAULT = re.compile(r"\$\{(\w+):\?[^}]*\}"), re.compile(r"\$\{\w+:-([^}]*)\}")


def test_the_file_says_what_it_must():
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"(?i)password:\s+(?!\$\{)\S", text), "no secret in the file"
    for name, service in COMPOSE["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        for other in service.get("depends_on") or ():
            assert other in COMPOSE["services"], (name, other)
    for name, service in OURS.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["command"][0] in ("nakodo", "gunicorn")
    for name in ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices"):
        assert {name, f"{name}-work", f"migrate-{name}"} <= set(OURS)
        assert "healthcheck" in OURS[name]


def test_the_file_is_valid_by_the_compose_specification():
    """The specification's schema of 2021 knows everything we use; anchors (x-...) are resolved by the YAML reader."""
    schema = json.loads(gzip.decompress((ROOT / "tests/contract/specs/compose-spec.json.gz").read_bytes()))
    faults = [f"{list(e.absolute_path)}: {e.message}" for e in Draft7Validator(schema).iter_errors(COMPOSE)]
    assert faults == []
    broken = COMPOSE | {"services": COMPOSE["services"] | {"kafka": {"imagee": "x"}}}
    assert list(Draft7Validator(schema).iter_errors(broken))


class Composed:
    """Starts what the file names, in the order of its conditions, with names of hosts turned into loopback ports."""

    def __init__(self, folder: Path, kafka, databases: str):
        self.folder, self.processes, self.ports = folder, {}, {name: free_port() for name in OURS}
        places = {name: f"127.0.0.1:{self.ports[name]}" for name in SERVICES}
        self.door = Nginx(folder / "door", places, trusted=("127.0.0.1/32",))
        self.hosts = {"kafka:9092": kafka.url.removeprefix("kafka://"), "door:8081": self.door.inside, "172.29.7.128/25": "127.0.0.1/32"}
        self.hosts |= {f"{name}:8000": f"127.0.0.1:{self.ports[name]}" for name in OURS}
        self.hosts["@postgres/"] = "@" + databases.split("@")[1].split("/")[0] + "/"

    def local(self, text: str) -> str:
        text = DEFAULT.sub(r"\1", SECRET.sub("unused", text))
        for name, place in self.hosts.items():
            text = text.replace(name, place)
        return text

    def run(self, name: str, *command: str, typed: str = "") -> subprocess.CompletedProcess:
        """An operator's command in a service's container, as `docker compose run` would."""
        ran = [sys.executable, "-m", "services", *command]
        return subprocess.run(ran, cwd=ROOT, env=self.environment(name), input=typed, capture_output=True, text=True, timeout=60)

    def environment(self, name: str) -> dict[str, str]:
        own = {key: self.local(value) for key, value in OURS[name]["environment"].items()}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("NAKODO_")}
        here = {"NAKODO_DATA": str(self.folder), "NAKODO_HOST": "127.0.0.1", "NAKODO_PORT": str(self.ports[name])}
        return kept | own | here | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def start(self) -> "Composed":
        waiting = dict(OURS)
        while waiting:
            ready = [n for n, s in waiting.items() if not any(d in waiting for d in s.get("depends_on") or ())]
            for name in ready:
                self._one(name, job=waiting.pop(name)["restart"] == "on-failure")
        self.processes["door"] = self.door.start().process
        return self

    def _one(self, name: str, job: bool) -> None:
        command = OURS[name]["command"]
        log = open(self.folder / f"{name}.out", "ab")
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment(name), stdout=log, stderr=log, start_new_session=True)
        if job:
            assert process.wait(120) == 0, (name, (self.folder / f"{name}.out").read_text())
        else:
            self.processes[name] = process

    def told(self) -> str:
        """What the processes wrote last, and which have ended: for whoever reads a failure."""
        ended = {name: p.returncode for name, p in self.processes.items() if p.poll() is not None}
        tails = [f"== {out.name}\n" + "\n".join(out.read_text().splitlines()[-15:]) for out in sorted(self.folder.glob("*.out"))]
        return f"ended: {ended}\n" + "\n".join(tails)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("compose")


@pytest.fixture
def composed(folder, kafka, databases):
    if shutil.which("nginx") is None and not os.environ.get("CI"):
        pytest.skip("no nginx here: install it (Debian: apt install nginx-light) to try the composition")
    running = Composed(folder, kafka, databases).start()
    yield running
    print(running.told())  # pytest shows it with a failure
    running.stop()


def test_what_compose_would_start_works_from_registration_to_feed(composed):
    issuer = Issuer(composed.folder / "keys")
    client = Client(composed.door.url, lambda: issuer.token(ADMINISTRATOR, Clock().now()))
    eventually(lambda: all(healthy(composed, name) for name, s in OURS.items() if "healthcheck" in s), 60)
    client.register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}, "origin": "invented"})
    client.register("mandates", mandate_form("kari-capital"))
    client.register("startups", startup_form(id="rei-bio"))
    eventually(lambda: [m["startup"] for m in client.feed("kari-capital", invented=True)] == ["rei-bio"], 60)
    seen = client.preview("kari-capital-equity", weights={"modality": 1})
    assert seen["startups"] >= 1
    door = composed.door.url
    page = httpx.get(f"{door}/", follow_redirects=True)
    assert page.status_code == 200 and page.url.path == "/sign-in" and "Nakodo" in page.text
    word = "four words make one"
    person = ("bd@rei-bio.example", "--name", "Bd", "--org", "rei-bio", "--role", "startup")
    made = composed.run("accounts", "add-person", *person, typed=word)
    assert made.returncode == 0, made.stderr
    told = httpx.post(f"{door}/api/v1/sessions", json={"email": "bd@rei-bio.example", "password": word}).json()
    mine = Client(door, told["access_token"])
    assert mine.get("/api/v1/people/me")["memberships"][0]["org"] == "rei-bio"
    with httpx.Client(base_url=door, follow_redirects=True, headers={"Origin": door}) as browser:
        landed = browser.post("/sign-in", data={"email": "bd@rei-bio.example", "password": word})
        assert landed.status_code == 200 and landed.url.path == "/startups/rei-bio", landed.text[-600:]
    assert composed.run("matching", "dead", "list").stdout.strip() == "no dead letters"
    refused = composed.run("accounts", "doctor")
    assert refused.returncode == 2 and "{service}" in refused.stderr
    composed.processes["matching-work"].kill()
    client.register("startups", startup_form("Rei Two (invented)", id="rei-two"))
    composed._one("matching-work", job=False)
    eventually(lambda: len(client.feed("kari-capital", invented=True)) == 2, 60)


def healthy(composed, name: str) -> bool:
    ran = subprocess.run(OURS[name]["healthcheck"]["test"][1:], env=composed.environment(name), cwd=ROOT, capture_output=True)
    return ran.returncode == 0


def eventually(reached, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if reached():
                return
        except Refused:
            pass
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)
