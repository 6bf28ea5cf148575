"""Duplicates: found with what they have in common, decided by a person, merged with their whole
history, undone exactly.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from nakodo_client import Refused
from services.startups.models import Startup, StartupFact
from shared.auth import ADMINISTRATOR, PLATFORM, Actor
from tests.conftest import REVIEWER, Stack, mandate_form, startup_form

STAFF = Actor("staff", "nakodo", frozenset({"staff"}))
OWNER = Actor("owner", "rei-bio", frozenset({"startup"}))
NUMBER = "5010401089998"


def entity(number: str) -> dict:
    return {"name": "Rei Bio KK", "form": "KK", "jurisdiction": "jp", "corporate_number": number}


def whole(stack, *slugs: str) -> dict:
    """Everything the database holds of profiles but their versions and the instants of change."""
    with stack.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        rows = {
            row.id: row for row in session.scalars(select(Startup).where(Startup.id.in_(slugs)))
        }
        skip = {"version", "updated_at", "secret_version", "shown"}
        found = {}
        for slug, row in rows.items():
            own = {
                c.key: getattr(row, c.key) for c in Startup.__table__.columns if c.key not in skip
            }
            facts = [
                {c.key: getattr(f, c.key) for c in StartupFact.__table__.columns} for f in row.facts
            ]
            found[slug] = json.loads(
                json.dumps(own | {"facts": facts}, default=str, sort_keys=True)
            )
        return found


@pytest.fixture
def two(stack):
    """One company twice: claimed, with a private fact and an asset; and compiled from public
    sources under another spelling.
    """
    admin = stack.client()
    assets = [{"id": "a-1", "name": "A-1", "lead": True}]
    admin.register(
        "startups",
        startup_form(
            "Rei Bio (invented)",
            id="rei-bio",
            owner="rei-bio",
            assets=assets,
            legal_entities=[entity(NUMBER)],
        ),
    )
    admin.add_facts(
        "startups",
        "rei-bio",
        [{"field": "technology", "value": "kept to ourselves", "tier": "private"}],
    )
    other = startup_form(
        "REI BIO Inc. (invented)",
        id="rei-bio-inc",
        owner=PLATFORM,
        assets=assets,
        aliases=["レイバイオ"],
    )
    other["facts"].append(
        {"field": "stage", "value": "phase-1", "asset": "a-1", "as_of": "2025-04-01"}
    )
    admin.register("startups", other)
    admin.register("startups", startup_form("Far Away (invented)", id="far-away"))
    return stack.settle()


def test_candidates_say_what_they_have_in_common_the_surest_first(two):
    two.client().register(
        "startups",
        startup_form("Another Name (invented)", id="another", legal_entities=[entity(NUMBER)]),
    )
    found = two.client(STAFF).duplicates("startups")
    pairs = [({i["a"]["id"], i["b"]["id"]}, i["because"][0]["kind"]) for i in found]
    assert pairs == [
        ({"another", "rei-bio"}, "corporate-number"),
        ({"rei-bio", "rei-bio-inc"}, "name"),
    ]
    two.client(STAFF).post("/api/v1/startups/duplicates", {"a": "another", "b": "rei-bio"})
    found = two.client(STAFF).duplicates("startups")
    assert [{i["a"]["id"], i["b"]["id"]} for i in found] == [{"rei-bio", "rei-bio-inc"}], (
        "kept apart: not asked again"
    )


def test_a_merge_moves_the_whole_history_and_matching_follows(two):
    two.client(STAFF).merge("startups", "rei-bio", "rei-bio-inc")
    two.settle()
    owner = two.client(OWNER).get("/api/v1/startups/rei-bio")
    assert {f["value"] for f in owner["facts"] if f["field"] in ("stage", "technology")} == {
        "phase-1",
        "kept to ourselves",
    }
    moved = next(f for f in owner["facts"] if f["field"] == "stage")
    assert (
        moved["asset"] == "a-1-2"
        and [a["id"] for a in owner["assets"]] == ["a-1", "a-1-2"]
        and owner["assets"][1]["lead"] is False
    )
    assert "REI BIO Inc. (invented)" in owner["aliases"] and "レイバイオ" in owner["aliases"]
    with pytest.raises(Refused) as refused:
        two.client(REVIEWER).get("/api/v1/startups/rei-bio-inc")
    assert refused.value.status == 404
    assert [m["id"] for m in two.client(STAFF).search("レイバイオ")] == ["rei-bio"], (
        "the old names lead to the one that stayed"
    )
    with two.matching.db.reading(ADMINISTRATOR) as session:
        population = two.matching.members[0].population(session)
    assert "rei-bio-inc" not in population.startups and "rei-bio" in population.startups


def test_undone_it_is_as_if_it_had_not_been_but_for_what_came_since(two):
    before = whole(two, "rei-bio", "rei-bio-inc")
    staff = two.client(STAFF)
    made = staff.post("/api/v1/startups/merges", {"winner": "rei-bio", "loser": "rei-bio-inc"})
    assert whole(two, "rei-bio", "rei-bio-inc") != before
    two.client(OWNER).add_facts(
        "startups", "rei-bio", [{"field": "technology", "value": "since then", "tier": "public"}]
    )
    staff.post(f"/api/v1/startups/merges/{made['id']}/undo")
    after = whole(two, "rei-bio", "rei-bio-inc")
    since = [f for f in after["rei-bio"]["facts"] if f["value"] == "since then"]
    after["rei-bio"]["facts"] = [f for f in after["rei-bio"]["facts"] if f not in since]
    assert after == before and len(since) == 1
    two.settle()
    assert {m["id"] for m in staff.search("REI BIO")} >= {"rei-bio", "rei-bio-inc"}
    with pytest.raises(Refused) as refused:
        staff.post(f"/api/v1/startups/merges/{made['id']}/undo")
    assert refused.value.status == 409
    assert [m["state"] for m in staff.get("/api/v1/startups/merges")["items"]] == ["undone"]


def test_nobody_elses_profile_is_given_away_and_only_staff_decide(two):
    two.client().register(
        "startups", startup_form("Rei Bio (invented)", id="rei-bio-two", owner="another-company")
    )
    two.settle()
    for actor, form, status in (
        (STAFF, {"winner": "rei-bio", "loser": "rei-bio-two"}, 409),
        (ADMINISTRATOR, {"winner": "rei-bio", "loser": "rei-bio-two"}, 409),
        (STAFF, {"winner": "rei-bio", "loser": "rei-bio"}, 422),
        (STAFF, {"winner": "rei-bio", "loser": "nobody"}, 404),
        (OWNER, {"winner": "rei-bio", "loser": "rei-bio-inc"}, 403),
    ):
        with pytest.raises(Refused) as refused:
            two.client(actor).post("/api/v1/startups/merges", form)
        assert refused.value.status == status, form


def test_the_officer_who_merges_learns_no_private_fact_and_loses_none(two):
    answer = two.client(STAFF).post(
        "/api/v1/startups/merges", {"winner": "rei-bio", "loser": "rei-bio-inc"}
    )
    assert "kept to ourselves" not in json.dumps(answer) + json.dumps(
        two.client(STAFF).get("/api/v1/startups/rei-bio")
    )
    two.settle()
    with two.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        assert (
            session.scalar(select(StartupFact.subject).where(StartupFact.tier == "private"))
            == "rei-bio"
        )


def test_an_investors_mandates_move_with_it_and_come_back(stack):
    admin, staff = stack.client(), stack.client(STAFF)
    admin.register(
        "investors", {"id": "kari", "name": {"en": "Kari Capital (invented)"}, "owner": "kari"}
    )
    admin.register(
        "investors",
        {"id": "kari-two", "name": {"en": "KARI CAPITAL (invented)"}, "owner": PLATFORM},
    )
    admin.register("mandates", mandate_form("kari-two", owner=PLATFORM))
    admin.register("startups", startup_form(id="rei-bio"))
    stack.settle()
    made = staff.post("/api/v1/investors/merges", {"winner": "kari", "loser": "kari-two"})
    stack.settle()
    assert admin.get("/api/v1/mandates/kari-two-equity")["investor"] == "kari"
    assert [
        m["startup"] for m in stack.client(Actor("r", "kari", frozenset({"reviewer"}))).feed("kari")
    ] == ["rei-bio"]
    staff.undo_merge("investors", made["id"])
    stack.settle()
    back = admin.get("/api/v1/mandates/kari-two-equity")
    assert back["investor"] == "kari-two" and back["owner"] == PLATFORM


NAMES = st.sampled_from(["Rei", "REI BIO", "レイ", "Rei Bio KK", "Ao", "青"])
FACTS = st.sampled_from(
    [
        {"field": "stage", "value": "phase-1"},
        {"field": "stage", "value": "phase-2", "asset": "a"},
        {"field": "technology", "value": "a private way", "tier": "private"},
        {"field": "modality", "value": "gene-therapy"},
    ]
)
SIDE = st.fixed_dictionaries(
    {
        "aliases": st.lists(NAMES, max_size=3, unique=True),
        "facts": st.lists(FACTS, max_size=4),
        "asset": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("merges"))
    stack.turn = 0
    yield stack
    stack.composition.close()


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(left=SIDE, right=SIDE)
def test_undo_restores_whatever_the_two_profiles_held(world, left, right):
    world.turn += 1
    names = [f"l-{world.turn}", f"r-{world.turn}"]
    for slug, side in zip(names, (left, right), strict=True):
        form = startup_form(
            f"Side {slug} (invented)", id=slug, owner=PLATFORM, aliases=side["aliases"]
        )
        form |= {"assets": [{"id": "a", "name": "A", "lead": True}]} if side["asset"] else {}
        form["facts"] += [f for f in side["facts"] if side["asset"] or "asset" not in f]
        world.client().register("startups", form)
    before = whole(world, *names)
    made = world.client(STAFF).post(
        "/api/v1/startups/merges", {"winner": names[0], "loser": names[1]}
    )
    merged = whole(world, *names)
    assert merged[names[1]]["facts"] == [] and len(merged[names[0]]["facts"]) == sum(
        len(b["facts"]) for b in before.values()
    )
    world.client(STAFF).post(f"/api/v1/startups/merges/{made['id']}/undo")
    assert whole(world, *names) == before
