"""Rounds of review: shared out within caps and conflicts, read blind and only after an interest is
declared, put on one scale, decided, told.
"""

import random
import subprocess
import sys
import time
from datetime import timedelta
from io import BytesIO

import icalendar
import numpy as np
import pytest
from openpyxl import Workbook, load_workbook
from scipy.stats import spearmanr

from nakodo_client import Refused
from services.programs.models import Delivery, Letter
from services.programs.planning import allocation
from services.programs.planning.consensus import consensus
from shared.auth import ADMINISTRATOR, Actor
from shared.jobs import Solvers
from shared.timers import Timekeeper
from tests.conftest import begun, employ
from tests.services.test_cohorts import (
    COLLEAGUE,
    OFFICE,
    OTHER_OFFICE,
    WHOLE,
    called,
    founder,
    refused,
)

AREAS = ("aml", "car-t", "oncology", "cell-therapy")
ROUND = {
    "name": {"en": "Documents", "ja": "書類審査"},
    "rubric": [
        {"key": "science", "en": "Science", "ja": "科学性", "weight": 2},
        {"key": "team", "en": "Team", "ja": "チーム", "weight": 1},
    ],
    "blind": ["name", "startup", "answers.staff"],
    "per_application": 2,
    "due": "2027-01-20T17:00:00+09:00",
}
AT = "/api/v1/cohorts/kari-2027"


def sheet(rows: list[list]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    raw = BytesIO()
    book.save(raw)
    return raw.getvalue()


def bring(desk, content: bytes, name: str = "list.xlsx", **form) -> dict:
    return (
        desk.client(OFFICE)
        .request("POST", f"{AT}/imports", files={"file": (name, content)}, data=form)
        .json()
    )


HEAD = ["企業名", "応募分野", "希望拠点", "計画", "Staff", "受付日時"]
MEANS = (
    '{"企業名": "name", "応募分野": "topics", "希望拠点": "hubs", "計画": "answer:plan",'
    ' "受付日時": "submitted_at"}'
)


def rows(count: int) -> list[list]:
    hubs = ("hub-boston-cambridge", "hub-san-diego")
    return [
        [
            f"見本バイオ{n}（架空）",
            AREAS[n % 4],
            hubs[n % 2],
            "米国での治験",
            n + 1,
            "2026/11/20 10:00",
        ]
        for n in range(count)
    ]


@pytest.fixture
def desk(tmp_path):
    made = begun(tmp_path, called)
    yield made
    made.composition.close()


def solve(desk) -> None:
    service = desk.composition.services["programs"]
    assert service.queue("jobs").step()


def reviewer(desk, name: str, expertise: list[str], **more) -> dict:
    made = desk.client(OFFICE).post(
        f"{AT}/reviewers", {"name": name, "expertise": expertise} | more
    )
    return made | {"path": desk.client(OFFICE).post(f"{AT}/reviewers/{made['id']}/link")["path"]}


def applications(desk) -> list[dict]:
    return desk.client(OFFICE).get(f"{AT}/applications")["items"]


def shared_out(folder):
    desk = called(folder)
    bring(desk, sheet([HEAD, *rows(8)]), mapping=MEANS, apply="true")
    desk.panel = [
        reviewer(desk, f"Reviewer {n} (invented)", [AREAS[n], AREAS[(n + 1) % 4]]) for n in range(4)
    ]
    desk.round = desk.client(OFFICE).post(f"{AT}/rounds", ROUND)
    desk.client(OFFICE).post(f"/api/v1/rounds/{desk.round['id']}/allocation", {})
    solve(desk)
    return desk


@pytest.fixture
def reviewed(tmp_path):
    """Eight imported applications, four reviewers, one round shared out."""
    made = begun(tmp_path, shared_out)
    yield made
    made.composition.close()


def guest(desk, path: str):
    return f"/api/v1{path}"


def lying(desk, n: int) -> list[dict]:
    return desk.client().get(guest(desk, desk.panel[n]["path"]))["items"]


def score(desk, n: int, item: dict, science: int, team: int, **more) -> dict:
    at = f"{guest(desk, desk.panel[n]['path'])}/{item['id']}"
    if item["state"] == "assigned":
        desk.client().request("PUT", f"{at}/interest")
    return (
        desk.client()
        .request("PUT", at, json={"scores": {"science": science, "team": team}} | more)
        .json()
    )


def test_a_table_with_its_own_headings_is_mapped_once_and_read_again_next_year(desk):
    told = bring(desk, sheet([HEAD, *rows(3)]), mapping=MEANS, saved="Direct sheet")
    assert (told["count"], told["faults"], told["applied"]) == (3, [], False) and applications(
        desk
    ) == []
    done = bring(desk, sheet([HEAD, *rows(3)]), saved="Direct sheet", apply="true")
    assert done["applied"] and [a["receipt"] for a in applications(desk)] == [
        f"kari-2027-000{n}" for n in (1, 2, 3)
    ]
    first = applications(desk)[0]
    assert (
        first["name"] == "見本バイオ0（架空）"
        and first["answers"] == {"plan": "米国での治験", "staff": 1.0}
        and first["imported"]
    )
    assert first["submitted_at"].startswith("2026-11-20T01:00")
    again = bring(desk, sheet([HEAD, *rows(3)]), saved="Direct sheet", apply="true")
    assert (
        not again["applied"]
        and {f["errors"][0]["code"] for f in again["faults"]} == {"row-applied"}
        and len(applications(desk)) == 3
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({0: ""}, "required"),
        ({1: "alchemy"}, "not-a-choice"),
        ({2: "hub-atlantis"}, "not-a-choice"),
        ({3: "x" * 21}, "too-long"),
        ({4: "many"}, "not-number"),
        ({5: "soon"}, "bad-date"),
    ],
)
def test_a_bad_row_is_named_and_nothing_of_the_table_is_stored(desk, change, code):
    bad = [change.get(i, cell) for i, cell in enumerate(rows(2)[1])]
    told = bring(desk, sheet([HEAD, rows(1)[0], bad]), mapping=MEANS, apply="true")
    assert (
        not told["applied"]
        and told["faults"][0]["row"] == 3
        and code in {e["code"] for e in told["faults"][0]["errors"]}
    )
    assert applications(desk) == []


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        (b"PK\x03\x04broken", "list.xlsx", {}),
        (b"", "list.xlsx", {}),
        (sheet([["Colour"], ["A"]]), "list.xlsx", {}),
        (sheet([HEAD, *rows(1)]), "list.xlsx", {"mapping": '{"企業名": "weather"}'}),
        (sheet([HEAD, *rows(1)]), "list.xlsx", {"mapping": "[1"}),
    ],
)
def test_a_broken_table_or_mapping_is_refused_with_the_reason(desk, content, name, form):
    with pytest.raises(Refused) as told:
        bring(desk, content, name, apply="true", **form)
    assert told.value.status == 422 and applications(desk) == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"rubric": []}, "rubric", None),
        ({"rubric": [ROUND["rubric"][0] | {"weight": 0}]}, "rubric", "weights-all-zero"),
        ({"rubric": [ROUND["rubric"][0]] * 2}, "rubric.1.key", "twice"),
        ({"rubric": [{"key": "science", "en": "S", "ja": "科"}]}, "rubric.0.weight", None),
        ({"blind": ["answers.weather"]}, "blind.0", "not-a-choice"),
        ({"due": "2026-12-01T17:00:00+09:00"}, "due", "before-deadline"),
        ({"due": "2027-01-20T17:00:00"}, "due", None),
        ({"per_application": 0}, "per_application", None),
    ],
)
def test_a_round_that_makes_no_sense_is_refused(desk, change, field, code):
    told = refused(desk.client(OFFICE).post, f"{AT}/rounds", ROUND | change)
    assert told.status == 422 and field in {e["field"] for e in told.problem["errors"]}
    assert code is None or code in {e["code"] for e in told.problem["errors"]}
    assert desk.client(OFFICE).get(f"{AT}/rounds")["items"] == []


def test_allocation_holds_caps_and_conflicts_and_covers_the_field(reviewed):
    told = reviewed.client(OFFICE).get(f"/api/v1/rounds/{reviewed.round['id']}")
    assert (
        told["job"]["state"] == "done"
        and told["job"]["said"]["optimal"]
        and told["counts"] == {"assigned": 16}
    )
    listed = reviewed.client(OFFICE).get(f"/api/v1/rounds/{reviewed.round['id']}/reviews")["items"]
    assert {r["state"] for r in listed} == {"assigned"} and len(
        {(r["application"], r["reviewer"]) for r in listed}
    ) == 16
    again = reviewed.client(OFFICE).post(f"/api/v1/rounds/{reviewed.round['id']}/allocation", {})
    solve(reviewed)
    assert (
        again["state"] == "waiting"
        and len(
            reviewed.client(OFFICE).get(f"/api/v1/rounds/{reviewed.round['id']}/reviews")["items"]
        )
        == 16
    )


def test_nothing_is_read_before_the_interest_is_declared_and_then_as_blind_as_the_round_says(
    reviewed,
):
    item = lying(reviewed, 0)[0]
    assert item["name"] is None and item["receipt"]
    at = f"{guest(reviewed, reviewed.panel[0]['path'])}/{item['id']}"
    assert "application" not in reviewed.client().get(at)
    early = refused(
        reviewed.client().request, "PUT", at, json={"scores": {"science": 3, "team": 3}}
    )
    assert early.problem["code"] == "illegal-step"
    opened = reviewed.client().request("PUT", f"{at}/interest").json()
    assert (
        set(opened["application"]) == {"receipt", "hubs", "topics", "answers"}
        and "staff" not in opened["application"]["answers"]
    )
    assert [q["key"] for q in opened["questions"]] == [
        "plan",
        "stay",
    ], "neither what the round hides nor what is the office's own"
    for scores, field in (
        ({"science": 3}, "scores.team"),
        ({"science": 9, "team": 1}, "scores.science"),
        ({"science": 3, "team": 2, "x": 1}, "scores.x"),
    ):
        told = refused(reviewed.client().request, "PUT", at, json={"scores": scores})
        assert field in {e["field"] for e in told.problem["errors"]}
    assert score(reviewed, 0, opened, 5, 4, comment="Strong")["state"] == "submitted"
    other = f"{guest(reviewed, reviewed.panel[1]['path'])}/{item['id']}"
    assert refused(reviewed.client().get, other).status == 404, "another reviewer's review"
    assert refused(
        reviewed.client(OTHER_OFFICE).get, f"/api/v1/rounds/{reviewed.round['id']}/ranking"
    ).status in (403, 404)


def test_one_who_steps_back_no_longer_counts_and_sees_nothing_and_the_place_is_given_to_another(
    reviewed,
):
    item = lying(reviewed, 0)[0]
    score(reviewed, 0, item, 5, 5)
    at = f"{guest(reviewed, reviewed.panel[0]['path'])}/{item['id']}"
    told = (
        reviewed.client()
        .request("PUT", f"{at}/recusal", json={"reason": "A former student leads it"})
        .json()
    )
    assert told["state"] == "recused" and "application" not in told
    late = refused(reviewed.client().request, "PUT", at, json={"scores": {"science": 1, "team": 1}})
    assert late.problem["code"] == "illegal-step"
    assert (
        reviewed.client(OFFICE).get(f"/api/v1/rounds/{reviewed.round['id']}/ranking")["items"] == []
    )
    reviewed.client(OFFICE).post(f"/api/v1/rounds/{reviewed.round['id']}/allocation", {})
    solve(reviewed)
    listed = reviewed.client(OFFICE).get(f"/api/v1/rounds/{reviewed.round['id']}/reviews")["items"]
    mine = [r for r in listed if r["receipt"] == item["receipt"]]
    assert sum(r["state"] == "assigned" for r in mine) == 2 and [
        r["note"] for r in mine if r["state"] == "recused"
    ] == ["A former student leads it"]


def test_an_interest_the_office_learns_of_recuses_and_the_last_link_is_the_only_one(reviewed):
    name = lying(reviewed, 0)[0]["receipt"]
    company = next(a["name"] for a in applications(reviewed) if a["receipt"] == name)
    reviewed.client(OFFICE).request(
        "PATCH", f"{AT}/reviewers/{reviewed.panel[0]['id']}", json={"interests": [company]}
    )
    assert {i["receipt"]: i["state"] for i in lying(reviewed, 0)}[name] == "recused"
    one = next(a for a in applications(reviewed) if a["name"] == company)
    by_hand = {"application": one["id"], "reviewer": reviewed.panel[0]["id"]}
    assert (
        refused(
            reviewed.client(OFFICE).post, f"/api/v1/rounds/{reviewed.round['id']}/reviews", by_hand
        ).problem["code"]
        == "reviewer-conflict"
    )
    old = reviewed.panel[0]["path"]
    reviewed.panel[0]["path"] = reviewed.client(OFFICE).post(
        f"{AT}/reviewers/{reviewed.panel[0]['id']}/link"
    )["path"]
    assert refused(reviewed.client().get, guest(reviewed, old)).status == 404 and lying(reviewed, 0)
    reviewed.client(OFFICE).request("DELETE", f"{AT}/reviewers/{reviewed.panel[0]['id']}")
    assert refused(reviewed.client().get, guest(reviewed, reviewed.panel[0]["path"])).status == 404


def test_harsh_and_mild_reviewers_are_put_on_one_scale_and_the_meeting_keeps_its_list(reviewed):
    for n in range(4):
        for item in lying(reviewed, n):
            # 1 to 8: the later the better, and reviewer 0 is two steps harsher
            worth = int(item["receipt"][-1])
            level = max(1, min(5, 1 + worth // 2 - (2 if n == 0 else 0)))
            score(reviewed, n, item, level, level, comment=f"said by {n}")
    at = f"/api/v1/rounds/{reviewed.round['id']}"
    told = reviewed.client(OFFICE).get(f"{at}/ranking")
    assert len(told["items"]) == 8 and told["leanings"][0]["name"].startswith("Reviewer 0")
    assert (
        told["items"][0]["low"] <= told["items"][0]["worth"] <= told["items"][0]["high"]
        and told["items"][0]["reviews"][0]["comment"]
    )
    late = f"{guest(reviewed, reviewed.panel[1]['path'])}/{lying(reviewed, 1)[0]['id']}"
    closed = (
        reviewed.client(OFFICE)
        .request(
            "PATCH",
            at,
            json={"state": "closed"},
            headers={"If-Match": f'"{reviewed.client(OFFICE).get(at)["version"]}"'},
        )
        .json()
    )
    assert closed["state"] == "closed"
    assert (
        refused(
            reviewed.client().request, "PUT", late, json={"scores": {"science": 1, "team": 1}}
        ).problem["code"]
        == "link-ended"
    )
    assert refused(reviewed.client().get, late).status == 410, "nothing is read by it any more"
    form = {
        "held_on": "2026-11-22",
        "present": ["Kari Taro (invented)"],
        "notes": "上位2社を採択",
        "round": reviewed.round["id"],
    }
    reviewed.client(OFFICE).post(f"{AT}/minutes", form)
    (kept,) = reviewed.client(COLLEAGUE).get(f"{AT}/minutes")["items"]
    assert kept["notes"] == "上位2社を採択" and [r["rank"] for r in kept["ranking"]] == list(
        range(1, 9)
    )
    raw = reviewed.client(OFFICE).request("GET", f"{at}/ranking", params={"format": "xlsx"}).content
    assert load_workbook(BytesIO(raw)).active.max_row == 9
    assert (
        refused(
            reviewed.client(OFFICE).post, f"{AT}/minutes", form | {"held_on": "2030-01-01"}
        ).status
        == 422
    )


def test_results_go_out_in_the_offices_own_words_at_their_hour_and_the_log_says_to_whom(desk):
    mine = desk.client(founder(0)).post(f"{AT}/applications", {"name": "Bio 0", "answers": WHOLE})
    desk.client(founder(0)).post(f"/api/v1/applications/{mine['id']}/steps", {"act": "submit"})
    bring(desk, sheet([HEAD, *rows(1)]), mapping=MEANS, apply="true")
    texts = {
        "subject_en": "{call}: your result",
        "subject_ja": "{call}の結果",
        "text_en": "Dear {name} ({receipt}), {reason}",
        "text_ja": "{name}様 {reason}",
    }
    wrong = refused(
        desk.client(OFFICE).request,
        "PUT",
        f"{AT}/messages",
        json={"declined": texts | {"text_en": "{name.__class__} {secret}"}},
    )
    assert {e["code"] for e in wrong.problem["errors"]} == {"message-unknown-mark"}
    desk.client(OFFICE).request("PUT", f"{AT}/messages", json={"declined": texts})
    ids = {a["name"]: a for a in applications(desk)}
    moves = {"act": "decline", "applications": [{"id": a["id"]} for a in ids.values()]}
    desk.client(OFFICE).post(f"{AT}/moves", moves)
    desk.client(OFFICE).request(
        "PUT",
        f"/api/v1/applications/{mine['id']}/reason",
        json={"en": "The plan is early.", "ja": "計画が初期段階です。"},
    )
    preview = {p["name"]: p["letter"] for p in desk.client(OFFICE).get(f"{AT}/messages")["items"]}
    assert preview["Bio 0"]["text_en"] == "Dear Bio 0 (kari-2027-0001), The plan is early."
    assert preview["Bio 0"]["subject_ja"] == "カリ公募2027（架空）の結果"
    assert desk.client(founder(0)).get(f"/api/v1/applications/{mine['id']}").get("reason") is None
    desk.clock.move(days=30)
    desk.client(OFFICE).post(f"{AT}/announcement", {})
    service = desk.composition.services["programs"]
    Timekeeper("programs", service.db, service.timers).fire_due()
    assert (
        desk.client(founder(0)).get(f"/api/v1/applications/{mine['id']}")["reason"]["en"]
        == "The plan is early."
    )
    courier = service.queue("letters")
    courier.deliver()
    with service.db.reading(ADMINISTRATOR) as session:
        assert {(row.template, row.org) for row in session.query(Letter)} == {
            ("application-letter", "bio-0"),
            ("application-letter", "office"),
        }
        assert session.query(Delivery).count() == 2
    log = desk.client(OFFICE).get(f"{AT}/deliveries")["items"]
    assert [d["recipients"] for d in log] == [0, 0] and all(d["handed_at"] for d in log), (
        "nobody of these has an account"
    )


def test_interviews_sit_nobody_twice_and_nobody_hears_their_own(reviewed):
    at = reviewed.client(OFFICE).post(f"{AT}/rounds", ROUND | {"kind": "interview"})
    slots = f"/api/v1/rounds/{at['id']}/slots"
    panel = [reviewed.panel[0]["id"], reviewed.panel[1]["id"]]
    day = {"zone": "America/New_York", "place": "https://meet.example/kari", "panel": panel}
    hours = [
        {
            "starts_at": f"2027-01-25T{9 + n:02}:00:00-05:00",
            "ends_at": f"2027-01-25T{9 + n:02}:45:00-05:00",
        }
        for n in range(3)
    ]
    made = reviewed.client(OFFICE).post(slots, day | {"slots": hours})["items"]
    for wrong, code in (
        ({"slots": [hours[0]], "panel": panel[:1]}, "reviewer-busy"),
        (
            {"slots": [{"starts_at": hours[0]["ends_at"], "ends_at": hours[0]["starts_at"]}]},
            "window-order",
        ),
        ({"slots": [hours[0] | {"starts_at": "2020-01-01T00:00:00Z"}]}, "date-past"),
        ({"panel": ["nobody"], "slots": [hours[0]]}, "reviewer-unknown"),
        ({"zone": "Asia/Atlantis", "slots": [hours[0]]}, None),
    ):
        told = refused(reviewed.client(OFFICE).post, slots, day | wrong)
        assert told.status == 422 and (code is None or told.problem["errors"][0]["code"] == code), (
            told.problem
        )
    heard = applications(reviewed)[:4]
    reviewed.client(OFFICE).request(
        "PATCH", f"{AT}/reviewers/{panel[0]}", json={"interests": [heard[0]["name"]]}
    )
    reviewed.client(OFFICE).post(
        f"{AT}/moves", {"act": "shortlist", "applications": [{"id": a["id"]} for a in heard]}
    )
    book = f"/api/v1/rounds/slots/{made[0]['id']}"
    assert (
        refused(
            reviewed.client(OFFICE).request, "PUT", book, json={"application": heard[0]["id"]}
        ).problem["code"]
        == "reviewer-conflict"
    )
    told = reviewed.client(OFFICE).post(f"{slots}/fill")
    assert told["count"] == 3 and [(x["receipt"], x["why"]) for x in told["left"]] == [
        ("kari-2027-0001", "conflicts")
    ]
    seated = reviewed.client(OFFICE).get(f"/api/v1/rounds/{at['id']}/reviews")["items"]
    assert sorted({r["reviewer"] for r in seated}) == sorted(panel) and len(seated) == 6, (
        "the panel reads whom it hears"
    )
    taken = next(
        s for s in reviewed.client(OFFICE).get(slots)["items"] if s["application"] == heard[1]["id"]
    )
    assert (
        refused(
            reviewed.client(OFFICE).request,
            "PUT",
            f"/api/v1/rounds/slots/{taken['id']}",
            json={"application": heard[2]["id"]},
        ).status
        == 409
    )
    raw = (
        reviewed.client(OFFICE)
        .request("GET", f"/api/v1/applications/{heard[1]['id']}/interview.ics")
        .content
    )
    (event,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert event["dtstart"].dt.isoformat() == taken["starts_at"].replace("+00:00", "") or event[
        "dtstart"
    ].dt.utcoffset() == timedelta(hours=-5)


def test_the_office_hears_of_open_reviews_before_they_are_due(reviewed):
    service = reviewed.composition.services["programs"]
    keeper = Timekeeper("programs", service.db, service.timers)
    keeper.fire_due()
    reviewed.clock.move(days=57)
    keeper.fire_due()
    with service.db.reading(ADMINISTRATOR) as session:
        assert [row.template for row in session.query(Letter)] == ["reviews-open"]
    panel = reviewed.client(OFFICE).get(f"{AT}/reviewers")["items"]
    assert sum(p["counts"].get("assigned", 0) for p in panel) == 16


def test_a_run_whose_worker_was_killed_is_begun_again_by_the_next(desk, tmp_path):
    bring(desk, sheet([HEAD, *rows(8)]), mapping=MEANS, apply="true")
    [reviewer(desk, f"Reviewer {n} (invented)", [AREAS[n]]) for n in range(4)]
    made = desk.client(OFFICE).post(f"{AT}/rounds", ROUND)
    desk.client(OFFICE).post(f"/api/v1/rounds/{made['id']}/allocation", {})
    script = (
        "import sys; from services.up import Composition; from shared.settings import load; import"
        " pathlib\n"
    )
    script += (
        "c = Composition(load({}, data=pathlib.Path(sys.argv[1])))\nrun ="
        " c.services['programs'].queue('jobs')\n"
    )
    script += "run.modules = {'allocation': 'tests.services.slow_solver'}\nrun.step()"
    worker = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    at = f"/api/v1/rounds/{made['id']}"
    for _ in range(200):
        if desk.client(OFFICE).get(at)["job"]["state"] == "running":
            break
        time.sleep(0.1)
    worker.kill()  # as the machine would: nothing is said to anybody
    worker.wait()
    assert desk.client(OFFICE).get(at)["job"]["state"] == "running"
    solve(desk)
    assert desk.client(OFFICE).get(at)["job"]["state"] == "done" and desk.client(OFFICE).get(at)[
        "counts"
    ] == {"assigned": 16}


def test_a_failed_run_says_why_and_a_stopped_one_stays_stopped(reviewed):
    at = f"/api/v1/rounds/{reviewed.round['id']}/allocation"
    reviewed.client(OFFICE).post(at, {})
    assert refused(reviewed.client(OFFICE).post, at, {}).problem["code"] == "job-under-way"
    assert reviewed.client(OFFICE).request("DELETE", at).json()["state"] == "cancelled"
    assert refused(reviewed.client(OFFICE).request, "DELETE", at).problem["code"] == "job-ended"
    reviewed.client(OFFICE).post(at, {})
    runner = reviewed.composition.services["programs"].queue("jobs")
    broken = Solvers(
        "programs",
        runner.db,
        runner.model,
        {"allocation": "services.programs.planning.no_such_module"},
        runner.apply,
    )
    broken.step()
    told = reviewed.client(OFFICE).get(f"/api/v1/rounds/{reviewed.round['id']}")["job"]
    assert told["state"] == "failed" and "no_such_module" in told["said"]["error"]


def test_only_the_owner_of_an_application_submits_it(desk):
    made = desk.client(founder(0)).post(f"{AT}/applications", {"name": "Bio 0", "answers": WHOLE})
    helper = Actor("helper", "bio-0", frozenset({"startup"}))
    at = f"/api/v1/applications/{made['id']}"
    assert (
        desk.client(helper).patch(at, {"answers": {"plan": "Better"}}, 1)["answers"]["plan"]
        == "Better"
    )
    assert (
        refused(desk.client(helper).post, f"{at}/steps", {"act": "submit"}).problem["code"]
        == "not-submitter"
    )
    assert (
        refused(
            desk.client(helper).request, "PUT", f"{at}/submitter", json={"person": "helper"}
        ).status
        == 403
    )
    leader = Actor("boss", "bio-0", frozenset({"startup"}), leads=True)
    stranger = Actor("stranger", "bio-1", frozenset({"startup"}))
    employ(desk, helper, stranger)
    for nobody in ("stranger", "x"):
        told = refused(
            desk.client(leader).request, "PUT", f"{at}/submitter", json={"person": nobody}
        )
        assert told.status == 422 and told.problem["errors"][0]["code"] == "not-a-member", nobody
    desk.client(leader).request("PUT", f"{at}/submitter", json={"person": "helper"})
    assert desk.client(helper).post(f"{at}/steps", {"act": "submit"})["state"] == "submitted"
    assert (
        refused(desk.client(founder(0)).post, f"{at}/steps", {"act": "withdraw"}).problem["code"]
        == "not-submitter"
    )


# -- the planning alone


def panel_problem(dice: random.Random, applications: int, reviewers: int, per: int) -> dict:
    topics = [f"t{n}" for n in range(5)]
    return {
        "applications": [
            {"id": f"a{n}", "topics": [dice.choice(topics)]} for n in range(applications)
        ],
        "reviewers": [
            {
                "id": f"r{n}",
                "expertise": dice.sample(topics, 2),
                "most": dice.randint(1, applications),
                "load": 0,
            }
            for n in range(reviewers)
        ],
        "conflicts": [
            [f"a{dice.randrange(applications)}", f"r{dice.randrange(reviewers)}"]
            for _ in range(applications)
        ],
        "held": [],
        "per_application": per,
    }


@pytest.mark.parametrize("seed", range(12))
def test_no_allocation_breaks_a_cap_or_a_conflict_and_what_is_short_is_named(seed):
    dice = random.Random(seed)
    problem = panel_problem(dice, dice.randint(3, 25), dice.randint(2, 7), dice.randint(1, 3))
    told, said = allocation.solve(problem, 1, 20.0, lambda *_: None)
    pairs = [tuple(p) for p in told["pairs"]]
    assert (
        said["optimal"]
        and len(pairs) == len(set(pairs))
        and not set(pairs) & {tuple(c) for c in problem["conflicts"]}
    )
    for one in problem["reviewers"]:
        assert sum(r == one["id"] for _, r in pairs) <= one["most"]
    for one in problem["applications"]:
        missing = problem["per_application"] - sum(a == one["id"] for a, _ in pairs)
        assert missing >= 0 and (
            {"id": one["id"], "missing": missing}
            in [{k: s[k] for k in ("id", "missing")} for s in told["short"]]
        ) == (missing > 0)
    assert allocation.solve(problem, 1, 20.0, lambda *_: None)[0] == told, (
        "the same seed and input, the same plan"
    )


def test_one_scale_recovers_a_planted_order_better_than_raw_means():
    gains = []
    for seed in range(8):
        dice = np.random.default_rng(seed)
        worth, leaning = dice.normal(0.5, 0.12, 80), dice.normal(0, 0.15, 12)
        reviews = [
            (
                f"a{a:03}",
                f"r{r}",
                float(np.clip(worth[a] + leaning[r] + dice.normal(0, 0.08), 0, 1)),
            )
            for a in range(80)
            for r in dice.choice(12, 3, replace=False)
        ]
        told = {s.id: s for s in consensus(reviews, 20, 1).standings}
        ours, raw = ([getattr(told[f"a{a:03}"], k) for a in range(80)] for k in ("worth", "mean"))
        gains.append(spearmanr(worth, ours)[0] - spearmanr(worth, raw)[0])
        # the level is the panel's own: a panel of mild ones shifts all alike
        true = worth + leaning.mean()
        covered = np.mean(
            [told[f"a{a:03}"].low <= true[a] <= told[f"a{a:03}"].high for a in range(80)]
        )
        assert 0.75 <= covered <= 1, "a 90 % interval holds the truth about as often as it says"
    assert min(gains) > 0 and float(np.mean(gains)) > 0.05


def test_reviewers_far_apart_are_flagged_and_those_of_one_mind_are_not():
    calm = [(f"a{n}", f"r{m}", 0.4 + n / 20) for n in range(8) for m in range(3)]
    told = {
        s.id: s.split
        for s in consensus(
            [r for r in calm if r[:2] != ("a0", "r2")] + [("a0", "r2", 1.0)], 2, 1
        ).standings
    }
    assert told["a0"] and not any(split for name, split in told.items() if name != "a0")
