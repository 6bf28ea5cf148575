"""From the 201 of a registration to its scored rows: p50 and p99 at 50 registrations a second for
60 s, 2,000 startups x 500 mandates loaded.

python -m benchmarks.register_to_feed [--startups 2000] [--mandates 500] [--rate 50] [--seconds 60]
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
from sqlalchemy import func, select

from benchmarks import generate
from services import operate
from services.matching.models import Match, Scored
from services.up import Composition, wait_until_scored
from shared.auth import ADMINISTRATOR
from shared.service import Work
from shared.settings import load
from tests.flow.server import Running


def prepare(folder: Path, startups: int, mandates: int) -> float:
    """Loads the population and makes a calibration of it; returns the seconds it took to load and
    score.
    """
    composition = Composition(load({"NAKODO_DEMO": "0"}, data=folder))
    composition.migrate()
    work = Work(list(composition.services.values()), folder / "locks")
    work.start()
    client, dice = composition.client(ADMINISTRATOR), random.Random(1)
    begin = time.perf_counter()
    for i in range(mandates):
        client.register("investors", generate.investor(i))
        client.register("mandates", generate.mandate(dice, i))
    for i in range(startups):
        client.register("startups", generate.startup(dice, i))
        if i % 200 == 0:
            print(f"\r{i} of {startups} startups loaded", end="", file=sys.stderr, flush=True)
    wait_until_scored(composition, 1200)
    spent = time.perf_counter() - begin
    work.finish()
    operate.calibrate(composition, publish=True)
    composition.close()
    return spent


class Watcher(threading.Thread):
    """Notes when each startup's evaluation is committed, reading the matcher's database as a feed
    would.
    """

    def __init__(self, folder: Path):
        super().__init__(daemon=True)
        self.composition = Composition(load({}, data=folder))
        self.db = self.composition.services["matching"].db
        self.seen: dict[str, float] = {}
        self.stop = threading.Event()

    def run(self) -> None:
        known = set(self._subjects())
        while not self.stop.wait(0.005):
            now = time.perf_counter()
            for subject in self._subjects("bench-"):
                if subject not in known:
                    known.add(subject)
                    self.seen[subject] = now

    def _subjects(self, prefix: str = "") -> list[str]:
        with self.db.reading(ADMINISTRATOR) as session:
            return list(
                session.scalars(select(Scored.subject).where(Scored.subject.startswith(prefix)))
            )


def fire(
    server: Running, token: str, rate: int, seconds: int
) -> tuple[dict[str, float], list[float]]:
    """Registers at a steady rate; returns the instant of each 201 and the latency of each request
    (s).
    """
    accepted, latencies, dice = {}, [], random.Random(2)
    forms = [generate.startup(dice, i) | {"id": f"bench-{i}"} for i in range(rate * seconds)]
    lock, numbers = threading.Lock(), iter(range(len(forms)))
    begin = time.perf_counter()

    def run() -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
            while True:
                with lock:
                    i = next(numbers, None)
                if i is None:
                    return
                time.sleep(max(0.0, begin + i / rate - time.perf_counter()))
                sent = time.perf_counter()
                answer = client.post(f"{server.url}/api/v1/startups", json=forms[i])
                assert answer.status_code == 201, answer.text
                accepted[forms[i]["id"]] = time.perf_counter()
                latencies.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=run) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return accepted, latencies


def quantiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        f"p{q}": round(1000 * ordered[min(int(len(ordered) * q / 100), len(ordered) - 1)], 1)
        for q in (50, 90, 99)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("startups", 2000), ("mandates", 500), ("rate", 50), ("seconds", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        loading = prepare(folder, o.startups, o.mandates)
        server = Running(folder, load=False).start(120)
        watcher = Watcher(folder)
        watcher.start()
        time.sleep(1)
        accepted, latencies = fire(server, server.token("startup"), o.rate, o.seconds)
        deadline = time.monotonic() + 120
        while len(watcher.seen) < len(accepted) and time.monotonic() < deadline:
            time.sleep(0.1)
        watcher.stop.set()
        watcher.join()
        with watcher.db.reading(ADMINISTRATOR) as session:
            rows = session.scalar(
                select(func.count()).select_from(Match).where(Match.startup.startswith("bench-"))
            )
        delays = [max(watcher.seen[s] - t, 0.0) for s, t in accepted.items() if s in watcher.seen]
        server.stop()
    report = {
        "population": f"{o.startups} startups x {o.mandates} mandates",
        "registrations": len(accepted),
        "achieved per second": round(
            len(accepted) / (max(accepted.values()) - min(accepted.values())), 1
        ),
        "lost": len(accepted) - len(delays),
        "201 to scored rows, ms": quantiles(delays),
        "request, ms": quantiles(latencies),
        "rows per startup": round(rows / len(accepted), 1),
        "loading and scoring the population, s": round(loading, 1),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
