"""Events a second from outbox to match rows, and commit to feed, embedded and on Kafka +
PostgreSQL, beside what is there without us.

Phases, each on fresh data: (1) profile events through the relay into read copies, with no mandates;
(2) startups scored against many mandates with 1, 2, 3 members; (3) commit to row at a steady rate
over a loaded population. In the same run: raw kafka-python produce-and-consume of the same records,
and a bare insert of the same documents.

python -m benchmarks.events [--events 3000] [--mandates 1000] [--startups 10000] [--rate 100]
[--seconds 20] [--members 1 2 3]
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import kafka
from sqlalchemy import JSON, Column, MetaData, String, Table, create_engine, func, insert, select

from benchmarks import generate
from benchmarks.register_to_feed import quantiles
from deploy.kafka.broker import Cluster
from deploy.postgres.server import Server
from services.matching.actions import publish_calibration
from services.matching.members import Member
from services.matching.models import Copy, Match, Scored
from services.matching.population import Populations
from services.up import Composition
from shared.auth import ADMINISTRATOR
from shared.events import Event
from shared.ids import new_id
from shared.outbox import publish
from shared.relay import Relay
from shared.settings import load

STATED = {"as_of": "2026-11-01", "tier": "network", "source": {"kind": "self-declared"}}
MANDATE_ZERO = 1_000_000


def document(form: dict, kind: str, number: int) -> dict:
    facts = [STATED | {"id": f"{number}-{n}"} | f for n, f in enumerate(form.get("facts", []))]
    blank = {
        "owner": "generated",
        "kind": kind,
        "state": "published",
        "origin": "self-declared",
        "aliases": [],
        "assets": [],
    }
    return blank | {"name": {}} | form | {"kind": kind, "facts": facts}


def recorded(
    composition: Composition, service: str, kind: str, forms: list[dict], version: int = 1
) -> None:
    """Puts events into a service's outbox as its actions would: one transaction a hundred."""
    db = composition.services[service].db
    for begin in range(0, len(forms), 100):
        with db.transaction(ADMINISTRATOR) as session:
            for n, form in enumerate(forms[begin : begin + 100], begin):
                type_ = f"{kind}.{'registered' if version == 1 else 'updated'}.v1"
                publish(
                    session,
                    Event(
                        type_,
                        service,
                        form["id"],
                        version,
                        session.info["now"],
                        document(form, kind, n),
                    ),
                )


def drain(composition: Composition, service: str) -> float:
    relay, begin = (
        Relay(service, composition.services[service].db, composition.eventlog),
        time.perf_counter(),
    )
    while relay.drain():
        pass
    return time.perf_counter() - begin


def follow(composition: Composition) -> float:
    """The follower until it has read all; seconds."""
    follower, begin = composition.services["matching"].consumers[0], time.perf_counter()
    reader = follower.open()
    while follower.lag():
        if entries := reader.poll(500, 0.1):
            follower.handle(entries)
    reader.close()
    return time.perf_counter() - begin


def member_process(environ: dict, folder: str, stop) -> None:
    composition = Composition(load(environ, data=Path(folder)))
    matching = composition.services["matching"]
    Member(matching.db, composition.eventlog, matching.keyring).run(stop)
    composition.close()


def scored(composition: Composition) -> int:
    with composition.services["matching"].db.reading(ADMINISTRATOR) as session:
        return session.scalar(select(func.count()).select_from(Scored))


class World:
    """One installation on fresh data: embedded, or on the given Kafka and PostgreSQL."""

    def __init__(self, folder: Path, environ: dict[str, str]):
        self.folder, self.environ = folder, environ | {"NAKODO_DEMO": "0"}
        self.composition = Composition(load(self.environ, data=folder))
        self.composition.migrate()
        self.dice = random.Random(9)

    def mandates(self, count: int) -> None:
        recorded(
            self.composition, "investors", "investor", [generate.investor(i) for i in range(count)]
        )
        forms = [
            generate.mandate(self.dice, i) | {"id": f"generated-mandate-{i}"} for i in range(count)
        ]
        recorded(self.composition, "investors", "mandate", forms)
        drain(self.composition, "investors")
        follow(self.composition)

    def populate(self, startups: int, mandates: int) -> None:
        """Loads startups and mandates and scores them under a calibration of their own, as an
        operator would leave it.
        """
        composition, matching = self.composition, self.composition.services["matching"]
        recorded(composition, "startups", "startup", self.startups(startups))
        drain(composition, "startups")
        member = matching.members[0]
        while _copies(self) < startups:
            member.step(0.1)
        self.mandates(mandates)
        with matching.db.transaction(ADMINISTRATOR) as session:
            publish_calibration(
                session, Populations(matching.keyring).at(session, session.info["today"])
            )
        while matching.progress.lag():
            member.step()
        member.leave()

    def startups(self, count: int, prefix: str = "generated") -> list[dict]:
        return [generate.startup(self.dice, i) | {"id": f"{prefix}-{i}"} for i in range(count)]

    def scoring(self, forms: list[dict], members: int) -> float:
        """Seconds from published to scored for these startups, with so many member processes."""
        recorded(self.composition, "startups", "startup", forms)
        drain(self.composition, "startups")
        context = multiprocessing.get_context("spawn")
        stop, before = context.Event(), scored(self.composition)
        processes = [
            context.Process(target=member_process, args=(self.environ, str(self.folder), stop))
            for _ in range(members)
        ]
        [p.start() for p in processes]
        # the interpreters start, the population loads: not counted
        while scored(self.composition) == before:
            time.sleep(0.02)
        begin, first = time.perf_counter(), scored(self.composition)
        while scored(self.composition) < before + len(forms):
            time.sleep(0.05)
        spent = (time.perf_counter() - begin) * len(forms) / max(len(forms) - first + before, 1)
        stop.set()
        [p.join(30) for p in processes]
        return spent

    def latency(self, rate: int, seconds: int) -> list[float]:
        """Seconds from a startup's commit to its rows' commit, at a steady rate, relay and one
        member running.
        """
        composition, stop = self.composition, threading.Event()
        context = multiprocessing.get_context("spawn")
        halt = context.Event()
        process = context.Process(
            target=member_process, args=(self.environ, str(self.folder), halt)
        )
        process.start()
        relay = Relay("startups", composition.services["startups"].db, composition.eventlog)
        thread = threading.Thread(target=relay.run, args=(stop,))
        thread.start()
        warm = self.startups(1, "warm")
        recorded(composition, "startups", "startup", warm)
        while not self._seen(["warm-0"]):
            time.sleep(0.05)
        forms, committed, seen = self.startups(rate * seconds, "timed"), {}, {}

        def fire() -> None:
            begin = time.perf_counter()
            for i, form in enumerate(forms):
                time.sleep(max(0.0, begin + i / rate - time.perf_counter()))
                recorded(composition, "startups", "startup", [form])
                committed[form["id"]] = time.perf_counter()

        firing = threading.Thread(target=fire)
        firing.start()
        deadline = time.monotonic() + seconds * 4 + 60
        while len(seen) < len(forms) and time.monotonic() < deadline:
            waiting = [s for s in list(committed) if s not in seen]
            now = time.perf_counter()
            for subject in self._seen(waiting[:500]):
                seen[subject] = now
            time.sleep(0.005)
        firing.join()
        stop.set(), halt.set()
        thread.join(10), process.join(30)
        return [seen[s] - t for s, t in committed.items() if s in seen]

    def _seen(self, subjects: list[str]) -> list[str]:
        with self.composition.services["matching"].db.reading(ADMINISTRATOR) as session:
            return (
                list(session.scalars(select(Scored.subject).where(Scored.subject.in_(subjects))))
                if subjects
                else []
            )

    def close(self) -> None:
        self.composition.close()


def into_copies(world: World, count: int) -> dict:
    """Profile events a second: outbox to log, and log to read copies (no mandates, so nothing is
    scored).
    """
    recorded(world.composition, "startups", "startup", world.startups(count, "plain"))
    relayed = drain(world.composition, "startups")
    member, begin = world.composition.services["matching"].members[0], time.perf_counter()
    while _copies(world) < count:
        member.step(0.1)
    applied = time.perf_counter() - begin
    member.leave()
    return {
        "outbox to log": round(count / relayed),
        "log to copies": round(count / applied),
        "both": round(count / (relayed + applied)),
    }


def _copies(world: World) -> int:
    with world.composition.services["matching"].db.reading(ADMINISTRATOR) as session:
        return session.scalar(
            select(func.count()).select_from(Copy).where(Copy.topic == "startups")
        )


def raw_kafka(url: str, values: list[bytes]) -> dict:
    """The same records through kafka-python alone, one partition, settings of the relay."""
    topic = f"raw-{new_id()}"
    servers = url.removeprefix("kafka://").split(",")
    admin = kafka.KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics(
        {topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True
    )
    admin.close()
    producer = kafka.KafkaProducer(
        bootstrap_servers=servers,
        acks="all",
        enable_idempotence=False,
        max_in_flight_requests_per_connection=1,
        linger_ms=5,
        batch_size=131_072,
    )
    begin = time.perf_counter()
    sent = [producer.send(topic, key=b"k", value=v) for v in values]
    producer.flush(60)
    [f.get(timeout=1) for f in sent]
    produced = time.perf_counter() - begin
    producer.close()
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=servers,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    consumer.assign([kafka.TopicPartition(topic, 0)])
    begin, got = time.perf_counter(), 0
    while got < len(values):
        for records in consumer.poll(timeout_ms=500).values():
            got += sum(1 for r in records if json.loads(r.value))
    consumed = time.perf_counter() - begin
    consumer.close()
    return {
        "produce": round(len(values) / produced),
        "consume": round(len(values) / consumed),
        "both": round(len(values) / (produced + consumed)),
    }


def bare_inserts(url: str, documents: list[dict]) -> dict:
    """The same documents into one table, a hundred a transaction and one a transaction."""
    engine, metadata = create_engine(url), MetaData()
    table = Table(
        f"bare_{new_id().replace('-', '')}",
        metadata,
        Column("id", String, primary_key=True),
        Column("document", JSON),
    )
    metadata.create_all(engine)
    out = {}
    for size in (100, 1):
        rows = [
            {"id": f"{size}-{d['id']}", "document": d}
            for d in documents[: 500 if size == 1 else None]
        ]
        begin = time.perf_counter()
        for i in range(0, len(rows), size):
            with engine.begin() as connection:
                connection.execute(insert(table), rows[i : i + size])
        out[f"{size} a transaction"] = round(len(rows) / (time.perf_counter() - begin))
    metadata.drop_all(engine)
    engine.dispose()
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (
        ("events", 3000),
        ("mandates", 1000),
        ("startups", 10_000),
        ("rate", 100),
        ("seconds", 20),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--members", type=int, nargs="*", default=[1, 2, 3])
    o = parser.parse_args()
    report: dict = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster, postgres = Cluster(folder / "kafka").start(), Server(folder / "postgres").start()
        try:
            for place in ("embedded", "Kafka + PostgreSQL"):
                print(place, file=sys.stderr, flush=True)
                report[place] = measured(folder, place, o, cluster, postgres)
            forms = [
                document(f, "startup", n)
                for n, f in enumerate(
                    World.startups(argparse.Namespace(dice=random.Random(1)), o.events)
                )
            ]
            report["raw kafka-python"] = raw_kafka(
                cluster.url, [json.dumps(f).encode() for f in forms]
            )
            report["bare insert, PostgreSQL"] = bare_inserts(
                postgres.url.format(service="matching"), forms
            )
        finally:
            cluster.stop()
            postgres.stop()
    print(json.dumps(report, indent=1))


def measured(folder: Path, place: str, o, cluster, postgres) -> dict:
    def world(name: str) -> World:
        if place == "embedded":
            return World(folder / name, {})
        for service in ("startups", "investors", "programs", "matching"):
            postgres.sql(
                "postgres",
                f"DROP DATABASE IF EXISTS {service} WITH (FORCE)",
                f"CREATE DATABASE {service} OWNER {service}",
            )
        return World(
            folder / f"k-{name}",
            {
                "NAKODO_EVENTLOG_URL": f"{cluster.url}?prefix={new_id()}-",
                "NAKODO_DATABASE_URL": postgres.url,
            },
        )

    out: dict = {}
    plain = world("plain")
    out["profile events a second"] = into_copies(plain, o.events)
    plain.close()
    for members in o.members if place != "embedded" else [1]:
        one = world(f"members-{members}")
        print(f"  loading {o.startups} x {o.mandates}", file=sys.stderr, flush=True)
        one.populate(o.startups, o.mandates)
        spent = one.scoring(one.startups(o.events, "new"), members)
        out[f"scored a second, {o.mandates} mandates, members: {members}"] = round(
            o.events / spent, 1
        )
        with one.composition.services["matching"].db.reading(ADMINISTRATOR) as session:
            out["rows a startup"] = round(
                session.scalar(select(func.count()).select_from(Match)) / (o.startups + o.events), 1
            )
        if members == max(o.members if place != "embedded" else [1]):
            out[f"commit to rows at {o.rate} a second, ms"] = quantiles(
                one.latency(o.rate, o.seconds)
            )
        one.close()
    return out


if __name__ == "__main__":
    main()
