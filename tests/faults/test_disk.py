"""A full disk and a clock that jumps: clear errors, no corruption, and on we go when space or time
is back.
"""

import json
import os
import subprocess

import pytest
from sqlalchemy import text

from nakodo_client import Refused
from services.matching.population import canonical
from services.matching.replay import in_use, replay
from shared.auth import ADMINISTRATOR
from shared.errors import TryAgain
from shared.eventlog import LogUnavailable
from tests.conftest import Stack, startup_form

FULL = 120_000  # bytes left free when the disk counts as full


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MB of its own; making one needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"no small disk without the right to mount one: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder) -> None:
    """Leaves so little room that the next write-ahead log cannot grow."""
    # nothing left in a buffer that closing would write
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        block = bytes(16_384)
        while True:
            try:
                ballast.write(block)
            except OSError:
                return


def intact(stack) -> None:
    for service in stack.composition.services.values():
        if service.db is not None:
            with service.db.reading(ADMINISTRATOR) as session:
                assert session.scalar(text("PRAGMA integrity_check")) == "ok", service.name


def test_on_a_full_disk_writes_are_refused_cleanly_and_go_on_when_space_returns(small_disk):
    stack = Stack(small_disk / "data")
    client = stack.client()
    client.register("startups", startup_form(id="rei-before"))
    stack.settle()
    fill(small_disk)
    accepted, refused = [], []
    for i in range(200):
        try:
            accepted.append(
                client.register("startups", startup_form(f"Rei {i} (invented)", id=f"rei-{i}"))[
                    "id"
                ]
            )
            stack.relay()
            stack.consume()
        except Refused as error:
            refused.append(error.status)
            break
        except (LogUnavailable, TryAgain, OSError) as error:
            refused.append(type(error).__name__)
            break
        except Exception as error:  # noqa: BLE001 - the driver's own words for a full disk, from a worker's loop
            assert "full" in str(error) or "disk" in str(error), error
            refused.append("full")
            break
    assert refused, "the disk was to be full"
    for i in range(3):
        with pytest.raises(Refused) as told:
            for j in range(100):
                accepted.append(
                    client.register(
                        "startups",
                        startup_form(f"Rei again {i}-{j} (invented)", id=f"rei-again-{i}-{j}"),
                    )["id"]
                )
        assert told.value.status == 503 and told.value.problem["code"] == "unavailable"
    assert client.profile("startups", "rei-before")["id"] == "rei-before", "reading goes on"
    os.unlink(small_disk / "ballast")
    intact(stack)
    accepted.append(client.register("startups", startup_form(id="rei-after"))["id"])
    stack.settle()
    ids = {p["id"] for p in client.get("/api/v1/startups", limit=200)["items"]}
    assert set(accepted) <= ids | {
        p["id"] for p in client.get("/api/v1/startups", limit=200)["items"]
    }
    assert all(client.matches(s) is not None for s in accepted)
    assert replay(stack.matching.db, stack.composition.eventlog, stack.matching.keyring).equal
    intact(stack)
    stack.composition.close()


def test_a_clock_that_jumps_back_and_forth_changes_no_evaluation_of_the_day(stack):
    """Versions, not clocks, order what happens; a day back scores for that day, and the day itself
    again gives the same rows.
    """
    client = stack.load("demo").client()
    client.register("startups", startup_form(id="rei"))
    stack.settle()

    def rows() -> str:
        with stack.matching.db.reading(ADMINISTRATOR) as session:
            return canonical(in_use(session))

    before = rows()
    for days in (-3, 5, -2):
        stack.clock.move(days=days)
        client.add_facts(
            "startups",
            "rei",
            [{"field": "technology", "value": f"Method {days}", "as_of": "2026-11-01"}],
        )
        stack.settle()
    assert client.profile("startups", "rei")["version"] == 4
    startups = [{r["startup"] for r in json.loads(text)} for text in (before, rows())]
    assert startups[0] == startups[1]
    assert replay(stack.matching.db, stack.composition.eventlog, stack.matching.keyring).equal
