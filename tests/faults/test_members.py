"""Several matchers as one consumer group, on a real Kafka and PostgreSQL: partitions move, members
die, no pair is lost or scored by two.
"""

import random
import threading
import time

import pytest
from sqlalchemy import select, update

from services.matching.members import Fenced, Member
from services.matching.models import Match, Vector
from services.matching.population import canonical
from services.matching.replay import in_use, replay
from shared.auth import ADMINISTRATOR
from shared.ids import new_id
from tests.conftest import Stack, mandate_form, startup_form

pytest.importorskip("kafka", reason="kafka-python is not installed: pip install -e .[kafka]")
pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e .[postgres]")
pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.xdist_group("kafka")]
STARTUPS = 24


@pytest.fixture
def cluster(kafka, databases, tmp_path):
    """The product on Kafka and PostgreSQL without threads, some startups registered and relayed."""
    environ = {
        "NAKODO_EVENTLOG_URL": f"{kafka.url}?prefix={new_id()}-",
        "NAKODO_DATABASE_URL": databases,
    }
    stack = Stack(tmp_path, environ=environ)
    for i in range(STARTUPS):
        stack.client().register("startups", startup_form(f"Rei {i} (invented)", id=f"rei-{i}"))
    stack.relay()
    yield stack
    stack.composition.close()


def member(stack, name: str) -> Member:
    return Member(stack.matching.db, stack.composition.eventlog, stack.matching.keyring, name)


def settled(stack, *members: Member, limit_s: float = 180) -> None:
    """Steps these members, and the follower, until everything has been applied and scored."""
    follower, deadline = stack.matching.consumers[0], time.monotonic() + limit_s
    reader = follower.open()
    while stack.matching.progress.lag():
        assert time.monotonic() < deadline
        if entries := reader.poll(500, 0.05):
            follower.handle(entries)
        for one in members:
            one.step(0.05)
    reader.close()


def shared_out(*members: Member, limit_s: float = 30) -> None:
    """Steps members until each holds a share and all twelve partitions are held once."""
    deadline = time.monotonic() + limit_s
    while sorted(p for m in members for p in m.held) != list(range(12)) or not all(
        m.held for m in members
    ):
        assert time.monotonic() < deadline, [m.held for m in members]
        for one in members:
            one.step(0.2)


def new_mandate(stack, name: str) -> None:
    """A mandate that the follower has applied and no member has scored yet."""
    stack.client().register("investors", {"id": name, "name": {"en": f"{name} (invented)"}})
    stack.client().register("mandates", mandate_form(name))
    stack.relay()
    follower = stack.matching.consumers[0]
    reader = follower.open()
    while follower.lag():
        if entries := reader.poll(500, 0.2):
            follower.handle(entries)
    reader.close()


def scored_against(stack, mandate: str) -> set[str]:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return set(session.scalars(select(Match.startup).where(Match.mandate == mandate)))


def check(stack) -> None:
    """Rows in use equal those computed from the log alone."""
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        before = canonical(in_use(session))
    assert (
        replay(stack.matching.db, stack.composition.eventlog, stack.matching.keyring).equal
        and len(before) > 1000
    )


def test_a_partition_that_moves_between_two_applications_of_one_mandate_loses_no_pair(cluster):
    a, b = member(cluster, "a"), member(cluster, "b")
    new_mandate(cluster, "kari-one")
    settled(cluster, a, b)
    shared_out(a, b)
    everyone = {f"rei-{i}" for i in range(STARTUPS)}
    assert scored_against(cluster, "kari-one-equity") == everyone

    new_mandate(cluster, "kari-two")
    while a.sweep():
        pass
    mine = {
        s for s in everyone if cluster.composition.eventlog.partition_of("startups", s) in a.held
    }
    assert scored_against(cluster, "kari-two-equity") == mine and mine != everyone, (
        "a has applied the mandate, b has not"
    )
    b.leave()
    settled(cluster, a)
    assert scored_against(cluster, "kari-two-equity") == everyone
    assert len(a.held) == 12
    a.leave()
    check(cluster)


def test_a_sweep_goes_on_where_the_last_owner_stopped(cluster, monkeypatch):
    monkeypatch.setattr("services.matching.members.SLICE", 1)
    a, b = member(cluster, "a"), member(cluster, "b")
    new_mandate(cluster, "kari-one")
    settled(cluster, a)
    new_mandate(cluster, "kari-two")
    a.sweep()
    begun = scored_against(cluster, "kari-two-equity")
    assert 0 < len(begun) < STARTUPS
    a.leave()
    settled(cluster, b)
    assert len(scored_against(cluster, "kari-two-equity")) == STARTUPS
    b.leave()
    check(cluster)


def test_a_zombie_writes_nothing_and_joins_anew(cluster):
    zombie, owner = member(cluster, "zombie"), member(cluster, "owner")
    new_mandate(cluster, "kari-one")
    settled(cluster, zombie)
    partition = cluster.composition.eventlog.partition_of("startups", "rei-1")
    owner.seize(partition)
    cluster.client().add_facts("startups", "rei-1", [{"field": "stage", "value": "phase-2"}])
    cluster.relay()
    with cluster.matching.db.reading(ADMINISTRATOR) as session:
        before = canonical(in_use(session))
    with pytest.raises(Fenced):
        for _ in range(50):
            zombie.step(0.2)
    with cluster.matching.db.reading(ADMINISTRATOR) as session:
        assert canonical(in_use(session)) == before
    zombie.leave()
    settled(cluster, zombie)
    zombie.leave()
    check(cluster)


def test_a_partition_taken_and_given_back_within_a_step_is_still_held_after_the_next(
    cluster, monkeypatch
):
    one = member(cluster, "one")
    settled(cluster, one)
    membership, lost = one.membership, one.membership.lost

    def shared_out_anew() -> set[int]:
        """The group's listener is called between the two questions a step asks, as it may be from
        its own thread.
        """
        known, places = lost(), set(membership._given)
        membership.on_partitions_revoked(places)
        membership.on_partitions_assigned(places)
        monkeypatch.undo()
        return known

    monkeypatch.setattr(membership, "lost", shared_out_anew)
    for _ in range(3):
        one.step(0.05)
    assert len(one.held) == 12
    cluster.client().register("startups", startup_form("Rei Late (invented)", id="rei-late"))
    new_mandate(cluster, "kari-one")
    cluster.relay()
    settled(cluster, one)
    assert "rei-late" in scored_against(cluster, "kari-one-equity")
    one.leave()


def test_the_calendar_and_a_calibration_are_caught_up_with_by_whoever_holds_a_partition(cluster):
    a = member(cluster, "a")
    raising = {
        "field": "raise",
        "value": {"state": "not-raising"},
        "valid_from": "2026-11-01",
        "valid_to": "2026-11-30",
    }
    form = startup_form(id="rei-timed", facts=[*startup_form()["facts"], raising])
    cluster.client().register("startups", form)
    new_mandate(cluster, "kari-one")
    settled(cluster, a)

    def states() -> dict[str, str]:
        with cluster.matching.db.reading(ADMINISTRATOR) as session:
            return {s: state for s, state in session.execute(select(Match.startup, Match.state))}

    assert states()["rei-timed"] == "near-miss" and states()["rei-1"] == "match"
    cluster.clock.move(days=12)
    settled(cluster, a)
    assert states()["rei-timed"] == "match"
    with cluster.matching.db.transaction(ADMINISTRATOR) as session:
        session.execute(update(Vector).values(calibration="another"))
        session.execute(update(Match).values(score=99.0))
    settled(cluster, a)
    a.leave()
    check(cluster)


def test_one_then_three_then_two_members_under_load(cluster):
    """Members join and leave while startups and mandates change; afterwards every row is what the
    log alone gives.
    """
    dice, stops, threads = random.Random(5), [], []
    stop_follower = threading.Event()
    follower = threading.Thread(target=cluster.matching.consumers[0].run, args=(stop_follower,))
    follower.start()

    def join(name: str) -> None:
        stops.append(threading.Event())
        threads.append(threading.Thread(target=member(cluster, name).run, args=(stops[-1],)))
        threads[-1].start()

    join("a")
    for turn in range(60):
        if turn in (10, 20):
            join(f"m{turn}")
        if turn == 40:
            stops[0].set()
        if turn % 12 == 5:
            name = f"kari-{turn}"
            cluster.client().register(
                "investors", {"id": name, "name": {"en": f"{name} (invented)"}}
            )
            cluster.client().register("mandates", mandate_form(name))
        slug = f"rei-{dice.randrange(STARTUPS)}"
        cluster.client().add_facts(
            "startups",
            slug,
            [{"field": "stage", "value": dice.choice(["phase-1", "phase-2", "ind-enabling"])}],
        )
        cluster.relay()
        time.sleep(0.1)
    deadline = time.monotonic() + 60
    while cluster.matching.progress.lag():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    with cluster.matching.db.reading(ADMINISTRATOR) as session:
        owners = set(session.scalars(select(Vector.member)))
    [s.set() for s in [*stops, stop_follower]]
    [t.join(20) for t in [*threads, follower]]
    assert len(owners) == 2
    check(cluster)
