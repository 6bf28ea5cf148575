"""A partnering day of invented people: wishes from both sides, a schedule, an interpreter lost and somebody who does not come, who was there, calendars."""

from datetime import datetime, timedelta
from io import BytesIO

import icalendar
import ics
import pytest
import vobject
from pypdf import PdfReader

from nakodo_client import Refused
from shared.auth import Actor
from tests.conftest import Stack, mandate_form, startup_form
from tests.services.test_cohorts import refused

OFFICE = Actor("officer", "office", frozenset({"officer"}))
OTHER = Actor("stranger", "other-office", frozenset({"officer"}))
BEGIN = datetime.fromisoformat("2027-03-14T09:00:00-04:00")  # the day after the clocks change in New York


def slots(count: int = 4) -> list[dict]:
    begins = [BEGIN + timedelta(minutes=30 * n) for n in range(count)]
    return [{"starts_at": b.isoformat(), "ends_at": (b + timedelta(minutes=25)).isoformat()} for b in begins]


DAY = {
    "id": "kari-day",
    "name": {"en": "Kari Day (invented)", "ja": "カリ・デー（架空）"},
    "zone": "America/New_York",
    "slots": slots(),
    "rooms": 3,
    "interpreters": 1,
    "requests_until": "2027-03-01T17:00:00+09:00",
}
AT = "/api/v1/days/kari-day"


def startup(n: int) -> Actor:
    return Actor(f"founder-{n}", f"bio-{n}", frozenset({"startup"}))


def fund(n: int) -> Actor:
    return Actor(f"partner-{n}", f"fund-{n}", frozenset({"reviewer"}))


@pytest.fixture
def desk(tmp_path):
    """Four startups and three funds on the list of a day."""
    made = Stack(tmp_path)
    for n in range(4):
        made.client().register("startups", startup_form(f"Bio {n} (invented)", id=f"bio-{n}", owner=f"bio-{n}"))
    for n in range(3):
        made.client().register("investors", {"id": f"fund-{n}", "name": {"en": f"Fund {n} (invented)"}, "owner": f"fund-{n}"})
        made.client().register("mandates", mandate_form(f"fund-{n}", owner=f"fund-{n}"))
    made.settle()
    made.client(OFFICE).post("/api/v1/days", DAY)
    for n in range(4):
        form = {"side": "startup", "party": f"bio-{n}", "org": f"bio-{n}", "name": {"en": f"Bio {n}", "ja": f"バイオ{n}"}}
        made.client(OFFICE).post(f"{AT}/attendees", form)
    for n in range(3):
        form = {"side": "investor", "party": f"fund-{n}-equity", "org": f"fund-{n}", "name": {"en": f"Fund {n}", "ja": f"ファンド{n}"}}
        made.client(OFFICE).post(f"{AT}/attendees", form)
    yield made
    made.composition.close()


def wish(desk, who: Actor, party: str, wishes: list[str]) -> dict:
    return desk.client(who).request("PUT", f"{AT}/attendees/{party}/wishes", json={"wishes": wishes}).json()


def presence(desk, who: Actor, party: str, **form) -> dict:
    return desk.client(who).request("PATCH", f"{AT}/attendees/{party}", json=form).json()


def solve(desk) -> None:
    runner = next(run for name, run in desk.composition.services["meetings"].loops if name == "solvers")
    assert runner.__self__.step()


def day(desk, who: Actor = OFFICE) -> dict:
    return desk.client(who).get(AT)


@pytest.fixture
def wished(desk):
    for n in range(4):
        wish(desk, startup(n), f"bio-{n}", ["fund-0-equity", "fund-1-equity"])
    for n in range(3):
        presence(desk, fund(n), f"fund-{n}-equity", people=[{"name": f"Kari {n} (invented)", "role": "Partner", "decides": True}])
        wish(desk, fund(n), f"fund-{n}-equity", [f"bio-{n}", "bio-3"])
    presence(desk, startup(0), "bio-0", interpreter=True, away=[0])
    desk.client(OFFICE).post(f"{AT}/schedule", {})
    solve(desk)
    return desk


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"rooms": -1}, "rooms", None),
        ({"zone": "Mars/Base"}, "zone", None),
        ({"slots": [slots()[0], slots()[0]]}, "slots.1", "slots-overlap"),
        ({"slots": [{"starts_at": slots()[0]["ends_at"], "ends_at": slots()[0]["starts_at"]}]}, "slots.0.ends_at", "window-order"),
        ({"slots": [{"starts_at": "2027-03-14T09:00:00", "ends_at": "2027-03-14T09:25:00"}]}, "slots.0.starts_at", None),
        ({"requests_until": "2027-04-01T00:00:00Z"}, "requests_until", "window-order"),
        ({"slots": [{"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-01T01:00:00Z"}]}, "requests_until", None),
    ],
)
def test_a_day_that_makes_no_sense_is_refused_with_the_reason_and_nothing_is_stored(desk, change, field, code):
    told = refused(desk.client(OFFICE).post, "/api/v1/days", DAY | {"id": "another"} | change)
    assert told.status == 422 and field in {e["field"] for e in told.problem["errors"]}
    assert code is None or code in {e["code"] for e in told.problem["errors"]}
    assert [d["id"] for d in desk.client(OFFICE).get("/api/v1/days")["items"]] == ["kari-day"]


def test_wishes_and_absences_are_ones_own_and_end_with_their_day(desk):
    assert wish(desk, startup(0), "bio-0", ["fund-1-equity"])["wishes"] == ["fund-1-equity"]
    assert refused(wish, desk, startup(1), "bio-0", ["fund-1-equity"]).status == 403
    assert refused(wish, desk, startup(0), "bio-0", ["bio-1"]).problem["errors"][0]["code"] == "not-found", "not one of the other side"
    assert refused(wish, desk, startup(0), "bio-0", ["fund-1-equity"] * 2).problem["errors"][0]["code"] == "twice"
    assert refused(presence, desk, startup(0), "bio-0", away=[9]).status == 422
    seen = {a["party"]: a for a in day(desk, fund(1))["attendees"]}
    assert "wishes" not in seen["bio-0"] and "wishes" in seen["fund-1-equity"] and len(seen) == 7
    assert refused(desk.client(OTHER).get, AT).status == 404 and refused(desk.client(startup(0)).post, f"{AT}/schedule", {}).status == 403
    desk.clock.move(days=120)
    assert refused(wish, desk, startup(0), "bio-0", []).problem["code"] == "requests-over"


def test_a_blocked_fund_cannot_be_wished_for_and_reads_as_not_there(desk):
    desk.client(startup(0)).add_facts("startups", "bio-0", [{"field": "blocked_org", "value": "fund-2", "tier": "private"}])
    desk.settle()
    told = refused(wish, desk, startup(0), "bio-0", ["fund-2-equity"])
    other = refused(wish, desk, startup(0), "bio-0", ["no-such-fund"])
    assert told.problem["errors"] == other.problem["errors"]
    assert (
        wish(desk, fund(2), "fund-2-equity", ["bio-1"])["wishes"] and refused(wish, desk, fund(2), "fund-2-equity", ["bio-0"]).status == 422
    )


def test_the_schedule_breaks_nothing_leaves_nobody_out_and_is_read_once_published(wished):
    told = day(wished)
    meetings = told["meetings"]
    assert told["job"] == "done" and told["said"]["unmet"] == [] and {m["startup"] for m in meetings} == {f"bio-{n}" for n in range(4)}
    for who in ("startup", "investor", "room"):
        assert len({(m[who], m["slot"]) for m in meetings}) == len(meetings), who
    assert all(m["slot"] != 0 for m in meetings if m["startup"] == "bio-0")
    assert len({m["slot"] for m in meetings if m["startup"] == "bio-0"}) == sum(m["startup"] == "bio-0" for m in meetings)
    assert day(wished, startup(0))["meetings"] == [], "not before it is published"
    wished.client(OFFICE).post(f"{AT}/publication")
    mine = day(wished, startup(0))
    assert mine["meetings"] and all(m["startup"] == "bio-0" for m in mine["meetings"]) and "said" not in mine
    people = {a["party"]: a["people"] for a in mine["attendees"]}
    assert people["fund-0-equity"][0]["decides"]
    assert refused(wished.client(OFFICE).post, f"{AT}/schedule", {}).problem["code"] == "day-published"


def test_musts_bans_and_pins_hold_and_one_that_is_both_is_refused(wished):
    office = wished.client(OFFICE)
    both = {"musts": [["bio-2", "fund-0-equity"]], "bans": [["bio-2", "fund-0-equity"]]}
    assert refused(office.request, "PUT", f"{AT}/rules", json=both).problem["errors"][0]["code"] == "must-banned"
    assert refused(office.request, "PUT", f"{AT}/rules", json={"musts": [["fund-0-equity", "bio-2"]]}).status == 422
    office.request("PUT", f"{AT}/rules", json={"musts": [["bio-2", "fund-2-equity"]], "bans": [["bio-1", "fund-1-equity"]]})
    pinned = next(m for m in day(wished)["meetings"] if m["startup"] == "bio-0")
    office.request("PATCH", f"{AT}/meetings/{pinned['id']}", json={"pinned": True})
    office.post(f"{AT}/schedule", {})
    solve(wished)
    pairs = {(m["startup"], m["investor"]): m for m in day(wished)["meetings"]}
    assert ("bio-2", "fund-2-equity") in pairs and ("bio-1", "fund-1-equity") not in pairs
    assert pairs[pinned["startup"], pinned["investor"]]["slot"] == pinned["slot"]
    told = refused(office.request, "PUT", f"{AT}/rules", json={"bans": [[pinned["startup"], pinned["investor"]]]})
    assert told.problem["errors"][0]["code"] == "ban-pinned"


def test_a_lost_interpreter_and_an_absentee_move_as_little_as_possible(wished):
    office = wished.client(OFFICE)
    office.post(f"{AT}/publication")
    before = {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]}
    spoken = [slot for (a, _), slot in before.items() if a == "bio-0"]
    office.post(f"{AT}/losses", {"what": "interpreter", "slot": min(spoken)})
    solve(wished)
    told = day(wished)
    assert told["said"]["optimal"] and told["said"]["dropped"], "no interpreter from then on: those meetings cannot be"
    after = {(m["startup"], m["investor"]): m["slot"] for m in told["meetings"]}
    assert all(after[p] == t for p, t in before.items() if p[0] != "bio-0")
    office.post(f"{AT}/losses", {"what": "attendee", "party": "fund-1-equity"})
    solve(wished)
    last = {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]}
    assert not any(b == "fund-1-equity" for _, b in last) and all(after[p] == t for p, t in last.items())
    for wrong in ({"what": "room"}, {"what": "slot", "slot": 40}, {"what": "weather", "slot": 1}):
        assert refused(office.post, f"{AT}/losses", wrong).status == 422


def test_two_meetings_change_places_by_hand_and_nonsense_is_refused(wished):
    office = wished.client(OFFICE)
    meetings = day(wished)["meetings"]
    one = next(m for m in meetings if m["startup"] != "bio-0")
    for target in range(4):
        try:
            office.request("PATCH", f"{AT}/meetings/{one['id']}", json={"slot": target})
        except Refused as refusal:
            assert refusal.status == 409, "or it is done; nothing may break either way"
        now = day(wished)["meetings"]
        for who in ("startup", "investor", "room"):
            assert len({(m[who], m["slot"]) for m in now}) == len(now)
        assert all(m["slot"] != 0 for m in now if m["startup"] == "bio-0")
    assert refused(office.request, "PATCH", f"{AT}/meetings/{one['id']}", json={"slot": 30}).status == 409


def test_calendars_open_in_two_other_programs_and_who_came_is_told_after(wished):
    wished.client(OFFICE).post(f"{AT}/publication")
    raw = wished.client(fund(0), "ja").request("GET", f"{AT}/attendees/fund-0-equity/plan.ics").content
    mine = [m for m in day(wished, fund(0))["meetings"]]
    events = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert len(events) == len(mine) == len(list(ics.Calendar(raw.decode()).events)) == len(vobject.readOne(raw.decode()).vevent_list)
    assert all(e["dtstart"].dt.utcoffset() == timedelta(hours=-4) for e in events), "summer time since that morning"
    assert refused(wished.client(startup(0)).request, "GET", f"{AT}/attendees/fund-0-equity/plan.ics").status == 403
    for lang, word in (("en", "Room"), ("ja", "会場")):
        paper = wished.client(startup(0), lang).request("GET", f"{AT}/attendees/bio-0/plan.pdf").content
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
        assert word in text and "Kari 0 (invented), Partner" in text and "America/New_York" in text
    at = f"{AT}/meetings/{mine[0]['id']}/attendance"
    assert refused(wished.client(OFFICE).request, "PUT", at, json={"startup": True, "investor": False}).problem["code"] == "hour-not-over"
    wished.clock.move(days=150)
    assert wished.client(OFFICE).request("PUT", at, json={"startup": True, "investor": False}).json()["came"] == {
        "startup": True,
        "investor": False,
    }
