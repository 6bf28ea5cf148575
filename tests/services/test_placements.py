"""Placement: exact where it can be checked, never over a capacity, a gate, a pin or a floor; a reason for everybody left out; confirmed by a person."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.programs.planning import placement
from services.programs.planning.case import Case, Option, moves
from tests.services.test_cohorts import CALL, OFFICE, OTHER_OFFICE, WHOLE, build, founder, refused
from tests.services.test_reviews import solve

AT = "/api/v1/cohorts/kari-2027"


def problem(dice: random.Random, startups: int, sites: int, windows: int = 1, resources=("seat",), floors: int = 0) -> dict:
    simple = resources == ("seat",)
    rooms = [
        {"id": f"w{j}", "hub": f"h{j % 2}", "capacity": {r: [dice.randint(0, 2) for _ in range(windows)] for r in resources}}
        for j in range(sites)
    ]
    found = []
    for i in range(startups):
        needs = {"seat": 1} if simple else {r: dice.randint(0, 2) for r in resources}
        one = {"id": f"s{i}", "needs": needs, "windows": sorted(dice.sample(range(windows), dice.randint(1, windows)))}
        found.append(one | {"prefs": {w["id"]: dice.randint(0, 100) for w in rooms}, "tags": [dice.choice("ab")]})
    for room in rooms:
        room["prefs"] = {f"s{i}": dice.randint(0, 100) for i in range(startups)}
    barred = [[f"s{i}", f"w{j}"] for i in range(startups) for j in range(sites) if dice.random() < 0.3]
    asked = [{"tag": dice.choice("ab"), "at": dice.choice([None, "h0", "w0"]), "least": dice.randint(1, 2)} for _ in range(floors)]
    return {
        "windows": [str(t) for t in range(windows)],
        "startups": found,
        "sites": rooms,
        "barred": barred,
        "pins": [],
        "floors": asked,
        "held": [],
    }


def tangled(seed: int) -> dict:
    """A small random problem of every kind: plain or with resources, windows, floors, pins, a plan to depart from."""
    dice = random.Random(seed)
    if seed % 3 == 0:
        made = problem(dice, dice.randint(1, 5), dice.randint(1, 3), dice.randint(1, 2))
    else:
        made = problem(dice, dice.randint(1, 5), dice.randint(1, 3), dice.randint(1, 2), ("seat", "bench"), dice.randint(0, 2))
    options = Case(made).options
    if options and dice.random() < 0.4:
        one = dice.choice(options)
        made["pins"] = [[one.startup, one.site, dice.choice([None, one.window])]]
    if options and dice.random() < 0.4:
        made["held"] = [
            list(v) for v in {o.startup: (o.startup, o.site, o.window) for o in dice.sample(options, min(3, len(options)))}.values()
        ]
    return made


def aims(case: Case, placed: list) -> tuple[int, int, int]:
    held = {s: (w, t) for s, w, t in case.problem["held"]}
    return len(placed), sum(held.get(s) == (w, t) for s, w, t in placed), sum(case.value(Option(*p)) for p in placed)


def by_trying(case: Case) -> tuple[int, int, int] | None:
    """The best of every plan there is."""
    choices = [[None, *(o for o in case.options if o.startup == s)] for s in case.startups]
    plans = ([[o.startup, o.site, o.window] for o in plan if o] for plan in itertools.product(*choices))
    return max((aims(case, plan) for plan in plans if not case.faults(plan)), default=None)


@pytest.mark.parametrize("block", range(10))
def test_the_plan_equals_that_of_trying_everything_on_thousands_of_small_problems(block):
    clashes = 0
    for seed in range(block * 250, (block + 1) * 250):
        case = Case(tangled(seed))
        told, said = placement.solve(case.problem, 1, 10.0, lambda *_: None)
        best = by_trying(case)
        if best is None:
            clashes += 1
            assert told["clash"] and not told["placed"], seed
        else:
            assert case.faults(told["placed"]) == [] and aims(case, told["placed"]) == best and said["optimal"], seed
    assert clashes < 200


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_larger_plans_break_nothing_and_state_their_gap(seed):
    dice = random.Random(seed)
    made = problem(dice, 30, 8, 3, ("seat", "bench", "bsl2"), 2)
    case = Case(made)
    told, said = placement.solve(made, 1, 3.0, lambda *_: None)
    if told["placed"]:
        assert case.faults(told["placed"]) == []
        assert all(a["reached"] <= a["bound"] for a in said["aims"].values()) and (said["gap"] > 0) != said["optimal"]
        assert set(case.reasons(told["placed"])) == case.startups.keys() - {s for s, _, _ in told["placed"]}
        assert placement.solve(made, 1, 3.0, lambda *_: None)[0] == told or not said["optimal"], "the same input, the same plan"


@pytest.mark.parametrize("seed", range(60))
def test_the_stable_plan_leaves_nobody_who_would_rather_swap(seed):
    made = problem(random.Random(seed), 8, 3, 2)
    case = Case(made)
    plan = case.stable()
    assert case.faults(plan) == [] and case.blocking(plan) == []


def test_clashing_pins_and_floors_are_named_and_no_more_than_needed():
    made = problem(random.Random(1), 4, 2, 1, ("seat", "bench"))
    made["barred"], made["startups"] = [], [s | {"needs": {"seat": 1, "bench": 0}, "windows": [0]} for s in made["startups"]]
    for site in made["sites"]:
        site["capacity"] = {"seat": [1], "bench": [1]}
    made["pins"] = [["s0", "w0", None], ["s1", "w0", None], ["s2", "w1", None]]
    told, _ = placement.solve(made, 1, 5.0, lambda *_: None)
    assert [(c["kind"], c["startup"]) for c in told["clash"]] == [("pin", "s0"), ("pin", "s1")]


SITES = [
    {"site": "kari-labs", "hub": "hub-boston-cambridge", "capacity": {"seat": [1, 1]}},
    {"site": "kari-west", "hub": "hub-san-diego", "capacity": {"seat": [1, 0]}},
]
FORM = {"name": "First plan", "windows": ["2027-02/2027-05", "2027-06/2027-09"], "sites": SITES}


@pytest.fixture
def desk(tmp_path):
    """Three accepted startups and two sites, the second for devices only."""
    made = build(tmp_path)
    rule = {"rule": "field-match", "op": "in", "value": ["device"], "unit": "field_scope", "text": "devices"}
    for name, hub, facts in (
        ("kari-labs", "hub-boston-cambridge", []),
        ("kari-west", "hub-san-diego", [{"field": "eligibility", "value": rule}]),
    ):
        more = [{"field": "location", "value": hub}, *facts]
        made.client().register("sites", {"id": name, "name": {"en": f"{name} (invented)"}, "owner": "office", "facts": more})
    made.settle()
    made.client(OFFICE).post("/api/v1/cohorts", CALL | {"capacity": 3})
    for n in range(3):
        mine = made.client(founder(n)).post(f"{AT}/applications", {"name": f"Bio {n}", "answers": WHOLE, "hubs": ["hub-boston-cambridge"]})
        made.client(founder(n)).post(f"/api/v1/applications/{mine['id']}/steps", {"act": "submit"})
    items = made.client(OFFICE).get(f"{AT}/applications")["items"]
    made.client(OFFICE).post(f"{AT}/moves", {"act": "accept", "applications": [{"id": i["id"]} for i in items]})
    yield made
    made.composition.close()


def plan(desk, **more) -> dict:
    made = desk.client(OFFICE).post(f"{AT}/placements", FORM | more)
    if made["state"] != "done":
        solve(desk)
    return desk.client(OFFICE).get(f"/api/v1/placements/{made['id']}")


def test_a_plan_says_who_is_where_who_is_out_and_why(desk):
    told = plan(desk)
    assert told["state"] == "done" and told["said"]["optimal"] and told["summary"]["placed"] == 3
    assert {(w, t) for _, w, t in told["placed"]} == {("kari-labs", 0), ("kari-labs", 1), ("kari-west", 0)}
    fewer = plan(desk, sites=[SITES[0]])
    ((startup, why),) = fewer["out"].items()
    assert why["why"] == "full" and why["lacking"] == {"kari-labs": ["seat"]} and fewer["summary"]["placed"] == 2
    beside = desk.client(OFFICE).get(f"/api/v1/placements/{fewer['id']}/comparison", other=told["id"])
    assert beside["after"]["placed"] - beside["before"]["placed"] == 1 and startup in {m["startup"] for m in beside["moves"]}
    stable = plan(desk, stable=True)
    assert stable["said"]["by"] == "stable" and stable["blocking"] == []


def test_a_gate_keeps_a_pair_apart_in_words_of_both_languages(desk):
    for n in range(3):
        desk.client(founder(n)).add_facts("startups", f"bio-{n}", [{"field": "product_class", "value": "drug"}])
    desk.settle()
    told = plan(desk, sites=[SITES[1]])
    assert told["placed"] == [] and {r["why"] for r in told["out"].values()} == {"gates"}
    gate = told["out"]["bio-0"]["gates"][0]
    assert gate["site"] == "kari-west" and gate["gate"] == "eligibility" and gate["text"]["en"] and gate["text"]["ja"] != gate["text"]["en"]
    pinned = refused(desk.client(OFFICE).post, f"{AT}/placements", FORM | {"pins": [{"startup": "bio-0", "site": "kari-west"}]})
    assert pinned.problem["errors"][0]["code"] == "pin-barred"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sites": [SITES[0] | {"capacity": {"seat": [-1, 1]}}]}, None),
        ({"sites": [SITES[0] | {"capacity": {"seat": [1]}}]}, "window-count"),
        ({"sites": [SITES[0], SITES[0]]}, "twice"),
        ({"sites": [SITES[0] | {"hub": "hub-atlantis"}]}, None),
        ({"windows": ["a", "a"]}, "twice"),
        ({"pins": [{"startup": "nobody", "site": "kari-labs"}]}, "not-found"),
        (
            {"pins": [{"startup": "bio-0", "site": "kari-labs", "window": 0}, {"startup": "bio-1", "site": "kari-labs", "window": 0}]},
            "pin-full",
        ),
        ({"pins": [{"startup": "bio-0", "site": "kari-labs"}], "bans": [["bio-0", "kari-labs"]]}, "pin-barred"),
        ({"floors": [{"tag": "aml", "least": 9}]}, "floor-too-high"),
        ({"startups": {"bio-0": {"windows": [7]}}}, "window-count"),
        ({"limit_s": 0}, None),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_reason_and_nothing_is_stored(desk, change, code):
    told = refused(desk.client(OFFICE).post, f"{AT}/placements", FORM | change)
    assert told.status == 422 and (code is None or code in {e["code"] for e in told.problem["errors"]})
    assert desk.client(OFFICE).get(f"{AT}/placements")["items"] == []


def test_places_are_given_out_by_a_person_and_moved_by_hand_within_what_is_free(desk):
    told = plan(desk)
    assert desk.client(founder(0)).get(f"{AT}/places")["items"] == []
    assert refused(desk.client(OTHER_OFFICE).post, f"/api/v1/placements/{told['id']}/confirmation").status == 404
    assert desk.client(OFFICE).post(f"/api/v1/placements/{told['id']}/confirmation")["confirmed_at"]
    mine = desk.client(founder(0)).get(f"{AT}/places")["items"]
    assert len(mine) == 1 and mine[0]["startup"] == "bio-0" and len(desk.client(OFFICE).get(f"{AT}/places")["items"]) == 3
    taken = next(p for p in desk.client(OFFICE).get(f"{AT}/places")["items"] if p["startup"] == "bio-1")
    told_hubs = {i["key"]: i["figures"] for i in desk.client(OFFICE).get("/api/v1/kpis/reports/kari-2027")["indicators"]}["accepted"]
    assert told_hubs["hub-san-diego"]["total"] == 1, "all three had wished for Boston: the report follows the places"
    into = {"site": taken["site"], "window": taken["window"]}
    assert refused(desk.client(OFFICE).request, "PUT", f"{AT}/places/bio-0", json=into).problem["code"] == "pin-full"
    assert refused(desk.client(OFFICE).request, "PUT", f"{AT}/places/bio-0", json={"site": "nowhere"}).status == 404
    again = plan(desk, depart_from=told["id"], sites=[SITES[0] | {"capacity": {"seat": [1, 1]}}, SITES[1] | {"capacity": {"seat": [1, 1]}}])
    assert moves(told["placed"], again["placed"]) == [], "nobody moves who need not"


def test_who_leaves_while_a_plan_is_computed_gets_no_place(desk):
    told = plan(desk)
    mine = desk.client(founder(0)).get(f"{AT}/applications")["items"][0]
    desk.client(founder(0)).post(f"/api/v1/applications/{mine['id']}/steps", {"act": "withdraw"})
    refusal = refused(desk.client(OFFICE).post, f"/api/v1/placements/{told['id']}/confirmation")
    assert refusal.problem["code"] == "plan-outdated" and "Bio 0" in refusal.problem["title"]
    assert desk.client(OFFICE).get(f"{AT}/places")["items"] == []


def test_who_leaves_after_the_places_are_given_out_leaves_theirs_to_others(desk):
    told = plan(desk)
    desk.client(OFFICE).post(f"/api/v1/placements/{told['id']}/confirmation")
    places = {p["startup"]: p for p in desk.client(OFFICE).get(f"{AT}/places")["items"]}
    mine = desk.client(founder(0)).get(f"{AT}/applications")["items"][0]
    desk.client(founder(0)).post(f"/api/v1/applications/{mine['id']}/steps", {"act": "withdraw"})
    assert {p["startup"] for p in desk.client(OFFICE).get(f"{AT}/places")["items"]} == {"bio-1", "bio-2"}
    into = {"site": places["bio-0"]["site"], "window": places["bio-0"]["window"]}
    assert desk.client(OFFICE).request("PUT", f"{AT}/places/bio-1", json=into).json()["site"] == into["site"]
    other = next(a for a in desk.client(OFFICE).get(f"{AT}/applications")["items"] if a["startup"] == "bio-2")
    desk.client(OFFICE).post(f"{AT}/moves", {"act": "waitlist", "applications": [{"id": other["id"]}]})
    assert [p["startup"] for p in desk.client(OFFICE).get(f"{AT}/places")["items"]] == ["bio-1"]
