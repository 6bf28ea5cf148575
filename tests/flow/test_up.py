"""`nakodo up` as its user meets it: start, register with a token, find it in the feeds, stop, start
again.
"""

import json
import os
import subprocess
import sys
import time

import httpx
import pytest

from shared.auth import Actor
from tests.conftest import startup_form
from tests.flow.server import Running

pytestmark = [pytest.mark.xdist_group("flow"), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("up"), fresh=True).start()
    yield running
    running.stop()


def nakodo(server, *arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "services", "--data", str(server.folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_greeting_names_address_docs_credentials_and_three_commands(server):
    text = server.log.read_text()
    assert (
        server.url in text and f"{server.url}/docs" in text and text.count(".venv/bin/nakodo") == 3
    )
    assert all(role in text for role in ("startup", "reviewer", "officer"))
    assert (
        httpx.get(server.url).status_code == 200
        and httpx.get(f"{server.url}/docs").status_code == 200
    )


def test_a_registered_startup_appears_in_the_right_feed_with_reasons(server):
    headers = {"Authorization": f"Bearer {server.token('startup')}"}
    answer = httpx.post(
        f"{server.url}/api/v1/startups", json=startup_form("Rei Second (invented)"), headers=headers
    )
    assert answer.status_code == 409 and answer.json()["code"] == "second-company", (
        "its organisation has one already"
    )
    founder = Actor("founder", "rei-flow", frozenset({"startup"}))
    assert (
        server.client(founder).register("startups", startup_form(id="rei-flow"))["state"]
        == "published"
    )
    deadline = time.monotonic() + 120
    found = []
    while not found and time.monotonic() < deadline:
        feed = json.loads(
            nakodo(server, "feed", "taiho-ventures", "--limit", "200", "--json").stdout
        )
        found = [m for m in feed if m["startup"] == "rei-flow"]
    assert found and found[0]["reasons"]["for"] and found[0]["state"] == "match"
    chugai = json.loads(
        nakodo(server, "feed", "chugai-venture-fund", "--limit", "200", "--json").stdout
    )
    assert not [m for m in chugai if m["startup"] == "rei-flow" and m["state"] == "match"]


def test_health_and_metrics_of_every_service(server):
    assert httpx.get(f"{server.ops}/ready").json()["problems"] == {}
    metrics = httpx.get(f"{server.ops}/metrics").text
    for service in ("startups", "investors", "programs", "matching"):
        assert httpx.get(f"{server.url}/services/{service}/live").json() == {"live": True}
        for path in ("ready", "metrics"):
            assert httpx.get(f"{server.url}/services/{service}/{path}").status_code == 404, (
                "not at the public door"
            )
        for name in (
            "outbox_age_seconds",
            "timer_delay_seconds",
            "database_reachable",
            "eventlog_reachable",
        ):
            assert f'nakodo_{name}{{service="{service}"}}' in metrics
        assert f'nakodo_loop_failed{{loop="relay",service="{service}"}} 0.0' in metrics
    assert 'nakodo_consumer_lag{consumer="matching",service="matching"}' in metrics


def test_the_command_line_answers_in_both_languages_and_as_one_json_document(server):
    assert "match" in nakodo(server, "feed", "chugai-venture-fund").stdout
    assert "評価" in nakodo(server, "explain", "レグセル", "AVM", "--lang", "ja").stdout
    assert json.loads(nakodo(server, "triads", "shinobi-therapeutics", "--json").stdout)[0]["site"]
    assert json.loads(nakodo(server, "gates", "toregem-biopharma", "fujifilm-nc", "--json").stdout)
    refused = nakodo(server, "feed", "chugai-venture-fnd")
    assert (
        refused.returncode == 1
        and "chugai-venture-fund" in refused.stderr
        and "Traceback" not in refused.stderr
    )


def test_a_second_server_on_the_same_folder_or_port_is_refused_in_words(server, tmp_path):
    second = nakodo(server, "up")
    assert second.returncode == 1 and "another server runs" in second.stderr
    environ = os.environ | {"NAKODO_DATA": str(tmp_path), "NAKODO_PORT": str(server.port)}
    third = subprocess.run(
        [sys.executable, "-m", "services", "up"],
        capture_output=True,
        text=True,
        timeout=120,
        env=environ,
    )
    assert third.returncode == 1 and "is taken" in third.stderr


def test_ctrl_c_stops_cleanly_and_the_data_stay(tmp_path):
    running = Running(tmp_path).start()
    founder = running.client(Actor("founder", "rei-kept", frozenset({"startup"})))
    assert founder.register("startups", startup_form(id="rei-kept"))["id"] == "rei-kept"
    assert running.interrupt() == 0
    assert "Traceback" not in running.log.read_text()
    again = Running(tmp_path, running.port).start()
    assert founder.get("/api/v1/startups/rei-kept")["id"] == "rei-kept"
    assert "reference: 0 new, 0 changed" in again.log.read_text()
    assert again.interrupt() == 0
    replayed = nakodo(again, "replay", "--json")
    assert json.loads(replayed.stdout)["equal"] is True
    assert nakodo(again, "doctor").returncode == 0
    assert nakodo(again, "dead", "list").stdout.strip() == "nothing is parked and nothing backs off"
    assert json.loads(nakodo(again, "feed", "taiho-ventures", "--json").stdout)


def test_a_preview_is_read_in_the_terminal(server):
    told = nakodo(server, "preview", "chugai-venture-fund", "--weight", "modality=0").stdout
    assert "with the change" in told and (
        "rises" in told or "falls" in told or "No company" in told
    )
    assert (
        "CRITERION=NUMBER"
        in nakodo(server, "preview", "chugai-venture-fund", "--weight", "modality").stderr
    )
