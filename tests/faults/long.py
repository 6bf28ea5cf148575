"""The kill test for as long as you like, on a real Kafka and PostgreSQL.

python -m tests.faults.long --writes 50000 --kills 300 [--brokers 3]
"""

import argparse
import random
import signal
import tempfile
import time
from pathlib import Path

from deploy.kafka.broker import Cluster
from deploy.postgres.server import Server
from tests.faults.test_kill import kill_often


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    asked = parser.parse_args()
    dice, told = random.Random(7), {"broker paused": 0, "broker killed": 0, "database crashed": 0}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kafka, postgres = (
            Cluster(folder / "kafka", asked.brokers).start(),
            Server(folder / "postgres").start(),
        )

        def pause():
            kafka.signal(0, signal.SIGSTOP)
            time.sleep(dice.uniform(1, 12))
            kafka.signal(0, signal.SIGCONT)
            told["broker paused"] += 1

        def kill_broker():
            i = dice.randrange(asked.brokers)
            kafka.signal(i, signal.SIGKILL)
            kafka.processes[i].wait()
            time.sleep(dice.uniform(0, 3))
            kafka.start_one(i)
            kafka.wait(i)
            told["broker killed"] += 1

        def crash():
            postgres.stop(signal.SIGQUIT)
            postgres.start()
            told["database crashed"] += 1

        faults = {
            n: dice.choice([pause, kill_broker, crash])
            for n in range(asked.kills)
            if dice.random() < 0.15
        }
        begin = time.monotonic()
        try:
            environ = {"NAKODO_EVENTLOG_URL": kafka.url, "NAKODO_DATABASE_URL": postgres.url}
            kill_often(folder / "data", asked.writes, asked.kills, environ, faults)
        finally:
            kafka.stop()
            postgres.stop()
    faulted = ", ".join(f"{name} {count} times" for name, count in told.items())
    print(
        f"{asked.kills} kills -9, {faulted}; {asked.writes} accepted writes in"
        f" {time.monotonic() - begin:.0f} s: lost 0, twice 0, unscored 0"
    )


if __name__ == "__main__":
    main()
