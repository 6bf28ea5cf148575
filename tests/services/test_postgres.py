"""PostgreSQL: the same product, one relay and one matcher, writers in line, and a clean answer
while it is away.
"""

import threading
import time

import pytest

from nakodo_client import Refused
from services.matching.population import canonical
from services.matching.replay import in_use
from services.up import Composition
from shared.auth import ADMINISTRATOR, Actor
from shared.migrate import behind
from shared.ops import Ops
from shared.service import Work
from shared.settings import load
from tests.conftest import Stack, mandate_form, reference, startup_form

psycopg = pytest.importorskip(
    "psycopg", reason="psycopg is not installed: pip install -e .[postgres]"
)
pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres")]


@pytest.fixture
def served(databases, tmp_path):
    """The product on PostgreSQL, without threads."""
    stack = Stack(tmp_path, environ={"NAKODO_DATABASE_URL": databases})
    yield stack
    stack.composition.close()


def test_evaluations_on_postgres_equal_those_on_sqlite_byte_for_byte(real, served):
    for folder in ("reference", "demo"):
        reference.load(served.client(), folder, lambda *_: None)
    served.settle()
    told = []
    for matching in (served.matching, real.matching):
        with matching.db.reading(ADMINISTRATOR) as session:
            told.append(canonical(in_use(session)))
    assert told[0] == told[1] and len(told[0]) > 10_000
    feeds = [
        [m["startup"] for m in client.feed("taiho-ventures")]
        for client in (served.client(), real.client())
    ]
    assert feeds[0] == feeds[1]
    assert all(
        not behind(s.db, s.models, s.name)
        for s in served.composition.services.values()
        if s.db is not None
    )


def test_concurrent_writers_lose_nothing_and_versions_follow_each_other(served):
    client = served.client()
    client.register("startups", startup_form(id="rei-bio"))
    refused, threads = [], []

    def write(n):
        try:
            served.client().add_facts(
                "startups", "rei-bio", [{"field": "technology", "value": f"Method {n}"}]
            )
        except Refused as error:
            refused.append(error)

    for n in range(24):
        threads.append(threading.Thread(target=write, args=(n,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    profile = client.profile("startups", "rei-bio")
    assert not refused and profile["version"] == 25
    assert len([f for f in profile["facts"] if f["field"] == "technology"]) == 24
    with served.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        versions = [
            v
            for (v,) in session.connection().exec_driver_sql(
                "SELECT (value::json->>'subjectversion')::int FROM outbox ORDER BY id"
            )
        ]
    assert versions == list(range(1, 26)), "outbox ids follow commit order"


def test_one_works_and_the_other_takes_over_when_its_connection_is_gone(
    served, postgres, databases, tmp_path
):
    other = Composition(
        load({"NAKODO_DATABASE_URL": databases}, data=tmp_path / "other-machine"), served.clock
    )
    first, second = (
        Work([c.services["startups"]], tmp_path / n)
        for c, n in ((served.composition, "locks-1"), (other, "locks-2"))
    )
    first.start()
    wait_for(lambda: leading(first))
    second.start()
    time.sleep(1.5)
    assert leading(first) and not leading(second)
    first.finish()
    wait_for(lambda: leading(second))
    before = leading(second)
    postgres.sql(
        "startups", "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    )
    wait_for(lambda: leading(second) and leading(second) is not before)
    assert not before.is_alive()
    second.finish()
    assert not second.failed
    other.close()


def leading(work: Work) -> threading.Thread | None:
    """The relay's thread of a worker that leads."""
    return next((t for t in work.threads if t.name == "startups relay" and t.is_alive()), None)


def wait_for(reached, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_while_the_database_is_away_answers_are_503_and_nothing_is_lost(served, postgres):
    client = served.client()
    client.register("startups", startup_form(id="rei-one"))
    postgres.stop()
    try:
        with pytest.raises(Refused) as refused:
            client.register("startups", startup_form(id="rei-two"))
        assert refused.value.status == 503
    finally:
        postgres.start()
    client.register("startups", startup_form(id="rei-two"))
    assert client.profile("startups", "rei-one") and client.profile("startups", "rei-two")


def test_old_and_new_code_write_side_by_side_while_a_column_is_added_and_taken_away(served):
    """Expand and contract: the database goes ahead of old code, which stays ready and writes on;
    new code uses the new column.
    """
    old, db = served.client(), served.composition.services["startups"].db
    stop, accepted, refused = threading.Event(), [], []

    def write() -> None:
        while not stop.is_set():
            try:
                accepted.append(
                    old.register("startups", startup_form(f"Rei {len(accepted)} (invented)"))["id"]
                )
            except Refused as error:
                refused.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.5)
        with db.engine.begin() as connection:  # the next release's migration: expand
            connection.exec_driver_sql("ALTER TABLE startups ADD COLUMN motto VARCHAR(80)")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
        time.sleep(0.5)
        seen = len(accepted)
        with db.engine.begin() as connection:  # the next release's code
            connection.exec_driver_sql(
                "UPDATE startups SET motto = 'new' WHERE id = %(id)s", {"id": accepted[0]}
            )
        assert Ops([served.composition.services["startups"]]).problems() == {}, (
            "old code does not mind a database that is ahead"
        )
        old.add_facts("startups", accepted[0], [{"field": "stage", "value": "phase-1"}])
        served.composition.migrate()  # an old worker that restarts leaves the newer database alone
        time.sleep(0.5)
    finally:
        stop.set()
        writer.join()
    assert refused == [] and len(accepted) > seen > 0
    with db.engine.begin() as connection:
        assert (
            connection.exec_driver_sql(
                "SELECT motto FROM startups WHERE id = %(id)s", {"id": accepted[0]}
            ).scalar()
            == "new"
        )
        # contract, once the old code is gone
        connection.exec_driver_sql("ALTER TABLE startups DROP COLUMN motto")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
    assert old.profile("startups", accepted[-1])


def at_once(calls: list) -> list:
    """What calls answer that begin together: a value each, or the refusal."""
    gate, told = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n):
        gate.wait()
        try:
            told[n] = calls[n]()
        except Refused as refusal:
            told[n] = refusal

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return told


def funds(stack, count: int) -> list[Actor]:
    for n in range(count):
        stack.client().register(
            "investors",
            {"id": f"fund-{n}", "name": {"en": f"Fund {n} (invented)"}, "owner": f"fund-{n}"},
        )
        stack.client().register("mandates", mandate_form(f"fund-{n}", owner=f"fund-{n}"))
    stack.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    stack.settle()
    return [Actor(f"reviewer-{n}", f"fund-{n}", frozenset({"reviewer"})) for n in range(count)]


def test_of_reviewers_who_decide_at_once_one_wins_and_the_rest_are_told(served):
    funds(served, 1)
    form = {
        "startup": "rei-bio",
        "mandate": "fund-0-equity",
        "state": "pass",
        "reason": "valuation",
    }
    team = [Actor(f"reviewer-{n}", "fund-0", frozenset({"reviewer"})) for n in range(8)]
    headers = {"If-Match": '"0"'}
    told = at_once(
        [
            lambda a=a: (
                served.client(a)
                .request("POST", "/api/v1/decisions", json=form, headers=headers)
                .json()
            )
            for a in team
        ]
    )
    won = [t for t in told if isinstance(t, dict)]
    assert len(won) == 1 and {t.status for t in told if isinstance(t, Refused)} == {412}
    (row,) = served.client(team[0]).decisions()
    assert (row["by"], row["version"]) == (won[0]["by"], 1)
    again = at_once(
        [lambda a=a: served.client(a).decide("rei-bio", "fund-0-equity", "advance") for a in team]
    )
    assert sum(isinstance(t, dict) for t in again) == 1 and {
        t.problem["code"] for t in again if isinstance(t, Refused)
    } == {"illegal-step"}
    with served.matching.db.reading(ADMINISTRATOR) as session:
        states = [
            s
            for (s,) in session.connection().exec_driver_sql(
                "SELECT value::json->'data'->>'state' FROM outbox WHERE topic = 'decisions' ORDER"
                " BY id"
            )
        ]
    assert states == [
        "pass",
        "advance",
    ], "an event for each step that counted, and none for those that did not"


def test_questions_put_at_once_are_one_and_an_answer_between_them_leaves_nobody_out(served):
    team = funds(served, 9)
    told = at_once(
        [lambda a=a: served.client(a).ask("rei-bio", f"{a.org}-equity", "cheque") for a in team[:6]]
    )
    assert len({t["id"] for t in told}) == 1
    founder = served.client(Actor("founder", "rei-bio", frozenset({"startup"})))
    (question,) = founder.asks("rei-bio")
    assert question["mandates"] == 6
    fact = {
        "field": "raise",
        "value": {"state": "raising", "amount": 500_000_000, "currency": "JPY"},
        "answers": question["id"],
    }
    founder.add_facts("startups", "rei-bio", [fact])
    late = at_once(
        [
            served.settle,
            *[
                lambda a=a: served.client(a).ask("rei-bio", f"{a.org}-equity", "cheque")
                for a in team[6:]
            ],
        ]
    )
    served.settle()
    states = {a.org: [q["state"] for q in served.client(a).asks()] for a in team}
    assert all(states[a.org] == ["answered"] for a in team[:6])
    for actor, outcome in zip(team[6:], late[1:], strict=True):
        if isinstance(outcome, Refused):
            assert outcome.problem["code"] == "nothing-to-ask" and states[actor.org] == [], (
                "the answer was there first"
            )
        else:
            assert states[actor.org] in (["answered"], ["open"]) and (
                states[actor.org] == ["answered"] or founder.asks("rei-bio")
            )


def test_two_who_accept_or_decline_at_once_leave_one_outcome_and_nothing_half_done(served):
    (reviewer,) = funds(served, 1)
    team = [Actor(f"founder-{n}", "rei-bio", frozenset({"startup"})) for n in range(6)]
    made = served.client(reviewer).introduce("rei-bio", "fund-0-equity")
    version = served.client(team[0]).introduction(made["id"])["version"]
    acts = ["accept", "decline"] * 3
    told = at_once(
        [
            lambda a=a, act=act: served.client(a).step(made["id"], act, version)
            for a, act in zip(team, acts, strict=True)
        ]
    )
    (won,) = [t for t in told if isinstance(t, dict)]
    assert {t.status for t in told if isinstance(t, Refused)} <= {409, 412} and sum(
        isinstance(t, Refused) for t in told
    ) == 5
    assert served.client(team[0]).introduction(made["id"])["state"] == won["state"]
    with served.composition.services["meetings"].db.reading(ADMINISTRATOR) as session:
        query = (
            "SELECT value::json->'data'->>'state' FROM outbox WHERE topic = 'introductions' ORDER"
            " BY id"
        )
        states = [state for (state,) in session.connection().exec_driver_sql(query)]
    assert states == ["awaits-startup"] + (["introduced"] if won["state"] == "introduced" else [])


def test_both_sides_accept_a_proposal_at_once_and_both_requests_for_a_pair_are_one(served):
    (reviewer,) = funds(served, 1)
    founder, staff = (
        Actor("founder", "rei-bio", frozenset({"startup"})),
        Actor("staff", "nakodo", frozenset({"staff"})),
    )
    asked = at_once(
        [
            lambda a=a: served.client(a).introduce("rei-bio", "fund-0-equity")
            for a in (reviewer, founder, staff)
        ]
    )
    (made,) = [t for t in asked if isinstance(t, dict)]
    assert {t.problem["code"] for t in asked if isinstance(t, Refused)} == {"introduction-open"}
    sides = [
        a
        for a in (reviewer, founder)
        if "accept" in [*served.client(a).introduction(made["id"])["legal"]]
    ]
    told = at_once([lambda a=a: served.client(a).step(made["id"], "accept") for a in sides])
    assert (
        all(isinstance(t, dict) for t in told)
        and served.client(founder).introduction(made["id"])["state"] == "introduced"
    )
