"""Name search, lists and filters over many organisations, on SQLite and PostgreSQL: p50 and p99,
and the plans of the hot queries.

python -m benchmarks.search [--organisations 100000] [--rounds 300]
"""

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, text

from benchmarks.register_to_feed import quantiles
from deploy.postgres.server import SERVICES, Server
from services.matching import names
from services.matching.models import Copy
from services.matching.queries import TOPICS
from services.startups.actions import STARTUP
from services.startups.models import Startup, StartupFact
from services.up import Composition
from shared.auth import ADMINISTRATOR, Actor
from shared.db import insert_rows
from shared.ids import new_id
from shared.organizations import queries
from shared.settings import load

FIRST = [
    "Aoi",
    "Haru",
    "Sora",
    "Mizu",
    "Hoshi",
    "Kaze",
    "Yama",
    "Kawa",
    "Tsuki",
    "Niji",
    "Asahi",
    "Midori",
    "Kiri",
    "Nami",
    "Hikari",
    "Kumo",
    "Shizuku",
    "Mori",
    "Hana",
    "Tori",
    "Umi",
    "Ishi",
    "Take",
    "Matsu",
    "Ume",
]
MIDDLE = [
    "Gene",
    "Cell",
    "Neuro",
    "Immuno",
    "Onco",
    "Cardio",
    "Derma",
    "Hepa",
    "Nephro",
    "Osteo",
    "Pulmo",
    "Vasc",
    "Myo",
    "Gastro",
    "Rheu",
    "Ophthal",
    "Endo",
    "Hema",
    "Lipi",
    "Glyco",
    "Pepti",
    "Ribo",
    "Nucleo",
    "Proteo",
    "Bio",
]
LAST = [
    "Therapeutics",
    "Bio",
    "Pharma",
    "Sciences",
    "Medicines",
    "Labs",
    "Biologics",
    "Genomics",
    "Cell",
    "Rx",
]
KANA = [
    "アオイ",
    "ハル",
    "ソラ",
    "ミズ",
    "ホシ",
    "カゼ",
    "ヤマ",
    "カワ",
    "ツキ",
    "ニジ",
    "アサヒ",
    "ミドリ",
    "キリ",
    "ナミ",
    "ヒカリ",
    "クモ",
    "シズク",
    "モリ",
    "ハナ",
    "トリ",
    "ウミ",
    "イシ",
    "タケ",
    "マツ",
    "ウメ",
]
CODES = ["car-t", "mrna", "mab", "small-molecule", "ipsc-derived"]


def organisation(dice: random.Random, n: int) -> dict:
    i, middle, last = dice.randrange(len(FIRST)), dice.choice(MIDDLE), dice.choice(LAST)
    name = {
        "en": f"{FIRST[i]}{middle}{n} {last}",
        "ja": f"{KANA[i]}{middle}{n}株式会社",
        "kana": KANA[i],
    }
    blank = {
        "owner": "generated",
        "kind": "startup",
        "state": "published",
        "origin": "self-declared",
        "aliases": [],
        "facts": [],
        "assets": [],
    }
    return blank | {"id": f"g-{n}", "name": name}


def fill(composition: Composition, organisations: int) -> None:
    dice = random.Random(5)
    matching, startups = composition.services["matching"].db, composition.services["startups"].db
    now = composition.clock.now()
    for begin in range(0, organisations, 5000):
        documents = [organisation(dice, n) for n in range(begin, min(begin + 5000, organisations))]
        with matching.transaction(ADMINISTRATOR) as session:
            rows = [
                {
                    "topic": "startups",
                    "subject": d["id"],
                    "version": 1,
                    "kind": "startup",
                    "document": d,
                    "changed": begin + i,
                }
                for i, d in enumerate(documents, 1)
            ]
            session.execute(insert(Copy), rows)
            names.index(session, [("startups", d) for d in documents])
        with startups.transaction(ADMINISTRATOR) as session:
            insert_rows(session, Startup.__table__, [profile(d, now) for d in documents])
            insert_rows(session, StartupFact.__table__, [fact(d, dice) for d in documents])
    for service in ("matching", "startups"):
        with (
            composition.services[service]
            .db.engine.connect()
            .execution_options(isolation_level="AUTOCOMMIT") as connection
        ):
            connection.execute(text("ANALYZE"))


def profile(d: dict, now) -> dict:
    row = {k: d[k] for k in ("id", "owner", "kind", "state", "origin", "name", "aliases", "assets")}
    row |= {
        "former_names": [],
        "legal_entities": [],
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    held = {c.name for c in Startup.__table__.columns}
    return {k: v for k, v in row.items() if k in held}


def fact(d: dict, dice: random.Random) -> dict:
    code = dice.choice(CODES)
    row = {
        "id": new_id(),
        "owner": d["owner"],
        "subject": d["id"],
        "field": "modality",
        "code": code,
        "value": code,
    }
    return row | {
        "source": {"kind": "self-declared"},
        "as_of": "2026-11-01",
        "tier": "public",
        "proposed": False,
    }


def asked(dice: random.Random, organisations: int) -> list[str]:
    """What people type: whole names, parts, typos, kana, another width, and names nobody has."""
    out = []
    for _ in range(60):
        name = organisation(dice, dice.randrange(organisations))["name"]
        en = name["en"]
        typo = en[:3] + en[4:] if len(en) > 6 else en
        out += [en, en.split()[0].lower(), typo, name["ja"], name["kana"], en.upper()]
    return out + ["Therapeutics", "バイオ", "zzzzqqqq", "a"]


def timed(call, given: list) -> dict:
    spent = []
    for one in given:
        begin = time.perf_counter()
        call(one)
        spent.append(time.perf_counter() - begin)
    return quantiles(spent)


def measured(composition: Composition, organisations: int, rounds: int) -> dict:
    dice, reviewer = random.Random(6), Actor("r", "r", frozenset({"reviewer"}))
    matching, startups = composition.services["matching"].db, composition.services["startups"].db
    words = asked(random.Random(5), organisations)
    pages = [f"g-{dice.randrange(organisations)}" for _ in range(rounds)]
    out = {}
    with matching.reading(reviewer) as session:
        names.search(session, "Aoi", TOPICS)
        out["search, ms"] = timed(
            lambda w: names.search(session, w, TOPICS), dice.sample(words, min(rounds, len(words)))
        )
        out["exact name, ms"] = timed(
            lambda w: names.search(session, w, TOPICS, 1), [w for w in words if " " in w][:100]
        )
        found = sum(bool(names.search(session, w, TOPICS, 5)) for w in words[:120])
        out["found of 120"] = found
    with startups.reading(reviewer) as session:
        out["list of 50, ms"] = timed(
            lambda after: queries.many(session, STARTUP, 50, after, {}), pages
        )
        out["filter of 50, ms"] = timed(
            lambda after: queries.many(
                session, STARTUP, 50, after, {"modality": dice.choice(CODES)}
            ),
            pages,
        )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--organisations", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=300)
    o = parser.parse_args()
    report = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres = Server(folder / "postgres").start()
        assert set(SERVICES) >= {"matching", "startups"}
        try:
            for place, environ in (
                ("SQLite", {}),
                ("PostgreSQL", {"NAKODO_DATABASE_URL": postgres.url}),
            ):
                composition = Composition(load(environ | {"NAKODO_DEMO": "0"}, data=folder / place))
                composition.migrate()
                fill(composition, o.organisations)
                report[place] = measured(composition, o.organisations, o.rounds)
                composition.close()
        finally:
            postgres.stop()
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
