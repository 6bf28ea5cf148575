"""The desk's form page and its save beside a bare form handler with the same page and table, in one
run; and 400 profiles from an XLSX table.

python -m benchmarks.form [--rounds 5] [--requests 120]
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Flask, redirect, request
from jinja2 import Environment, FileSystemLoader
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from benchmarks.api import FACTS, ok
from nakodo_client import Client
from services.accounts import actions
from services.portal import desk, present
from services.portal.texts import say
from services.startups.models import Base, Startup, StartupFact
from services.up import Composition
from shared.auth import ADMINISTRATOR, Actor
from shared.clock import Clock
from shared.db import Database
from shared.ids import new_id
from shared.judgement.fields import FIELDS
from shared.organizations.models import profile_document
from shared.settings import load

ORG, WORD, ORIGIN = "bench-bio", "four words make one", {"Origin": "http://localhost"}


def bare_app(folder: Path) -> Flask:
    """The same template over the same table: no tokens, tiers, validation, versions, events or
    second process to ask.
    """
    db = Database(f"sqlite:///{folder}/bare.db", Clock())
    Base.metadata.create_all(db.engine)
    app = Flask("bare", root_path=str(Path(desk.__file__).parent))
    pages = Environment(
        loader=FileSystemLoader(Path(desk.__file__).parent / "templates"), autoescape=True
    )
    now = datetime.now(UTC)
    with Session(db.engine) as session:
        startup = Startup(
            id=ORG,
            owner="me",
            kind="startup",
            state="published",
            origin="self-declared",
            created_at=now,
            updated_at=now,
        )
        startup.name = {"en": "Bench (generated)"}
        startup.facts = [
            StartupFact(
                id=new_id(), owner="me", code=f["value"], source={"kind": "web"}, tier="public", **f
            )
            for f in FACTS
        ]
        session.add(startup)
        session.commit()

    @app.get("/edit")
    def page():
        with Session(db.engine.execution_options(ro=True)) as session:
            startup = session.scalar(select(Startup).where(Startup.id == ORG))
            profile = profile_document(startup, startup.facts) | {"version": startup.version}
        stated = {}
        for fact in profile["facts"]:
            stated.setdefault(fact["field"], []).append(fact | {"text": present.words(fact, "en")})
        lists = {f: desk.options(FIELDS[f].vocabulary, "en") for f in (*desk.SINGLE, *desk.LISTED)}
        lists |= {
            f: desk.options(f, "en")
            for f in ("development_stage", "geography", "funding_round", "ledger_kind")
        }
        form = MultiDict({"as_of": date.today().isoformat(), "version": "1"})
        shown = {
            "single": desk.SINGLE,
            "plain": desk.PLAIN,
            "listed": desk.LISTED,
            "texts": desk.TEXTS,
            "company": {},
        }
        fields = {f: FIELDS[f].en for f in FIELDS}
        tiers = {f: FIELDS[f].tier for f in FIELDS}
        words = {
            "t": lambda key, **names: say(key, "en", **names),
            "p": present,
            "lang": "en",
            "path": "/edit",
            "request": request,
        }
        held = {
            "slug": ORG,
            "profile": profile,
            "form": form,
            "faults": [],
            "saved": False,
            "stated": stated,
        }
        return pages.get_template("desk.html").render(
            lists=lists, fields=fields, tiers=tiers, **shown, **held, **words
        )

    @app.post("/edit")
    def save():
        with Session(db.engine) as session:
            fact = {
                "field": "plan",
                "value": request.form["add.plan"],
                "as_of": request.form["as_of"],
                "tier": "public",
                "source": {},
            }
            session.add(StartupFact(id=new_id(), owner="me", subject=ORG, **fact))
            session.commit()
        return redirect("/edit")

    return app


def p99(call, requests: int) -> tuple[float, float]:
    """(median, 99th percentile) seconds of a call."""
    taken = []
    for i in range(requests):
        begin = time.perf_counter()
        call(i)
        taken.append(time.perf_counter() - begin)
    taken.sort()
    return statistics.median(taken), taken[int(0.99 * len(taken))]


def table(rows: int) -> bytes:
    book = Workbook()
    book.active.append(
        [
            "Name (EN)",
            "Name (JA)",
            "Modality",
            "Therapeutic area",
            "Development stage",
            "Headquarters",
            "Technology",
        ]
    )
    for i in range(rows):
        book.active.append(
            [
                f"Generated Bio {i}",
                f"生成バイオ{i}株式会社",
                "car-t",
                "aml",
                "phase-1",
                "hub-tokyo",
                f"Allogeneic cells, variant {i}",
            ]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def imported(client: Client, rows: int = 400, slice_: int = 50) -> float:
    """Seconds from the file to the last profile, in the steps whose bar the command line shows: the
    plan, then 50 rows a request.
    """
    content = table(rows)
    begin = time.perf_counter()
    told = client.import_startups("bench.xlsx", content)
    assert not told["conflicts"] and len(told["creates"]) == rows, told["conflicts"][:3]
    for first in range(1, rows + 1, slice_):
        client.import_startups("bench.xlsx", content, True, first=first, last=first + slice_ - 1)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        composition = Composition(load({}, data=folder / "nakodo"))
        composition.migrate()
        parts = composition.services["accounts"].app.extensions["nakodo"]
        with parts["db"].transaction(ADMINISTRATOR) as session:
            actions.ensure(
                session, parts["passwords"], "bd@bench-bio.example", "Bench", ORG, ["startup"], WORD
            )
        founder = composition.client(Actor("bench", ORG, frozenset({"startup"})))
        founder.register(
            "startups", {"id": ORG, "name": {"en": "Bench (generated)"}, "facts": FACTS}
        )
        ours, bare = (
            composition.services["portal"].app.test_client(),
            bare_app(folder).test_client(),
        )
        ours.post(
            "/sign-in", data={"email": "bd@bench-bio.example", "password": WORD}, headers=ORIGIN
        )
        path, numbers = f"/startups/{ORG}/edit", {}
        for turn in range(options.rounds + 1):

            def typed(i, turn=turn):
                return {
                    "add.plan": f"plan {turn} {i}",
                    "as_of": date.today().isoformat(),
                    "version": "",
                }

            version = founder.profile("startups", ORG)["version"]

            def save(i, turn=turn, version=version):
                ok(
                    ours.post(
                        path,
                        data=typed(i, turn)
                        | {"version": str(version + i), "name.en": "Bench (generated)"},
                        headers=ORIGIN,
                    ),
                    302,
                )

            measured = {
                "page ours": p99(lambda i: ok(ours.get(path), 200), options.requests),
                "page bare": p99(lambda i: ok(bare.get("/edit"), 200), options.requests),
                "save ours": p99(save, 10),
                "save bare": p99(
                    lambda i, turn=turn: ok(bare.post("/edit", data=typed(i, turn)), 302), 10
                ),
            }
            if turn:  # the first round warms up
                [numbers.setdefault(k, []).append(v) for k, v in measured.items()]
        seconds = imported(founder)
        composition.close()
    report = {}
    for kind in ("page", "save"):
        for at, name in ((0, "p50"), (1, "p99")):
            mine, theirs = (
                statistics.median(v[at] for v in numbers[f"{kind} {whose}"])
                for whose in ("ours", "bare")
            )
            report[f"{kind} {name} ms"] = (
                f"{mine * 1e3:.1f} beside {theirs * 1e3:.1f}: {mine / theirs:.2f}"
            )
    report["400 profiles from XLSX s"] = round(seconds, 2)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
