"""The gunicorn worker every service runs in: a request gets a thread once it has arrived, so that
none waits for a slow sender.
"""

import errno
import gc
import re
import resource
import ssl
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ

from gunicorn import http, sock, util
from gunicorn.workers.gthread import TConn, ThreadWorker

# to arrive, or to be taken: these seconds, and one more for so many bytes
ARRIVE_S, TAKE_S, SLOWEST = 5.0, 10.0, 50_000
# a body beyond HELD is read by its thread, a few such at a time
LARGEST_HEAD, HELD, LINGER_S = 65_536, 1_100_000, 2.0
# connections that wait with nothing whole to say, in all and from one address
MOST, PER_PLACE = 512, 256
MOST_LONG, TURN_S = 32, 60.0
FILES = 8192
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
CHUNKED, ASKED = (
    re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE),
    re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE),
)
WANTING = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError, InterruptedError)
LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length:"
    b" 0\r\n\r\n"
)
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length:"
    b" 0\r\n\r\n"
)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Arriving:
    """A connection that collects a request until it is whole, without blocking, and then gives it
    to the parser as a socket would.

    What has to be read or written by the thread itself has a deadline that grows with the bytes
    that move.
    """

    def __init__(self, wire):
        self._wire, self._came = wire, bytearray()
        self.needs: int | None = None  # bytes of head and body, once the head is there
        self.long = self.ended = False
        self._until = self._blocked = self._sent = 0.0

    def collect(self) -> None:
        """Takes what has come. Raises OSError where the connection broke."""
        while not self.ended and len(self._came) <= HELD + LARGEST_HEAD:
            try:
                part = self._wire.recv(65_536)
            except WANTING:
                return
            self.ended = not part
            self._came += part
            if self._measured() and self.whole:
                return

    def _measured(self) -> bool:
        """Finds out, at the end of the head, how much belongs to the request."""
        end = self._came.find(b"\r\n\r\n") if self.needs is None else -1
        if end >= 0:
            head = bytes(self._came[: end + 4])
            lengths = LENGTH.findall(head)
            body = int(lengths[0][:18]) if len(lengths) == 1 else 0
            self.long = bool(CHUNKED.search(head)) or body > HELD
            self.needs = end + 4 + (0 if self.long else body)
            if ASKED.search(head) and len(self._came) < self.needs:
                self._wire.send(CONTINUE)
        return self.needs is not None

    @property
    def whole(self) -> bool:
        """Whether a thread need not wait: all is there, or nothing more will come."""
        return self.ended or (self.needs is not None and len(self._came) >= self.needs)

    @property
    def size(self) -> int:
        return len(self._came)

    @property
    def begun(self) -> bool:
        return bool(self._came)

    @property
    def too_large(self) -> bool:
        return self.needs is None and len(self._came) > LARGEST_HEAD

    def handed_over(self) -> None:
        """A thread begins to read and to answer."""
        self._until, self._blocked, self._sent, self.needs = (
            time.monotonic() + ARRIVE_S,
            0.0,
            0.0,
            None,
        )

    def given_back(self, ahead: bytes) -> None:
        """What the parser had read of the next request already."""
        self._came[:0] = ahead
        self.long = False
        self._measured()

    def recv(self, size: int) -> bytes:
        if self._came or self.ended:
            part = bytes(self._came[:size])
            del self._came[:size]
            return part
        try:
            self._wire.settimeout(max(self._until - time.monotonic(), 0.001))
            part = self._wire.recv(size)
            self._until += len(part) / SLOWEST
            return part
        except TimeoutError as error:
            raise ConnectionResetError(
                errno.ECONNRESET, "the request did not arrive in time"
            ) from error
        finally:
            self._wire.setblocking(True)

    def sendall(self, data: bytes) -> None:
        begin, self._sent = time.monotonic(), self._sent + len(data)
        try:
            self._wire.settimeout(max(TAKE_S + self._sent / SLOWEST - self._blocked, 0.001))
            self._wire.sendall(data)
        except TimeoutError as error:
            raise ConnectionResetError(
                errno.ECONNRESET, "the answer was not taken in time"
            ) from error
        finally:
            self._blocked += time.monotonic() - begin
            self._wire.setblocking(True)

    def __getattr__(self, name: str):
        return getattr(self._wire, name)


class Worker(ThreadWorker):
    """Connections wait in the poller until their request is whole; whoever keeps the house waiting
    longest makes room for others.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.waiting: dict[TConn, None] = {}  # oldest first
        self.lingering: dict[TConn, None] = {}
        self.queued: dict[TConn, None] = {}  # long bodies that wait for their turn
        self.reading: list[TConn] = []
        self._context = None

    def run(self):
        """Everything that is loaded by now stays for good: the collector need not walk it at every
        long answer (p99 of a board: 200 to 100 ms).
        """
        gc.collect()
        gc.freeze()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < FILES:
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (min(FILES, hard) if hard > 0 else FILES, hard)
            )
        self._context = sock.ssl_context(self.cfg) if self.cfg.is_ssl else None
        super().run()

    # -- from a new connection to a whole request

    def accept(self, listener):
        try:
            wire, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._make_room()
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, wire, client, listener.getsockname())
        if self._context is not None:
            conn.sock = self._context.wrap_socket(
                wire, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True
            )
            conn.sock.setblocking(False)
        conn.sock = Arriving(conn.sock)
        conn.parser = http.get_parser(self.cfg, conn.sock, client)
        conn.shaken = self._context is None
        self._wait(conn, ARRIVE_S)
        self._on_readable(conn, None)

    def _wait(self, conn: TConn, seconds: float) -> None:
        conn.began = time.monotonic()
        conn.timeout = conn.began + seconds
        self.waiting[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))
        place = Counter(c.client[0] for c in self.waiting)
        if place[conn.client[0]] > PER_PLACE:
            self._close(next(c for c in self.waiting if c.client[0] == conn.client[0]))
        elif len(self.waiting) > MOST:
            self._make_room()

    def _make_room(self) -> None:
        """Lets the one go that has waited longest, of the place that has most."""
        if self.waiting:
            place = Counter(c.client[0] for c in self.waiting).most_common(1)[0][0]
            self._close(next(c for c in self.waiting if c.client[0] == place))

    def _on_readable(self, conn: TConn, _client) -> None:
        if conn not in self.waiting:
            return
        arriving, begun = conn.sock, conn.sock.begun
        try:
            if not conn.shaken:
                arriving.do_handshake()
                conn.shaken = True
            arriving.collect()
        except WANTING:
            return
        except OSError:
            self._close(conn)
            return
        if arriving.begun and not begun:
            conn.began = time.monotonic()
        if arriving.too_large:
            self._close(conn, TOO_LARGE)
        elif arriving.whole:
            self._go(conn)
        elif arriving.begun:
            conn.timeout = conn.began + ARRIVE_S + arriving.size / SLOWEST

    def _go(self, conn: TConn) -> None:
        """A thread for a whole request; one whose body is long waits until few others are read, and
        none of its place.
        """
        self._forget(conn)
        if not conn.sock.begun:
            self.nr_conns -= 1
            conn.close()
        elif conn.sock.long:
            conn.timeout = time.monotonic() + TURN_S
            self.queued[conn] = None
            self._read_long()
            while len(self.queued) > MOST_LONG:
                self._close(next(iter(self.queued)), BUSY)
        else:
            self.enqueue_req(conn)

    def _read_long(self) -> None:
        for conn in list(self.queued):
            if len(self.reading) < max(1, self.cfg.threads // 4) and conn.client[0] not in [
                c.client[0] for c in self.reading
            ]:
                del self.queued[conn]
                self.reading.append(conn)
                self.enqueue_req(conn)

    def _forget(self, conn: TConn) -> None:
        for held in (self.waiting, self.lingering, self.queued):
            held.pop(conn, None)
        with suppress(KeyError, ValueError):  # whoever waits for a turn is not in the poller
            self.poller.unregister(conn.sock)

    def _close(self, conn: TConn, word: bytes = b"") -> None:
        """Ends a connection that waits, with a word where it goes out at once."""
        self._forget(conn)
        self.nr_conns -= 1
        try:
            if word:
                conn.sock.send(word)
        except OSError:
            self.log.debug("%s heard no word", conn.client)
        util.close(conn.sock)

    # -- a thread has it, and gives it back

    def handle(self, conn):
        conn.data_ready = True
        conn.sock.handed_over()
        return super().handle(conn)

    def finish_request(self, conn, fs):
        """On the main thread: another request on the connection, or its end, which waits for nobody
        here.
        """
        if conn in self.reading:
            self.reading.remove(conn)
            self._read_long()
        try:
            again = fs.result() if not fs.cancelled() else False
            conn.sock.setblocking(False)
            if not again:
                self._linger(conn)
                return
            conn.sock.given_back(conn.parser.unreader.take_buffered())
            self._wait(conn, self.cfg.keepalive if self.alive else LINGER_S)
            if conn in self.waiting:
                self._on_readable(conn, None)
        except Exception:  # noqa: BLE001 - whatever is wrong with one connection, the loop goes on
            self.nr_conns -= 1
            conn.close()

    def _linger(self, conn: TConn) -> None:
        """Says that nothing more comes and listens a moment, or the last of the answer could be
        lost; in the poller, not in the loop.
        """
        conn.timeout = time.monotonic() + LINGER_S
        try:
            conn.sock.shutdown(1)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self.lingering[conn] = None
        if len(self.lingering) > MOST // 2:
            self._close(next(iter(self.lingering)))
        self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: TConn, _client) -> None:
        try:
            if conn.sock._wire.recv(65_536):
                return
        except WANTING:
            return
        except OSError:
            self.log.debug("%s is gone", conn.client)
        self._close(conn)

    def murder_keepalived(self, force: bool = False):
        """Ends those whose time is over: a request half sent is told so."""
        now = time.monotonic()
        for conn in [
            c for c in (*self.waiting, *self.lingering, *self.queued) if force or c.timeout <= now
        ]:
            self._close(conn, LATE if conn in self.waiting and conn.sock.begun else b"")

    def _cap_keepalive(self, deadline: float):
        for conn in self.waiting:
            conn.timeout = min(conn.timeout, deadline)
