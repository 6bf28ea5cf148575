"""What an operator sees of a service: gauges, registered here alone and read at each look, and
requests as they were answered.
"""

import atexit
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client import values as counting
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from shared.settings import tell_library, told_library

log = structlog.get_logger()
# when a counter began is of no use to our questions, and doubles the text
disable_created_metrics()
T = TypeVar("T")
SHARED = "PROMETHEUS_MULTIPROC_DIR"  # as the library calls it
Reading = Callable[[], float | Mapping[tuple[str, ...], float]]
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LOOK_S = 5.0  # what has not been read by then is left out of a look: a scraper gives up after 10


def count_together() -> None:
    """Has processes that are forked from this one count requests as one: a look is answered by any
    of them, and tells the sum.

    Called before the first `Gauges` is made; the files they count in go with this process.
    """
    memory, mine = "/dev/shm" if os.path.isdir("/dev/shm") else None, os.getpid()
    folder = tempfile.mkdtemp(prefix="nakodo-counts-", dir=memory)
    tell_library(SHARED, folder)
    counting.ValueClass = counting.MultiProcessValue()
    atexit.register(lambda: os.getpid() == mine and shutil.rmtree(folder, ignore_errors=True))


@dataclass(frozen=True)
class Gauge:
    """A figure and how it is read: a number, or numbers by the values of `labels`."""

    text: str
    read: Reading
    labels: tuple[str, ...] = ()


class Gauges:
    """The figures of one service in this process; each begins with `nakodo_` and carries the label
    `service`.
    """

    def __init__(self, service: str):
        self.service = service
        self._gauges: dict[str, Gauge] = {}
        labels = ["service", "method", "route"]
        self._took = Histogram(
            "nakodo_http_request_seconds",
            "Until an answer was made",
            labels,
            buckets=BUCKETS,
            registry=None,
        )
        self._answered = Counter(
            "nakodo_http_requests",
            "Answers by route and status",
            [*labels, "status"],
            registry=None,
        )

    def gauge(self, name: str, text: str, read: Reading, labels: tuple[str, ...] = ()) -> None:
        """Registers a figure; `read` is called at each look, from a thread of its own, and may
        raise: it is then left out.
        """
        self._gauges[name] = Gauge(text, read, labels)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answered request under its route's template."""
        self._took.labels(self.service, method, route).observe(seconds)
        self._answered.labels(self.service, method, route, str(status)).inc()

    def _requests(self) -> Iterator[Metric]:
        if folder := told_library(SHARED):
            yield from MultiProcessCollector(None, folder).collect()
        else:
            yield from self._took.collect()
            yield from self._answered.collect()

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        deadline, unread = time.monotonic() + LOOK_S, 0
        for name, gauge in list(self._gauges.items()):
            family = GaugeMetricFamily(
                f"nakodo_{name}", gauge.text, labels=["service", *gauge.labels]
            )
            try:
                if time.monotonic() > deadline:
                    raise TimeoutError("too late in this look")
                for values, value in _numbers(gauge.read()):
                    family.add_metric([self.service, *values], value)
            except Exception as error:  # noqa: BLE001 - one figure that cannot be read must not hide the others
                unread += 1
                log.info(
                    "a figure could not be read",
                    service=self.service,
                    figure=name,
                    error=repr(error),
                )
            yield family
        missing = GaugeMetricFamily(
            "nakodo_unread_figures",
            "Figures that could not be read at this look",
            labels=["service"],
        )
        missing.add_metric([self.service], unread)
        yield missing


def _numbers(
    value: float | Mapping[tuple[str, ...], float],
) -> Iterable[tuple[tuple[str, ...], float]]:
    return value.items() if isinstance(value, Mapping) else [((), value)]


class Together:
    """Several services of one process as one collector: each figure is told once, with all its
    services.
    """

    def __init__(self, parts: Iterable[Gauges]):
        self.parts = list(parts)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for part in self.parts:
            for family in part.collect():
                if family.name in families:
                    families[family.name].samples += family.samples
                else:
                    families[family.name] = family
        yield from families.values()

    def registry(self) -> CollectorRegistry:
        """For the text that Prometheus reads, with this process's memory, CPU and files beside."""
        registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        registry.register(self)
        return registry


class Patiently(Generic[T]):
    """A reading that may take long, asked in a thread: its last value for a second, TimeoutError
    while the answer is not there.
    """

    def __init__(self, read: Callable[[], T], wait_s: float = 3.0, good_s: float = 1.0):
        self._read, self._wait_s, self._good_s = read, wait_s, good_s
        self._asking, self._asked_at, self._lock = None, 0.0, threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="figures")

    def __call__(self) -> T:
        with self._lock:
            asking: Future | None = self._asking
            if asking is None or (
                asking.done() and time.monotonic() - self._asked_at > self._good_s
            ):
                asking = self._asking = self._pool.submit(self._read)
                self._asked_at = time.monotonic()
        try:
            return asking.result(self._wait_s)
        except TooLate as late:
            raise TimeoutError("no answer in time") from late
