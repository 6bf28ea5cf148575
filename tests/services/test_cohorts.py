"""Calls and applications: opened with reason, applied for by gaps and answers, closed to the
second, checked with evidence, decided together.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from nakodo_client import Refused
from services.programs import rules
from services.programs.models import Letter
from shared.auth import ADMINISTRATOR, Actor
from shared.errors import Unavailable
from shared.timers import Timekeeper
from tests.conftest import Stack, begun, startup_form

OFFICE = Actor("officer-1", "office", frozenset({"officer"}))
COLLEAGUE = Actor("officer-2", "office", frozenset({"officer"}))
OTHER_OFFICE = Actor("officer-x", "other-office", frozenset({"officer"}))
DEADLINE = datetime(2026, 12, 15, 8, 0, tzinfo=UTC)  # 17:00 in Japan
CALL = {
    "id": "kari-2027",
    "program": "kari-bridge",
    "name": {"en": "Kari call 2027 (invented)", "ja": "カリ公募2027（架空）"},
    "capacity": 2,
    "hubs": [{"hub": "hub-boston-cambridge", "places": 1}, {"hub": "hub-san-diego", "places": 2}],
    "opens_at": "2026-11-01T00:00:00+09:00",
    "deadline": "2026-12-15T17:00:00+09:00",
    "starts_on": "2027-02-01",
    "ends_on": "2027-09-30",
    "criteria": [{"key": "science", "en": "Science", "ja": "科学性", "weight": 2}],
    "questions": [
        {"key": "plan", "en": "Your plan", "ja": "計画", "limit": 20},
        {"key": "staff", "en": "Staff", "ja": "人数", "type": "number"},
        {"key": "budget", "en": "Budget", "ja": "予算", "required": False, "audience": "office"},
        {
            "key": "stay",
            "en": "Will you stay?",
            "ja": "滞在",
            "type": "choice",
            "choices": ["yes", "no"],
            "required": False,
        },
    ],
}
WHOLE = {"plan": "A trial in Boston", "staff": 4}


def founder(n: int) -> Actor:
    return Actor(f"founder-{n}", f"bio-{n}", frozenset({"startup"}))


def build(folder, environ: dict | None = None) -> Stack:
    stack = Stack(folder, environ=environ)
    rule = {
        "rule": "field-match",
        "op": "in",
        "value": ["drug"],
        "unit": "field_scope",
        "text": "drugs",
    }
    rules_ = [
        {"field": "eligibility", "value": rule},
        {"field": "hub", "value": "hub-boston-cambridge"},
    ]
    stack.client().register(
        "programs",
        {
            "id": "kari-bridge",
            "name": {"en": "Kari Bridge (invented)"},
            "owner": "office",
            "facts": rules_,
        },
    )
    for n in range(4):
        stack.client().register(
            "startups", startup_form(f"Bio {n} (invented)", id=f"bio-{n}", owner=f"bio-{n}")
        )
    return stack.settle()


def called(folder) -> Stack:
    made = build(folder)
    made.client(OFFICE).post("/api/v1/cohorts", CALL)
    return made


@pytest.fixture
def desk(tmp_path):
    made = begun(tmp_path, called)
    yield made
    made.composition.close()


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


def apply(desk, n: int, **more) -> dict:
    form = {"name": f"Bio {n}", "hubs": ["hub-boston-cambridge"]} | more
    return desk.client(founder(n)).post("/api/v1/cohorts/kari-2027/applications", form)


def step(desk, n: int, made: dict, act: str) -> dict:
    return desk.client(founder(n)).post(f"/api/v1/applications/{made['id']}/steps", {"act": act})


def submitted(desk, n: int) -> dict:
    return step(desk, n, apply(desk, n, answers=WHOLE), "submit")


def board(desk, actor: Actor = OFFICE, **query) -> dict[str, dict]:
    return {
        a["owner"] if "owner" in a else a["startup"]: a
        for a in desk.client(actor).get("/api/v1/cohorts/kari-2027/applications", **query)["items"]
    }


def move(desk, act: str, *items: dict, actor: Actor = OFFICE) -> dict:
    form = {
        "act": act,
        "applications": [{k: i[k] for k in ("id", "version") if k in i} for i in items],
    }
    return desk.client(actor).post("/api/v1/cohorts/kari-2027/moves", form)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"capacity": -1}, "capacity", None),
        ({"capacity": 9}, "hubs", "hubs-too-small"),
        ({"deadline": "2026-10-01T00:00:00+09:00"}, "deadline", "window-order"),
        ({"deadline": "2026-12-15T17:00:00"}, "deadline", None),
        ({"starts_on": "2026-12-01"}, "starts_on", "before-deadline"),
        ({"ends_on": "2027-01-01"}, "ends_on", "window-order"),
        ({"hubs": [{"hub": "hub-atlantis", "places": 2}]}, "hubs.0.hub", "unknown-code"),
        ({"hubs": [{"hub": "hub-boston-cambridge", "places": 2}] * 2}, "hubs.1.hub", "twice"),
        (
            {"criteria": [{"key": "a", "en": "A", "ja": "あ", "weight": 0}]},
            "criteria",
            "weights-all-zero",
        ),
        ({"questions": [CALL["questions"][0]] * 2}, "questions.1.key", "twice"),
        ({"applicants": ["country"]}, "applicants.0", None),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_with_the_reason_and_nothing_is_stored(
    desk, change, field, code
):
    told = refused(desk.client(OFFICE).post, "/api/v1/cohorts", CALL | {"id": "another"} | change)
    assert told.status == 422 and field in {e["field"] for e in told.problem["errors"]}
    assert code is None or code in {e["code"] for e in told.problem["errors"]}
    assert [c["id"] for c in desk.client(OFFICE).get("/api/v1/cohorts")["items"]] == ["kari-2027"]


def test_a_draft_has_gaps_submitting_lists_them_all_and_gives_a_receipt(desk):
    made = apply(desk, 0)
    assert (made["state"], made["receipt"], made["legal"]) == (
        "draft",
        None,
        ["submit", "withdraw"],
    )
    assert board(desk) == {}, "the office sees no drafts"
    told = refused(step, desk, 0, made, "submit")
    assert {e["field"]: e["code"] for e in told.problem["errors"]} == {
        "answers.plan": "required",
        "answers.staff": "required",
    }
    at = f"/api/v1/applications/{made['id']}"
    for wrong, code in (
        ({"plan": "x" * 21}, "too-long"),
        ({"staff": "four"}, "not-number"),
        ({"stay": "perhaps"}, "not-a-choice"),
        ({"x": 1}, "unknown-key"),
    ):
        assert (
            refused(desk.client(founder(0)).patch, at, {"answers": wrong}, 1).problem["errors"][0][
                "code"
            ]
            == code
        )
    changed = desk.client(founder(0)).patch(at, {"answers": WHOLE}, 1)
    assert (
        refused(desk.client(founder(0)).patch, at, {"answers": {"plan": "Mine"}}, 1).status == 412
    ), "of two who edit, one is told"
    done = step(desk, 0, changed, "submit")
    assert (
        done["state"] == "submitted"
        and done["receipt"] == "kari-2027-0001"
        and step_codes(desk, done) == "illegal-step"
    )
    assert refused(apply, desk, 0).problem["code"] == "applied-already"
    again = step(desk, 0, done, "recall")
    assert (
        again["state"] == "draft" and step(desk, 0, again, "submit")["receipt"] == "kari-2027-0001"
    ), "a receipt is kept"
    assert list(board(desk)) == ["bio-0"]


def step_codes(desk, made: dict) -> str:
    return refused(step, desk, 0, made, "submit").problem["code"]


def test_the_deadline_holds_to_the_second_and_a_late_try_is_kept(desk):
    early, late = apply(desk, 0, answers=WHOLE), apply(desk, 1, answers=WHOLE)
    desk.clock.move(seconds=(DEADLINE - desk.clock.now()).total_seconds())
    assert step(desk, 0, early, "submit")["state"] == "submitted"
    desk.clock.move(seconds=1)
    told = refused(step, desk, 1, late, "submit")
    assert (
        told.status == 409
        and told.problem["code"] == "deadline-passed"
        and "2026-12-15 17:00:00 JST" in told.problem["title"]
    )
    trail = desk.client().get("/services/programs/audit", subject=late["id"])["items"]
    assert "application-late" in {row["action"] for row in trail}
    assert refused(step, desk, 0, early, "recall").problem["code"] == "deadline-passed"


def test_checks_have_value_evidence_checker_and_date_and_an_officers_finding_stands(desk):
    made = submitted(desk, 0)
    check = board(desk)["bio-0"]["checks"]["eligibility"]
    assert (
        check["state"] == "unknown"
        and check["checker"] == "rules"
        and check["at"]
        and check["text"]["ja"]
        and check["threshold"]
    )
    at = f"/api/v1/applications/{made['id']}/checks"
    desk.client(OFFICE).request(
        "PUT",
        f"{at}/eligibility",
        json={"state": "pass", "note": "A drug, see page 3", "evidence": "deck p. 3"},
    )
    desk.client(OFFICE).post(at)
    told = desk.client(OFFICE).get(f"/api/v1/applications/{made['id']}")
    assert (
        told["checks"]["eligibility"]["state"] == "pass"
        and told["checks"]["eligibility"]["checker"] == "officer-1"
    )
    assert [c["result"]["checker"] for c in told["log"] if c["rule"] == "eligibility"] == [
        "rules",
        "officer-1",
    ]
    assert (
        list(board(desk, check="eligibility:pass")) == ["bio-0"]
        and board(desk, check="eligibility:unknown") == {}
    )
    assert refused(desk.client(founder(0)).post, at).status == 403


def test_without_the_rules_nothing_is_submitted(desk):
    made = apply(desk, 0, answers=WHOLE)

    def away(*_):
        raise Unavailable()

    desk.composition.services["programs"].app.extensions["nakodo"]["doors"].checks = away
    assert refused(step, desk, 0, made, "submit").status == 503
    assert desk.client(founder(0)).get(f"/api/v1/applications/{made['id']}")["state"] == "draft"


def test_decisions_are_taken_together_all_or_none_within_the_places_and_undone(desk):
    rows = [submitted(desk, n) for n in range(3)]
    rows = list(board(desk).values())
    told = refused(move, desk, "accept", *rows)
    assert told.problem["code"] == "cohort-full" and {a["state"] for a in board(desk).values()} == {
        "submitted"
    }, "none"
    made = move(desk, "shortlist", *rows)
    assert made["count"] == 3 and {a["state"] for a in board(desk).values()} == {"shortlisted"}
    stale = refused(move, desk, "accept", rows[0])
    assert stale.problem["errors"][0]["code"] == "stale"
    wrong = refused(move, desk, "shortlist", *board(desk).values())
    assert (
        wrong.problem["errors"][0]["code"] == "illegal-step"
        and "accept" in wrong.problem["errors"][0]["message"]
    )
    assert {a["state"] for a in board(desk, founder(0)).values()} == {"submitted"}, (
        "held from the applicant"
    )
    undone = desk.client(COLLEAGUE).post(f"/api/v1/cohorts/kari-2027/moves/{made['id']}/undo")
    assert undone["undone"] and {a["state"] for a in board(desk).values()} == {"submitted"}
    assert (
        refused(
            desk.client(OFFICE).post, f"/api/v1/cohorts/kari-2027/moves/{made['id']}/undo"
        ).problem["code"]
        == "undo-too-late"
    )
    assert refused(move, desk, "accept", rows[0], actor=OTHER_OFFICE).status == 403


def test_results_are_held_until_their_hour_and_told_by_mail(desk):
    for n in range(2):
        submitted(desk, n)
    rows = board(desk)
    move(desk, "accept", rows["bio-0"])
    move(desk, "decline", rows["bio-1"])
    at = "/api/v1/cohorts/kari-2027/announcement"
    assert (
        refused(desk.client(OFFICE).post, at, {"at": "2026-12-01T09:00:00+09:00"}).problem[
            "errors"
        ][0]["code"]
        == "before-deadline"
    )
    desk.clock.move(days=30)
    desk.client(OFFICE).post(at, {"at": (desk.clock.now() + timedelta(hours=2)).isoformat()})
    assert board(desk, founder(0))["bio-0"]["state"] == "submitted"
    desk.clock.move(hours=2)
    service = desk.composition.services["programs"]
    Timekeeper("programs", service.db, service.timers).fire_due()
    assert (
        board(desk, founder(0))["bio-0"]["state"] == "accepted"
        and board(desk, founder(1))["bio-1"]["state"] == "declined"
    )
    with service.db.reading(ADMINISTRATOR) as session:
        assert sorted((row.org, row.template) for row in session.query(Letter)) == [
            ("bio-0", "application-result"),
            ("bio-1", "application-result"),
        ]


def test_a_board_is_read_to_its_end_however_long_a_page_is(desk):
    for n in range(3):
        submitted(desk, n)
    office = desk.client(OFFICE)
    whole = office.get("/api/v1/cohorts/kari-2027/board")
    assert office.board("kari-2027", page=1) == whole and len(whole["items"]) == 3


def test_who_has_open_questions_is_written_to_once_in_three_days(desk):
    made = submitted(desk, 0)
    desk.client(OFFICE).request(
        "PUT",
        f"/api/v1/applications/{made['id']}/checks/academic",
        json={"state": "unknown", "note": "?"},
    )
    at = "/api/v1/cohorts/kari-2027/chasers"
    assert [desk.client(OFFICE).post(at)["count"] for _ in range(2)] == [1, 0]
    desk.clock.move(days=4)
    assert desk.client(OFFICE).post(at)["count"] == 1


def test_the_board_as_a_table_keeps_japanese_intact(desk):
    desk.client(founder(0)).post(
        "/api/v1/cohorts/kari-2027/applications",
        {"name": "見本バイオ株式会社", "answers": {"plan": "東京", "staff": 3}},
    )
    (made,) = desk.client(founder(0)).get("/api/v1/cohorts/kari-2027/applications")["items"]
    step(desk, 0, made, "submit")
    raw = desk.client(OFFICE).request("GET", "/api/v1/cohorts/kari-2027/exports").content
    head, row = load_workbook(BytesIO(raw)).active.values
    told = dict(zip(head, row, strict=True))
    assert (
        told["name"] == "見本バイオ株式会社"
        and told["receipt"] == "kari-2027-0001"
        and told["answer:plan"] == "東京"
        and told["check:eligibility"] == "unknown"
    )


def test_drafts_calls_and_applications_are_seen_by_whom_they_concern(desk):
    desk.client(OFFICE).post("/api/v1/cohorts", CALL | {"id": "secret-call", "state": "draft"})
    assert "secret-call" not in {
        c["id"] for c in desk.client(founder(0)).get("/api/v1/cohorts")["items"]
    }
    made = submitted(desk, 0)
    for stranger in (founder(1), OTHER_OFFICE):
        assert (
            refused(desk.client(stranger).get, f"/api/v1/applications/{made['id']}").status == 404
            and board(desk, stranger) == {}
        )
    assert "criteria" not in desk.client(founder(0)).get("/api/v1/cohorts/kari-2027")
    assert (
        refused(desk.client(OTHER_OFFICE).post, "/api/v1/cohorts", CALL | {"id": "mine"}).status
        == 403
    ), "another office's programme"
    assert (
        refused(
            desk.client(OTHER_OFFICE).patch, "/api/v1/cohorts/kari-2027", {"capacity": 1}, 1
        ).status
        == 403
    )
    assert (
        desk.client(OFFICE).patch("/api/v1/cohorts/kari-2027", {"capacity": 3}, 1)["capacity"] == 3
    )
    assert (
        refused(desk.client(OFFICE).patch, "/api/v1/cohorts/kari-2027", {"capacity": 2}, 1).status
        == 412
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from([rules.APPLICANT, rules.OFFICE]),
            st.sampled_from(sorted({a for s in rules.STEPS.values() for _, a in s})),
        ),
        max_size=10,
    )
)
def test_no_walk_leaves_the_machine_and_an_applicant_reads_no_decision_early(walk):
    state = rules.DRAFT
    for who, act in walk:
        state = rules.STEPS[state].get((who, act), state)
        assert state in rules.STEPS
        assert rules.seen_by_applicant(state, False) in (
            rules.DRAFT,
            rules.SUBMITTED,
            rules.WITHDRAWN,
        )
    reached, todo = {rules.DRAFT}, [rules.DRAFT]
    while todo:
        for after in rules.STEPS[todo.pop()].values():
            if after not in reached:
                reached.add(after)
                todo.append(after)
    assert reached == set(rules.STEPS)


def test_the_board_turns_its_pages_and_counts_over_all_that_is_wanted(desk):
    for n in range(4):
        submitted(desk, n)
    rows = board(desk)
    move(desk, "shortlist", rows["bio-1"], rows["bio-3"])
    office, at = desk.client(OFFICE), "/api/v1/cohorts/kari-2027/board"
    whole = office.get(at)
    assert (
        whole["total"] == 4
        and whole["states"] == {"submitted": 2, "shortlisted": 2}
        and whole["next"] is None
    )
    assert [i["receipt"] for i in whole["items"]] == sorted(i["receipt"] for i in whole["items"])
    seen, after, turns = [], {}, 0
    while after is not None and turns < 5:
        page, turns = office.get(at, limit=2, **after), turns + 1
        assert page["total"] == 4 and page["states"] == whole["states"], (
            "counts are over everything, on every page"
        )
        seen += [i["receipt"] for i in page["items"]]
        after = {"after": page["next"]} if page["next"] else None
    assert turns == 2 and seen == [i["receipt"] for i in whole["items"]]
    listed = office.get(at, state="shortlisted")
    assert (
        {i["startup"] for i in listed["items"]} == {"bio-1", "bio-3"}
        and listed["total"] == 2
        and listed["states"] == {"shortlisted": 2}
    )
    assert (
        office.get(at, q="bio 2")["total"]
        == office.get(at, q=rows["bio-2"]["receipt"])["total"]
        == 1
        and office.get(at, q="%")["total"] == 0
    )
    for rule, counts in whole["rules"].items():
        assert sum(counts.values()) == 4
        for state, n in counts.items():
            assert office.get(at, check=f"{rule}:{state}")["total"] == n, (rule, state)
    assert refused(desk.client(OTHER_OFFICE).get, at).status == 403


def test_an_offices_table_names_no_draft(desk):
    """A row with a draft's id and its right name is answered as one with an id that nobody has."""
    draft = startup_form("Kakushi Bio (invented)", id="kakushi", owner="bio-9", state="draft")
    desk.client().register("startups", draft)
    rows = b"name,startup,answer:plan,answer:staff\n" + b"".join(
        b"Kakushi Bio (invented),%s,A plan,4\n" % slug for slug in (b"kakushi", b"none-such")
    )
    told = desk.client(OFFICE).request(
        "POST", "/api/v1/cohorts/kari-2027/imports", files={"file": ("list.csv", rows)}
    )
    codes = [[e["code"] for e in row["errors"]] for row in told.json()["faults"]]
    assert codes == [["startup-differs"], ["startup-differs"]]


def test_what_an_application_is_about_is_what_the_startup_shows(desk):
    hidden = {"field": "therapeutic_area", "value": "type-1-diabetes", "tier": "private"}
    desk.client(founder(0)).add_facts("startups", "bio-0", [hidden])
    made = apply(desk, 0, answers=WHOLE)
    assert step(desk, 0, made, "submit")["topics"] == ["aml", "car-t"]
