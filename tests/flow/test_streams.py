"""Live feeds over real connections: events as they happen, none missed by who comes back, nobody
else's, and a limit.
"""

import json
import threading
import time
from contextlib import suppress

import httpx
import pytest

from nakodo_client import Client, Refused
from tests.flow.server import Running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("streams"), environ={"NAKODO_STREAMS": "3"}).start()
    yield running
    running.stop()


class Tail(threading.Thread):
    """A client that listens to a feed and keeps what it hears."""

    def __init__(
        self, server: Running, name: str = "mihon-ventures-equity", after: str | None = None
    ):
        super().__init__(daemon=True)
        self.heard, self.ended, self.opened = [], threading.Event(), threading.Event()
        headers = {"Authorization": f"Bearer {server.token('reviewer')}"} | (
            {"Last-Event-ID": after} if after else {}
        )
        self.request = ("GET", f"{server.url}/api/v1/feeds/{name}/stream", headers)
        self.start()
        assert self.opened.wait(10)

    def run(self):
        verb, url, headers = self.request
        # the server's end ends it
        with (
            suppress(httpx.TransportError),
            httpx.stream(verb, url, headers=headers, timeout=30) as answer,
        ):
            self.status, event = answer.status_code, {}
            self.opened.set()
            for line in answer.iter_lines():
                if self.ended.is_set():
                    return
                name, _, value = line.partition(": ")
                if line:
                    event[name] = value
                elif "id" in event:
                    self.heard.append((int(event["id"]), event["event"], json.loads(event["data"])))
                    event = {}

    def until(self, wanted, seconds: float = 15) -> list:
        deadline = time.monotonic() + seconds
        while (
            not (found := [h for h in list(self.heard) if wanted(h)])
            and time.monotonic() < deadline
        ):
            time.sleep(0.05)
        return found


def register(server: Running, slug: str) -> None:
    facts = [
        {"field": "modality", "value": "cell-therapy"},
        {"field": "therapeutic_area", "value": "immunology"},
    ]
    form = {"id": slug, "name": {"en": f"{slug} (invented)"}, "origin": "invented", "facts": facts}
    server.admin().register("startups", form)


def test_a_new_match_a_decision_and_what_was_missed(server):
    tail = Tail(server)
    assert tail.status == 200
    register(server, "rei-stream")
    ((number, kind, data),) = tail.until(lambda h: h[2]["startup"] == "rei-stream")
    assert (
        kind == "appeared"
        and data["mandate"] == "mihon-ventures-equity"
        and data["path"].endswith("/rei-stream/mihon-ventures-equity")
    )
    tail.ended.set()
    reviewer = Client(server.url, server.token("reviewer"))
    reviewer.decide("rei-stream", "mihon-ventures-equity", "advance")
    again = Tail(server, after=str(number))
    ((_, kind, data),) = again.until(lambda h: h[1] == "decided")
    assert data["state"] == "advance" and [n for n, *_ in again.heard] == sorted(
        {n for n, *_ in again.heard}
    ), "each once, in order"
    assert all(n > number for n, *_ in again.heard)
    again.ended.set()


def test_another_houses_feed_and_one_stream_too_many_are_refused(server):
    with pytest.raises(Refused) as told:
        Client(server.url, server.token("startup")).get(
            "/api/v1/feeds/mihon-ventures-equity/stream"
        )
    assert told.value.status == 404
    deadline, tails = time.monotonic() + 40, []
    while len(tails) < 3 and time.monotonic() < deadline:  # earlier ones leave soon
        tail = Tail(server)
        if tail.status == 200:
            tails.append(tail)
    with pytest.raises(Refused) as told:
        Client(server.url, server.token("reviewer")).get(
            "/api/v1/feeds/mihon-ventures-equity/stream"
        )
    assert told.value.status == 503 and told.value.problem["code"] == "too-many-streams"
    for tail in tails:
        tail.ended.set()
