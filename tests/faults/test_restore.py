"""The restore drill: a backup taken under load, restored, and everybody converges; nothing is
ignored, nothing left behind.
"""

import json
import threading
from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from nakodo_client import Refused
from services import operate
from services.accounts import actions, membership, personal
from services.accounts.models import ApiClient, Claim, LogIn, Membership, Person
from services.backup import BadBackup, backup, restore
from services.matching.models import Copy
from services.matching.population import canonical
from services.matching.replay import in_use, replay
from services.startups.models import Startup
from shared.access import Revocations
from shared.auth import ADMINISTRATOR, PLATFORM, Actor
from shared.errors import Unauthorized
from shared.eventlog import Record
from shared.eventlog.topics import WRITERS
from shared.events import CATALOGUE, decode, encode
from shared.events.catalogue import example
from shared.ids import new_id
from tests.conftest import TODAY, Stack, mandate_form, startup_form
from tests.world import fill


def rows(stack) -> str:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return canonical(in_use(session))


def copies(stack) -> dict[str, tuple[int, str]]:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return {
            c.subject: (c.version, c.document["state"])
            for c in session.scalars(select(Copy).where(Copy.topic == "startups"))
        }


def profiles(stack) -> dict[str, tuple[int, str]]:
    with stack.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        return {s.id: (s.version, s.state) for s in session.scalars(select(Startup))}


def test_an_embedded_backup_taken_under_load_is_whole(tmp_path):
    """Writers go on while it is taken; the copy, opened elsewhere, settles, and equals what its own
    log gives.
    """
    stack = Stack(tmp_path / "live").load("reference")
    stop, accepted = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            accepted.append(
                stack.client().register(
                    "startups", startup_form(f"Rei {len(accepted)} (invented)")
                )["id"]
            )
            stack.relay()

    writer = threading.Thread(target=write)
    writer.start()
    made = backup(stack.composition, tmp_path / "copy")
    stop.set()
    writer.join()
    assert set(made["bytes"]) == {
        "startups",
        "investors",
        "programs",
        "matching",
        "meetings",
        "accounts",
        "notices",
    }
    stack.settle()
    restore(
        stack.composition.settings.__class__(
            **(stack.composition.settings.__dict__ | moved(stack, tmp_path / "again"))
        ),
        tmp_path / "copy",
    )
    again = Stack(tmp_path / "again").settle()
    assert {s for s in profiles(again) if s in accepted} <= set(accepted) and copies(
        again
    ) == profiles(again)
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
    """Backs up, goes on writing, restores only the databases, republishes: the log was never turned
    back.
    """
    client = stack.client()
    client.register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}})
    client.register("mandates", mandate_form("kari-capital"))
    for i in range(6):
        client.register("startups", startup_form(f"Rei {i} (invented)", id=f"rei-{i}"))
    client.add_facts(
        "startups", "rei-0", [{"field": "blocked_org", "value": "kari-capital", "tier": "private"}]
    )
    stack.settle()
    backup(stack.composition, folder)
    for turn in range(3):
        client.add_facts(
            "startups",
            "rei-1",
            [{"field": "stage", "value": ["phase-1", "phase-2", "phase-3"][turn]}],
        )
    client.add_facts(
        "startups", "rei-2", [{"field": "blocked_org", "value": "kari-capital", "tier": "private"}]
    )
    client.register("startups", startup_form("Rei late (invented)", id="rei-late"))
    client.add_facts(
        "mandates", "kari-capital-equity", [{"field": "focus_modality", "value": "rna"}]
    )
    stack.settle()
    stack.composition.close()
    restore(stack.composition.settings, folder, replace=True)
    back = again()
    assert copies(back)["rei-1"][0] < 4, "the matcher's copy is as old as its database"
    told = {
        name: operate.republish(back.composition, name)
        for name in ("accounts", "startups", "investors", "programs", "matching")
    }
    assert told["startups"].withdrawn == ["rei-late"]
    back.settle()
    assert copies(back) == profiles(back) | {"rei-late": (2, "withdrawn")}
    assert (
        profiles(back)["rei-1"][0] > 4
        and len([s for s in profiles(back) if s.startswith("rei-")]) == 6
    )
    with pytest.raises(Refused):
        back.client().explain("rei-late", "kari-capital")
    assert own_list(back, "rei-0") == [], (
        "the private block came back with its key, and acts in its own list"
    )
    assert own_list(back, "rei-2") == ["kari-capital-equity"]
    assert {"rei-0", "rei-2"} <= {
        m["startup"] for m in back.client().feed("kari-capital", invented="true")
    }, "no block is told"
    back.client().add_facts("startups", "rei-1", [{"field": "stage", "value": "phase-2"}])
    back.settle()
    assert copies(back)["rei-1"] == profiles(back)["rei-1"], (
        "a change after the drill is not ignored"
    )
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
    environ = {
        "NAKODO_EVENTLOG_URL": f"{kafka.url}?prefix={new_id()}-",
        "NAKODO_DATABASE_URL": databases,
    }
    drill(
        Stack(tmp_path / "data", environ=environ),
        tmp_path / "copy",
        lambda: Stack(tmp_path / "data", environ=environ),
    )


# -- whatever the log knows newer than a restored database


# each type of event to the table that counts its subject's versions; types of one subject share it
LIFTED = {
    "startup": "startups",
    "investor": "investors",
    "mandate": "mandates",
    "site": "sites",
    "provider": "providers",
    "program": "programs",
    "access": "people",
    "ask": "asks",
    "decision": "decisions",
    "introduction": "introductions",
    "meeting": "meetings",
    "cohort": "cohorts",
    "application": "applications",
    "review": "reviews",
    "consultation": "consultations",
    "mentoring": "office_hours",
    "kpi": "entries",
    "placement": "placements",
    "exposure": "screened",
}
COUNTED_BY_TIME = {"edition", "calibration"}  # the hour they are made for is their number
ONCE = {"claim"}  # a subject of one event
BY_PAIR = {"matches"}  # `matching.lift` raises `evaluated`; the drill above follows it


def test_every_kind_of_subject_is_numbered_above_the_log_again(tmp_path):
    """The log has gone on for each subject of each type since the backup: after `republish` every
    table counts from there.
    """
    kinds = {event_type.split(".")[0] for event_type in CATALOGUE}
    assert kinds == set(LIFTED) | COUNTED_BY_TIME | ONCE | BY_PAIR, (
        "a new type of event says here which table is lifted"
    )
    stack = Stack(tmp_path)
    rows, ahead = {}, {}
    for name in WRITERS:
        service = stack.composition.services[name]
        made = fill(name, service)
        if name == "matching":
            made["screened"] = [(screened(service), "")]
        for kind, table in LIFTED.items():
            if made.get(table):
                rows[kind] = service, service.models.metadata.tables[table], made[table][0][0]
    assert set(rows) == set(LIFTED)
    for kind, (_, table, row) in rows.items():
        (key,) = table.primary_key.columns
        event_type = next(t for t in CATALOGUE if t.split(".")[0] == kind and "secrets" not in t)
        told = decode(json.dumps(example(event_type)))
        ahead[kind] = replace(told, subject=row[key.name], subjectversion=row["version"] + 50)
    log = stack.composition.eventlog
    log.append([Record(e.topic, e.subject, encode(e)) for e in ahead.values()])
    for name in WRITERS:
        operate.republish(stack.composition, name)
    for kind, (service, table, _) in rows.items():
        (key,) = table.primary_key.columns
        with service.db.reading(ADMINISTRATOR) as session:
            version = session.scalar(select(table.c.version).where(key == ahead[kind].subject))
        assert version >= ahead[kind].subjectversion, kind
    stack.composition.close()


def screened(service) -> dict:
    row = {"startup": "v-bio", "version": 1, "outcome": "clear", "at": TODAY}
    with service.db.transaction(ADMINISTRATOR) as session:
        session.execute(insert(service.models.metadata.tables["screened"]).values(row))
    return row


class Offices:
    """Accounts as a backup had it, a log that has gone on, and what the other services believe."""

    def __init__(self, folder):
        self.folder, self.log = folder, f"sqlite:///{folder / 'kept.db'}"
        self.stack = self.again()
        self.stack.composition.eventlog.db.copy_to = lambda path: None

    def again(self) -> Stack:
        return Stack(self.folder / "data", environ={"NAKODO_EVENTLOG_URL": self.log})

    @property
    def db(self):
        return self.stack.composition.services["accounts"].db

    def act(self, act):
        with self.db.transaction(ADMINISTRATOR) as session:
            return act(session)

    def person(self, name: str) -> Person:
        return self.act(lambda s: self._joined(s, name))

    @staticmethod
    def _joined(session, name: str) -> str:
        person = actions.add_person(session, f"{name}@kari.co.jp", name, "ja", None)
        actions.join(session, person, "kari-fund", ["reviewer", "startup"], owner=True)
        return person.id

    def held(self, person: str) -> list[str]:
        rows = select(Membership).where(Membership.person == person, Membership.state == "active")
        return self.act(lambda s: [f"{m.org} {' '.join(m.roles)}" for m in s.scalars(rows)])

    def refused(self, subject: str, issued: float) -> bool:
        """Whether another service refuses a token of this subject made at an instant."""
        service = self.stack.composition.services["programs"]
        try:
            Revocations(service.db).refuse(
                Actor(subject, "kari-fund", frozenset(), subject, issued=issued)
            )
        except Unauthorized:
            return True
        return False


@pytest.fixture
def offices(tmp_path):
    made = Offices(tmp_path)
    yield made
    made.stack.composition.close()


def test_a_restore_brings_nobody_back_and_the_next_revocation_is_heard(offices):
    """Whoever was removed, signed out, ended or erased after the backup stays so; nobody's next
    revocation is ignored as old.
    """
    gone, stays, erased, less = (offices.person(n) for n in ("gone", "stays", "erased", "less"))
    handle, login = offices.act(lambda s: actions.begin(s, s.get(Person, stays), "kari-fund", True))
    client = offices.act(lambda s: add_client_of(s, gone))
    offices.stack.settle()
    backup(offices.stack.composition, offices.folder / "copy")
    offices.act(lambda s: membership.leave(s, member(s, gone)))
    offices.act(lambda s: personal.erase(s, s.get(Person, erased)))
    offices.act(lambda s: actions.sign_out(s, handle))
    offices.act(lambda s: reduced(s, less))
    for _ in range(3):
        offices.act(lambda s: actions.tell(s, s.get(Person, stays), revoke=True))
    late = offices.person("late")
    offices.stack.settle()
    offices.stack.composition.close()
    restore(offices.stack.composition.settings, offices.folder / "copy", replace=True)
    offices.stack = offices.again()
    assert offices.held(gone), "the backup knows nothing of it"
    done = operate.republish(offices.stack.composition, "accounts")
    offices.stack.settle()
    assert done.withdrawn == [late]
    assert (offices.held(gone), offices.held(erased)) == ([], []) and offices.held(less) == [
        "kari-fund reviewer"
    ]
    assert offices.held(stays) == ["kari-fund reviewer startup"]
    now = offices.stack.clock.now().timestamp()
    with offices.db.reading(ADMINISTRATOR) as session:
        assert session.get(Person, erased).email.endswith("@erased.invalid")
        assert session.get(LogIn, login.id).ended_at and session.get(ApiClient, client).ended_at
        before = session.get(Person, stays).revoked_before
    assert before and all(offices.refused(s, now) for s in (late, client, login.id))
    offices.stack.clock.move(hours=1)
    assert not offices.refused(stays, now + 60)
    offices.act(lambda s: actions.tell(s, s.get(Person, stays), revoke=True))
    offices.stack.settle()
    assert offices.refused(stays, now + 60), (
        "the first revocation after the restore is in force in every service"
    )


def test_a_claim_that_was_approved_after_the_backup_has_its_owner_after_a_restore(offices):
    """The profile's service hears the event again: without this its new owner would have no people,
    and nobody could claim it.
    """
    person = offices.act(
        lambda s: actions.add_person(s, "hoshi@hoshi.co.jp", "hoshi", "ja", None).id
    )
    claim = offices.stack.client(Actor(person, person)).post(
        "/api/v1/claims", {"kind": "startup", "name": "Hoshi Bio"}
    )
    offices.stack.settle()
    backup(offices.stack.composition, offices.folder / "copy")
    staff = Actor("staff", PLATFORM, frozenset({"staff"}))
    offices.stack.client(staff).post(f"/api/v1/claims/{claim['id']}/decision", {"approve": True})
    offices.stack.settle()
    offices.stack.composition.close()
    restore(offices.stack.composition.settings, offices.folder / "copy", replace=True)
    offices.stack = offices.again()
    assert offices.held(person) == []
    operate.republish(offices.stack.composition, "accounts")
    assert offices.held(person) == ["hoshi-bio startup"]
    assert offices.act(lambda s: s.get(Claim, claim["id"]).state) == "approved"


def member(session, person: str) -> Membership:
    return session.scalar(select(Membership).where(Membership.person == person))


def reduced(session, person: str) -> None:
    member(session, person).roles = ["reviewer"]
    session.flush()
    actions.tell(session, session.get(Person, person), revoke=True)


def add_client_of(session, person: str) -> str:
    row = ApiClient(
        id=new_id(), org="kari-fund", name="kari", roles=["reviewer"], secret="", created_by=person
    )
    row.created_at, row.version = session.info["now"], 0
    session.add(row)
    return row.id
