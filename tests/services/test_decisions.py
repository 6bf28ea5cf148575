"""Decisions: a state machine that says what may follow, one winner of two, undone within a day; and
what comes back by itself.
"""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nakodo_client import Refused
from services.matching import names, onboarding
from services.matching.rules import DECIDE, KNOWN, OPEN, RETURNED, WAITING
from shared.auth import ADMINISTRATOR, PLATFORM, Actor
from shared.events import Event
from shared.timers import Timekeeper
from tests.conftest import Stack, begun, employ, mandate_form, startup_form

KARI = Actor("kari-1", "kari", frozenset({"reviewer"}))
COLLEAGUE = Actor("kari-2", "kari", frozenset({"reviewer"}))
RIVAL = Actor("rival", "rival", frozenset({"reviewer"}))
FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))


def build(folder) -> Stack:
    return begun(folder, funded)


def funded(folder) -> Stack:
    stack = Stack(folder)
    for fund in ("kari", "rival"):
        stack.client().register(
            "investors", {"id": fund, "name": {"en": f"{fund} (invented)"}, "owner": fund}
        )
        stack.client().register("mandates", mandate_form(fund, owner=fund))
    for slug in ("rei-bio", "tsuki-bio"):
        form = startup_form(f"{slug} (invented)", id=slug, owner=slug)
        facts = [
            *form["facts"],
            {"field": "corporate_status", "value": "active"},
            {"field": "hq", "value": "hub-tokyo"},
        ]
        stack.client().register("startups", form | {"facts": facts})
    return stack.settle()


@pytest.fixture
def desk(tmp_path):
    made = build(tmp_path)
    yield made
    made.composition.close()


def decide(
    desk,
    state: str,
    startup: str = "rei-bio",
    actor: Actor = KARI,
    headers: dict | None = None,
    **more,
) -> dict:
    defaults = {"pass": {"reason": "too-early"}, "hold": {"until": "2027-03-01"}, "advance": {}}[
        state
    ]
    if more:
        defaults = {k: v for k, v in defaults.items() if k == "reason"} | more
    form = {"startup": startup, "mandate": f"{actor.org}-equity", "state": state} | defaults
    return (
        desk.client(actor)
        .request("POST", "/api/v1/decisions", json=form, headers=headers or {})
        .json()
    )


def feed(desk, actor: Actor = KARI) -> dict[str, dict]:
    return {i["startup"]: i for i in desk.client(actor).feed(f"{actor.org}-equity")}


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


def fire(desk) -> None:
    service = desk.matching
    Timekeeper(service.name, service.db, service.timers).fire_due()


def state(desk, startup: str, *facts: dict) -> None:
    desk.client().add_facts("startups", startup, list(facts))
    desk.settle()


def test_a_decided_pair_leaves_the_feed_of_its_own_house_alone(desk):
    assert set(feed(desk)) == {"rei-bio", "tsuki-bio"} == set(feed(desk, RIVAL))
    told = desk.client(FOUNDER).matches("rei-bio")
    made = decide(desk, "pass", note="Come back with data")
    assert (
        made["state"] == "pass"
        and made["reason_text"] == "Too early"
        and made["legal"] == ["advance", "hold"]
        and made["by"] == "kari-1"
    )
    assert set(feed(desk)) == {"tsuki-bio"} and set(feed(desk, RIVAL)) == {"rei-bio", "tsuki-bio"}
    assert [d["startup"] for d in desk.client(COLLEAGUE).get("/api/v1/decisions")["items"]] == [
        "rei-bio"
    ]
    assert desk.client(RIVAL).get("/api/v1/decisions")["items"] == []
    assert desk.client(FOUNDER).matches("rei-bio") == told, "the startup is told nothing of it"


@pytest.mark.parametrize("now", [s for s in DECIDE if s not in (OPEN, KNOWN, RETURNED)])
def test_an_illegal_step_answers_with_the_legal_ones(desk, now):
    decide(desk, now)
    for wanted in ("advance", "hold", "pass"):
        if wanted not in DECIDE[now]:
            told = refused(decide, desk, wanted)
            assert (
                told.status == 409
                and told.problem["code"] == "illegal-step"
                and ", ".join(DECIDE[now]) in told.problem["title"]
            )
    assert [d["state"] for d in desk.client(KARI).get("/api/v1/decisions")["items"]] == [now]


@pytest.mark.parametrize(
    ("step", "field", "code"),
    [
        ({"state": "pass"}, "reason", "required"),
        ({"state": "pass", "reason": "fit"}, "reason", "unknown-code"),
        ({"state": "pass", "reason": "no-such"}, "reason", "unknown-code"),
        ({"state": "hold"}, "until", "hold-until-what"),
        ({"state": "hold", "until": "2026-11-22"}, "until", "date-past"),
        ({"state": "hold", "until": "2036-11-22"}, "until", "date-far"),
        ({"state": "advance", "until": "2027-11-22"}, "until", "advance-waits-for-nothing"),
        ({"state": "hold", "condition": "exposure-resolved"}, None, None),
    ],
)
def test_what_makes_no_sense_is_refused_when_it_is_typed(desk, step, field, code):
    form = {"startup": "rei-bio", "mandate": "kari-equity"} | step
    if code is None:
        desk.client(KARI).post("/api/v1/decisions", form)
        return
    told = refused(desk.client(KARI).post, "/api/v1/decisions", form)
    assert (
        told.status == 422
        and told.problem["errors"][0]["field"] == field
        and told.problem["errors"][0]["code"] == code
    )
    assert desk.client(KARI).get("/api/v1/decisions")["items"] == []


def test_a_condition_that_is_met_or_can_never_be_is_refused(desk):
    state(desk, "rei-bio", {"field": "regulatory", "value": "us-ind-cleared"})
    told = refused(decide, desk, "hold", condition="ind-cleared")
    assert (
        told.problem["errors"][0]["code"] == "condition-met"
        and "IND cleared" in told.problem["errors"][0]["message"]
    )
    state(desk, "tsuki-bio", {"field": "corporate_status", "value": "acquired"})
    assert (
        refused(decide, desk, "hold", "tsuki-bio", condition="round-opened").problem["errors"][0][
            "code"
        ]
        == "condition-never"
    )


RAISING = {
    "field": "raise",
    "value": {"state": "raising", "amount": 500_000_000, "currency": "JPY", "lead": "wanted"},
}
EVENTS = {
    "ind-cleared": (
        {"field": "regulatory", "value": "us-ind-cleared"},
        {"field": "regulatory", "value": "us-pre-ind"},
    ),
    "round-opened": (RAISING, {"field": "raise", "value": {"state": "not-raising"}}),
    "lead-found": ({"field": "raise", "value": {"state": "raising", "lead": "found"}}, RAISING),
}


@pytest.mark.parametrize("condition", EVENTS)
@pytest.mark.parametrize("step", WAITING)
def test_what_a_decision_waits_for_brings_the_pair_back_with_who_when_and_why(
    desk, condition, step
):
    decide(desk, step, condition=condition, note="Let us see")
    brings, does_not = EVENTS[condition]
    state(desk, "rei-bio", does_not)
    assert "rei-bio" not in feed(desk), "a near event is not the one"
    desk.clock.move(days=30)
    state(desk, "rei-bio", brings | {"source": {"kind": "web", "url": "https://rei.example/news"}})
    back = feed(desk)["rei-bio"]
    assert (
        back["lane"] == "returned"
        and back["returned"]["by"] == "kari-1"
        and back["returned"]["note"] == "Let us see"
    )
    assert (
        "2026-11-22" in back["returned"]["text"]
        and back["returned"]["source"] == "https://rei.example/news"
    )
    assert ("Too early" in back["returned"]["text"]) == (step == "pass") and back["returned"][
        "as_of"
    ] == "2026-12-22"
    state(desk, "rei-bio", {"field": "technology", "value": "Something else"})
    assert feed(desk)["rei-bio"]["returned"] == back["returned"], (
        "back once, not again with every event"
    )
    decide(desk, "advance")
    assert "rei-bio" not in feed(desk)


def test_a_list_that_clears_a_supplier_brings_back_who_waited_for_it(desk):
    staff = desk.client(Actor("staff", "nakodo", frozenset({"staff"})))
    state(
        desk,
        "rei-bio",
        {"field": "manufacturing_partner", "value": "Kumo Biologics", "as_of": "2026-01-01"},
    )
    form = {"list": "omb", "title": "t", "source": "s", "entries": [{"name": "Kumo Biologics"}]}
    staff.post("/api/v1/watchlists", form | {"published": "2026-10-01"})
    decide(desk, "pass", reason="biosecure-risk", condition="exposure-resolved")
    staff.post(
        "/api/v1/watchlists",
        form | {"published": "2026-11-01", "entries": [{"name": "Somebody Else"}]},
    )
    assert (
        feed(desk)["rei-bio"]["lane"] == "returned"
        and "supplier" in feed(desk)["rei-bio"]["returned"]["text"]
    )


def test_a_date_brings_back_on_its_day_in_japan_and_a_later_hold_moves_it(desk):
    decide(desk, "hold", until="2026-12-01")
    decide(desk, "hold", until="2026-12-10")
    desk.clock.move(days=9)  # 2026-12-01 at noon
    fire(desk)
    assert "rei-bio" not in feed(desk)
    desk.clock.move(days=8, hours=11)  # 2026-12-09 at 23 o'clock
    fire(desk)
    assert "rei-bio" not in feed(desk)
    desk.clock.move(hours=1)
    fire(desk)
    fire(desk)
    assert (
        feed(desk)["rei-bio"]["lane"] == "returned"
        and "2026-12-10" in feed(desk)["rei-bio"]["returned"]["text"]
    )


def test_a_team_in_new_york_has_its_own_midnight_wherever_it_plans_its_week(desk):
    """Holds, refusals, histories and tables go by the team's day, which is not Tokyo's; a team that
    moves waits for the day there.
    """
    desk.client(KARI).request("PUT", "/api/v1/feeds/kari/plan", json={"zone": "America/New_York"})
    desk.clock.at = datetime(
        2026, 11, 30, 23, 30, tzinfo=ZoneInfo("America/New_York")
    )  # the first of December in Tokyo since nine and a half hours
    held = decide(desk, "hold", until="2026-12-01")
    assert [
        r["errors"][0]["code"]
        for r in (refused(decide, desk, "hold", "tsuki-bio", until="2026-11-30").problem,)
    ] == ["date-past"]
    fire(desk)
    assert "rei-bio" not in feed(desk), "in Tokyo the day has come, here it has not"
    desk.clock.move(minutes=29)
    fire(desk)
    assert "rei-bio" not in feed(desk)
    desk.clock.move(minutes=1)
    fire(desk)
    assert (
        feed(desk)["rei-bio"]["lane"] == "returned"
        and "hold on 2026-11-30" in feed(desk)["rei-bio"]["returned"]["text"]
    )
    decide(desk, "hold", until="2026-12-03")
    exported = (
        desk.client(KARI)
        .request("GET", "/api/v1/decisions/exports", params={"format": "csv"})
        .content.decode("utf-8-sig")
    )
    assert (
        next(csv.DictReader(io.StringIO(exported)))["decided_on"] == "2026-12-01"
        and held["until"] == "2026-12-01"
    )
    desk.client(KARI).request("PUT", "/api/v1/feeds/kari/plan", json={"zone": "Asia/Tokyo"})
    desk.clock.at = datetime(2026, 12, 3, 0, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    fire(desk)
    assert feed(desk)["rei-bio"]["lane"] == "returned", "the team is in Tokyo now"


def test_a_quarter_begins_and_ends_where_the_team_is(desk):
    desk.client(KARI).request("PUT", "/api/v1/feeds/kari/plan", json={"zone": "America/New_York"})
    desk.clock.at = datetime(2026, 12, 31, 22, 0, tzinfo=ZoneInfo("America/New_York"))
    decide(desk, "advance")
    told = {
        q: desk.client(KARI).get("/api/v1/team/funnel", quarter=q) for q in ("2026-Q4", "2027-Q1")
    }
    assert [told[q]["mandates"][0]["advance"] for q in told] == [1, 0]
    assert [s["date"] for s in told["2026-Q4"]["steps"]] == ["2026-12-31"]
    assert desk.client(KARI).get("/api/v1/team/funnel")["quarter"] == "2026-Q4", (
        "it is January in Tokyo and in UTC, not for the team"
    )


def test_of_two_reviewers_one_wins_and_the_other_is_told(desk):
    first = decide(desk, "advance", headers={"If-Match": '"0"'})
    told = refused(
        decide, desk, "pass", actor=COLLEAGUE, headers={"If-Match": '"0"'}, reason="valuation"
    )
    assert told.status == 412
    again = decide(
        desk,
        "pass",
        actor=COLLEAGUE,
        headers={"If-Match": f'"{first["version"]}"'},
        reason="valuation",
    )
    assert again["version"] == first["version"] + 1 and again["by"] == "kari-2"


def test_a_step_is_undone_within_a_day_and_what_it_waited_for_waits_again(desk):
    decide(desk, "hold", condition="ind-cleared")
    made = decide(desk, "pass", reason="valuation")
    back = desk.client(COLLEAGUE).post(f"/api/v1/decisions/{made['id']}/undo")
    assert back["state"] == "hold" and back["condition"] == "ind-cleared" and back["reason"] is None
    state(desk, "rei-bio", {"field": "regulatory", "value": "us-ind-cleared"})
    assert feed(desk)["rei-bio"]["lane"] == "returned"
    made = decide(desk, "advance", "tsuki-bio")
    desk.clock.move(hours=25)
    assert (
        refused(desk.client(KARI).post, f"/api/v1/decisions/{made['id']}/undo").problem["code"]
        == "undo-too-late"
    )
    other = decide(desk, "advance", "rei-bio")
    assert desk.client(KARI).post(f"/api/v1/decisions/{other['id']}/undo")["state"] == RETURNED
    assert feed(desk)["rei-bio"]["lane"] == "returned"


def test_only_the_mandates_own_house_decides(desk):
    form = {"startup": "rei-bio", "mandate": "kari-equity", "state": "advance"}
    for actor in (RIVAL, Actor("staff", "nakodo", frozenset({"staff"})), FOUNDER):
        assert refused(desk.client(actor).post, "/api/v1/decisions", form).status == 403
    made = decide(desk, "advance")
    for path in ("undo",):
        assert (
            refused(desk.client(RIVAL).post, f"/api/v1/decisions/{made['id']}/{path}").status == 404
        )
    employ(desk, RIVAL)
    path = f"/api/v1/decisions/{made['id']}/assignment"
    assert (
        refused(desk.client(RIVAL).request, "PUT", path, json={"person": RIVAL.person}).status
        == 404
    )
    desk.client().register(
        "investors", {"id": "open", "name": {"en": "Open (invented)"}, "owner": PLATFORM}
    )
    desk.client().register("mandates", mandate_form("open", owner=PLATFORM))
    desk.settle()
    told = refused(desk.client(KARI).post, "/api/v1/decisions", form | {"mandate": "open-equity"})
    assert told.status == 403, "nobody decides for a fund that is not here"


def test_what_was_given_to_somebody_and_left_alone_ages(desk):
    employ(desk, COLLEAGUE)
    made = decide(desk, "advance")
    client = desk.client(KARI)
    client.request("PUT", f"/api/v1/decisions/{made['id']}/assignment", json={"person": "kari-2"})
    assert client.get("/api/v1/decisions", ageing=True)["items"] == []
    desk.clock.move(days=15)
    assert [d["assigned_to"] for d in client.get("/api/v1/decisions", ageing=True)["items"]] == [
        "kari-2"
    ]
    passed = decide(desk, "pass", "tsuki-bio")
    told = refused(
        client.request,
        "PUT",
        f"/api/v1/decisions/{passed['id']}/assignment",
        json={"person": "kari-2"},
    )
    assert told.problem["code"] == "illegal-step"


def test_an_erased_person_is_somebody(desk):
    made = decide(desk, "advance")
    desk.client(KARI).request(
        "PUT", f"/api/v1/decisions/{made['id']}/assignment", json={"person": "kari-1"}
    )
    desk.client(KARI).request("POST", "/api/v1/feeds/kari-equity/seen")
    access = next(c for c in desk.matching.consumers if c.name == "access")
    event = Event(
        "access.changed.v1",
        "accounts",
        "kari-1",
        1,
        desk.clock.now(),
        {"state": "ended", "memberships": [], "erased": True},
    )
    with desk.matching.db.transaction(ADMINISTRATOR) as session:
        access.reactions["access.changed.v1"](session, event)
    (left,) = desk.client(COLLEAGUE).get("/api/v1/decisions")["items"]
    assert left["by"] is None and left["assigned_to"] is None and left["state"] == "advance"
    with desk.matching.db.engine.connect() as connection:
        assert "kari-1" not in str(connection.exec_driver_sql("SELECT * FROM seen").all())


STEPS = st.lists(st.sampled_from(["advance", "hold", "pass", "undo", "event"]), max_size=8)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_any_walk_stays_inside_the_machine_and_a_pair_is_shown_or_decided(tmp_path_factory, steps):
    """Property: every answer is a state of the table; the feed holds the pair exactly where it is
    open or back; nothing is half done.
    """
    desk = build(tmp_path_factory.mktemp("walk"))
    now, made, told = OPEN, None, 0
    for n, step in enumerate(steps):
        desk.clock.move(hours=1)
        if step == "event":
            state(
                desk,
                "rei-bio",
                {"field": "technology", "value": f"variant {n}"},
                {"field": "regulatory", "value": "us-ind-cleared"},
            )
            expected = RETURNED if now in WAITING and made and made["condition"] else now
        elif step == "undo":
            if made is None:
                continue
            try:
                expected = desk.client(KARI).post(f"/api/v1/decisions/{made['id']}/undo")["state"]
            except Refused as refusal:
                assert refusal.problem["code"] == "undo-too-late"
                expected = now
        else:
            waits = {"condition": "ind-cleared"} if step == "hold" and not told else {}
            try:
                made = decide(
                    desk, step, **({"until": "2027-03-01"} | waits if step == "hold" else {})
                )
                assert step in DECIDE[now]
                expected = step
            except Refused as refusal:
                assert step not in DECIDE[now] and refusal.status == 409
                expected = now
        told += step == "event"
        now = expected
        held = desk.client(KARI).get("/api/v1/decisions")["items"]
        made = held[0] if held else made
        assert [d["state"] for d in held] == ([] if now == OPEN else [now])
        assert ("rei-bio" in feed(desk)) == (now in (OPEN, RETURNED))
    desk.composition.close()


KNOWN_LIST = """company,status,reason,date,note
rei-bio (invented),portfolio,,2025-04-01,Series A
Tsuki-Bio (invented),passed,段階が早すぎる,2026-03,
Tsuki-Bioo,passed,too-early,2026-03,
Nobody at all,portfolio,,,
rei-bio (invented),in talks,,,twice
Tsuki-Bio (invented),maybe,,,
""".encode()


def test_the_first_feed_leaves_out_whom_the_team_knows(desk):
    client = desk.client(KARI)
    told = client.onboard("kari-equity", "known.csv", KNOWN_LIST)
    assert {(k["startup"], k["state"], k.get("reason")) for k in told["known"]} == {
        ("rei-bio", "known", None),
        ("tsuki-bio", "pass", "too-early"),
    }
    assert [n["candidates"][0] for n in told["near"]] == ["tsuki-bio"] and [
        u["name"] for u in told["unknown"]
    ] == ["Nobody at all"]
    assert [f["why"] for f in told["faulty"]] == ["status: maybe"] and told["same"] == 1
    assert client.decisions() == [] and set(feed(desk)) == {"rei-bio", "tsuki-bio"}, (
        "a plan writes nothing"
    )
    client.onboard("kari-equity", "known.csv", KNOWN_LIST, apply=True)
    assert feed(desk) == {} and set(feed(desk, RIVAL)) == {"rei-bio", "tsuki-bio"}
    assert client.onboard("kari-equity", "known.csv", KNOWN_LIST, apply=True)["count"] == 0, (
        "the same list again changes nothing"
    )
    decide(desk, "hold", "tsuki-bio", condition="ind-cleared")
    state(desk, "tsuki-bio", {"field": "regulatory", "value": "us-ind-cleared"})
    assert feed(desk)["tsuki-bio"]["lane"] == "returned"
    assert refused(desk.client(RIVAL).onboard, "kari-equity", "known.csv", KNOWN_LIST).status == 403
    assert (
        refused(client.onboard, "kari-equity", "known.csv", b"a,b\n1,2\n").problem["code"]
        == "table-column-missing"
    )


def test_a_list_of_strangers_costs_a_few_searches(desk, monkeypatch):
    asked, search = [], names.search
    monkeypatch.setattr(names, "search", lambda *a: asked.append(a) or search(*a))
    rows = "\n".join(f"Nobody {i % 400} KK,portfolio" for i in range(800))
    told = desk.client(KARI).onboard("kari-equity", "known.csv", f"company,status\n{rows}".encode())
    assert len(asked) == onboarding.MOST_SEARCHES == 300
    assert len(told["unknown"] + told["near"]) == 800 and told["unsearched"] == 200


def test_decisions_go_to_the_crm_as_a_table(desk):
    decide(desk, "pass", reason="valuation", note='=HYPERLINK("evil")')
    rows = list(
        csv.DictReader(io.StringIO(desk.client(KARI, "ja").export_decisions().decode("utf-8-sig")))
    )
    assert [(r["company_id"], r["state"], r["reason"], r["reason_text"]) for r in rows] == [
        ("rei-bio", "pass", "valuation", "バリュエーション")
    ]
    assert rows[0]["note"].startswith("'="), "what a spreadsheet would run is text"
    assert desk.client(KARI).export_decisions("xlsx").startswith(b"PK")
    assert desk.client(RIVAL).export_decisions().decode("utf-8-sig").count("\n") == 1
    assert refused(desk.client(FOUNDER).export_decisions).status == 403


def test_every_state_of_the_machine_can_be_reached():
    reached, queue = {OPEN, KNOWN}, [OPEN, KNOWN]
    while queue:
        for following in (*DECIDE[queue.pop()], *([RETURNED] if set(WAITING) & reached else [])):
            if following not in reached:
                reached.add(following)
                queue.append(following)
    assert reached == set(DECIDE)


def test_the_startup_reads_what_the_reviewer_allows_and_no_more(desk):
    def seen() -> dict | None:
        return next(
            m for m in desk.client(FOUNDER).matches("rei-bio") if m["investor"] == "kari"
        ).get("decision")

    decide(desk, "pass", note="Never for them", reason="valuation")
    assert seen() is None
    decide(desk, "hold", until="2027-03-01")
    decide(desk, "pass", note="Never for them", reason="valuation", told=True)
    told = seen()
    assert (
        (told["state"], told["reason"]) == ("pass", "Valuation")
        and "Never" not in str(told)
        and set(told) == {"state", "reason", "at"}
    )
    assert (
        next(m for m in desk.client(FOUNDER).matches("rei-bio") if m["investor"] == "rival").get(
            "decision"
        )
        is None
    )
    made = desk.client(KARI).decisions()[0]
    desk.client(KARI).post(f"/api/v1/decisions/{made['id']}/undo")
    assert seen() is None, "what was taken back is not told"


@pytest.mark.parametrize(
    ("crm", "company"), [("hubspot", "Company name"), ("salesforce", "Account Name")]
)
def test_decisions_leave_with_the_headings_a_crm_maps_by_itself(desk, crm, company):
    decide(desk, "pass", reason="valuation", note="Come back in spring", until="2027-03-01")
    raw = (
        desk.client(KARI)
        .request("GET", "/api/v1/decisions/exports", params={"crm": crm})
        .content.decode("utf-8-sig")
    )
    (row,) = csv.DictReader(io.StringIO(raw))
    assert (
        row[company] == "rei-bio (invented)"
        and "kari-equity" in str(row)
        and row["Description"] == "Valuation. Come back in spring"
    )
    assert (
        refused(
            desk.client(KARI).request, "GET", "/api/v1/decisions/exports", params={"crm": "abacus"}
        ).status
        == 422
    )
