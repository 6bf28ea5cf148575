"""Our API beside a bare Flask + SQLAlchemy app that selects and inserts the same rows, in one run:
ratios, not milliseconds.

python -m benchmarks.api [--rounds 8] [--requests 150]
"""

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.startups.models import Base, Startup, StartupFact
from services.up import Composition
from shared.auth import Actor
from shared.clock import Clock
from shared.db import Database
from shared.ids import new_id
from shared.settings import load

FACTS = [
    {"field": "modality", "value": "car-t", "as_of": "2026-11-01"},
    {"field": "therapeutic_area", "value": "aml", "as_of": "2026-11-01"},
    {"field": "stage", "value": "phase-1", "as_of": "2026-11-01"},
    {"field": "hq", "value": "hub-tokyo", "as_of": "2026-11-01"},
    {
        "field": "technology",
        "value": "A platform for allogeneic CAR-T cells",
        "as_of": "2026-11-01",
    },
    {"field": "corporate_status", "value": "active", "as_of": "2026-11-01"},
]


def bare_app(folder: Path) -> Flask:
    """What one writes in an afternoon: the same tables, no validation, no events, no tokens."""
    db = Database(f"sqlite:///{folder}/bare.db", Clock())
    Base.metadata.create_all(db.engine)
    app = Flask("bare")

    @app.post("/startups")
    def post():
        form = request.get_json()
        now = datetime.now(UTC)
        with Session(db.engine, expire_on_commit=False) as session:
            startup = Startup(
                id=form["id"],
                owner="me",
                kind="startup",
                state="published",
                origin="self-declared",
                name=form["name"],
                created_at=now,
                updated_at=now,
            )
            startup.facts = [
                StartupFact(id=new_id(), owner="me", code=f["value"], source={}, tier="public", **f)
                for f in form["facts"]
            ]
            session.add(startup)
            session.commit()
            return view(startup), 201

    @app.get("/startups/<slug>")
    def get(slug):
        with Session(db.engine.execution_options(ro=True)) as session:
            return view(session.scalar(select(Startup).where(Startup.id == slug)))

    def view(startup):
        facts = [
            {"id": f.id, "field": f.field, "value": f.value, "as_of": f.as_of, "tier": f.tier}
            for f in startup.facts
        ]
        return {"id": startup.id, "name": startup.name, "state": startup.state, "facts": facts}

    return app


def timed(call, requests: int) -> float:
    """Seconds per request."""
    begin = time.perf_counter()
    for i in range(requests):
        call(i)
    return (time.perf_counter() - begin) / requests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--requests", type=int, default=150)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        composition = Composition(load({}, data=folder / "nakodo"))
        composition.migrate()
        ours = composition.services["startups"].app.test_client()
        bare = bare_app(folder).test_client()
        actor = Actor("bench", "bench", frozenset({"startup"}))
        headers = {"Authorization": f"Bearer {composition.issuer.token(actor, Clock().now())}"}
        numbers: dict[str, list[float]] = {
            "write ours": [],
            "write bare": [],
            "read ours": [],
            "read bare": [],
        }
        for turn in range(options.rounds + 1):

            def form(i, turn=turn):
                return {
                    "id": f"bench-{turn}-{i}",
                    "name": {"en": "Bench (generated)"},
                    "facts": FACTS,
                }

            measured = {
                "write ours": timed(
                    lambda i: ok(ours.post("/api/v1/startups", json=form(i), headers=headers), 201),
                    options.requests,
                ),
                "write bare": timed(
                    lambda i: ok(bare.post("/startups", json=form(i)), 201), options.requests
                ),
                "read ours": timed(
                    lambda i, turn=turn: ok(
                        ours.get(f"/api/v1/startups/bench-{turn}-{i}", headers=headers), 200
                    ),
                    options.requests,
                ),
                "read bare": timed(
                    lambda i, turn=turn: ok(bare.get(f"/startups/bench-{turn}-{i}"), 200),
                    options.requests,
                ),
            }
            if turn:  # the first round warms up
                [numbers[k].append(v) for k, v in measured.items()]
        token = headers["Authorization"].split()[1]
        verified = timed(
            lambda i: (
                composition.services["startups"]
                .app.extensions["nakodo"]["keys"]
                .actor(token, Clock().now())
            ),
            2000,
        )
        composition.close()
    middle = {k: statistics.median(v) * 1e6 for k, v in numbers.items()}
    report = {f"{k} us": round(v) for k, v in middle.items()}
    report["token verification us"] = round(verified * 1e6)
    report["write ratio"] = round(middle["write ours"] / middle["write bare"], 2)
    report["read ratio"] = round(middle["read ours"] / middle["read bare"], 2)
    print(json.dumps(report, indent=1))


def ok(answer, status: int) -> None:
    assert answer.status_code == status, answer.data


if __name__ == "__main__":
    main()
