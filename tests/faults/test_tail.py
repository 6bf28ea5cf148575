"""The embedded log loses its tail: whose position lies beyond it stops and says so, also once the
log has grown again; the documented repair ends well.
"""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from services import operate
from services.matching.models import Copy
from services.startups.models import Startup
from shared.auth import ADMINISTRATOR
from shared.eventlog import PositionOutside
from shared.events import decode
from shared.service import Work
from shared.tables import outbox
from tests.conftest import Stack, mandate_form, startup_form

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
AFTER = 5


@pytest.fixture
def shortened(tmp_path):
    """An installation whose log was put back to what it was some events ago, as from the last
    backup; nothing else was.
    """
    stack = Stack(tmp_path / "data")
    client = stack.client()
    client.register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}})
    client.register("mandates", mandate_form("kari-capital"))
    client.register("startups", startup_form(id="rei-before"))
    assert (
        operate.add_person(
            stack.composition,
            "a@kari.example",
            "A",
            "kari-capital",
            ["reviewer"],
            "four words make one",
        )
        is None
    )
    stack.settle()
    stack.composition.eventlog.db.copy_to(tmp_path / "kept.db")
    for number in range(AFTER):
        client.register("startups", startup_form(f"Rei {number} (invented)", id=f"rei-{number}"))
        client.add_facts(
            "startups",
            "rei-before",
            [{"field": "blocked_org", "value": f"other-{number}", "tier": "private"}],
        )
    operate.erase_person(stack.composition, "a@kari.example")
    client.add_facts(
        "mandates", "kari-capital-equity", [{"field": "focus_modality", "value": "car-t"}]
    )
    stack.settle()
    stack.composition.close()
    log = tmp_path / "data" / "eventlog.db"
    for beside in ("", "-wal", "-shm"):
        Path(f"{log}{beside}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "kept.db", log)
    return tmp_path / "data"


def ears(stack: Stack) -> list:
    return [
        (s.name, ear)
        for s in stack.composition.services.values()
        if s.db is not None
        for ear in s.ears()
    ]


def halted(stack: Stack) -> set[tuple[str, str]]:
    found = set()
    for name, ear in ears(stack):
        try:
            ear.open().close()
        except PositionOutside as error:
            assert "--from-start" in str(error) or "beyond the end" in str(error)
            found.add((name, ear.name))
    return found


def test_who_is_beyond_the_log_stops_for_good_and_says_so(shortened):
    """The fault: the log grew again over the position, and what came in between was skipped without
    a word.
    """
    stack = Stack(shortened)
    # what comes before the loops
    Work(list(stack.composition.services.values()), shortened / "locks").look_at_the_tail()
    beyond = halted(stack)
    assert {("matching", "matching"), ("programs", "access"), ("accounts", "access")} <= beyond
    for number in range(3 * AFTER):
        stack.client().register(
            "startups", startup_form(f"Grown {number} (invented)", id=f"grown-{number}")
        )
        stack.client().add_facts(
            "startups",
            "rei-before",
            [{"field": "blocked_org", "value": f"more-{number}", "tier": "private"}],
        )
    stack.relay()
    again = Stack(shortened)
    assert halted(again) >= beyond, "the log has grown over the positions since"
    ill = [
        f
        for f in operate.examine(again.composition)
        if not f["ok"] and "--from-start" in f["value"]
    ]
    assert {f["what"] for f in ill} >= {f"{service}: consumer {name}" for service, name in beyond}
    with pytest.raises(PositionOutside, match="--from-start"):
        again.member.step()
    for one in (stack, again):
        one.composition.close()


def test_a_reader_at_work_stops_where_the_log_ends_before_it(tmp_path):
    stack = Stack(tmp_path)
    stack.client().register("startups", startup_form())
    stack.settle()
    consumer = next(
        ear for name, ear in ears(stack) if name == "matching" and "startups" in ear.topics
    )
    reader = consumer.eventlog.reader({("startups", 0): consumer.eventlog.end("startups")})
    with consumer.eventlog.db.transaction(ADMINISTRATOR) as session:
        session.connection().exec_driver_sql("DELETE FROM entries WHERE topic = 'startups'")
    with pytest.raises(PositionOutside):
        reader.poll(10, 0)
    stack.composition.close()


@pytest.mark.parametrize("kept", ["an older log", "no log"])
def test_the_documented_repair_works_to_the_end(shortened, kept):
    """`nakodo republish SERVICE --from-start` for each service: nobody is beyond the log, and
    everybody knows what its owner does.
    """
    if kept == "no log":
        (shortened / "eventlog.db").unlink()
    stack = Stack(shortened)
    assert halted(stack)
    told = {name: operate.republish(stack.composition, name, from_start=True) for name in SERVICES}
    assert told["accounts"].sent_again and told["startups"].sent_again >= AFTER
    stack.settle()
    assert halted(stack) == set() and not any(
        "consumer" in f["what"] for f in operate.examine(stack.composition)
    )
    assert copies(stack) == profiles(stack)
    lacking = [
        (row.topic, row.key)
        for row in recorded(stack)
        if row.version > known(stack).get((row.topic, row.key), -1)
    ]
    assert lacking == [], "every newest event that was recorded is in the log again"
    stack.client().register("startups", startup_form(id="rei-later"))
    stack.settle()
    assert "rei-later" in copies(stack)
    stack.composition.close()


def copies(stack: Stack) -> dict[str, int]:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return dict(
            session.execute(
                select(Copy.subject, Copy.version).where(Copy.topic == "startups")
            ).all()
        )


def profiles(stack: Stack) -> dict[str, int]:
    with stack.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        return dict(session.execute(select(Startup.id, Startup.version)).all())


class Recorded:
    def __init__(self, topic: str, key: str, version: int):
        self.topic, self.key, self.version = topic, key, version


def recorded(stack: Stack) -> list[Recorded]:
    found = []
    for service in stack.composition.services.values():
        if service.db is not None:
            with service.db.reading(ADMINISTRATOR) as session:
                rows = session.execute(select(outbox.c.topic, outbox.c.key, outbox.c.value)).all()
            found += [
                Recorded(row.topic, row.key, decode(row.value).subjectversion) for row in rows
            ]
    return found


def known(stack: Stack) -> dict[tuple[str, str], int]:
    eventlog, found = stack.composition.eventlog, {}
    topics = {row.topic for row in recorded(stack)}
    for entry in eventlog.reader({(topic, 0): 0 for topic in topics}).poll(100_000, 0):
        found[entry.topic, entry.key] = decode(entry.value).subjectversion
    return found
