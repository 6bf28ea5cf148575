"""A private PostgreSQL on loopback from the installed binaries, one database and role per service.

python deploy/postgres/server.py [--data FOLDER] [--port 5432]      runs until Ctrl-C; `make
postgres` calls it
"""

import argparse
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
READY_S = 30
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
}


class NoPostgres(RuntimeError):
    """PostgreSQL's binaries are missing, or the server did not come up; the message says which."""


def binaries() -> Path:
    """The folder of initdb and postgres. Raises NoPostgres."""
    on_path = shutil.which("initdb")
    found = (
        [Path(on_path).resolve().parent]
        if on_path
        else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    if not found or not (found[0] / "initdb").exists():
        raise NoPostgres(
            "no initdb here: install PostgreSQL 15 or newer (Debian: apt install postgresql) to run"
            " a private server"
        )
    return found[0]


class Server:
    """One PostgreSQL as a child process; as root it runs under an account of its own, which
    PostgreSQL insists on.
    """

    def __init__(self, folder: Path, port: int | None = None):
        self.folder, self.bin = folder, binaries()
        self.port = port or _free_port()
        self.user = _account() if os.geteuid() == 0 else None
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """A template with {service}: every service has its own database and role."""
        return f"postgresql://{{service}}@127.0.0.1:{self.port}/{{service}}"

    def start(self) -> "Server":
        new = not (self.folder / "PG_VERSION").exists()
        if new:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.user:
                shutil.chown(self.folder, self.user)
                _let_pass(self.folder)
            self._run(
                "initdb",
                "-D",
                str(self.folder),
                "-U",
                "nakodo",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            )
        settings = [
            part
            for key, value in (SETTINGS | {"port": str(self.port)}).items()
            for part in ("-c", f"{key}={value}")
        ]
        command = [str(self.bin / "postgres"), "-D", str(self.folder), *settings]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user,
            start_new_session=True,
        )
        self._wait()
        for service in SERVICES if new else ():
            self.sql(
                "postgres",
                f"CREATE ROLE {service} LOGIN",
                f"CREATE DATABASE {service} OWNER {service}",
            )
        return self

    def sql(self, database: str, *statements: str) -> None:
        for statement in statements:
            where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "nakodo", "-d", database]
            self._run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *where, "-c", statement)

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin / tool), *arguments],
            capture_output=True,
            text=True,
            user=self.user,
            cwd="/",
        )
        if done.returncode:
            raise NoPostgres(f"{tool}: {done.stderr.strip()[-800:]}")

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_S
        ready = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready).returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise NoPostgres(f"PostgreSQL did not start on port {self.port}")
            time.sleep(0.1)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Ends the server: SIGINT breaks connections off and shuts down cleanly, SIGQUIT is a
        crash.
        """
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30)


def _account() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoPostgres(
        "running as root, and there is no account postgres or nobody to run PostgreSQL under"
    )


def _let_pass(folder: Path) -> None:
    """Lets the server's account walk to its folder."""
    for parent in folder.parents:
        if not parent.stat().st_mode & 0o001 and parent.owner() == "root":
            parent.chmod(parent.stat().st_mode | 0o011)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("data/postgres"))
    parser.add_argument("--port", type=int, default=5432)
    asked = parser.parse_args()
    try:
        server = Server(asked.data.resolve(), asked.port).start()
    except NoPostgres as error:
        sys.exit(f"postgres: {error}")
    print(
        f"PostgreSQL is ready: NAKODO_DATABASE_URL='{server.url}'   (Ctrl-C stops it; data stays in"
        f" {asked.data})",
        flush=True,
    )
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        server.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
