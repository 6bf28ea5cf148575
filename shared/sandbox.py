"""Work on what strangers send, in a process of its own: little time, little memory, no files, used
once.

A small helper without threads, secrets or connections imports the parsers once and forks for each
piece of work, so that a piece costs milliseconds. A piece is `module:function`, bytes to bytes; it
may raise `Refused`.
"""

import atexit
import importlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = max(2, os.cpu_count() or 2)
PATIENCE_S = 20.0
PARSERS = ("openpyxl", "pikepdf", "shared.organizations.grid", "shared.rebuild")
HEAVY = ("numpy", "PIL", "pandas")  # what parsers would import and do not need


@dataclass(frozen=True)
class Limits:
    """What one piece may take: seconds of a processor and of the clock, bytes beyond the helper's
    own.
    """

    cpu_s: int = 4
    wall_s: float = 30.0
    memory: int = 200_000_000
    answer: int = 40_000_000


class Refused(Exception):
    """What was sent is refused by whoever looked at it; a code of `shared.refusals` and its
    parameters.
    """

    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code, self.params = code, params


class Exceeded(Exception):
    """The piece took more time or memory than it may, or broke the process that worked on it."""


class Busy(Exception):
    """Too many pieces wait already, or the helper is gone: another time."""


class _Helper:
    """The process that forks; started at its first use, again by a process that was forked
    meanwhile or after it died.
    """

    def __init__(self):
        self.lock, self.process, self.control, self.owner = threading.Lock(), None, None, 0

    def send(self, line: socket.socket) -> None:
        """Hands a fork its end of a connection."""
        with self.lock:
            if self.owner != os.getpid() or not self.lives():
                self._start()
            socket.send_fds(self.control, [b"."], [line.fileno()])

    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _start(self) -> None:
        self.control, theirs = socket.socketpair()
        command = [sys.executable, "-c", "from shared.sandbox import helper; helper()"]
        with theirs:
            self.process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT)},
                process_group=0,  # not a session of its own: niceness counts within one
            )
        self.owner = os.getpid()

    def stop(self) -> None:
        """Ends the helper with the process that started it."""
        if self.process is not None and self.owner == os.getpid():
            self.control.close()
            self.process.wait(5)


_HELPER, _PLACES = _Helper(), threading.BoundedSemaphore(AT_ONCE)
atexit.register(_HELPER.stop)


def run(piece: str, content: bytes, limits: Limits = Limits(), **options) -> bytes:
    """What the piece makes of the content. Raises Refused, Exceeded, Busy."""
    if not _PLACES.acquire(timeout=PATIENCE_S):
        raise Busy()
    try:
        return _run(piece, content, limits, options)
    finally:
        _PLACES.release()


def _run(piece: str, content: bytes, limits: Limits, options: dict) -> bytes:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _HELPER.send(theirs)
        ours.settimeout(limits.wall_s + PATIENCE_S)
        head = {"piece": piece, "size": len(content), "limits": vars(limits), "options": options}
        try:
            ours.sendall(json.dumps(head).encode() + b"\n" + content)
            with ours.makefile("rb") as line:
                told, answer = _answer(line, limits.answer)
        except (OSError, ValueError) as error:
            raise (Exceeded(piece) if _HELPER.lives() else Busy()) from error
    if told == "refused":
        said = json.loads(answer)
        raise Refused(said["code"], **said["params"])
    if told != "done":
        raise Exceeded(piece)
    return answer


def _answer(line, most: int) -> tuple[str, bytes]:
    told, _, size = line.readline(100).decode().strip().partition(" ")
    if not size.isdigit() or int(size) > most:
        return "broken", b""
    answer = line.read(int(size))
    return (told, answer) if len(answer) == int(size) else ("broken", b"")


# -- in the helper and its forks


def helper() -> None:
    """Forks for each connection that comes in, until whoever started it is gone."""
    for name in HEAVY:
        sys.modules[name] = None
    for name in PARSERS:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=os.dup(0)) as control:
        while True:
            _, held, _, _ = socket.recv_fds(control, 1, 1)
            if not held:
                return
            if os.fork() == 0:
                control.close()
                _work(held[0])
            os.close(held[0])


def _work(handle: int) -> None:
    """One piece of work, then the end of this process, whatever happens."""
    try:
        with socket.socket(fileno=handle) as connection, connection.makefile("rwb") as line:
            asked = json.loads(line.readline())
            _bound(Limits(**asked["limits"]))
            try:
                module, _, name = asked["piece"].partition(":")
                work = getattr(importlib.import_module(module), name)
                told, answer = b"done", work(line.read(asked["size"]), **asked["options"])
            except Refused as refused:
                told, answer = (
                    b"refused",
                    json.dumps({"code": refused.code, "params": refused.params}).encode(),
                )
            line.write(b"%s %d\n" % (told, len(answer)) + answer)
    finally:
        os._exit(0)


def _bound(limits: Limits) -> None:
    """No more time, memory, files or processes than a piece may take; whoever serves people goes
    first.
    """
    os.nice(10)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_s)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s))
    for what in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(what, (0, 0))
    pages = Path("/proc/self/statm")
    if pages.exists():  # Linux, where the limit holds
        most = int(pages.read_text().split()[0]) * resource.getpagesize() + limits.memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
