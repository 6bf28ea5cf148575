"""A preview over HTTP: p50 and p99 of `POST /api/v1/previews` over a large population, and how much
of it is the engine.

python -m benchmarks.preview [--startups 100000] [--requests 60]
"""

import argparse
import json
import random
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import insert
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks import generate
from benchmarks.register_to_feed import quantiles
from services.matching.engine.crowd import moves
from services.matching.models import Copy
from services.up import Composition
from shared.auth import ADMINISTRATOR
from shared.clock import Clock
from shared.judgement.fields import WEIGHED
from shared.settings import load


class Silent(WSGIRequestHandler):
    def log_request(self, *_given) -> None:
        """No line per request."""


STATED = {
    "as_of": "2026-11-01",
    "tier": "network",
    "source": {"kind": "self-declared"},
    "asset": None,
    "list": None,
    "detail": None,
}


def copies(startups: int) -> list[dict]:
    """Read copies as the matcher holds them: one investor with one mandate, and generated
    startups.
    """
    dice = random.Random(3)
    mandate = generate.mandate(dice, 0)
    rows = [
        ("investors", "investor", generate.investor(0) | {"facts": []}),
        ("investors", "mandate", mandate | {"id": "m", "name": {}}),
    ]
    rows += [("startups", "startup", generate.startup(dice, i)) for i in range(startups)]
    return [_copy(n, *row) for n, row in enumerate(rows, 1)]


def _copy(number: int, topic: str, kind: str, form: dict) -> dict:
    facts = [STATED | {"id": f"{number}-{n}"} | f for n, f in enumerate(form["facts"])]
    blank = {
        "owner": "generated",
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--startups", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        composition = Composition(load({"NAKODO_DEMO": "0"}, data=Path(name)))
        composition.migrate()
        matching = composition.services["matching"]
        with matching.db.transaction(ADMINISTRATOR) as session:
            session.execute(insert(Copy), copies(options.startups))
        server = make_server("127.0.0.1", 0, matching.app, threaded=True, request_handler=Silent)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        token = composition.issuer.token(ADMINISTRATOR, datetime.now(UTC))
        report = measured(server, token, matching, options.requests)
        server.shutdown()
        composition.close()
    print(json.dumps(report, indent=1))


def measured(server, token: str, matching, requests: int) -> dict:
    """Times requests with weights that all differ, then the engine's part of the same work in the
    same process.
    """
    dice, address = random.Random(4), f"http://127.0.0.1:{server.port}/api/v1/previews"
    spent, first = [], time.perf_counter()
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=600) as client:
        for turn in range(requests + 3):
            begin = time.perf_counter()
            weights = {c: round(dice.uniform(0.1, 3), 3) for c in WEIGHED}
            answer = client.post(address, json={"mandate": "m", "weights": weights})
            assert answer.status_code == 200, answer.text
            first = begin - first if turn == 1 else first
            spent += [time.perf_counter() - begin] if turn > 2 else []
    with matching.db.reading(ADMINISTRATOR) as session:
        population = matching.app.extensions["nakodo"]["reader"].populations.at(
            session, Clock().today()
        )
    engine, columns = [], population.columns_of(frozenset({"m"}))
    for _ in range(requests):
        begin = time.perf_counter()
        moves(population.crowd.rank(columns), population.crowd.rank(columns))
        engine.append(time.perf_counter() - begin)
    return {
        "startups": len(population.startups),
        "moves of the last": answer.json()["counts"],
        "first request, population loaded, s": round(first, 1),
        "over HTTP, ms": quantiles(spent),
        "in the engine, ms": quantiles(engine),
    }


if __name__ == "__main__":
    main()
