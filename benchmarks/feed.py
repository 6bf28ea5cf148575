"""A feed page of 50 with its explanations, over HTTP on PostgreSQL, beside a bare select of the
same rows in the same run.

python -m benchmarks.feed [--startups 100000] [--mandates 1000] [--requests 300] [--processes 3]
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from flask import Flask
from sqlalchemy import func, insert, select, text
from werkzeug.serving import make_server

from benchmarks import generate
from benchmarks.preview import STATED, Silent
from benchmarks.register_to_feed import quantiles
from deploy.postgres.server import Server
from services.matching.engine.calibration import calibrate
from services.matching.evaluations import rows_of
from services.matching.models import Copy, History, Match, StoredCalibration
from services.up import Composition
from shared.auth import ADMINISTRATOR
from shared.clock import Clock
from shared.db import insert_rows
from shared.settings import load

BATCH, REFERENCE = 250, 2000


def copies(startups: int, mandates: int):
    """Read copies as the matcher holds them."""
    dice, number = random.Random(5), 0
    for i in range(mandates):
        investor, mandate = generate.investor(i), generate.mandate(dice, i)
        for kind, form in (
            ("investor", investor | {"facts": []}),
            ("mandate", mandate | {"id": f"{investor['id']}-m", "name": {}}),
        ):
            number += 1
            yield _copy(number, "investors", kind, form)
    for i in range(startups):
        number += 1
        yield _copy(number, "startups", "startup", generate.startup(dice, i))


def _copy(number: int, topic: str, kind: str, form: dict) -> dict:
    facts = [STATED | {"id": f"{number}-{n}"} | f for n, f in enumerate(form["facts"])]
    blank = {
        "owner": "nakodo",
        "kind": kind,
        "state": "published",
        "origin": "self-declared",
        "aliases": [],
        "numbers": [],
        "assets": [],
    }
    document = (
        blank | form | {"facts": facts} | ({"kind": "investor"} if kind == "investor" else {})
    )
    return {
        "topic": topic,
        "subject": form["id"],
        "version": 1,
        "kind": kind,
        "document": document,
        "changed": number,
    }


def fill(composition: Composition, startups: int, mandates: int, processes: int) -> int:
    """Copies, and the rows and histories that the engine makes of them; returns how many rows there
    are.
    """
    matching = composition.services["matching"]
    with matching.db.transaction(ADMINISTRATOR) as session:
        waiting = []
        for row in copies(startups, mandates):
            waiting.append(row)
            if len(waiting) == 2000:
                session.execute(insert(Copy), waiting)
                waiting = []
        if waiting:
            session.execute(insert(Copy), waiting)
    with matching.db.reading(ADMINISTRATOR) as session:
        population = matching.app.extensions["nakodo"]["reader"].populations.at(
            session, Clock().today()
        )
    sample = sorted(population.startups.values(), key=lambda v: v.id)[:REFERENCE]
    made = calibrate(sample, list(population.mandates.values()), Clock().today().isoformat())
    with matching.db.transaction(ADMINISTRATOR) as session:
        session.add(
            StoredCalibration(
                hash=made.hash,
                document=made.document,
                published_at=session.info["now"],
                active=True,
            )
        )
    with matching.db.reading(ADMINISTRATOR) as session:
        population = matching.app.extensions["nakodo"]["reader"].populations.at(
            session, Clock().today()
        )
    columns, ids, settings = population.columns, sorted(population.startups), composition.settings
    matching.db.close()
    workers = [
        multiprocessing.get_context("fork").Process(
            target=score, args=(settings, population, columns, ids[n::processes])
        )
        for n in range(processes)
    ]
    [w.start() for w in workers]
    [w.join() for w in workers]
    with matching.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        return connection.scalar(select(func.count()).select_from(Match))


def score(settings, population, columns, ids: list[str]) -> None:
    """One process's share: what `store` writes for a startup seen for the first time."""
    composition = Composition(settings)
    db, now = composition.services["matching"].db, datetime.now(UTC)
    for begin in range(0, len(ids), BATCH):
        rows = [
            r
            for s in ids[begin : begin + BATCH]
            for r in rows_of(population.evaluate(s, columns), columns).values()
        ]
        kept = ("startup", "mandate", "gates", "fit", "top")
        seen = [
            {k: r[k] for k in kept}
            | {
                "first_seen": now,
                "material_at": now,
                "calibration": "x",
                "change": None,
                "present": True,
            }
            for r in rows
        ]
        with db.transaction(ADMINISTRATOR, queued=False) as session:
            insert_rows(session, Match.__table__, rows)
            insert_rows(session, History.__table__, seen)
        print(".", end="", file=sys.stderr, flush=True)
    composition.close()


def bare_app(db) -> Flask:
    """The same rows by one select, as they lie: no token, no names, no sentence."""
    app = Flask("bare")
    ordered = (
        select(*Match.__table__.columns)
        .where(Match.state == "match")
        .order_by(Match.score.desc())
        .limit(50)
    )

    @app.get("/feeds/<mandate>")
    def feed(mandate):
        with db.engine.execution_options(ro=True).connect() as connection:
            rows = connection.execute(ordered.where(Match.mandate == mandate)).mappings()
            return {"items": [dict(row) for row in rows]}

    return app


def serve(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def measured(ours, bare, token: str, mandates: list[str], requests: int) -> dict:
    """Both in turn, over the same mandates."""
    spent, cold = {"page": [], "bare": []}, []
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=600) as client:
        addresses = {
            "page": f"http://127.0.0.1:{ours.port}/api/v1/feeds/{{}}?limit=50",
            "bare": f"http://127.0.0.1:{bare.port}/feeds/{{}}",
        }
        for mandate in mandates:  # nobody has read these pages in this process
            begin = time.perf_counter()
            client.get(f"http://127.0.0.1:{ours.port}/api/v1/feeds/{mandate}?limit=50")
            cold.append(time.perf_counter() - begin)
        for turn in range(requests + 20):
            for name, address in addresses.items():
                begin = time.perf_counter()
                answer = client.get(address.format(mandates[turn % len(mandates)]))
                assert answer.status_code == 200 and len(answer.json()["items"]) == 50, answer.text[
                    :300
                ]
                spent[name] += [time.perf_counter() - begin] if turn >= 20 else []
    told = {f"{name}, ms": quantiles(times) for name, times in spent.items()}
    ratio = (
        sorted(spent["page"])[len(spent["page"]) // 2]
        / sorted(spent["bare"])[len(spent["bare"]) // 2]
    )
    return told | {
        "first reading, ms": quantiles(cold[1:]),
        "page to bare, medians": round(ratio, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("startups", 100_000),
        ("mandates", 1000),
        ("requests", 300),
        ("processes", 3),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        postgres = Server(Path(name) / "postgres").start()
        try:
            settings = load(
                {"NAKODO_DEMO": "0", "NAKODO_DATABASE_URL": postgres.url}, data=Path(name) / "data"
            )
            composition = Composition(settings)
            composition.migrate()
            begin = time.perf_counter()
            rows = fill(composition, given.startups, given.mandates, given.processes)
            loaded, matching = time.perf_counter() - begin, composition.services["matching"]
            with matching.db.engine.connect() as connection:
                full = (
                    select(Match.mandate)
                    .where(Match.state == "match", Match.score >= 0)
                    .group_by(Match.mandate)
                )
                full = full.having(func.count() >= 50).order_by(Match.mandate).limit(50)
                mandates = list(connection.scalars(full))
            token = composition.issuer.token(ADMINISTRATOR, datetime.now(UTC))
            ours, bare = serve(matching.app), serve(bare_app(matching.db))
            report = measured(ours, bare, token, mandates, given.requests)
            print(
                json.dumps(
                    {
                        "startups": given.startups,
                        "mandates": given.mandates,
                        "rows": rows,
                        "loaded and scored, s": round(loaded),
                    }
                    | report,
                    indent=1,
                )
            )
            ours.shutdown()
            bare.shutdown()
            composition.close()
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
