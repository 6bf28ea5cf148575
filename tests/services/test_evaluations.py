"""Evaluations: the same whatever the order, the copies, the batches or the replay; incremental
equals full.
"""

import json

import pytest

from services.matching.population import canonical
from services.matching.reactions import TOPICS
from services.matching.replay import in_use, replay
from shared.auth import ADMINISTRATOR
from shared.eventlog import Entry
from tests.conftest import Stack, mandate_form, startup_form


def rows(stack) -> str:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        return canonical(in_use(session))


def everything(stack) -> list[Entry]:
    reader = stack.composition.eventlog.reader({(t, 0): 0 for t in TOPICS})
    out = []
    while entries := reader.poll(500, 0):
        out += entries
    return out


STATED = (
    ("stage", ["phase-1", "ind-enabling", "phase-2"]),
    ("hq", ["hub-tokyo", "hub-osaka", "us-west"]),
    ("blocked_org", ["kari-capital", "otsuka-holdings", "nobody"]),
)


def change_things(stack, dice) -> None:
    """A run of changes of every kind that touches scores."""
    client = stack.client()
    client.register(
        "investors",
        {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}, "origin": "invented"},
    )
    client.register("mandates", mandate_form("kari-capital"))
    for i in range(12):
        client.register("startups", startup_form(f"Rei {i} (invented)", id=f"rei-{i}"))
    for _ in range(40):
        slug = f"rei-{dice.randrange(12)}"
        step = dice.randrange(7)
        if step < len(STATED):
            field, values = STATED[step]
            client.add_facts("startups", slug, [{"field": field, "value": dice.choice(values)}])
        elif step == 3:
            client.add_facts(
                "mandates",
                "kari-capital-equity",
                [{"field": "focus_modality", "value": dice.choice(["cell-therapy", "rna", "mab"])}],
            )
        elif step == 4:
            deal = {
                "date": f"2025-0{dice.randrange(1, 10)}-01",
                "modality": dice.choice(["car-t", "rna"]),
                "round": "series-a",
            }
            client.add_facts("investors", "kari-capital", [{"field": "past_deal", "value": deal}])
        elif step == 5:
            weights = {dice.choice(["area", "modality", "stage"]): dice.choice([0, 0.5, 3])}
            client.add_facts(
                "mandates",
                "kari-capital-equity",
                [{"field": "criterion_weights", "value": weights}],
            )
        else:
            profile = client.profile("startups", slug)
            if profile["state"] == "published" and dice.random() < 0.3:
                client.request("DELETE", f"/api/v1/startups/{slug}")
                client.register(
                    "startups", startup_form(f"Rei again {slug} (invented)", id=f"{slug}-b")
                )
                return
        if dice.random() < 0.3:
            stack.settle(batch=dice.choice([1, 3, 500]))


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    import random

    stack = Stack(tmp_path_factory.mktemp("changed")).load("reference", "demo")
    change_things(stack, random.Random(11))
    yield stack.settle()
    stack.composition.close()


def test_incremental_equals_full_recomputation_and_replay_is_equal_byte_for_byte(changed):
    before = rows(changed)
    done = replay(changed.matching.db, changed.composition.eventlog, changed.matching.keyring)
    assert done.equal and done.rows > 100 and rows(changed) == before


def test_a_withdrawn_startup_has_no_rows(changed):
    client = changed.client()
    gone = [p["id"] for p in client.get("/api/v1/startups", limit=200, state="withdrawn")["items"]]
    present = {r["startup"] for r in json.loads(rows(changed))}
    assert present and not present & set(gone)


@pytest.mark.parametrize("seed", range(4))
def test_twice_late_or_out_of_order_gives_the_same_evaluations(changed, tmp_path, seed):
    import random

    dice = random.Random(seed)
    entries = everything(changed)
    shuffled = entries + dice.sample(entries, len(entries) // 2)
    dice.shuffle(shuffled)
    other = Stack(tmp_path)
    follower, member = other.matching.consumers[0], other.member
    other.matching.keyring._fetch = changed.matching.keyring._fetch
    member.seize(0)
    while shuffled:
        cut = dice.randrange(1, 60)
        for consumer in dice.sample([follower, member.consumer], 2):
            if mine := [e for e in shuffled[:cut] if e.topic in consumer.topics]:
                consumer.handle(mine)
        shuffled = shuffled[cut:]
        if dice.random() < 0.5:
            member.sweep()
    while member.sweep():
        pass
    assert rows(other) == rows(changed)
    other.composition.close()


def test_scores_follow_the_calendar_by_the_daily_sweep(stack):
    client = stack.load("reference").client()
    raising = {
        "field": "raise",
        "value": {"state": "not-raising"},
        "valid_from": "2026-11-01",
        "valid_to": "2026-11-30",
    }
    client.register(
        "startups", startup_form(id="rei-timed", facts=[*startup_form()["facts"], raising])
    )
    stack.settle()

    def gate() -> str | None:
        found = client.gates("rei-timed", "taiho-ventures")
        return next((g["state"] for g in found if g["gate"] == "raising"), None)

    assert gate() == "fail" and '"rei-timed"' in rows(stack)
    before = [
        r
        for r in json.loads(rows(stack))
        if r["startup"] == "rei-timed" and r["mandate"] == "taiho-ventures-equity"
    ]
    stack.clock.move(days=12)
    stack.consume()
    after = [
        r
        for r in json.loads(rows(stack))
        if r["startup"] == "rei-timed" and r["mandate"] == "taiho-ventures-equity"
    ]
    assert gate() is None and before[0]["state"] == "near-miss" and after[0]["state"] == "match"


def test_history_records_one_material_change_and_the_feed_tells_it(stack):
    client = stack.load("reference").client()
    client.register("startups", startup_form(id="rei-new"))
    stack.settle()
    item = next(m for m in client.feed("taiho-ventures") if m["startup"] == "rei-new")
    assert item["news"]["lane"] == "new"
    stack.clock.move(hours=2)
    client.add_facts("startups", "rei-new", [{"field": "corporate_status", "value": "active"}])
    stack.settle()
    item = next(m for m in client.feed("taiho-ventures") if m["startup"] == "rei-new")
    assert (
        item["news"]["change"]["kind"] == "gate"
        and item["news"]["changed_at"] > item["news"]["first_seen"]
    )
    assert item["news"]["text"].startswith(
        "2026-11-22: “Corporate status” went from unknown to met."
    )
    assert (
        item["news"]["source"]
        and item["news"] == client.explain("rei-new", "taiho-ventures")["news"]
    )
    ja = next(
        m for m in stack.client(lang="ja").feed("taiho-ventures") if m["startup"] == "rei-new"
    )
    assert "未確認から適合に変わりました" in ja["news"]["text"]


def test_seen_moves_the_cursor_and_reading_does_not(stack):
    client = stack.load("reference").client()
    client.register("startups", startup_form(id="rei-now"))
    stack.settle()
    first = client.feed("taiho-ventures", new="true")
    assert (
        "rei-now" in {m["startup"] for m in first}
        and client.feed("taiho-ventures", new="true") == first
    )
    assert len(first) < len(client.feed("taiho-ventures")), "what has no event of late is not new"
    client.post("/api/v1/feeds/taiho-ventures/seen")
    assert client.feed("taiho-ventures", new="true") == []
    stack.clock.move(minutes=5)
    client.register("startups", startup_form(id="rei-later"))
    stack.settle()
    assert [m["startup"] for m in client.feed("taiho-ventures", new="true")] == ["rei-later"]
