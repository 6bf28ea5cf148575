"""Every alert of deploy/monitoring is met by a fault in the product, whose own figures promtool
then judges; rules and dashboard name no figure that is not there.
"""

import json
import re
import shutil
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from nakodo_client import Refused
from shared import timers
from shared.auth import ADMINISTRATOR
from shared.eventlog import LogUnavailable
from shared.ops import Ops
from shared.service import Work
from shared.tables import dead_letters, setbacks
from shared.tables import timers as due_timers
from shared.web import watched
from tests.conftest import Stack, startup_form

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy/monitoring"
RULES = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
PROMTOOL = next(
    (
        p
        for p in (ROOT / "deploy/tools/bin/promtool", shutil.which("promtool"))
        if p and Path(p).exists()
    ),
    None,
)
GROWING = ("_total", "_bucket", "_count", "_sum")


class Seen:
    """A stack with its work running, looked at before and during a fault."""

    def __init__(self, folder):
        self.stack = Stack(folder)
        self.services = self.stack.composition.services
        self.services["programs"].loops = [
            loop for loop in self.services["programs"].loops if loop[0] != "solvers"
        ]
        self.work = Work([s for s in self.services.values() if s.db is not None], folder / "locks")
        self.work.start()
        deadline = time.monotonic() + 20
        while (
            not self.reads('nakodo_loop_failed{loop="timers",service="notices"}')
            and time.monotonic() < deadline
        ):
            time.sleep(0.05)
        self.stack.settle()
        self.stack.client().profile("startups", "nobody")
        self.before = self.look()

    def text(self) -> str:
        time.sleep(1.05)  # readings of tables and log are good for a second
        return (
            Ops(list(self.services.values()), lambda: self.work.failed)
            .answer("/metrics")[2]
            .decode()
        )

    def reads(self, start: str) -> bool:
        return start in Ops(list(self.services.values())).answer("/metrics")[2].decode()

    def look(self) -> dict[str, float]:
        found = {}
        for family in text_string_to_metric_families(self.text()):
            for s in family.samples:
                labels = {"job": "nakodo", "instance": "here"} | s.labels
                told = ",".join(f"{k}={json.dumps(v)}" for k, v in sorted(labels.items()))
                found[f"{s.name}{{{told}}}"] = s.value
        found = {name: value for name, value in found.items() if name.startswith("nakodo_")}
        return found | {'up{instance="here",job="nakodo"}': 1.0}

    def series(self, now: dict[str, float], then: dict[str, float] | None = None) -> list[dict]:
        """Half an hour of what was seen: counters go on as between the two looks, gauges stay as
        they are.
        """
        then, made = then or self.before, []
        for name, value in now.items():
            began = then.get(name, 0.0 if name.partition("{")[0].endswith(GROWING) else value)
            if name.partition("{")[0].endswith(GROWING):
                made.append({"series": name, "values": f"{began:g}+{max(value - began, 0):g}x40"})
            else:
                made.append({"series": name, "values": f"{began:g}x4 {value:g}x36"})
        return made


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    made = Seen(tmp_path_factory.mktemp("alerts"))
    yield made
    made.work.finish()
    made.stack.composition.close()


def firing(tmp_path, series: list[dict]) -> set[str]:
    """The alerts that promtool says fire somewhere in the half hour."""
    (tmp_path / "alerts.yml").write_text((MONITORING / "alerts.yml").read_text())
    asked = {
        "rule_files": ["alerts.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{r["alert"]}",alertstate="firing"}})',
                        "eval_time": f"{minute}m",
                        "exp_samples": [],
                    }
                    for r in RULES
                    for minute in (6, 12, 18, 24)
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(asked))
    ran = subprocess.run(
        [str(PROMTOOL), "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True
    )
    told = ran.stdout + ran.stderr
    assert ran.returncode == 0 or "alertname=" in told, told[:2000]
    return set(re.findall(r'expr: \W*count\(ALERTS\{alertname=\\?"(\w+)', told))


def gone(*_args, **_more):
    raise OperationalError("SELECT 1", {}, Exception("gone"))


def away(*_args, **_more):
    raise LogUnavailable("no broker")


def slow(seen, patch):
    clock = iter(range(0, 100_000, 3))
    patch.setattr(
        watched, "time", type("Slow", (), {"monotonic": staticmethod(lambda: next(clock))})
    )
    seen.stack.client().profile("startups", "nobody")


def wrong(seen, patch):
    app = seen.services["startups"].app
    name = next(
        r.endpoint for r in app.url_map.iter_rules() if r.rule == "/api/v1/startups/<slug:slug>"
    )
    patch.setitem(app.view_functions, name, lambda **_: 1 / 0)
    with pytest.raises(Refused) as refused:
        seen.stack.client().profile("startups", "nobody")
    assert refused.value.status == 500


def parked(seen, _patch):
    letter = {
        "consumer": "asks",
        "topic": "asks",
        "partition": 0,
        "offset": 1,
        "subject": "x",
        "cause": "InvalidEvent",
        "detail": "x",
    }
    with seen.services["notices"].db.transaction(ADMINISTRATOR) as session:
        session.execute(
            insert(dead_letters).values(letter | {"value": None, "parked_at": session.info["now"]})
        )


def unpublished(seen, patch):
    patch.setattr(seen.stack.composition.eventlog, "append", away)
    seen.stack.client().register("startups", startup_form("Rei Late (invented)"))
    seen.stack.clock.move(minutes=5)


def behind(seen, patch):
    patch.setattr(seen.services["matching"].progress, "lag", lambda: 7)


def late(seen, patch):
    with seen.services["startups"].db.transaction(ADMINISTRATOR) as session:
        timers.at(session, session.info["now"] - timedelta(minutes=5), "no-such-timer", "x")


def stopped(seen, _patch):
    seen.work.failed["meetings relay"] = "RuntimeError: gone"


def nobody(seen, _patch):
    seen.work.failed.clear()
    seen.work.threads = [t for t in seen.work.threads if not t.name.startswith("accounts ")]


def job(state: str):
    def ask(seen, _patch):
        programs = seen.services["programs"]
        model = programs.models.registry._class_registry["Job"]
        now = seen.stack.clock.now()
        row = {
            "id": f"job-{state}",
            "owner": "o",
            "kind": "allocation",
            "subject": state,
            "problem": {},
            "limit_s": 1.0,
            "seed": 1,
        }
        with programs.db.transaction(ADMINISTRATOR) as session:
            session.add(
                model(
                    **row,
                    state=state,
                    best=None,
                    said={},
                    made_by="p",
                    made_at=now - timedelta(hours=1),
                    started_at=None,
                    ended_at=None,
                )
            )

    return ask


def waiting(seen, _patch):
    late(seen, _patch)
    with seen.services["notices"].db.transaction(ADMINISTRATOR) as session:
        timers.at(session, session.info["now"] - timedelta(hours=1), "another-such-timer", "x")
    seen.work.stop.set()


def set_back(seen, _patch, **more):
    now = seen.stack.clock.now()
    row = {
        "queue": "timers",
        "item": "x",
        "tries": 9,
        "first_at": now,
        "next_at": now,
        "parked_at": now,
        "cause": "X",
        "detail": "x",
    }
    with seen.services["startups"].db.transaction(ADMINISTRATOR) as session:
        due = {
            "id": (row | more)["item"],
            "due": now - timedelta(hours=3),
            "name": "no-such-timer",
            "subject": (row | more)["item"],
        }
        session.execute(insert(due_timers).values(due))
        session.execute(insert(setbacks).values(row | more))


def backing_off(seen, patch):
    now = seen.stack.clock.now()
    set_back(
        seen,
        patch,
        item="y",
        parked_at=None,
        first_at=now - timedelta(hours=2),
        next_at=now + timedelta(hours=1),
    )


def unread(seen, _patch):
    seen.services["investors"].gauges.gauge("broken", "A figure of this test", gone)


def no_database(seen, patch):
    patch.setattr(seen.services["investors"].db, "reading", gone)


def no_log(seen, patch):
    patch.setattr(seen.stack.composition.eventlog, "end", away)


FAULTS = {
    "NakodoErrors": wrong,
    "NakodoSlow": slow,
    "NakodoDatabaseAway": no_database,
    "NakodoLogAway": no_log,
    "NakodoOutboxStuck": unpublished,
    "NakodoConsumerBehind": behind,
    "NakodoDeadLetters": parked,
    "NakodoTimersLate": late,
    "NakodoLoopFailed": stopped,
    "NakodoNobodyWorks": nobody,
    "NakodoJobsStuck": job("running"),
    "NakodoJobFailed": job("failed"),
    "NakodoUnreadFigures": unread,
    "NakodoQueueStuck": waiting,
    "NakodoRowsParked": set_back,
    "NakodoQueueBacksOff": backing_off,
    "NakodoDown": None,
}


def test_every_alert_has_a_fault_that_meets_it_and_a_word_on_what_to_do():
    assert {r["alert"] for r in RULES} == set(FAULTS)
    told = (ROOT / "docs/operations.md").read_text()
    assert [r["alert"] for r in RULES if f"`{r['alert']}`" not in told] == []


def test_rules_and_dashboard_name_only_figures_that_are_told(seen):
    known = set(re.findall(r"(?m)^# TYPE (\w+)", seen.text())) | {"up"}
    known |= {f"{name}{end}" for name in known for end in ("_bucket", "_count", "_sum")}
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    asked = [t["expr"] for p in dashboard["panels"] for t in p["targets"]] + [
        v["query"] for v in dashboard["templating"]["list"]
    ]
    asked += [r["expr"] for r in RULES]
    named = {n for text in asked for n in re.findall(r"\b(?:nakodo|process)_\w+", text)}
    assert len(named) > 12 and named - known == set()


def test_the_dashboard_shows_every_figure_of_ours(seen):
    ours = {n for n in re.findall(r"(?m)^# TYPE (nakodo_\w+)", seen.text())}
    shown = (MONITORING / "dashboard.json").read_text()
    assert [n for n in sorted(ours) if n not in shown and n != "nakodo_broken"] == []


@pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool here: `make tools` builds it once from its Go module"
)
def test_each_fault_raises_its_alert_and_a_healthy_product_raises_none(seen, tmp_path):
    checked = subprocess.run(
        [str(PROMTOOL), "check", "rules", str(MONITORING / "alerts.yml")],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    metrics = subprocess.run(
        [str(PROMTOOL), "check", "metrics"], input=seen.text(), capture_output=True, text=True
    )
    assert "error" not in metrics.stderr.lower(), metrics.stderr[:500]
    assert firing(tmp_path, seen.series(seen.before)) == set(), "all is well"
    down = seen.series(seen.before | {'up{instance="here",job="nakodo"}': 0.0})
    assert firing(tmp_path, down) == {"NakodoDown"}
    for alert, fault in FAULTS.items():
        if fault is None:
            continue
        then = seen.look()
        with pytest.MonkeyPatch.context() as patch:
            fault(seen, patch)
            now = seen.look()
        assert alert in firing(tmp_path, seen.series(now, then)), alert
