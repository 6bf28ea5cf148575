"""One request found again everywhere: its id in answers, problems and logs; its trace through
outbox, log and consumer to the rows; causes of events.
"""

import gzip
import io
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select

from nakodo_client import Refused
from shared import spans, telemetry, tracing
from shared.auth import ADMINISTRATOR
from shared.tables import outbox
from tests.conftest import Stack, mandate_form, startup_form

TRUSTED = {"REMOTE_ADDR": "10.1.2.3"}
MADE = re.compile(r"[0-9a-f-]{36}")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    made = Stack(tmp_path_factory.mktemp("traced"), environ={"NAKODO_PROXIES": "10.0.0.0/8"})
    made.client().register(
        "investors", {"id": "kari", "name": {"en": "Kari Capital (invented)"}, "origin": "invented"}
    )
    made.client().register("mandates", mandate_form("kari"))
    made.settle()
    yield made
    made.composition.close()


@pytest.fixture
def kept():
    """Everything that is traced while a test runs, in memory."""
    exporter = InMemorySpanExporter()
    tracing.use(spans.Spans(SimpleSpanProcessor(exporter)))
    yield exporter
    tracing.use(None)


@pytest.fixture
def lines():
    """What is logged while a test runs, a document a line."""
    written = io.StringIO()
    telemetry.configure("info", written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    telemetry.configure("warning")


def recorded(service) -> list[dict]:
    with service.db.reading(ADMINISTRATOR) as session:
        return [
            json.loads(v) for v in session.scalars(select(outbox.c.value).order_by(outbox.c.id))
        ]


def test_an_id_is_taken_from_our_proxies_alone_and_only_if_it_is_sane(stack):
    web = stack.composition.services["startups"].app.test_client()
    told = {"X-Request-Id": "proxy-4711-abc"}
    assert (
        web.get("/live", headers=told, environ_overrides=TRUSTED).headers["X-Request-Id"]
        == "proxy-4711-abc"
    )
    assert MADE.fullmatch(web.get("/live", headers=told).headers["X-Request-Id"]), "from a stranger"
    for bad in ("short", "x" * 65, "two words here", "a{b}c<d>e", "ä" * 12):
        assert MADE.fullmatch(
            web.get("/live", headers={"X-Request-Id": bad}, environ_overrides=TRUSTED).headers[
                "X-Request-Id"
            ]
        ), bad


def test_a_refusal_and_every_log_line_name_the_request(stack, lines):
    web = stack.composition.services["startups"].app.test_client()
    answer = web.get(
        "/api/v1/startups/nobody",
        headers={"X-Request-Id": "request-of-a-test"},
        environ_overrides=TRUSTED,
    )
    assert (
        answer.status_code == 401
        and answer.get_json()["request_id"] == "request-of-a-test" == answer.headers["X-Request-Id"]
    )
    line = next(line for line in lines() if line["event"] == "answered")
    assert (
        line["request_id"] == "request-of-a-test"
        and line["service"] == "startups"
        and line["status"] == 401
    )
    assert line["route"] == "/api/v1/startups/{slug}" and "nobody" not in json.dumps(line)


def test_a_page_that_asks_another_service_asks_under_the_same_id(stack, lines):
    portal = stack.composition.services["portal"].app.test_client()
    portal.post(
        "/sign-in",
        data={"email": "a@b.example", "password": "x"},
        headers={"Origin": "http://localhost"},
    )
    answered = [
        (line["service"], line["request_id"]) for line in lines() if line["event"] == "answered"
    ]
    assert {service for service, _ in answered} == {"accounts", "portal"} and len(
        {told for _, told in answered}
    ) == 1


def test_an_event_names_the_event_it_follows_from(stack):
    stack.client().register("startups", startup_form("Rei Cause (invented)", id="rei-cause"))
    stack.settle()
    asked = next(
        e for e in recorded(stack.composition.services["startups"]) if e["subject"] == "rei-cause"
    )
    assert "causationid" not in asked, "a person caused it"
    told = [
        e
        for e in recorded(stack.matching)
        if e["type"].startswith("matches.changed") and e["subject"] == "rei-cause"
    ]
    assert told and {e["causationid"] for e in told} == {asked["id"]}
    assert "traceparent" not in asked, "nobody keeps traces here"


def test_one_trace_leads_from_the_request_through_outbox_log_and_consumer_to_the_rows(stack, kept):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    token = stack.composition.issuer.token(ADMINISTRATOR, stack.clock.now())
    web = stack.composition.services["startups"].app.test_client()
    headers = {"Authorization": f"Bearer {token}", "traceparent": parent}
    form = startup_form("Rei Trace (invented)", id="rei-trace")
    assert (
        web.post(
            "/api/v1/startups", json=form, headers=headers, environ_overrides=TRUSTED
        ).status_code
        == 201
    )
    stack.settle()
    event = next(
        e for e in recorded(stack.composition.services["startups"]) if e["subject"] == "rei-trace"
    )
    assert event["traceparent"].split("-")[1] == parent.split("-")[1]
    mine = [
        s for s in kept.get_finished_spans() if f"{s.context.trace_id:032x}" == parent.split("-")[1]
    ]
    names = [s.name for s in mine]
    for name in (
        "POST /api/v1/startups",
        "write startups",
        "publish startups",
        "process startup.registered.v1",
        "apply matching",
    ):
        assert name in names, (name, names)
    assert {"publish matches"} <= set(names), "and on, to what followed from it"
    by_id = {s.context.span_id: s for s in mine}
    request = next(s for s in mine if s.name == "POST /api/v1/startups")
    assert f"{request.parent.span_id:016x}" == "b7ad6b7169203331"
    scored = next(s for s in mine if s.name == "apply matching")
    up, path = scored, []
    while up is not None and up.parent is not None:
        path.append(up.name)
        up = by_id.get(up.parent.span_id)
    assert path[-1] == "POST /api/v1/startups", path
    consumed = next(s for s in mine if s.name == "process startup.registered.v1")
    assert (
        consumed.attributes["nakodo.event"] == event["id"]
        and consumed.attributes["nakodo.subject"] == "rei-trace"
    )


def test_a_strangers_trace_is_not_continued(stack, kept):
    web = stack.composition.services["startups"].app.test_client()
    web.get(
        "/live", headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    )
    assert "0af7651916cd43dd8448eb211c80319c" not in {
        f"{s.context.trace_id:032x}" for s in kept.get_finished_spans()
    }


def test_spans_reach_a_collector_by_otlp(stack):
    came: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = ExportTraceServiceRequest.FromString(
                gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            )
            came.extend(
                s.name for r in told.resource_spans for scope in r.scope_spans for s in scope.spans
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tracer = spans.to(f"http://127.0.0.1:{server.server_port}/v1/traces")
    tracing.use(tracer)
    try:
        stack.composition.services["startups"].app.test_client().get("/live")
        tracer.provider.shutdown()
    finally:
        tracing.use(None)
        server.shutdown()
        server.server_close()
    assert came == ["GET /live"]


def test_without_a_collector_nothing_of_tracing_is_loaded():
    program = (
        "import sys; from services.alone import application; import shared.relay; print([m for m in"
        " sys.modules if 'opentelemetry' in m])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True
        ).stdout.strip()
        == "[]"
    )


def test_a_refusal_to_a_client_carries_its_request(stack):
    with pytest.raises(Refused) as refused:
        stack.client().post("/api/v1/startups", {"nothing": 1})
    assert MADE.fullmatch(refused.value.problem["request_id"])
