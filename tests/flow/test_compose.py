"""docker-compose.yml without Docker: every command it would start is started, with its environment,
on local Kafka, PostgreSQL and nginx.
"""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft7Validator

from deploy.kafka.broker import Cluster, NoKafka, free_port
from nakodo_client import Client, Refused
from services import WORKING
from shared.auth import ADMINISTRATOR, Issuer
from shared.clock import Clock
from shared.eventlog import LogUnavailable, Record
from shared.eventlog.connect import connect
from shared.settings import load
from tests.conftest import mandate_form, startup_form
from tests.flow.door import SERVICES, Nginx

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: s for name, s in COMPOSE["services"].items() if s.get("image") == "nakodo"}
pytestmark = [
    pytest.mark.kafka,
    pytest.mark.postgres,
    pytest.mark.xdist_group("kafka"),
    pytest.mark.timeout(420),
]
SECRET, DEFAULT = re.compile(r"\$\{(\w+):\?[^}]*\}"), re.compile(r"\$\{\w+:-([^}]*)\}")


def test_the_file_says_what_it_must():
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"(?i)password:\s+(?!.?\$\{)\S", text), "no secret in the file"
    for name, service in COMPOSE["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        for other in service.get("depends_on") or ():
            assert other in COMPOSE["services"], (name, other)
    for name, service in OURS.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["command"][0] in ("nakodo", "gunicorn")
    for name in WORKING:
        assert {name, f"{name}-work", f"migrate-{name}"} <= set(OURS)
        assert "healthcheck" in OURS[name]


def test_the_file_is_valid_by_the_compose_specification():
    """The specification's schema of 2021 knows everything we use; anchors (x-...) are resolved by
    the YAML reader.
    """
    schema = json.loads(
        gzip.decompress((ROOT / "tests/contract/specs/compose-spec.json.gz").read_bytes())
    )
    faults = [
        f"{list(e.absolute_path)}: {e.message}"
        for e in Draft7Validator(schema).iter_errors(COMPOSE)
    ]
    assert faults == []
    broken = COMPOSE | {"services": COMPOSE["services"] | {"kafka": {"imagee": "x"}}}
    assert list(Draft7Validator(schema).iter_errors(broken))


class Composed:
    """Starts what the file names, in the order of its conditions, with names of hosts turned into
    loopback ports.
    """

    def __init__(self, folder: Path, kafka, databases: str, services: dict[str, dict] = OURS):
        self.services = services
        self.folder, self.processes, self.ports = (
            folder,
            {},
            {name: free_port() for name in services},
        )
        places = {name: f"127.0.0.1:{self.ports[name]}" for name in SERVICES}
        self.door = Nginx(folder / "door", places, trusted=("127.0.0.1/32",))
        self.ops = {name: free_port() for name in services}
        self.kafka = kafka
        self.hosts = {
            "kafka:9092": kafka.url.removeprefix("kafka://"),
            "door:8081": self.door.inside,
            "172.29.7.128/25": "127.0.0.1/32",
        }
        self.hosts |= {f"{name}:8000": f"127.0.0.1:{self.ports[name]}" for name in services}
        self.hosts["//postgres:"] = "//nakodo:"
        self.hosts["@postgres/"] = "@" + databases.split("@")[1].split("/")[0] + "/"

    def local(self, text: str) -> str:
        text = DEFAULT.sub(
            r"\1",
            SECRET.sub(
                lambda m: self.kafka.users.get(m[1].removesuffix("_PASSWORD").lower(), "unused"),
                text,
            ),
        )
        for name, place in self.hosts.items():
            text = text.replace(name, place)
        return text

    def run(self, name: str, *command: str, typed: str = "") -> subprocess.CompletedProcess:
        """An operator's command in a service's container, as `docker compose run` would."""
        ran = [sys.executable, "-m", "services", *command]
        return subprocess.run(
            ran,
            cwd=ROOT,
            env=self.environment(name),
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def environment(self, name: str) -> dict[str, str]:
        root = self.mounted(name)
        own = {key: self.local(value) for key, value in self.services[name]["environment"].items()}
        own |= {key: str(root) + value for key, value in own.items() if value.startswith("/")}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("NAKODO_")}
        here = {
            "NAKODO_DATA": f"{root}/data",
            "NAKODO_HOST": "127.0.0.1",
            "NAKODO_PORT": str(self.ports[name]),
        }
        here["NAKODO_OPS"] = f"127.0.0.1:{self.ops[name]}"
        return (
            kept
            | own
            | here
            | {
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
            }
        )

    def mounted(self, name: str) -> Path:
        """A container's root with its volumes alone: what it does not mount it does not see."""
        root = self.folder / "roots" / name
        for mount in self.services[name].get("volumes", ()):
            volume, path = mount.split(":")[:2]
            (self.folder / "volumes" / volume).mkdir(parents=True, exist_ok=True)
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            if not (root / path[1:]).exists():
                (root / path[1:]).symlink_to(self.folder / "volumes" / volume)
        (root / "data").mkdir(parents=True, exist_ok=True)
        return root

    def start(self) -> "Composed":
        waiting = {name: s for name, s in self.services.items() if "profiles" not in s}
        while waiting:
            ready = [
                n
                for n, s in waiting.items()
                if not any(d in waiting for d in s.get("depends_on") or ())
            ]
            for name in ready:
                self._one(name, job=waiting.pop(name)["restart"] == "on-failure")
        self.processes["door"] = self.door.start().process
        return self

    def _one(self, name: str, job: bool) -> None:
        command = [
            str(self.mounted(name)) + part if part.startswith("/") else part
            for part in self.services[name]["command"]
        ]
        log = open(self.folder / f"{name}.out", "ab")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment(name),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        if job:
            assert process.wait(120) == 0, (name, (self.folder / f"{name}.out").read_text())
        else:
            self.processes[name] = process

    def told(self) -> str:
        """What the processes wrote last, and which have ended: for whoever reads a failure."""
        ended = {name: p.returncode for name, p in self.processes.items() if p.poll() is not None}
        tails = [
            f"== {out.name}\n" + "\n".join(out.read_text().splitlines()[-15:])
            for out in sorted(self.folder.glob("*.out"))
        ]
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


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A broker as the file has it: everybody signs in, and may what was granted."""
    users = {
        name: f"word-of-{name}"
        for name in (
            "startups",
            "investors",
            "programs",
            "matching",
            "meetings",
            "accounts",
            "notices",
        )
    }
    try:
        cluster = Cluster(
            tmp_path_factory.mktemp("kafka"), users=users | {"admin": "unused", "kafka": "unused"}
        ).start()
    except NoKafka as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{missing}")
    yield cluster
    cluster.stop()


@pytest.fixture
def composed(folder, secured, databases):
    if shutil.which("nginx") is None and not os.environ.get("CI"):
        pytest.skip(
            "no nginx here: install it (Debian: apt install nginx-light) to try the composition"
        )
    running = Composed(folder, secured, databases).start()
    yield running
    print(running.told())  # pytest shows it with a failure
    running.stop()


def test_what_compose_would_start_works_from_registration_to_feed(composed):
    issuer = Issuer(composed.folder / "volumes/issuer")
    client = Client(composed.door.url, lambda: issuer.token(ADMINISTRATOR, Clock().now()))
    eventually(
        lambda: all(healthy(composed, name) for name, s in OURS.items() if "healthcheck" in s), 60
    )
    client.register(
        "investors",
        {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}, "origin": "invented"},
    )
    client.register("mandates", mandate_form("kari-capital"))
    client.register("startups", startup_form(id="rei-bio"))
    eventually(
        lambda: [m["startup"] for m in client.feed("kari-capital", invented=True)] == ["rei-bio"],
        60,
    )
    seen = client.preview("kari-capital-equity", weights={"modality": 1})
    assert seen["startups"] >= 1
    door = composed.door.url
    page = httpx.get(f"{door}/", follow_redirects=True)
    assert page.status_code == 200 and "/sign-up" in page.text and "/sign-in" in page.text
    word = "four words make one"
    person = ("bd@rei-bio.example", "--name", "Bd", "--org", "rei-bio", "--role", "startup")
    made = composed.run("accounts", "add-person", *person, typed=word)
    assert made.returncode == 0, made.stderr
    told = httpx.post(
        f"{door}/api/v1/sessions", json={"email": "bd@rei-bio.example", "password": word}
    ).json()
    mine = Client(door, told["access_token"])
    assert mine.get("/api/v1/people/me")["memberships"][0]["org"] == "rei-bio"
    with httpx.Client(base_url=door, follow_redirects=True, headers={"Origin": door}) as browser:
        landed = browser.post("/sign-in", data={"email": "bd@rei-bio.example", "password": word})
        assert landed.status_code == 200 and landed.url.path == "/startups/rei-bio", landed.text[
            -600:
        ]
    assert (
        composed.run("matching", "dead", "list", "--service", "matching").stdout.strip()
        == "nothing is parked and nothing backs off"
    )
    refused = composed.run("accounts", "doctor")
    assert refused.returncode == 2 and "{service}" in refused.stderr
    nobody_writes_anothers_topic(composed)
    sign_ins_at_once(door)
    measured(composed)
    saved = composed.run(
        "backup", *OURS["backup"]["command"][1:-1], str(composed.mounted("backup") / "backups")
    )
    assert saved.returncode == 0, saved.stderr
    kept = next((composed.folder / "volumes/backups").iterdir())
    assert {p.name for p in kept.iterdir()} >= {
        "backup.json",
        "keys",
        "startups.dump",
        "notices.dump",
    } and (kept / "keys/issuer.json").exists()
    composed.processes["matching-work"].kill()
    client.register("startups", startup_form("Rei Two (invented)", id="rei-two"))
    composed._one("matching-work", job=False)
    eventually(lambda: len(client.feed("kari-capital", invented=True)) == 2, 60)


def test_only_who_signs_can_read_the_key_that_signs():
    holders = {
        name
        for name, s in OURS.items()
        if any(v.startswith("issuer:") for v in s.get("volumes", ()))
    }
    assert holders == {"keys", "accounts", "backup"}
    shared = {
        v.split(":")[0]
        for s in OURS.values()
        for v in s.get("volumes", ())
        if v.split(":")[0].startswith("key")
    }
    for volume in shared:
        of = {
            n.split("-")[0]
            for n, s in OURS.items()
            if any(v.startswith(f"{volume}:") for v in s.get("volumes", ()))
        }
        assert of - {"keys", "backup"} == {volume.removeprefix("key-")}, (
            "a key of one service is no other's"
        )
    assert all(
        v.endswith(":ro")
        for n, s in OURS.items()
        if n != "keys"
        for v in s.get("volumes", ())
        if v.startswith(("published", "issuer"))
    )


def test_connections_memory_and_stopping_add_up():
    running = {
        n: s
        for n, s in OURS.items()
        if s["restart"] == "unless-stopped" and "NAKODO_DATABASE_URL" in s["environment"]
    }
    most = int(COMPOSE["services"]["postgres"]["command"][-1].removeprefix("max_connections="))
    held = sum(int(s["environment"]["NAKODO_CONNECTIONS"]) for s in running.values())
    # a backup or a command; PostgreSQL's own; two more matchers
    operators, reserved, members = 10, 3, 2 * 5
    assert held + operators + reserved + members <= most, (held, most)
    for name, service in OURS.items():
        assert (
            service["stop_grace_period"] == "45s"
            and service["environment"]["NAKODO_WORKERS"] == "1"
        ), name
        if service["restart"] == "unless-stopped":
            assert service["healthcheck"]["test"][-1] == "deploy/healthy.py", name


def test_the_broker_lets_nobody_in_without_a_word_and_speaks_to_its_controller_alone():
    kafka = COMPOSE["services"]["kafka"]["environment"]
    assert (
        "PLAINTEXT" not in kafka["KAFKA_LISTENERS"]
        and "CLIENTS:SASL_PLAINTEXT" in kafka["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]
    )
    assert "CONTROLLER://127.0.0.1:" in kafka["KAFKA_LISTENERS"], (
        "the anonymous controller is not reached from another container"
    )
    assert (
        kafka["KAFKA_AUTHORIZER_CLASS_NAME"].endswith("StandardAuthorizer")
        and "KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND" not in kafka
    )
    for name, service in OURS.items():
        assert service["environment"]["NAKODO_KAFKA_SECURITY"] == "SASL_PLAINTEXT", name


def healthy(composed, name: str) -> bool:
    ran = subprocess.run(
        OURS[name]["healthcheck"]["test"][1:],
        env=composed.environment(name),
        cwd=ROOT,
        capture_output=True,
    )
    return ran.returncode == 0


def nobody_writes_anothers_topic(composed) -> None:
    """With what a role's container holds, its own topics are written, another's are refused, and
    nobody comes in with a wrong word.
    """
    settings = load(composed.environment("notices-work"))
    log = connect(settings.eventlog_url, settings.kafka)
    for topic in ("startups", "access"):
        with pytest.raises(LogUnavailable):
            log.append([Record(topic, "rei-bio", "{}")])
    log.close()
    with pytest.raises(LogUnavailable):
        connect(settings.eventlog_url, settings.kafka | {"sasl_plain_password": "guessed"}).append(
            [Record("access", "x", "{}")]
        )


def sign_ins_at_once(door: str) -> None:
    """More people than hashes fit into memory at a time: each is answered."""
    said = {"email": "nobody@rei-bio.example", "password": "not their words"}
    with ThreadPoolExecutor(12) as pool:
        told = list(
            pool.map(
                lambda _: httpx.post(f"{door}/api/v1/sessions", json=said, timeout=60).status_code,
                range(12),
            )
        )
    assert set(told) <= {401, 403, 422, 429}, told


def measured(composed) -> None:
    """Memory and CPU of each role so far, beside its limit."""
    for name, process in sorted(composed.processes.items()):
        if name not in OURS:
            continue
        tree = [process.pid, *children(process.pid)]
        maps = [rollup(pid) for pid in tree]
        own = sum(m["Anonymous"] for m in maps) / 1024
        # what is read from files is there once in a container
        held = own + max(m["Rss"] - m["Anonymous"] for m in maps) / 1024
        peak = sum(status(pid, "VmHWM") for pid in tree) / 1024
        cpu = sum(spent(pid) for pid in tree)
        limit = int(OURS[name]["deploy"]["resources"]["limits"]["memory"].removesuffix("M"))
        print(
            f"{name:<18} held {held:5.0f} MB  own {own:5.0f}  peak {peak:5.0f}  limit {limit}  CPU"
            f" {cpu:5.1f} s"
        )
        assert held < 0.8 * limit, name


def children(pid: int) -> list[int]:
    found = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [c for p in found for c in children(p)]


def rollup(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def status(pid: int, key: str) -> int:
    return int(re.search(rf"{key}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def spent(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def eventually(reached, seconds: float) -> None:
    deadline, refused = time.monotonic() + seconds, None
    while True:
        try:
            if reached():
                return
        except Refused as error:
            refused = error.problem
        assert time.monotonic() < deadline, f"it did not happen in time; refused: {refused}"
        time.sleep(0.5)
