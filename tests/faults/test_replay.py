"""Replay beside live members on PostgreSQL: both lock in one order, so neither waits for what the
other holds.
"""

import threading

import pytest
from sqlalchemy import text

from services.matching.replay import replay
from shared.auth import ADMINISTRATOR
from shared.relay import Relay
from tests.conftest import Stack, mandate_form, startup_form

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
TURNS = 12


class Live:
    """Everything that works on the matcher's database while it is replayed: relay, follower,
    member, and writers of startups and mandates.
    """

    def __init__(self, stack: Stack):
        self.stack, self.stop, self.faults = stack, threading.Event(), []
        loops = [
            Relay(name, stack.composition.services[name].db, stack.composition.eventlog).run
            for name in ("startups", "investors")
        ]
        loops += [stack.member.run, stack.matching.consumers[0].run, self._startups, self._mandates]
        self.threads = [threading.Thread(target=self._guard, args=(loop,)) for loop in loops]

    def _guard(self, loop) -> None:
        try:
            loop(self.stop)
        except Exception as error:  # noqa: BLE001 - what a thread raised, the test says
            self.faults.append(repr(error))

    def _startups(self, stop) -> None:
        number = 0
        while not stop.is_set():
            self.stack.client().register(
                "startups", startup_form(f"Rei {number} (invented)", id=f"rei-{number}")
            )
            number += 1

    def _mandates(self, stop) -> None:
        while not stop.wait(0.05):
            for modality in ("rna", "car-t"):
                self.stack.client().add_facts(
                    "mandates",
                    "kari-capital-equity",
                    [{"field": "focus_modality", "value": modality}],
                )

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)


def deadlocks(stack: Stack) -> int:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        session.execute(text("SELECT pg_stat_clear_snapshot()"))
        return session.scalar(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )


def test_replay_and_live_members_under_load_never_wait_for_each_other(tmp_path, databases):
    stack = Stack(tmp_path, environ={"NAKODO_DATABASE_URL": databases})
    client = stack.client()
    client.register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}})
    client.register("mandates", mandate_form("kari-capital"))
    stack.settle()
    with Live(stack) as live:
        for _ in range(TURNS):
            replay(stack.matching.db, stack.composition.eventlog, stack.matching.keyring)
    assert live.faults == [] and deadlocks(stack) == 0
    stack.settle()
    done = replay(stack.matching.db, stack.composition.eventlog, stack.matching.keyring)
    assert done.equal and done.rows > 0
    stack.composition.close()
