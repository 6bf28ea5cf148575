"""A real `nakodo up` in a process of its own, for tests that need the whole thing."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from nakodo_client import Client, pinned
from services import reference
from shared.auth import ADMINISTRATOR, Actor, Issuer
from tests.conftest import Stack, once


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _fill(folder: Path) -> None:
    stack = Stack(folder, at=datetime.now(UTC))
    stack.composition.invent()
    for name in ("reference", "demo"):
        reference.load_once(
            stack.client(), name, folder, lambda *_: None, stack.composition.together
        )
    stack.settle().composition.close()


class Running:
    """Started on a data folder; killed or stopped by its process id only."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        load: bool = True,
        environ: dict[str, str] | None = None,
        fresh: bool = False,
    ):
        self.folder, self.port, self.load, self.fresh = folder, port or free_port(), load, fresh
        self.ops = f"http://127.0.0.1:{free_port()}"
        self.environ = {"NAKODO_OPS": self.ops.removeprefix("http://")} | (environ or {})
        self.certificate = self.environ.get("NAKODO_TLS_CERTIFICATE")
        self.url = f"http{'s' if self.certificate else ''}://127.0.0.1:{self.port}"
        self.log = folder / "server.log"

    def start(self, ready_s: float = 180) -> "Running":
        environ = {k: v for k, v in os.environ.items() if not k.startswith("NAKODO_")}
        environ |= self.environ | {"NAKODO_DATA": str(self.folder), "NAKODO_PORT": str(self.port)}
        command = [sys.executable, "-m", "services", "up"] + ([] if self.load else ["--no-load"])
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.load and not self.fresh and not (self.folder / "startups.db").exists():
            shutil.copytree(once("served", _fill), self.folder, dirs_exist_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, env=environ, stdout=out, stderr=out, start_new_session=True
            )
        self._wait(ready_s)
        return self

    def _wait(self, ready_s: float) -> None:
        deadline = time.monotonic() + ready_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(
                    "the server ended with"
                    f" {self.process.returncode}:\n{self.log.read_text()[-3000:]}"
                )
            if (self.folder / "address").exists():
                try:
                    known = pinned(self.certificate) if self.certificate else True
                    if (
                        httpx.get(
                            f"{self.url}/services/startups/live", timeout=1, verify=known
                        ).status_code
                        == 200
                    ):
                        return
                except httpx.TransportError:
                    pass
            time.sleep(0.05)
        raise TimeoutError(self.log.read_text()[-3000:])

    def token(self, role: str) -> str:
        return json.loads((self.folder / "credentials.json").read_text())[role]

    def client(self, actor: Actor) -> Client:
        """The API as somebody."""
        return Client(self.url, lambda: self.issued(actor))

    def issued(self, actor: Actor) -> str:
        """A token of the installation's own, as of now."""
        return Issuer(self.folder / "keys").token(actor, datetime.now(UTC))

    def admin(self) -> Client:
        """The API as an administrator."""
        return self.client(ADMINISTRATOR)

    def kill(self) -> None:
        """kill -9 of the whole process group, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        (self.folder / "address").unlink(missing_ok=True)

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit status."""
        os.kill(self.process.pid, signal.SIGINT)
        return self.process.wait(30)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()
