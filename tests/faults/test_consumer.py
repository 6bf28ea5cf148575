"""Events that fail: parked with their cause, neighbours go on, nothing applied twice, nothing half
done.
"""

import json
import threading
import time

import pytest
from sqlalchemy import select

from services import operate
from services.matching import reactions
from shared import access
from shared.auth import ADMINISTRATOR
from shared.consumer import Consumer, redrive
from shared.errors import InvalidEvent, NotFound, TryAgain
from shared.eventlog import PositionOutside, Record
from shared.events import Event, encode
from shared.events.catalogue import example
from shared.service import Work
from shared.tables import dead_letters, high_water, outbox, positions, revocations
from tests.conftest import Stack, startup_form


def letters(stack):
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return session.execute(select(dead_letters)).all()


def consume_stubbornly(stack, rounds=10):
    """Consumes as the loop does: whatever may work later is tried again from the stored
    position.
    """
    for _ in range(rounds):
        try:
            stack.consume()
            return
        except TryAgain:
            continue


def test_poison_is_parked_with_its_cause_and_its_neighbours_go_on(stack):
    client = stack.client()
    client.register("startups", startup_form(id="rei-1"))
    stack.relay()
    poison = [
        "{",
        '{"type":"startup.registered.v1"}',
        '{"type":"nobody.knows.v1"}',
        "null",
        "[]",
        "x" * 100_000,
    ]
    stack.composition.eventlog.append(
        [Record("startups", f"poison-{i}", value) for i, value in enumerate(poison)]
    )
    client.register("startups", startup_form(id="rei-2"))
    stack.settle()
    assert {m for m in ("rei-1", "rei-2") if client.matches(m) is not None} == {"rei-1", "rei-2"}
    parked = letters(stack)
    assert len(parked) == len(poison) and all(
        p.cause == "InvalidEvent" and p.detail for p in parked
    )
    assert stack.matching.progress.lag() == 0


def test_an_exception_without_a_name_is_tried_five_times_then_parked_and_can_be_redriven(
    stack, monkeypatch
):
    client = stack.client()
    tried = []

    def broken(session, event):
        tried.append(event.subject)
        if event.subject == "rei-bad":
            raise ValueError("a bug")
        reactions.on_profile(session, event)

    consumer = stack.member.consumer
    consumer.reactions = dict(consumer.reactions) | {"startup.registered.v1": broken}
    for slug in ("rei-1", "rei-bad", "rei-2"):
        client.register("startups", startup_form(id=slug))
    stack.relay()
    consume_stubbornly(stack)
    parked = letters(stack)
    assert [p.subject for p in parked] == ["rei-bad"] and parked[0].cause == "ValueError"
    assert client.search("Rei Bio")
    consumer.reactions = reactions.REACTIONS
    assert redrive(stack.matching.db, consumer, parked[0].id) and letters(stack) == []
    assert client.matches("rei-bad") is not None
    assert not redrive(stack.matching.db, consumer, parked[0].id)


def test_a_later_event_of_the_subject_replaces_the_parked_one(stack):
    client = stack.client()
    stack.composition.eventlog.append([Record("startups", "rei", "{")])
    stack.consume()
    assert len(letters(stack)) == 1
    client.register("startups", startup_form(id="rei"))
    stack.settle()
    assert letters(stack) == []


def test_what_may_work_later_blocks_its_place_and_loses_nothing(stack):
    client = stack.client()
    consumer = stack.member.consumer
    away = [True]
    prepare = consumer.prepare

    def keys_away(events):
        if away[0]:
            raise TryAgain("keys cannot be reached")
        prepare(events)

    consumer.prepare = keys_away
    client.register("startups", startup_form(id="rei"))
    stack.relay()
    for _ in range(8):
        with pytest.raises(TryAgain):
            stack.consume()
    assert letters(stack) == [] and stack.matching.progress.lag() > 0
    away[0] = False
    stack.settle()
    assert client.matches("rei") is not None and stack.matching.progress.lag() == 0


def test_effects_and_position_stand_or_fall_together(stack):
    client = stack.client()
    client.register("startups", startup_form(id="rei"))
    stack.relay()
    consumer = stack.member.consumer
    remember = consumer._remember
    consumer._remember = lambda *a: (_ for _ in ()).throw(TryAgain("crash before commit"))
    with pytest.raises(TryAgain):
        stack.consume()
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        assert (
            session.execute(select(positions)).all() == []
            and session.execute(select(high_water)).all() == []
        )
        assert session.execute(select(outbox)).all() == []
    consumer._remember = remember
    stack.settle()
    assert client.matches("rei") is not None


def test_a_hundred_deliveries_have_one_effect(stack):
    client = stack.client()
    client.register("startups", startup_form(id="rei"))
    stack.settle()
    entry = stack.composition.eventlog.reader({("startups", 0): 0}).poll(1, 0)[0]
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        before = len(session.execute(select(outbox)).all())
    stack.composition.eventlog.append([Record("startups", "rei", entry.value)] * 100)
    stack.settle()
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        assert len(session.execute(select(outbox)).all()) == before


def test_another_log_stops_the_consumer_instead_of_resetting_it(stack, tmp_path):
    client = stack.client()
    client.register("startups", startup_form(id="rei"))
    stack.settle()
    other = Stack(tmp_path / "other")
    stranger = Consumer(
        "matching", stack.matching.db, other.composition.eventlog, reactions.TOPICS, {}
    )
    with pytest.raises(PositionOutside):
        stranger.open()


def test_the_relay_publishes_again_after_a_crash_and_consumers_ignore_the_second(stack):
    from sqlalchemy import update

    client = stack.client()
    client.register("startups", startup_form(id="rei"))
    stack.settle()
    with stack.composition.services["startups"].db.transaction(ADMINISTRATOR) as session:
        session.execute(update(outbox).values(published_at=None))
    stack.settle()
    assert stack.composition.eventlog.end("startups", 0) == 2
    log = stack.composition.eventlog.reader({("startups", 0): 0}).poll(10, 0)
    assert json.loads(log[0].value)["id"] == json.loads(log[1].value)["id"]
    assert stack.matching.progress.lag() == 0 and letters(stack) == []


def test_timers_fire_once_and_in_order(stack):
    from datetime import timedelta

    from shared import timers

    db, fired = stack.matching.db, []
    keeper = timers.Timekeeper(
        "matching", db, {"wake": lambda session, subject: fired.append(subject)}
    )
    with db.transaction(ADMINISTRATOR) as session:
        for i, minutes in enumerate((5, 1, 90)):
            timers.at(session, session.info["now"] + timedelta(minutes=minutes), "wake", f"s{i}")
        timers.at(session, session.info["now"] + timedelta(minutes=2), "wake", "s0")
    assert keeper.fire_due() == 0
    stack.clock.move(minutes=10)
    assert keeper.fire_due() == 2 and fired == ["s1", "s0"] and keeper.fire_due() == 0


def test_a_loop_that_ends_by_an_error_begins_anew_and_one_that_needs_a_person_does_not(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("shared.service.AGAIN_S", (0.01, 0.02))
    work, begun, stop = Work([], tmp_path), [], threading.Event()

    def shaky(stop: threading.Event) -> None:
        begun.append(dict(work.failed))
        if len(begun) < 4:
            raise KeyError("a library lost its place")
        stop.wait(10)

    def halted(stop: threading.Event) -> None:
        begun.append("halted")
        raise PositionOutside("another log")

    shaking = work._thread("shaky", shaky, stop)
    deadline = time.monotonic() + 10
    while len(begun) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert begun == [{}] * 4 and work.failed == {} and shaking.is_alive()
    work._thread("halted", halted, stop).join(10)
    assert begun[4:] == ["halted"] and "another log" in work.failed["halted"]
    stop.set()
    shaking.join(10)
    assert not shaking.is_alive()


def test_loops_that_services_begin_at_once_are_all_known_to_figures_and_to_the_end(
    tmp_path, monkeypatch
):
    """Every service begins its loops in a thread of its own, so several add to the list in the same
    moment.
    """
    work, stop = Work([], tmp_path), threading.Event()
    begin = threading.Thread.start

    def slowly(thread: threading.Thread) -> None:
        time.sleep(0.01)
        begin(thread)

    def start(service: str) -> None:
        for n in range(5):
            work._thread(f"{service} loop-{n}", lambda stop: stop.wait(10), stop)

    starts = [threading.Thread(target=start, args=(f"s{n}",)) for n in range(8)]
    [t.start() for t in starts]
    monkeypatch.setattr(threading.Thread, "start", slowly)
    [t.join() for t in starts]
    named = [name for n in range(8) for (name,) in work._loops_of(f"s{n}")()]
    stop.set()
    [t.join(10) for t in work.threads]
    assert len(named) == 40


def revoked(stack, person: str, version: int) -> Record:
    data = {
        "id": person,
        "kind": "person",
        "state": "active",
        "memberships": [],
        "revoked_before": "2026-11-22T03:00:00+00:00",
    }
    at = stack.clock.now()
    return Record(
        "access", person, encode(Event("access.changed.v1", "accounts", person, version, at, data))
    )


def test_a_parked_revocation_is_retried_by_its_own_service_and_consumer_and_is_in_force_then(
    stack, monkeypatch
):
    """Every service's letters are listed; a retry runs the very reaction that failed, and says so
    where it fails again.
    """
    broken = {"on": True}

    def on_access(session, event):
        if broken["on"]:
            raise ValueError("a bug")
        return access.on_access_(session, event)

    monkeypatch.setattr(access, "on_access_", access.on_access, raising=False)
    monkeypatch.setattr(access, "on_access", on_access)
    stack.composition.eventlog.append([revoked(stack, "sakura", 1)])
    consume_stubbornly(stack, 60)
    parked = operate.stalled_rows(stack.composition)
    services = {
        n
        for n, s in stack.composition.services.items()
        if s.db is not None and any(c.name == "access" for c in s.consumers)
    }
    assert {r["ref"].split("/")[0] for r in parked if r["place"] == "access"} >= services - {
        "notices"
    } and len(services) >= 6
    ref = next(r["ref"] for r in parked if r["ref"].startswith("startups/access/"))
    told = operate.retry(stack.composition, ref, 0)
    assert told["cause"] == "ValueError" and not in_force(stack, "startups", "sakura"), (
        "it failed again, and is parked still"
    )
    broken["on"] = False
    assert operate.retry(stack.composition, ref, 0) is None and in_force(
        stack, "startups", "sakura"
    )
    assert not in_force(stack, "investors", "sakura"), "each service's own letter is its own"
    with pytest.raises(NotFound):
        operate.retry(stack.composition, ref, 0)
    other = next(
        r["ref"]
        for r in operate.stalled_rows(stack.composition)
        if r["ref"].startswith("investors/access/")
    )
    operate.discard(stack.composition, other, "a test person")
    trail = operate.trails_of(stack.composition, other.partition("/")[2])
    (given_up,) = [row for row in trail if row["action"] == "event-discarded"]
    assert given_up["service"] == "investors" and "a test person" in str(given_up)


def in_force(stack, service: str, person: str) -> bool:
    with stack.composition.services[service].db.reading(ADMINISTRATOR) as session:
        return (
            session.scalar(select(revocations.c.before).where(revocations.c.subject == person))
            is not None
        )


def test_a_change_parked_waits_with_those_after_it_and_all_are_told_in_order_by_one_retry(stack):
    told, broken = [], {"v2"}

    def heard(session, event):
        if f"v{event.subjectversion}" in broken:
            raise ValueError("a bug")
        told.append((event.subject, event.subjectversion))

    notices = stack.composition.services["notices"]
    consumer = Consumer(
        "decisions",
        notices.db,
        stack.composition.eventlog,
        ("decisions",),
        {"decision.made.v1": heard},
        deltas=("decisions",),
    )
    notices.consumers = [consumer]
    data = example("decision.made.v1")["data"]
    made = [
        Event("decision.made.v1", "matching", s, v, stack.clock.now(), data)
        for v in (1, 2, 3, 4)
        for s in ("one", "two")
    ]
    stack.composition.eventlog.append(
        [
            Record("decisions", e.subject, encode(e))
            for e in made
            if (e.subject, e.subjectversion) != ("two", 2)
        ]
    )
    reader = consumer.open()
    for _ in range(10):
        try:
            while entries := reader.poll(100, 0):
                consumer.handle(entries)
            break
        except TryAgain:
            reader = consumer.open()
    reader.close()
    # once more where a batch fell back to singles
    assert list(dict.fromkeys(told)) == [("one", 1), ("two", 1), ("two", 3), ("two", 4)]
    told.clear()
    rows = operate.stalled_rows(stack.composition)
    assert [(r["subject"], r["cause"]) for r in rows] == [
        ("one", "ValueError"),
        ("one", "Behind"),
        ("one", "Behind"),
    ]
    assert operate.retry(stack.composition, rows[2]["ref"], 0)["cause"] == "Behind", (
        "not before the one that failed"
    )
    broken.clear()
    assert operate.retry(stack.composition, rows[0]["ref"], 0) is None
    assert (
        told == [("one", 2), ("one", 3), ("one", 4)]
        and operate.stalled_rows(stack.composition) == []
    )


def test_no_two_consumers_of_a_service_read_the_same_topic_and_no_name_means_two_things(stack):
    """A subject's mark is kept by topic: with two readers, one's mark would hide an event from the
    other.
    """
    for service in stack.composition.services.values():
        consumers = [*service.consumers, *(m.consumer for m in service.members)]
        topics = [topic for c in consumers for topic in c.topics]
        assert len(topics) == len(set(topics)), service.name
        names = [q.name for q in service.queues] + sorted({c.name for c in consumers})
        assert len(names) == len(set(names)), service.name


def test_a_worker_that_runs_takes_what_is_to_be_tried_again(stack):
    heard, broken = [], {"on": True}

    def reaction(session, event):
        if broken["on"]:
            raise InvalidEvent("not now")
        heard.append(event.subject)

    service = stack.composition.services["programs"]
    consumer = next(c for c in service.consumers if c.name == "access")
    consumer.reactions = {"access.changed.v1": reaction}
    stack.composition.eventlog.append([revoked(stack, "sakura", 1)])
    work = Work([service], stack.composition.settings.data / "locks")
    work.start()
    try:
        until(lambda: operate.stalled_rows(stack.composition))
        broken["on"] = False
        (row,) = operate.stalled_rows(stack.composition)
        assert operate.retry(stack.composition, row["ref"]) is None and heard == ["sakura"]
    finally:
        work.finish()


def until(what, limit_s: float = 20.0):
    deadline = time.monotonic() + limit_s
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found
