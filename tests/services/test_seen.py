"""What is seen of the product from outside: figures, state and the health check, on an address that
is not the public one.
"""

import os
import re
import resource
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from nakodo_client import Refused
from shared.auth import ADMINISTRATOR
from shared.eventlog import LogUnavailable
from shared.gauges import Patiently
from shared.ops import Ops, _Handler
from shared.service import Work
from shared.tables import dead_letters
from tests.conftest import Stack, startup_form
from tests.flow.server import free_port

HEALTHY = [sys.executable, "-I", "-S", "deploy/healthy.py"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    made = Stack(tmp_path_factory.mktemp("seen"))
    yield made
    made.composition.close()


def figures(*services, failed=dict) -> dict[tuple[str, tuple], float]:
    """Every sample of these services, by name and sorted labels."""
    text = Ops(services, failed).answer("/metrics")[2].decode()
    return {
        (s.name, tuple(sorted(s.labels.items()))): s.value
        for f in text_string_to_metric_families(text)
        for s in f.samples
    }


def figure(services, name: str, **labels) -> float | None:
    return figures(*services).get((name, tuple(sorted(labels.items()))))


def test_requests_are_counted_by_the_template_of_their_route(stack):
    client = stack.client()
    client.register("startups", startup_form(id="rei-bio"))
    for slug in ("rei-bio", "nobody-here"):
        client.profile("startups", slug)
    startups = stack.composition.services["startups"]
    asked = {"service": "startups", "method": "GET", "route": "/api/v1/startups/{slug}"}
    assert figure([startups], "nakodo_http_requests_total", **asked, status="200") == 1
    assert figure([startups], "nakodo_http_requests_total", **asked, status="404") == 1
    assert figure([startups], "nakodo_http_request_seconds_count", **asked) == 2
    assert not any("rei-bio" in str(labels) for _, labels in figures(startups)), (
        "no subject in a label: they would grow without end"
    )


def test_whatever_a_stranger_asks_makes_no_new_series(stack):
    web = stack.composition.services["startups"].app.test_client()
    web.get("/warm")
    web.open("/warm", method="BREW")
    before = len(figures(stack.composition.services["startups"]))
    for i in range(20):
        web.get(f"/nothing/{i}")
        web.open(f"/nothing/{i}", method=f"BREW{i}")
    assert len(figures(stack.composition.services["startups"])) == before


def test_the_public_address_tells_that_it_lives_and_nothing_else(stack):
    for name, service in stack.composition.services.items():
        web = service.app.test_client()
        assert web.get("/live").get_json() == {"live": True}, name
        assert web.get("/ready").status_code == 404 and web.get("/metrics").status_code == 404, name
        with pytest.raises(Refused) as refused:
            stack.client().get(f"/services/{name}/metrics")
        assert refused.value.status == 404


def test_a_figure_that_cannot_be_read_hides_no_other(stack):
    matching = stack.composition.services["matching"]

    def gone():
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    matching.gauges.gauge("broken", "A figure for this test", gone)
    assert figure([matching], "nakodo_unread_figures", service="matching") == 1
    assert figure([matching], "nakodo_outbox_waiting", service="matching") is not None
    del matching.gauges._gauges["broken"]


def test_a_slow_reading_is_waited_for_once_and_not_begun_twice():
    begun, go = [], threading.Event()

    def read():
        begun.append(1)
        go.wait(5)
        return {("a",): 1.0}

    slow = Patiently(read, wait_s=0.05)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            slow()
    go.set()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert slow() == {("a",): 1.0}
            break
        except TimeoutError:
            continue
    assert len(begun) == 1


def test_lag_and_a_log_that_is_away_are_told_apart(stack, monkeypatch):
    stack.client().register("startups", startup_form("Rei Two (invented)", id="rei-two"))
    stack.relay()
    matching = stack.composition.services["matching"]
    assert figure([matching], "nakodo_consumer_lag", service="matching", consumer="matching") >= 1
    assert figure([matching], "nakodo_eventlog_reachable", service="matching") == 1
    stack.settle()
    time.sleep(1.05)  # a reading of the log is good for a second
    assert figure([matching], "nakodo_consumer_lag", service="matching", consumer="matching") == 0

    def away(*_):
        raise LogUnavailable("no broker")

    monkeypatch.setattr(stack.composition.eventlog, "end", away)
    time.sleep(1.05)
    assert (
        figure([matching], "nakodo_consumer_lag", service="matching", consumer="matching") is None
    )
    assert figure([matching], "nakodo_eventlog_reachable", service="matching") == 0


def test_parked_events_are_told_by_service_and_consumer(stack):
    notices = stack.composition.services["notices"]
    letter = {
        "consumer": "asks",
        "topic": "asks",
        "partition": 0,
        "offset": 1,
        "subject": "x",
        "cause": "InvalidEvent",
        "detail": "x",
    }
    with notices.db.transaction(ADMINISTRATOR) as session:
        session.execute(
            insert(dead_letters).values(letter | {"value": None, "parked_at": session.info["now"]})
        )
    assert figure([notices], "nakodo_dead_letters", service="notices", consumer="asks") == 1


def test_a_loop_that_stopped_is_named_in_the_figures_and_keeps_the_process_from_being_ready(
    stack, tmp_path
):
    investors = stack.composition.services["investors"]

    def broken(stop):
        raise RuntimeError("the key of somebody@example.jp is gone")

    investors.loops.append(("broken", broken))
    running = Work([investors], tmp_path)
    ops = Ops([investors], lambda: running.failed)
    try:
        assert ops.answer("/ready")[0] == 200
        running.start()
        deadline = time.monotonic() + 10
        while "investors broken" not in running.failed and time.monotonic() < deadline:
            time.sleep(0.02)
        status, _, body = ops.answer("/ready")
        assert status == 503 and b"investors broken" in body
        assert figure([investors], "nakodo_loop_failed", service="investors", loop="broken") == 1
        assert figure([investors], "nakodo_loop_failed", service="investors", loop="relay") == 0
        assert b"somebody" not in investors.app.test_client().get("/live").data
    finally:
        running.finish()
        investors.loops.pop()


def cost(command: list[str], environ: dict[str, str]) -> tuple[int, float, int]:
    """Exit status, CPU seconds and peak kilobytes of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    status = subprocess.run(command, env=os.environ | environ, capture_output=True).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return status, spent, after.ru_maxrss


def test_whoever_asks_for_figures_and_hangs_up_leaves_no_traceback():
    """The fault: a scrape that ran out of time wrote twenty lines that are no JSON into the log."""

    def gone(data):
        raise BrokenPipeError

    handler = object.__new__(_Handler)
    handler.path, handler.request_version, handler.requestline = "/live", "HTTP/1.1", ""
    handler.wfile = SimpleNamespace(write=gone)
    handler.server = SimpleNamespace(ops=Ops([]))
    handler.do_GET()


def test_the_health_check_costs_under_fifty_milliseconds_of_cpu_on_both_sides(stack):
    port, startups = free_port(), stack.composition.services["startups"]
    ops = Ops([startups]).start(("127.0.0.1", port))
    try:
        environ = {"NAKODO_OPS": f"0.0.0.0:{port}"}
        assert httpx.get(f"http://127.0.0.1:{port}/ready").json()["ready"]
        asked = [cost(HEALTHY, environ) for _ in range(5)]
        assert {status for status, _, _ in asked} == {0}
        begun = time.process_time()
        for _ in range(5):
            assert ops.answer("/ready")[0] == 200
        answered = (time.process_time() - begun) / 5
        print(
            f"health check: {min(s for _, s, _ in asked) * 1000:.0f} ms of CPU asking,"
            f" {answered * 1000:.0f} ms answering"
        )
        assert min(s for _, s, _ in asked) < 0.05 and answered < 0.05
    finally:
        ops.stop()
    assert cost(HEALTHY, environ)[0] == 1, "nobody listens"


def test_the_health_check_imports_nothing_of_the_product():
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "importtime", "deploy/healthy.py"],
        env={"NAKODO_OPS": f"127.0.0.1:{free_port()}"},
        capture_output=True,
        text=True,
    ).stderr
    assert not re.search(r"\b(services|shared|flask|httpx|http\.client|urllib)\b", loaded)
