"""The restore drill: a backup taken under load, restored, and everybody converges; nothing is ignored, nothing left behind."""

import threading

import pytest
from sqlalchemy import select

from nakodo_client import Refused
from services import operate
from services.backup import BadBackup, backup, restore
from services.matching.models import Copy
from services.matching.population import canonical
from services.matching.replay import in_use, replay
from services.startups.models import Startup
from shared.auth import ADMINISTRATOR
from shared.ids import new_id
from tests.conftest import Stack, mandate_form, startup_form


def rows(stack) -> str:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return canonical(in_use(session))


def copies(stack) -> dict[str, tuple[int, str]]:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return {c.subject: (c.version, c.document["state"]) for c in session.scalars(select(Copy).where(Copy.topic == "startups"))}


def profiles(stack) -> dict[str, tuple[int, str]]:
    with stack.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        return {s.id: (s.version, s.state) for s in session.scalars(select(Startup))}


def test_an_embedded_backup_taken_under_load_is_whole(tmp_path):
    """Writers go on while it is taken; the copy, opened elsewhere, settles, and equals what its own log gives."""
    stack = Stack(tmp_path / "live").load("reference")
    stop, accepted = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            accepted.append(stack.client().register("startups", startup_form(f"Rei {len(accepted)} (invented)"))["id"])
            stack.relay()

    writer = threading.Thread(target=write)
    writer.start()
    made = backup(stack.composition, tmp_path / "copy")
    stop.set()
    writer.join()
    assert set(made["bytes"]) == {"startups", "investors", "programs", "matching", "meetings", "accounts", "notices"}
    stack.settle()
    restore(
        stack.composition.settings.__class__(**(stack.composition.settings.__dict__ | moved(stack, tmp_path / "again"))), tmp_path / "copy"
    )
    again = Stack(tmp_path / "again").settle()
    assert {s for s in profiles(again) if s in accepted} <= set(accepted) and copies(again) == profiles(again)
    assert replay(again.matching.db, again.composition.eventlog, again.matching.keyring).equal
    assert again.client().explain("regcell", "chugai-venture-fund")
    for one in (stack, again):
        one.composition.close()


def moved(stack, folder) -> dict:
    """Settings of the same installation in another folder."""
    old = str(stack.composition.settings.data)
    settings = stack.composition.settings
    return {
        "data": folder,
        "database_url": settings.database_url.replace(old, str(folder)),
        "eventlog_url": settings.eventlog_url.replace(old, str(folder)),
    }


def test_what_is_no_place_for_a_backup_or_a_restore_is_refused(stack, tmp_path):
    stack.load("demo")
    backup(stack.composition, tmp_path / "copy")
    for folder, words in ((tmp_path / "copy", "is not empty"),):
        with pytest.raises(BadBackup, match=words):
            backup(stack.composition, folder)
    with pytest.raises(BadBackup, match="holds no backup.json"):
        restore(stack.composition.settings, tmp_path)
    with pytest.raises(BadBackup, match="--replace"):
        restore(stack.composition.settings, tmp_path / "copy")


def own_list(stack, startup: str) -> list[str]:
    """The mandates in the list that a startup has of its own."""
    return [m["mandate"] for m in stack.client().matches(startup, invented="true")]


def drill(stack, folder, again) -> None:
    """Backs up, goes on writing, restores only the databases, republishes: the log was never turned back."""
    client = stack.client()
    client.register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}})
    client.register("mandates", mandate_form("kari-capital"))
    for i in range(6):
        client.register("startups", startup_form(f"Rei {i} (invented)", id=f"rei-{i}"))
    client.add_facts("startups", "rei-0", [{"field": "blocked_org", "value": "kari-capital", "tier": "private"}])
    stack.settle()
    backup(stack.composition, folder)
    for turn in range(3):
        client.add_facts("startups", "rei-1", [{"field": "stage", "value": ["phase-1", "phase-2", "phase-3"][turn]}])
    client.add_facts("startups", "rei-2", [{"field": "blocked_org", "value": "kari-capital", "tier": "private"}])
    client.register("startups", startup_form("Rei late (invented)", id="rei-late"))
    client.add_facts("mandates", "kari-capital-equity", [{"field": "focus_modality", "value": "rna"}])
    stack.settle()
    stack.composition.close()
    restore(stack.composition.settings, folder, replace=True)
    back = again()
    assert copies(back)["rei-1"][0] < 4, "the matcher's copy is as old as its database"
    told = {name: operate.republish(back.composition, name) for name in ("startups", "investors", "programs", "matching")}
    assert told["startups"].withdrawn == ["rei-late"]
    back.settle()
    assert copies(back) == profiles(back) | {"rei-late": (2, "withdrawn")}
    assert profiles(back)["rei-1"][0] > 4 and len([s for s in profiles(back) if s.startswith("rei-")]) == 6
    with pytest.raises(Refused):
        back.client().explain("rei-late", "kari-capital")
    assert own_list(back, "rei-0") == [], "the private block came back with its key, and acts in its own list"
    assert own_list(back, "rei-2") == ["kari-capital-equity"]
    assert {"rei-0", "rei-2"} <= {m["startup"] for m in back.client().feed("kari-capital", invented="true")}, "no block is told"
    back.client().add_facts("startups", "rei-1", [{"field": "stage", "value": "phase-2"}])
    back.settle()
    assert copies(back)["rei-1"] == profiles(back)["rei-1"], "a change after the drill is not ignored"
    assert replay(back.matching.db, back.composition.eventlog, back.matching.keyring).equal
    back.composition.close()


def test_the_drill_on_the_embedded_log(tmp_path):
    data, log = tmp_path / "data", f"sqlite:///{tmp_path / 'kept.db'}"

    def again() -> Stack:
        return Stack(data, environ={"NAKODO_EVENTLOG_URL": log})

    first = again()
    first.composition.eventlog.db.copy_to = lambda path: None  # the log lives on, as Kafka's does
    drill(first, tmp_path / "copy", again)


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.xdist_group("kafka")
def test_the_drill_on_kafka_and_postgres(tmp_path, kafka, databases):
    environ = {"NAKODO_EVENTLOG_URL": f"{kafka.url}?prefix={new_id()}-", "NAKODO_DATABASE_URL": databases}
    drill(Stack(tmp_path / "data", environ=environ), tmp_path / "copy", lambda: Stack(tmp_path / "data", environ=environ))
