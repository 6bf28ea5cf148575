"""The drill with the real commands, each in a process of its own: backed up while others write,
restored elsewhere, compared.
"""

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from services.matching.models import Copy
from services.matching.replay import replay
from services.startups.models import Startup
from shared.auth import ADMINISTRATOR
from shared.eventlog import LogUnavailable, Record
from shared.eventlog.sqlite import SqliteEventLog
from shared.events import decode
from shared.tables import positions
from tests.conftest import Stack, mandate_form, migrated
from tests.flow.server import Running

ROOT = Path(__file__).parents[2]


def command(folder: Path, *words: str) -> subprocess.CompletedProcess:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NAKODO_")}
    command = [sys.executable, "-m", "services", *words]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=kept | {"NAKODO_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def server(tmp_path):
    running = Running(tmp_path / "live", load=False)
    running.folder.mkdir()
    for made in migrated().glob("*.db"):
        shutil.copy(made, running.folder)
    yield running.start()
    running.stop()


@pytest.fixture
def writers(server, tmp_path):
    """Two processes that register startups all the while."""
    files = [(tmp_path / f"accepted-{n}").open("w+") for n in range(2)]
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.faults.writer",
                server.url,
                str(server.folder / "keys"),
                f"rei{n}",
            ],
            cwd=ROOT,
            stdout=file,
        )
        for n, file in enumerate(files)
    ]
    yield files, started
    halt(started)
    for file in files:
        file.close()


def halt(started) -> None:
    for process in started:
        process.kill()
        process.wait()


def accepted(files, until: float) -> set[str]:
    """What had been accepted by then; a half-written last line does not count."""
    lines = [
        line.split()
        for file in files
        for line in Path(file.name).read_text().splitlines(keepends=True)
        if line.endswith("\n")
    ]
    return {made for at, made in lines if float(at) < until}


def test_a_running_product_is_backed_up_as_one_while_others_write(server, writers, tmp_path):
    """The fault: the pause took no lock, and a restored matcher knew startups that their owner did
    not.
    """
    client, (files, started) = server.admin(), writers
    client.register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}})
    client.register("mandates", mandate_form("kari-capital"))
    deadline = time.monotonic() + 150
    while len(accepted(files, time.time())) < 6:
        assert time.monotonic() < deadline, "the writers write"
        time.sleep(0.1)
    began = []
    for turn in range(1):
        began.append(time.time())
        command(server.folder, "backup", str(tmp_path / f"copy{turn}"))
    assert len(accepted(files, time.time())) > len(accepted(files, began[0])), (
        "they wrote all the while"
    )
    halt(started)
    for turn, begin in enumerate(began):
        again = tmp_path / f"again{turn}"
        command(again, "restore", str(tmp_path / f"copy{turn}"))
        restored = Stack(again, at=datetime.now(UTC))
        assert knows_no_more_than_its_owners(restored) >= accepted(files, begin) != set()
        restored.settle()
        assert accepted(files, begin) <= set(copies(restored)), "what was accepted arrives"
        if turn == 0:
            told = replay(
                restored.matching.db, restored.composition.eventlog, restored.matching.keyring
            )
            assert told.equal, told
        restored.composition.close()


def test_a_transaction_holds_the_writers_lock_before_its_first_statement(tmp_path):
    """The fault itself: a session begins at its first statement, and a pause that says nothing
    paused nobody.
    """
    paused, writing = (SqliteEventLog(f"sqlite:///{tmp_path}/log.db") for _ in range(2))
    with writing.db.reading(ADMINISTRATOR) as session:
        # stays with the pooled connection
        session.connection().exec_driver_sql("PRAGMA busy_timeout = 50")
    with paused.db.transaction(ADMINISTRATOR):
        with pytest.raises(LogUnavailable):
            writing.append([Record("startups", "rei", "{}")])
    writing.append([Record("startups", "rei", "{}")])
    for log in (paused, writing):
        log.close()


def copies(stack: Stack) -> dict[str, int]:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return dict(
            session.execute(
                select(Copy.subject, Copy.version).where(Copy.topic == "startups")
            ).all()
        )


def knows_no_more_than_its_owners(stack: Stack) -> set[str]:
    """Neither the log nor a copy holds what the owner lacks, and no position lies beyond the log;
    the owner's startups.
    """
    with stack.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        owned = dict(session.execute(select(Startup.id, Startup.version)).all())
    eventlog = stack.composition.eventlog
    told = [decode(e.value) for e in eventlog.reader({("startups", 0): 0}).poll(100_000, 0)]
    assert all(e.subjectversion <= owned.get(e.subject, -1) for e in told), (
        "the log is ahead of the owner"
    )
    assert all(version <= owned.get(subject, -1) for subject, version in copies(stack).items()), (
        "a copy is ahead of its owner"
    )
    for service in stack.composition.services.values():
        if service.db is not None:
            with service.db.reading(ADMINISTRATOR) as session:
                for row in session.execute(select(positions)):
                    assert row.next_offset <= eventlog.end(row.topic, row.partition), (
                        service.name,
                        row,
                    )
    return set(owned)
