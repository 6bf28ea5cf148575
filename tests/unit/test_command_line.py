"""The command line loads what a command uses, not the product: help and questions to a server
elsewhere come at once.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from services import SERVICES, WORKING
from services.up import MODULES
from shared.auth import issuer_of
from shared.settings import load

HEAVY = (
    "sqlalchemy",
    "alembic",
    "flask",
    "gunicorn",
    "numpy",
    "structlog",
    "joserfc",
    "openpyxl",
    "webauthn",
    "argon2",
)
PROGRAM = (
    "import sys; from services.cli import main; main(sys.argv[1:], standalone_mode=False);"
    " print([*sys.modules], file=sys.stderr)"
)


def loaded(*command: str, **environ: str) -> tuple[str, set[str]]:
    """What a command says, and the modules it has loaded; services by their folder."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NAKODO_")} | environ
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command],
        capture_output=True,
        text=True,
        env=clean,
        check=True,
    )
    names = json.loads(done.stderr.splitlines()[-1].replace("'", '"'))
    return done.stdout, {n.partition(".")[0] for n in names} | {
        n.split(".")[1] for n in names if n.startswith("services.")
    }


@pytest.fixture
def elsewhere():
    """A server of which we know no more than its address: an empty feed at every one."""

    class Feed(BaseHTTPRequestHandler):
        def do_GET(self):
            said = json.dumps({"items": [], "next": None}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Feed)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_help_loads_no_service():
    said, names = loaded("--help")
    assert "feed" in said and "cohort" in said
    assert names & {*HEAVY, *SERVICES, "up", "alone", "operate", "backup"} == set()


def test_a_question_to_a_server_elsewhere_loads_no_service(elsewhere):
    said, names = loaded(
        "feed", "chugai-venture-fund", "--json", NAKODO_URL=elsewhere, NAKODO_TOKEN="x"
    )
    assert json.loads(said) == [] and "httpx" in names
    assert names & {*HEAVY, *SERVICES, "up", "alone", "operate", "backup"} == set()


def test_a_question_to_the_server_on_the_data_folder_loads_no_service(elsewhere, tmp_path):
    issuer_of(load({}, data=tmp_path)).ensure()
    (tmp_path / "address").write_text(elsewhere)
    with (tmp_path / "up.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said, names = loaded("--data", str(tmp_path), "feed", "chugai-venture-fund", "--json")
    assert json.loads(said) == [] and names & {
        *HEAVY,
        *SERVICES,
        "up",
        "alone",
        "operate",
        "backup",
    } <= {"structlog", "joserfc"}


def test_the_services_are_those_that_are_wired():
    assert list(MODULES) == list(SERVICES) and "portal" not in WORKING


@pytest.mark.parametrize("name", SERVICES)
def test_a_services_process_loads_no_other_service(name):
    """Twice the memory, once: every container imported the whole product."""
    program = (
        "import sys; from services.alone import _one; from shared.settings import load;"
        f" _one(load(), {name!r});"
    )
    program += (
        "print(sorted({m.split('.')[1] for m in sys.modules if m.startswith('services.') and"
        " m.count('.') > 1}))"
    )
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env=os.environ | {"NAKODO_DATA": folder},
        )
    assert json.loads(told.stdout.replace("'", '"')) == [name], told.stderr
