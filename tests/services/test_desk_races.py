"""The programme desk on PostgreSQL, where people act at the same moment: one clear outcome, nothing
half done, the log as the tables.
"""

import pytest

from nakodo_client import Refused
from shared.auth import ADMINISTRATOR, Actor
from tests.conftest import Stack, mandate_form, startup_form
from tests.services.test_cohorts import CALL, COLLEAGUE, OFFICE, WHOLE, build, founder
from tests.services.test_postgres import at_once
from tests.services.test_reviews import (
    HEAD,
    MEANS,
    ROUND,
    bring,
    lying,
    reviewer,
    rows,
    sheet,
    solve,
)

psycopg = pytest.importorskip(
    "psycopg", reason="psycopg is not installed: pip install -e .[postgres]"
)
pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres")]
AT = "/api/v1/cohorts/kari-2027"


@pytest.fixture
def desk(databases, tmp_path):
    made = build(tmp_path, {"NAKODO_DATABASE_URL": databases})
    made.client(OFFICE).post("/api/v1/cohorts", CALL)
    yield made
    made.composition.close()


def submitted(desk, n: int) -> dict:
    made = desk.client(founder(n)).post(
        f"{AT}/applications", {"name": f"Bio {n}", "answers": WHOLE}
    )
    return desk.client(founder(n)).post(
        f"/api/v1/applications/{made['id']}/steps", {"act": "submit"}
    )


def board(desk) -> dict[str, dict]:
    return {a["name"]: a for a in desk.client(OFFICE).get(f"{AT}/applications")["items"]}


def move(desk, who: Actor, act: str, items: list[dict]):
    form = {"act": act, "applications": [{"id": i["id"], "version": i["version"]} for i in items]}
    return desk.client(who).post(f"{AT}/moves", form)


def told_states(desk, kind: str) -> list[tuple[str, str]]:
    with desk.composition.services["programs"].db.reading(ADMINISTRATOR) as session:
        query = (
            "SELECT key, value::json->'data'->>'state' FROM outbox WHERE value::json->>'type' ="
            f" '{kind}' ORDER BY id"
        )
        return [tuple(row) for row in session.connection().exec_driver_sql(query)]


def test_of_two_officers_who_move_the_same_applications_one_wins_whole(desk):
    [submitted(desk, n) for n in range(3)]
    items = list(board(desk).values())
    told = at_once(
        [
            lambda a=a, act=act: move(desk, a, act, items)
            for a, act in ((OFFICE, "shortlist"), (COLLEAGUE, "decline")) * 2
        ]
    )
    won = [t for t in told if isinstance(t, dict)]
    assert len(won) == 1 and all(
        t.problem["errors"][0]["code"] == "stale" for t in told if isinstance(t, Refused)
    )
    states = {a["state"] for a in board(desk).values()}
    assert states == {{"shortlist": "shortlisted", "decline": "declined"}[won[0]["act"]]}, (
        "all of one, nothing of the other"
    )
    assert len([s for _, s in told_states(desk, "application.changed.v1") if s in states]) == 3


def test_the_last_place_goes_once(desk):
    [submitted(desk, n) for n in range(3)]
    items = list(board(desk).values())
    told = at_once(
        [
            lambda i=i, a=a: move(desk, a, "accept", [i])
            for i, a in zip(items, (OFFICE, COLLEAGUE, OFFICE), strict=True)
        ]
    )
    assert sum(isinstance(t, dict) for t in told) == 2 and [
        t.problem["code"] for t in told if isinstance(t, Refused)
    ] == ["cohort-full"]
    assert sorted(a["state"] for a in board(desk).values()) == ["accepted", "accepted", "submitted"]


def test_an_applicant_who_withdraws_during_a_bulk_change_is_out_or_the_change_was_first(desk):
    for n in range(3):
        made = submitted(desk, n)
        item = board(desk)[f"Bio {n}"]
        leave = f"/api/v1/applications/{made['id']}/steps"
        told = at_once(
            [
                lambda i=item: move(desk, OFFICE, "shortlist", [i]),
                lambda n=n, leave=leave: desk.client(founder(n)).post(leave, {"act": "withdraw"}),
            ]
        )
        assert isinstance(told[1], dict) and board(desk)[f"Bio {n}"]["state"] == "withdrawn", (
            "leaving is always possible"
        )
        steps = [s for key, s in told_states(desk, "application.changed.v1") if key == made["id"]]
        if isinstance(told[0], Refused):
            assert told[0].problem["errors"][0]["code"] == "stale" and steps == [
                "submitted",
                "withdrawn",
            ]
        else:
            assert steps == ["submitted", "shortlisted", "withdrawn"]


def test_a_reviewer_who_submits_while_being_recused_counts_or_does_not_and_never_both(desk):
    bring(desk, sheet([HEAD, *rows(6)]), mapping=MEANS, apply="true")
    desk.panel = [reviewer(desk, "Reviewer 0 (invented)", [])]
    made = desk.client(OFFICE).post(f"{AT}/rounds", ROUND | {"per_application": 1})
    desk.client(OFFICE).post(f"/api/v1/rounds/{made['id']}/allocation", {})
    solve(desk)
    names = {a["receipt"]: a["name"] for a in board(desk).values()}
    barred: list[str] = []
    for item in lying(desk, 0):
        at = f"/api/v1{desk.panel[0]['path']}/{item['id']}"
        desk.client().request("PUT", f"{at}/interest")
        barred.append(names[item["receipt"]])
        change = {"interests": list(barred)}
        told = at_once(
            [
                lambda at=at: (
                    desk.client()
                    .request("PUT", at, json={"scores": {"science": 4, "team": 4}})
                    .json()
                ),
                lambda change=change: (
                    desk.client(OFFICE)
                    .request("PATCH", f"{AT}/reviewers/{desk.panel[0]['id']}", json=change)
                    .json()
                ),
            ]
        )
        assert isinstance(told[1], dict), "the office's word always holds"
        if isinstance(told[0], Refused):
            assert told[0].problem["code"] == "illegal-step"
        steps = [s for key, s in told_states(desk, "review.changed.v1") if key == item["id"]]
        assert steps in (
            ["assigned", "clear", "submitted", "recused"],
            ["assigned", "clear", "recused"],
        )
    assert desk.client(OFFICE).get(f"/api/v1/rounds/{made['id']}/ranking")["items"] == []


def test_an_hour_of_a_mentors_is_booked_once(desk):
    [submitted(desk, n) for n in range(2)]
    move(desk, OFFICE, "accept", list(board(desk).values()))
    desk.clock.move(days=30)
    desk.client(OFFICE).post(f"{AT}/announcement", {})
    mentor = desk.client(OFFICE).post("/api/v1/mentors", {"name": "Kari Jiro (invented)"})
    slots = [{"starts_at": "2027-01-12T09:00:00Z", "ends_at": "2027-01-12T10:00:00Z"}]
    (hour,) = desk.client(OFFICE).post(f"/api/v1/mentors/{mentor['id']}/hours", {"slots": slots})[
        "items"
    ]
    at = f"/api/v1/mentors/hours/{hour['id']}/booking"
    told = at_once(
        [
            lambda n=n: (
                desk.client(founder(n)).request("PUT", at, json={"cohort": "kari-2027"}).json()
            )
            for n in range(2)
        ]
    )
    assert sum(isinstance(t, dict) for t in told) == 1 and {
        t.status for t in told if isinstance(t, Refused)
    } == {404}


def test_the_same_thing_entered_twice_at_once_counts_once(desk):
    submitted(desk, 0)
    move(desk, OFFICE, "accept", list(board(desk).values()))
    form = {
        "cohort": "kari-2027",
        "indicator": "agreements",
        "startup": "bio-0",
        "on": "2026-11-20",
        "evidence": "https://kari.example/a",
        "same": "a",
    }
    told = at_once(
        [
            lambda a=a: desk.client(a).post("/api/v1/kpis/entries", form)
            for a in (OFFICE, COLLEAGUE, OFFICE, COLLEAGUE)
        ]
    )
    assert sum(isinstance(t, dict) for t in told) == 1 and {
        t.problem["code"] for t in told if isinstance(t, Refused)
    } == {"counted-already"}


def test_the_whole_desk_runs_on_postgres_as_on_sqlite(desk):
    """Interviews and the report once over, since their queries lock and group in their own ways."""
    bring(desk, sheet([HEAD, *rows(4)]), mapping=MEANS, apply="true")
    who = reviewer(desk, "Reviewer 0 (invented)", [])
    made = desk.client(OFFICE).post(f"{AT}/rounds", ROUND | {"kind": "interview"})
    move(desk, OFFICE, "shortlist", list(board(desk).values()))
    slots = [
        {"starts_at": f"2027-01-25T{9 + n:02}:00:00Z", "ends_at": f"2027-01-25T{9 + n:02}:45:00Z"}
        for n in range(4)
    ]
    desk.client(OFFICE).post(
        f"/api/v1/rounds/{made['id']}/slots",
        {"slots": slots, "place": "Room 1", "panel": [who["id"]]},
    )
    assert desk.client(OFFICE).post(f"/api/v1/rounds/{made['id']}/slots/fill")["count"] == 4
    assert len(desk.client(OFFICE).get(f"/api/v1/rounds/{made['id']}/slots")["items"]) == 4
    assert (
        desk.client(OFFICE).get(f"/api/v1/rounds/{made['id']}")["counts"] == {"assigned": 4}
        and desk.client(OFFICE).get(f"{AT}/reviewers")["items"]
    )
    told = desk.client(OFFICE).get("/api/v1/kpis/reports/kari-2027")
    assert (
        next(i for i in told["indicators"] if i["key"] == "applications")["figures"]["total"][
            "total"
        ]
        == 4
    )


def test_of_two_officers_who_place_the_last_seat_one_wins_and_who_withdraws_meanwhile_is_not_placed(
    desk,
):
    place = [{"field": "location", "value": "hub-boston-cambridge"}]
    desk.client().register(
        "sites",
        {
            "id": "kari-labs",
            "name": {"en": "Kari Labs (invented)"},
            "owner": "office",
            "facts": place,
        },
    )
    desk.settle()
    made = [submitted(desk, n) for n in range(2)]
    move(desk, OFFICE, "accept", list(board(desk).values()))
    form = {
        "name": "One seat",
        "windows": [{"starts_on": "2027-01-01", "ends_on": "2027-12-31"}],
        "sites": [{"site": "kari-labs", "hub": "hub-boston-cambridge", "capacity": {"seat": [1]}}],
    }
    plan = desk.client(OFFICE).post(f"{AT}/placements", form | {"stable": True})
    desk.client(OFFICE).post(f"/api/v1/placements/{plan['id']}/confirmation")
    (held,) = desk.client(OFFICE).get(f"{AT}/places")["items"]
    other = {"bio-0": "bio-1", "bio-1": "bio-0"}[held["startup"]]
    told = at_once(
        [
            lambda a=a, s=s: (
                desk.client(a).request("PUT", f"{AT}/places/{s}", json={"site": "kari-labs"}).json()
            )
            for a, s in ((OFFICE, other), (COLLEAGUE, held["startup"]))
        ]
    )
    assert (
        sum(isinstance(t, Refused) for t in told) == 1
        and len(desk.client(OFFICE).get(f"{AT}/places")["items"]) == 1
    )
    mine = next(m for m in made if m["startup"] == held["startup"])
    leave = f"/api/v1/applications/{mine['id']}/steps"
    again = desk.client(OFFICE).post(
        f"{AT}/placements",
        form | {"stable": True, "pins": [{"startup": held["startup"], "site": "kari-labs"}]},
    )
    told = at_once(
        [
            lambda: desk.client(OFFICE).post(f"/api/v1/placements/{again['id']}/confirmation"),
            lambda: desk.client(founder(int(held["startup"][-1]))).post(leave, {"act": "withdraw"}),
        ]
    )
    assert isinstance(told[1], dict), "leaving is always possible"
    if isinstance(told[0], Refused):
        assert told[0].problem["code"] == "plan-outdated"


def test_two_who_swap_into_one_slot_leave_one_day_that_breaks_nothing(databases, tmp_path):
    stack = Stack(tmp_path, environ={"NAKODO_DATABASE_URL": databases})
    try:
        for n in range(2):
            stack.client().register(
                "startups", startup_form(f"Bio {n} (invented)", id=f"bio-{n}", owner=f"bio-{n}")
            )
            stack.client().register(
                "investors",
                {"id": f"fund-{n}", "name": {"en": f"Fund {n} (invented)"}, "owner": f"fund-{n}"},
            )
            stack.client().register("mandates", mandate_form(f"fund-{n}", owner=f"fund-{n}"))
        stack.settle()
        office = stack.client(OFFICE)
        slots = [
            {
                "starts_at": f"2027-03-10T{9 + n:02}:00:00Z",
                "ends_at": f"2027-03-10T{9 + n:02}:25:00Z",
            }
            for n in range(3)
        ]
        form = {
            "id": "kari-day",
            "name": {"en": "Kari Day (invented)"},
            "zone": "Asia/Tokyo",
            "slots": slots,
            "rooms": 1,
        }
        office.post("/api/v1/days", form | {"requests_until": "2027-03-01T00:00:00Z"})
        at = "/api/v1/days/kari-day"
        office.post(
            f"{at}/attendees",
            {"startups": ["bio-0", "bio-1"], "mandates": ["fund-0-equity", "fund-1-equity"]},
        )
        for n in range(2):
            office.request(
                "PUT", f"{at}/attendees/bio-{n}/wishes", json={"wishes": [f"fund-{n}-equity"]}
            )
        office.post(f"{at}/schedule", {})
        stack.composition.services["meetings"].queue("jobs").step()
        meetings = office.get(at)["meetings"]
        assert len(meetings) == 2
        free = ({0, 1, 2} - {m["slot"] for m in meetings}).pop()
        told = at_once(
            [
                lambda m=m, a=a: (
                    stack.client(a)
                    .request("PATCH", f"{at}/meetings/{m['id']}", json={"slot": free})
                    .json()
                )
                for m, a in zip(meetings, (OFFICE, COLLEAGUE), strict=True)
            ]
        )
        assert sum(isinstance(t, dict) for t in told) == 1 and {
            t.problem["code"] for t in told if isinstance(t, Refused)
        } == {"day-rooms"}
        after = office.get(at)["meetings"]
        assert len({m["slot"] for m in after}) == 2 and sum(m["slot"] == free for m in after) == 1
    finally:
        stack.composition.close()
