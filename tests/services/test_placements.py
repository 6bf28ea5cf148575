"""Placement: exact where it can be checked, never over a capacity, a gate, a pin or a floor; a
reason for everybody left out; confirmed by a person.
"""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.programs.models import Job, Letter
from services.programs.planning import placement
from services.programs.planning.case import Case, Option, moves
from shared.auth import Actor, worker
from tests.conftest import Stack, begun
from tests.services.test_cohorts import CALL, OFFICE, OTHER_OFFICE, WHOLE, build, founder, refused
from tests.services.test_reviews import solve

AT = "/api/v1/cohorts/kari-2027"


def problem(
    dice: random.Random,
    startups: int,
    sites: int,
    windows: int = 1,
    resources=("seat",),
    floors: int = 0,
) -> dict:
    simple = resources == ("seat",)
    rooms = [
        {
            "id": f"w{j}",
            "hub": f"h{j % 2}",
            "capacity": {r: [dice.randint(0, 2) for _ in range(windows)] for r in resources},
        }
        for j in range(sites)
    ]
    found = []
    for i in range(startups):
        needs = {"seat": 1} if simple else {r: dice.randint(0, 2) for r in resources}
        one = {
            "id": f"s{i}",
            "needs": needs,
            "windows": sorted(dice.sample(range(windows), dice.randint(1, windows))),
        }
        found.append(
            one
            | {"prefs": {w["id"]: dice.randint(0, 100) for w in rooms}, "tags": [dice.choice("ab")]}
        )
    for room in rooms:
        room["prefs"] = {f"s{i}": dice.randint(0, 100) for i in range(startups)}
    barred = [
        [f"s{i}", f"w{j}"] for i in range(startups) for j in range(sites) if dice.random() < 0.3
    ]
    asked = [
        {
            "tag": dice.choice("ab"),
            "at": dice.choice([None, "h0", "w0"]),
            "least": dice.randint(1, 2),
        }
        for _ in range(floors)
    ]
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
    """A small random problem of every kind: plain or with resources, windows, floors, pins, a plan
    to depart from.
    """
    dice = random.Random(seed)
    if seed % 3 == 0:
        made = problem(dice, dice.randint(1, 5), dice.randint(1, 3), dice.randint(1, 2))
    else:
        made = problem(
            dice,
            dice.randint(1, 5),
            dice.randint(1, 3),
            dice.randint(1, 2),
            ("seat", "bench"),
            dice.randint(0, 2),
        )
    options = Case(made).options
    if options and dice.random() < 0.4:
        one = dice.choice(options)
        made["pins"] = [[one.startup, one.site, dice.choice([None, one.window])]]
    if options and dice.random() < 0.4:
        made["held"] = [
            list(v)
            for v in {
                o.startup: (o.startup, o.site, o.window)
                for o in dice.sample(options, min(3, len(options)))
            }.values()
        ]
    return made


def aims(case: Case, placed: list) -> tuple[int, int, int]:
    held = {s: (w, t) for s, w, t in case.problem["held"]}
    return (
        len(placed),
        sum(held.get(s) == (w, t) for s, w, t in placed),
        sum(case.value(Option(*p)) for p in placed),
    )


def by_trying(case: Case) -> tuple[int, int, int] | None:
    """The best of every plan there is."""
    choices = [[None, *(o for o in case.options if o.startup == s)] for s in case.startups]
    plans = (
        [[o.startup, o.site, o.window] for o in plan if o] for plan in itertools.product(*choices)
    )
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
            assert (
                case.faults(told["placed"]) == []
                and aims(case, told["placed"]) == best
                and said["optimal"]
            ), seed
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
        assert (
            all(a["reached"] <= a["bound"] for a in said["aims"].values())
            and (said["gap"] > 0) != said["optimal"]
        )
        assert set(case.reasons(told["placed"])) == case.startups.keys() - {
            s for s, _, _ in told["placed"]
        }
        assert placement.solve(made, 1, 3.0, lambda *_: None)[0] == told or not said["optimal"], (
            "the same input, the same plan"
        )


@pytest.mark.parametrize("seed", range(60))
def test_the_stable_plan_leaves_nobody_who_would_rather_swap(seed):
    made = problem(random.Random(seed), 8, 3, 2)
    case = Case(made)
    plan = case.stable()
    assert case.faults(plan) == [] and case.blocking(plan) == []


def test_clashing_pins_and_floors_are_named_and_no_more_than_needed():
    made = problem(random.Random(1), 4, 2, 1, ("seat", "bench"))
    made["barred"], made["startups"] = (
        [],
        [s | {"needs": {"seat": 1, "bench": 0}, "windows": [0]} for s in made["startups"]],
    )
    for site in made["sites"]:
        site["capacity"] = {"seat": [1], "bench": [1]}
    made["pins"] = [["s0", "w0", None], ["s1", "w0", None], ["s2", "w1", None]]
    told, _ = placement.solve(made, 1, 5.0, lambda *_: None)
    assert [(c["kind"], c["startup"]) for c in told["clash"]] == [("pin", "s0"), ("pin", "s1")]


SITES = [
    {"site": "kari-labs", "hub": "hub-boston-cambridge", "capacity": {"seat": [1, 1]}},
    {"site": "kari-west", "hub": "hub-san-diego", "capacity": {"seat": [1, 0]}},
]
FORM = {
    "name": "First plan",
    "windows": [
        {"starts_on": "2027-02-01", "ends_on": "2027-05-31"},
        {"starts_on": "2027-06-01", "ends_on": "2027-09-30"},
    ],
    "sites": SITES,
}


def accepted(folder) -> Stack:
    made = build(folder)
    rule = {
        "rule": "field-match",
        "op": "in",
        "value": ["device"],
        "unit": "field_scope",
        "text": "devices",
    }
    for name, hub, facts in (
        ("kari-labs", "hub-boston-cambridge", []),
        ("kari-west", "hub-san-diego", [{"field": "eligibility", "value": rule}]),
    ):
        more = [{"field": "location", "value": hub}, *facts]
        made.client().register(
            "sites",
            {"id": name, "name": {"en": f"{name} (invented)"}, "owner": "office", "facts": more},
        )
    made.settle()
    made.client(OFFICE).post("/api/v1/cohorts", CALL | {"capacity": 3})
    for n in range(3):
        mine = made.client(founder(n)).post(
            f"{AT}/applications",
            {"name": f"Bio {n}", "answers": WHOLE, "hubs": ["hub-boston-cambridge"]},
        )
        made.client(founder(n)).post(f"/api/v1/applications/{mine['id']}/steps", {"act": "submit"})
    items = made.client(OFFICE).get(f"{AT}/applications")["items"]
    made.client(OFFICE).post(
        f"{AT}/moves", {"act": "accept", "applications": [{"id": i["id"]} for i in items]}
    )
    return made


@pytest.fixture
def desk(tmp_path):
    """Three accepted startups and two sites, the second for devices only."""
    made = begun(tmp_path, accepted)
    yield made
    made.composition.close()


def announce(desk) -> None:
    desk.clock.move(days=30)
    desk.client(OFFICE).post(f"{AT}/announcement", {})


def plan(desk, **more) -> dict:
    made = desk.client(OFFICE).post(f"{AT}/placements", FORM | more)
    if made["state"] != "done":
        solve(desk)
    return desk.client(OFFICE).get(f"/api/v1/placements/{made['id']}")


def test_a_plan_says_who_is_where_who_is_out_and_why(desk):
    told = plan(desk)
    assert told["state"] == "done" and told["said"]["optimal"] and told["summary"]["placed"] == 3
    assert {(w, t) for _, w, t in told["placed"]} == {
        ("kari-labs", 0),
        ("kari-labs", 1),
        ("kari-west", 0),
    }
    fewer = plan(desk, sites=[SITES[0]])
    ((startup, why),) = fewer["out"].items()
    assert (
        why["why"] == "full"
        and why["lacking"] == {"kari-labs": ["seat"]}
        and fewer["summary"]["placed"] == 2
    )
    beside = desk.client(OFFICE).get(
        f"/api/v1/placements/{fewer['id']}/comparison", other=told["id"]
    )
    assert beside["after"]["placed"] - beside["before"]["placed"] == 1 and startup in {
        m["startup"] for m in beside["moves"]
    }
    stable = plan(desk, stable=True)
    assert stable["said"]["by"] == "stable" and stable["blocking"] == []


def test_a_gate_keeps_a_pair_apart_in_words_of_both_languages(desk):
    for n in range(3):
        desk.client(founder(n)).add_facts(
            "startups", f"bio-{n}", [{"field": "product_class", "value": "drug"}]
        )
    desk.settle()
    told = plan(desk, sites=[SITES[1]])
    assert told["placed"] == [] and {r["why"] for r in told["out"].values()} == {"gates"}
    gate = told["out"]["bio-0"]["gates"][0]
    assert (
        gate["site"] == "kari-west"
        and gate["gate"] == "eligibility"
        and gate["text"]["en"]
        and gate["text"]["ja"] != gate["text"]["en"]
    )
    pinned = refused(
        desk.client(OFFICE).post,
        f"{AT}/placements",
        FORM | {"pins": [{"startup": "bio-0", "site": "kari-west"}]},
    )
    assert pinned.problem["errors"][0]["code"] == "pin-barred"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sites": [SITES[0] | {"capacity": {"seat": [-1, 1]}}]}, None),
        ({"sites": [SITES[0] | {"capacity": {"seat": [1]}}]}, "window-count"),
        ({"sites": [SITES[0], SITES[0]]}, "twice"),
        ({"sites": [SITES[0] | {"hub": "hub-atlantis"}]}, None),
        (
            {"windows": [FORM["windows"][0], FORM["windows"][0] | {"ends_on": "2027-12-31"}]},
            "windows-overlap",
        ),
        (
            {"windows": [{"starts_on": "2027-05-31", "ends_on": "2027-02-01"}, FORM["windows"][1]]},
            "window-order",
        ),
        ({"pins": [{"startup": "nobody", "site": "kari-labs"}]}, "not-found"),
        (
            {
                "pins": [
                    {"startup": "bio-0", "site": "kari-labs", "window": 0},
                    {"startup": "bio-1", "site": "kari-labs", "window": 0},
                ]
            },
            "pin-full",
        ),
        (
            {"pins": [{"startup": "bio-0", "site": "kari-labs"}], "bans": [["bio-0", "kari-labs"]]},
            "pin-barred",
        ),
        ({"floors": [{"tag": "aml", "least": 9}]}, "floor-too-high"),
        ({"startups": {"bio-0": {"windows": [7]}}}, "window-count"),
        ({"limit_s": 0}, None),
        ({"sites": None}, None),
        ({"sites": [{"site": "kari-labs"}]}, "required"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_reason_and_nothing_is_stored(desk, change, code):
    told = refused(desk.client(OFFICE).post, f"{AT}/placements", FORM | change)
    assert told.status == 422 and (
        code is None or code in {e["code"] for e in told.problem["errors"]}
    )
    assert desk.client(OFFICE).get(f"{AT}/placements")["items"] == []


def test_places_are_given_out_by_a_person_and_moved_by_hand_within_what_is_free(desk):
    told = plan(desk)
    assert (
        refused(
            desk.client(OTHER_OFFICE).post, f"/api/v1/placements/{told['id']}/confirmation"
        ).status
        == 404
    )
    assert desk.client(OFFICE).post(f"/api/v1/placements/{told['id']}/confirmation")["confirmed_at"]
    assert desk.client(founder(0)).get(f"{AT}/places")["items"] == [], (
        "a place before the results are out would give them away"
    )
    announce(desk)
    mine = desk.client(founder(0)).get(f"{AT}/places")["items"]
    assert (
        len(mine) == 1
        and mine[0]["startup"] == "bio-0"
        and len(desk.client(OFFICE).get(f"{AT}/places")["items"]) == 3
    )
    taken = next(
        p for p in desk.client(OFFICE).get(f"{AT}/places")["items"] if p["startup"] == "bio-1"
    )
    told_hubs = {
        i["key"]: i["figures"]
        for i in desk.client(OFFICE).get("/api/v1/kpis/reports/kari-2027")["indicators"]
    }["accepted"]
    assert told_hubs["hub-san-diego"]["total"] == 1, (
        "all three had wished for Boston: the report follows the places"
    )
    into = {"site": taken["site"], "window": taken["window"]}
    assert (
        refused(desk.client(OFFICE).request, "PUT", f"{AT}/places/bio-0", json=into).problem["code"]
        == "pin-full"
    )
    assert (
        refused(
            desk.client(OFFICE).request, "PUT", f"{AT}/places/bio-0", json={"site": "nowhere"}
        ).status
        == 404
    )
    again = plan(
        desk,
        depart_from=told["id"],
        sites=[
            SITES[0] | {"capacity": {"seat": [1, 1]}},
            SITES[1] | {"capacity": {"seat": [1, 1]}},
        ],
    )
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
    assert {p["startup"] for p in desk.client(OFFICE).get(f"{AT}/places")["items"]} == {
        "bio-1",
        "bio-2",
    }
    into = {"site": places["bio-0"]["site"], "window": places["bio-0"]["window"]}
    assert (
        desk.client(OFFICE).request("PUT", f"{AT}/places/bio-1", json=into).json()["site"]
        == into["site"]
    )
    other = next(
        a for a in desk.client(OFFICE).get(f"{AT}/applications")["items"] if a["startup"] == "bio-2"
    )
    desk.client(OFFICE).post(
        f"{AT}/moves", {"act": "waitlist", "applications": [{"id": other["id"]}]}
    )
    assert [p["startup"] for p in desk.client(OFFICE).get(f"{AT}/places")["items"]] == ["bio-1"]


# -- what both sides say beforehand

MANAGER = Actor("manager@kari-west", "kari-west-org", frozenset({"site-manager"}))
STRANGER = Actor("manager@other", "other-org", frozenset({"site-manager"}))
ASKED = {
    "windows": FORM["windows"],
    "sites": ["kari-labs", "kari-west"],
    "until": "2027-01-20T17:00:00+09:00",
}


@pytest.fixture
def asked(desk):
    """Two more sites: one whose manager answers, one nobody has claimed; both sites are asked."""
    for name, owner in (("kari-south", MANAGER.org), ("kari-north", None)):
        form = {
            "id": name,
            "name": {"en": f"{name} (invented)"},
            "facts": [{"field": "location", "value": "hub-san-diego"}],
        }
        desk.client().register("sites", form | ({"owner": owner} if owner else {}))
    desk.settle()
    desk.client(OFFICE).request(
        "PUT", f"{AT}/hosting", json=ASKED | {"sites": ["kari-labs", "kari-south", "kari-north"]}
    )
    return desk


def host(desk, who: Actor, site: str, **form) -> dict:
    return desk.client(who).request("PUT", f"{AT}/hosting/{site}", json=form).json()


def wish(desk, who: Actor, startup: str, **form) -> dict:
    return desk.client(who).request("PUT", f"{AT}/places/{startup}/wish", json=form).json()


def test_a_sites_own_manager_answers_and_nobody_else(asked):
    assert [h["site"] for h in asked.client(MANAGER).get("/api/v1/cohorts/hosting")["items"]] == [
        "kari-south"
    ]
    shown = asked.client(MANAGER).get(f"{AT}/hosting/kari-south")
    assert {s["startup"] for s in shown["startups"]} == {"bio-0", "bio-1", "bio-2"} and len(
        shown["windows"]
    ) == 2
    told = host(
        asked,
        MANAGER,
        "kari-south",
        capacity={"seat": [1, 0], "bench": [2, 0]},
        wants=["bio-2", "bio-1"],
    )
    assert told["answered_at"] and told["hub"] == "hub-san-diego"
    assert refused(host, asked, MANAGER, "kari-labs", wants=[]).status == 404
    assert refused(host, asked, STRANGER, "kari-south", wants=[]).status == 404
    assert refused(asked.client(STRANGER).get, f"{AT}/hosting").status in (403, 404)
    assert host(asked, OFFICE, "kari-north", capacity={"seat": [1, 1]})["answered_at"], (
        "the office answers for a site nobody has claimed"
    )
    for wrong, code in (
        ({"capacity": {"seat": [1]}}, "window-count"),
        ({"wants": ["nobody"]}, "not-found"),
        ({"wants": ["bio-1"] * 2}, "twice"),
    ):
        assert (
            refused(host, asked, MANAGER, "kari-south", **wrong).problem["errors"][0]["code"]
            == code
        )
    assert refused(host, asked, MANAGER, "kari-south", capacity={"seat": [-1, 0]}).status == 422
    letters = [(one.org, one.template) for one in written(asked)]
    assert letters.count((MANAGER.org, "site-asked")) == 1 and not any(
        t == "site-asked" and org != MANAGER.org for org, t in letters
    )


def written(desk) -> list:
    service = desk.composition.services["programs"]
    with service.db.reading(worker("programs")) as session:
        return list(session.scalars(select(Letter)))


def test_an_accepted_startup_says_where_it_wants_to_be_once_the_results_are_out(asked):
    assert (
        refused(wish, asked, founder(0), "bio-0", sites=["kari-south"]).problem["code"]
        == "not-accepted"
    )
    assert asked.client(founder(0)).get(f"{AT}/places/bio-0/wish")["wish"] is None
    announce(asked)
    told = asked.client(founder(0)).get(f"{AT}/places/bio-0/wish")["wish"]
    assert [s["site"] for s in told["sites"]] == [
        "kari-labs",
        "kari-north",
        "kari-south",
    ] and "wants" not in str(told), "not whom sites want"
    assert wish(asked, founder(0), "bio-0", sites=["kari-south", "kari-labs"], windows=[0])[
        "sites"
    ] == ["kari-south", "kari-labs"]
    assert refused(wish, asked, founder(1), "bio-0", sites=[]).status == 403
    assert (
        refused(wish, asked, founder(0), "bio-0", sites=["nowhere"]).problem["errors"][0]["code"]
        == "not-found"
    )
    assert (
        refused(wish, asked, founder(0), "bio-0", sites=[], windows=[5]).problem["errors"][0][
            "code"
        ]
        == "window-count"
    )
    asked.clock.move(days=400)
    assert refused(wish, asked, founder(0), "bio-0", sites=[]).problem["code"] == "requests-over"
    assert wish(asked, OFFICE, "bio-0", sites=["kari-labs"])["sites"] == ["kari-labs"], (
        "the office may still, for who calls it"
    )


def test_a_plan_takes_what_both_sides_have_said_and_a_changed_seat_is_one_number(asked):
    announce(asked)
    host(asked, OFFICE, "kari-labs", capacity={"seat": [1, 0]}, wants=["bio-1"])
    host(asked, MANAGER, "kari-south", capacity={"seat": [1, 0]}, wants=["bio-0"])
    wish(asked, founder(0), "bio-0", sites=["kari-south"])
    wish(asked, founder(1), "bio-1", sites=["kari-labs"])
    made = asked.client(OFFICE).post(f"{AT}/placements", {"name": "As answered"})
    solve(asked)
    told = asked.client(OFFICE).get(f"/api/v1/placements/{made['id']}")
    assert told["placed"] == [["bio-0", "kari-south", 0], ["bio-1", "kari-labs", 0]] and list(
        told["out"]
    ) == ["bio-2"]
    assert (
        told["windows"] == ["2027-02-01/2027-05-31", "2027-06-01/2027-09-30"]
        and told["summary"]["first_choice"] == 2
    )
    more = {
        "name": "Two seats more",
        "sites": [{"site": "kari-labs", "capacity": {"seat": [3, 0]}}, {"site": "kari-south"}],
        "depart_from": made["id"],
    }
    again = asked.client(OFFICE).post(f"{AT}/placements", more)
    solve(asked)
    beside = asked.client(OFFICE).get(
        f"/api/v1/placements/{made['id']}/comparison", other=again["id"]
    )
    assert [m["startup"] for m in beside["moves"]] == ["bio-2"] and beside["after"]["placed"] == 3


def test_asking_anew_keeps_answers_while_the_windows_stay_the_same(asked):
    host(asked, MANAGER, "kari-south", capacity={"seat": [1, 0]})
    office = asked.client(OFFICE)
    again = office.request("PUT", f"{AT}/hosting", json=ASKED | {"sites": ["kari-south"]}).json()[
        "hosting"
    ]
    assert [(s["site"], bool(s["answered_at"])) for s in again["sites"]] == [("kari-south", True)]
    fewer = office.request(
        "PUT", f"{AT}/hosting", json={"windows": FORM["windows"][:1], "sites": ["kari-south"]}
    ).json()["hosting"]
    assert fewer["sites"][0]["answered_at"] is None and fewer["sites"][0]["capacity"] == {}
    assert [one.org for one in written(asked) if one.template == "site-asked"] == [
        MANAGER.org
    ] * 2, "an answer that no longer fits is asked for again"
    crossing = [FORM["windows"][0], FORM["windows"][0]]
    told = refused(
        office.request, "PUT", f"{AT}/hosting", json={"windows": crossing, "sites": ["nowhere"]}
    )
    assert {(e["field"], e["code"]) for e in told.problem["errors"]} == {
        ("windows.1", "windows-overlap"),
        ("sites.0", "not-found"),
    }
    assert (
        refused(asked.client(OTHER_OFFICE).request, "PUT", f"{AT}/hosting", json=ASKED).status
        == 403
    )


def test_a_plan_is_computed_again_by_the_next_worker_where_the_last_one_died(desk):
    made = desk.client(OFFICE).post(f"{AT}/placements", FORM)
    service = desk.composition.services["programs"]
    with service.db.transaction(worker("programs")) as session:  # as a killed worker leaves it
        session.scalar(select(Job)).state = "running"
    solve(desk)
    assert desk.client(OFFICE).get(f"/api/v1/placements/{made['id']}")["summary"]["placed"] == 3
