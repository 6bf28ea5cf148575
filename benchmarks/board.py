"""The office's board of 2,000 applications under 12 rules, over HTTP on SQLite and PostgreSQL,
beside a bare select of the same rows in the same run.

python -m benchmarks.board [--applications 2000] [--rules 12] [--requests 150]
"""

import argparse
import gc
import json
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from flask import Flask
from sqlalchemy import select

from benchmarks.feed import serve
from benchmarks.register_to_feed import quantiles
from deploy.postgres.server import Server
from services.programs.models import Application
from services.up import Composition
from shared.auth import ADMINISTRATOR, Actor
from shared.db import insert_rows
from shared.ids import new_id
from shared.settings import load

OFFICE = Actor("officer", "bench-office", frozenset({"officer"}))
RESULTS = ("pass", "pass", "pass", "unknown", "fail")
HUBS = ("hub-boston-cambridge", "hub-san-diego", "hub-sf-bay", "hub-nyc")


def fill(composition: Composition, applications: int, rules: int) -> None:
    """One call with its applications, each rule's result with its sentence and source as submitting
    leaves them.
    """
    dice, now = random.Random(3), datetime.now(UTC)
    client = composition.client(OFFICE)
    composition.client(ADMINISTRATOR).register(
        "programs", {"id": "bench-bridge", "name": {"en": "Bench (generated)"}, "owner": OFFICE.org}
    )
    call = {
        "id": "bench",
        "program": "bench-bridge",
        "name": {"en": "Bench (generated)"},
        "capacity": 40,
    }
    client.post(
        "/api/v1/cohorts",
        call
        | {"opens_at": "2026-01-01T00:00:00Z", "hubs": [{"hub": h, "places": 10} for h in HUBS]},
    )
    rows = []
    for n in range(applications):
        states = {f"rule-{r:02}": dice.choice(RESULTS) for r in range(rules)}
        text = {
            "en": "The rule asks for at most USD 10 million raised; the profile states less.",
            "ja": "調達総額1,000万ドル以下の要件を満たしています。",
        }
        checks = {
            r: {
                "state": s,
                "value": n,
                "threshold": 10,
                "source": "https://bench.example",
                "text": text,
                "checker": "rules",
                "at": now.isoformat(),
            }
            for r, s in states.items()
        }
        row = {
            "id": new_id(),
            "cohort": "bench",
            "owner": f"bio-{n}",
            "office": OFFICE.org,
            "kind": "company",
            "startup": f"bio-{n}",
        }
        row |= {
            "name": f"Generated Bio {n}",
            "hubs": [dice.choice(HUBS)],
            "topics": None,
            "answers": {"plan": "x" * 400},
            "checks": checks,
        }
        row |= {
            "states": states,
            "state": "submitted",
            "receipt": f"bench-{n:05}",
            "submitter": None,
            "reason": None,
            "version": 1,
        }
        rows.append(row | {"made_at": now, "submitted_at": now, "chased_at": None})
    with composition.services["programs"].db.transaction(ADMINISTRATOR) as session:
        insert_rows(session, Application.__table__, rows)


def bare_app(db) -> Flask:
    """The same columns of the same rows by one select: no token, no owner, no counts."""
    app, table = Flask("bare"), Application.__table__
    columns = [
        table.c[n]
        for n in (
            "id",
            "receipt",
            "name",
            "startup",
            "kind",
            "hubs",
            "state",
            "states",
            "version",
            "submitted_at",
        )
    ]

    @app.get("/board")
    def board():
        with db.engine.execution_options(ro=True).connect() as connection:
            found = connection.execute(
                select(*columns).where(table.c.cohort == "bench").order_by(table.c.receipt)
            ).mappings()
            return {"items": [dict(row) for row in found]}

    return app


def measured(composition: Composition, requests: int) -> dict:
    """Everything in turn, so that the machine's noise falls on all alike."""
    services = composition.services
    gc.collect()
    gc.freeze()
    ours, bare = serve(services["programs"].app), serve(bare_app(services["programs"].db))
    at = f"http://127.0.0.1:{ours.port}/api/v1/cohorts/bench/board"
    addresses = {
        "page of 100 with counts over all": f"{at}?limit=100",
        "all rows with every result": f"{at}?limit=2000",
        "filtered by a rule's result": f"{at}?limit=100&check=rule-03:unknown",
        "bare select of all rows": f"http://127.0.0.1:{bare.port}/board",
    }
    spent: dict[str, list[float]] = {name: [] for name in addresses}
    token = composition.issuer.token(OFFICE, datetime.now(UTC))
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for turn in range(requests + 10):
            for name, address in addresses.items():
                begin = time.perf_counter()
                answer = client.get(address)
                assert answer.status_code == 200 and answer.json()["items"], answer.text[:300]
                spent[name] += [time.perf_counter() - begin] if turn >= 10 else []
    ours.shutdown()
    bare.shutdown()
    return {f"{name}, ms": quantiles(times) for name, times in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("applications", 2000), ("rules", 12), ("requests", 150)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    told: dict = {"applications": given.applications, "rules": given.rules}
    with tempfile.TemporaryDirectory() as name:
        postgres = Server(Path(name) / "postgres").start()
        try:
            for kind, more in (
                ("SQLite", {}),
                ("PostgreSQL", {"NAKODO_DATABASE_URL": postgres.url}),
            ):
                composition = Composition(load({"NAKODO_DEMO": "0"} | more, data=Path(name) / kind))
                composition.migrate()
                fill(composition, given.applications, given.rules)
                told[kind] = measured(composition, given.requests)
                composition.close()
        finally:
            postgres.stop()
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
