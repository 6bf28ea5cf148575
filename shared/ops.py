"""What operators and their machines ask, on an address of its own that no front door leads to:
/live, /ready, /metrics.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.auth import worker
from shared.gauges import Together
from shared.service import Service

IDLE_S = 5.0


class Ops:
    """The figures and the state of the services of this process; `failed` names loops that have
    stopped, each with its reason.
    """

    def __init__(self, services: Sequence[Service], failed: Callable[[], Mapping[str, str]] = dict):
        self.services, self.failed = services, failed
        self.registry = Together(s.gauges for s in services).registry()
        self.server: ThreadingHTTPServer | None = None

    def problems(self) -> dict[str, str]:
        """What keeps this process from being ready, each with its reason."""
        found = dict(self.failed())
        for service in self.services:
            named = f"{service.name} " if len(self.services) > 1 else ""
            try:
                if service.db is not None:
                    with service.db.reading(worker(service.name)) as session:
                        session.execute(text("SELECT 1"))
                found |= {f"{named}{name}": told for name, told in service.checks().items() if told}
            except SQLAlchemyError as error:
                found[f"{named}database"] = type(error).__name__
        return found

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a path."""
        if path == "/live":
            return 200, "application/json", b'{"live": true}'
        if path == "/ready":
            problems = self.problems()
            told = {
                "ready": not problems,
                "services": [s.name for s in self.services],
                "problems": problems,
            }
            return 503 if problems else 200, "application/json", json.dumps(told).encode()
        if path == "/metrics":
            return 200, CONTENT_TYPE_PLAIN_0_0_4, generate_latest(self.registry)
        return 404, "text/plain", b"/live, /ready, /metrics\n"

    def start(self, address: tuple[str, int]) -> "Ops":
        """Listens in a thread. Raises OSError where the address is taken."""
        self.server = _Server(address, _Handler)
        self.server.ops = self
        threading.Thread(target=self.server.serve_forever, name="ops", daemon=True).start()
        return self

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()


class _Server(ThreadingHTTPServer):
    ops: Ops
    daemon_threads = True
    # while a worker of the server that answers people is replaced, the old and the new one both
    # listen
    allow_reuse_port = True


class _Handler(BaseHTTPRequestHandler):
    timeout = IDLE_S
    server: _Server

    def do_GET(self) -> None:
        status, kind, body = self.server.ops.answer(self.path.partition("?")[0])
        with suppress(ConnectionError):  # whoever asked has gone: its time was up
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args) -> None:
        """Nothing: a scrape every few seconds is no news."""
