"""A partnering day of invented people: wishes from both sides, a schedule, an interpreter lost and
somebody who does not come, who was there, calendars.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import icalendar
import ics
import pytest
import vobject
from pypdf import PdfReader
from sqlalchemy import select

from nakodo_client import Refused
from services.meetings.models import Job, Letter
from shared.auth import Actor, worker
from shared.timers import Timekeeper
from tests.conftest import Stack, begun, mandate_form, startup_form
from tests.services.test_cohorts import refused

OFFICE = Actor("officer", "office", frozenset({"officer"}))
OTHER = Actor("stranger", "other-office", frozenset({"officer"}))
# the day after the clocks change in New York
BEGIN = datetime.fromisoformat("2027-03-14T09:00:00-04:00")


def slots(count: int = 4) -> list[dict]:
    begins = [BEGIN + timedelta(minutes=30 * n) for n in range(count)]
    return [
        {"starts_at": b.isoformat(), "ends_at": (b + timedelta(minutes=25)).isoformat()}
        for b in begins
    ]


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


def listed(folder) -> Stack:
    made = Stack(folder)
    for n in range(4):
        made.client().register(
            "startups", startup_form(f"Bio {n} (invented)", id=f"bio-{n}", owner=f"bio-{n}")
        )
    for n in range(3):
        made.client().register(
            "investors",
            {"id": f"fund-{n}", "name": {"en": f"Fund {n} (invented)"}, "owner": f"fund-{n}"},
        )
        made.client().register("mandates", mandate_form(f"fund-{n}", owner=f"fund-{n}"))
    made.settle()
    made.client(OFFICE).post("/api/v1/days", DAY)
    who = {
        "startups": [f"bio-{n}" for n in range(4)],
        "mandates": [f"fund-{n}-equity" for n in range(3)],
    }
    assert len(made.client(OFFICE).post(f"{AT}/attendees", who)["items"]) == 7
    return made


@pytest.fixture
def desk(tmp_path):
    """Four startups and three funds on the list of a day."""
    made = begun(tmp_path, listed)
    yield made
    made.composition.close()


def wish(desk, who: Actor, party: str, wishes: list[str]) -> dict:
    return (
        desk.client(who)
        .request("PUT", f"{AT}/attendees/{party}/wishes", json={"wishes": wishes})
        .json()
    )


def presence(desk, who: Actor, party: str, **form) -> dict:
    return desk.client(who).request("PATCH", f"{AT}/attendees/{party}", json=form).json()


def solve(desk) -> None:
    assert desk.composition.services["meetings"].queue("jobs").step()


def day(desk, who: Actor = OFFICE) -> dict:
    return desk.client(who).get(AT)


@pytest.fixture
def wished(desk):
    for n in range(4):
        wish(desk, startup(n), f"bio-{n}", ["fund-0-equity", "fund-1-equity"])
    for n in range(3):
        presence(
            desk,
            fund(n),
            f"fund-{n}-equity",
            people=[{"name": f"Kari {n} (invented)", "role": "Partner", "decides": True}],
        )
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
        (
            {"slots": [{"starts_at": slots()[0]["ends_at"], "ends_at": slots()[0]["starts_at"]}]},
            "slots.0.ends_at",
            "window-order",
        ),
        (
            {"slots": [{"starts_at": "2027-03-14T09:00:00", "ends_at": "2027-03-14T09:25:00"}]},
            "slots.0.starts_at",
            None,
        ),
        ({"requests_until": "2027-04-01T00:00:00Z"}, "requests_until", "window-order"),
        ({"requests_until": "2020-01-01T00:00:00Z"}, "requests_until", "date-past"),
        (
            {"slots": [slots()[0], slots()[1] | {"ends_at": "9999-12-31T23:59:59-14:00"}]},
            "slots.1.ends_at",
            "instant-range",
        ),
        (
            {"slots": [{"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-01T01:00:00Z"}]},
            "requests_until",
            None,
        ),
    ],
)
def test_a_day_that_makes_no_sense_is_refused_with_the_reason_and_nothing_is_stored(
    desk, change, field, code
):
    told = refused(desk.client(OFFICE).post, "/api/v1/days", DAY | {"id": "another"} | change)
    assert told.status == 422 and field in {e["field"] for e in told.problem["errors"]}
    assert code is None or code in {e["code"] for e in told.problem["errors"]}
    assert [d["id"] for d in desk.client(OFFICE).get("/api/v1/days")["items"]] == ["kari-day"]


def test_wishes_and_absences_are_ones_own_and_end_with_their_day(desk):
    assert wish(desk, startup(0), "bio-0", ["fund-1-equity"])["wishes"] == ["fund-1-equity"]
    assert refused(wish, desk, startup(1), "bio-0", ["fund-1-equity"]).status == 403
    assert (
        refused(wish, desk, startup(0), "bio-0", ["bio-1"]).problem["errors"][0]["code"]
        == "not-found"
    ), "not one of the other side"
    assert (
        refused(wish, desk, startup(0), "bio-0", ["fund-1-equity"] * 2).problem["errors"][0]["code"]
        == "twice"
    )
    assert refused(presence, desk, startup(0), "bio-0", away=[9]).status == 422
    seen = {a["party"]: a for a in day(desk, fund(1))["attendees"]}
    assert "wishes" not in seen["bio-0"] and "wishes" in seen["fund-1-equity"] and len(seen) == 7
    assert (
        refused(desk.client(OTHER).get, AT).status == 404
        and refused(desk.client(startup(0)).post, f"{AT}/schedule", {}).status == 403
    )
    desk.clock.move(days=120)
    assert refused(wish, desk, startup(0), "bio-0", []).problem["code"] == "requests-over"


def test_a_wish_for_who_keeps_apart_reads_as_any_other(desk):
    desk.client(startup(0)).add_facts(
        "startups", "bio-0", [{"field": "blocked_org", "value": "fund-2", "tier": "private"}]
    )
    desk.settle()
    assert wish(desk, fund(2), "fund-2-equity", ["bio-0", "bio-1"])["wishes"] == ["bio-0", "bio-1"]
    assert refused(wish, desk, fund(2), "fund-2-equity", ["no-such-bio"]).status == 422


def test_the_schedule_breaks_nothing_leaves_nobody_out_and_is_read_once_published(wished):
    told = day(wished)
    meetings = told["meetings"]
    assert (
        told["job"] == "done"
        and told["said"]["unmet"] == []
        and {m["startup"] for m in meetings} == {f"bio-{n}" for n in range(4)}
    )
    for who in ("startup", "investor", "room"):
        assert len({(m[who], m["slot"]) for m in meetings}) == len(meetings), who
    assert all(m["slot"] != 0 for m in meetings if m["startup"] == "bio-0")
    assert len({m["slot"] for m in meetings if m["startup"] == "bio-0"}) == sum(
        m["startup"] == "bio-0" for m in meetings
    )
    assert day(wished, startup(0))["meetings"] == [], "not before it is published"
    wished.client(OFFICE).post(f"{AT}/publication")
    mine = day(wished, startup(0))
    assert (
        mine["meetings"]
        and all(m["startup"] == "bio-0" for m in mine["meetings"])
        and "said" not in mine
    )
    people = {a["party"]: a["people"] for a in mine["attendees"]}
    assert people["fund-0-equity"][0]["decides"]
    assert (
        refused(wished.client(OFFICE).post, f"{AT}/schedule", {}).problem["code"] == "day-published"
    )


def test_musts_bans_and_pins_hold_and_one_that_is_both_is_refused(wished):
    office = wished.client(OFFICE)
    both = {"musts": [["bio-2", "fund-0-equity"]], "bans": [["bio-2", "fund-0-equity"]]}
    assert (
        refused(office.request, "PUT", f"{AT}/rules", json=both).problem["errors"][0]["code"]
        == "must-banned"
    )
    assert (
        refused(
            office.request, "PUT", f"{AT}/rules", json={"musts": [["fund-0-equity", "bio-2"]]}
        ).status
        == 422
    )
    office.request(
        "PUT",
        f"{AT}/rules",
        json={"musts": [["bio-2", "fund-2-equity"]], "bans": [["bio-1", "fund-1-equity"]]},
    )
    pinned = next(m for m in day(wished)["meetings"] if m["startup"] == "bio-0")
    office.request("PATCH", f"{AT}/meetings/{pinned['id']}", json={"pinned": True})
    office.post(f"{AT}/schedule", {})
    solve(wished)
    pairs = {(m["startup"], m["investor"]): m for m in day(wished)["meetings"]}
    assert ("bio-2", "fund-2-equity") in pairs and ("bio-1", "fund-1-equity") not in pairs
    assert pairs[pinned["startup"], pinned["investor"]]["slot"] == pinned["slot"]
    told = refused(
        office.request,
        "PUT",
        f"{AT}/rules",
        json={"bans": [[pinned["startup"], pinned["investor"]]]},
    )
    assert told.problem["errors"][0]["code"] == "ban-pinned"


def test_a_lost_interpreter_and_an_absentee_move_as_little_as_possible(wished):
    office = wished.client(OFFICE)
    office.post(f"{AT}/publication")
    before = {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]}
    spoken = [slot for (a, _), slot in before.items() if a == "bio-0"]
    office.post(f"{AT}/losses", {"what": "interpreter", "slot": min(spoken)})
    solve(wished)
    told = day(wished)
    assert told["said"]["optimal"] and told["said"]["dropped"], (
        "no interpreter from then on: those meetings cannot be"
    )
    after = {(m["startup"], m["investor"]): m["slot"] for m in told["meetings"]}
    assert all(after[p] == t for p, t in before.items() if p[0] != "bio-0")
    office.post(f"{AT}/losses", {"what": "attendee", "party": "fund-1-equity"})
    solve(wished)
    last = {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]}
    assert not any(b == "fund-1-equity" for _, b in last) and all(
        after[p] == t for p, t in last.items()
    )
    wrongs = [
        {"what": "room", "slot": 0},
        {"what": "slot", "slot": 40},
        {"what": "weather", "slot": 1},
        {"what": "attendee"},
    ]
    for wrong in wrongs:
        assert refused(office.post, f"{AT}/losses", wrong).status == 422


def test_two_meetings_change_places_by_hand_and_nonsense_is_refused(wished):
    office = wished.client(OFFICE)
    meetings = day(wished)["meetings"]
    one = next(m for m in meetings if m["startup"] != "bio-0")
    words = set()
    for target, lang in ((t, lang) for t in range(4) for lang in ("en", "ja")):
        try:
            wished.client(OFFICE, lang).request(
                "PATCH", f"{AT}/meetings/{one['id']}", json={"slot": target}
            )
        except Refused as refusal:
            assert refusal.status == 409 and "bio-" not in str(refusal), (
                "or it is done; nothing may break either way"
            )
            words.add(refusal.problem["code"])
        now = day(wished)["meetings"]
        for who in ("startup", "investor", "room"):
            assert len({(m[who], m["slot"]) for m in now}) == len(now)
        assert all(m["slot"] != 0 for m in now if m["startup"] == "bio-0")
    assert words <= {"day-away", "day-busy", "day-rooms", "day-interpreters"}
    assert (
        refused(office.request, "PATCH", f"{AT}/meetings/{one['id']}", json={"slot": 30}).status
        == 422
    )


def test_calendars_open_in_two_other_programs_and_who_came_is_told_after(wished):
    wished.client(OFFICE).post(f"{AT}/publication")
    raw = (
        wished.client(fund(0), "ja")
        .request("GET", f"{AT}/attendees/fund-0-equity/plan.ics")
        .content
    )
    mine = [m for m in day(wished, fund(0))["meetings"]]
    events = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert (
        len(events)
        == len(mine)
        == len(list(ics.Calendar(raw.decode()).events))
        == len(vobject.readOne(raw.decode()).vevent_list)
    )
    assert all(e["dtstart"].dt.utcoffset() == timedelta(hours=-4) for e in events), (
        "summer time since that morning"
    )
    assert (
        refused(
            wished.client(startup(0)).request, "GET", f"{AT}/attendees/fund-0-equity/plan.ics"
        ).status
        == 403
    )
    for lang, word in (("en", "Room"), ("ja", "会場")):
        paper = (
            wished.client(startup(0), lang).request("GET", f"{AT}/attendees/bio-0/plan.pdf").content
        )
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
        assert word in text and "Kari 0 (invented), Partner" in text and "America/New_York" in text
    at = f"{AT}/meetings/{mine[0]['id']}/attendance"
    assert (
        refused(
            wished.client(OFFICE).request, "PUT", at, json={"startup": True, "investor": False}
        ).problem["code"]
        == "hour-not-over"
    )
    wished.clock.move(days=150)
    assert wished.client(OFFICE).request(
        "PUT", at, json={"startup": True, "investor": False}
    ).json()["came"] == {
        "startup": True,
        "investor": False,
    }


# -- who comes


def test_names_and_who_answers_are_taken_from_the_profiles_and_who_is_there_already_stays(desk):
    office = desk.client(OFFICE)
    told = {a["party"]: a for a in day(desk)["attendees"]}
    assert (
        told["bio-0"]["org"] == "bio-0"
        and told["fund-0-equity"]["org"] == "fund-0"
        and "Fund 0 (invented)" in told["fund-0-equity"]["name"]["en"]
    )
    wish(desk, startup(0), "bio-0", ["fund-0-equity"])
    assert office.post(f"{AT}/attendees", {"startups": ["bio-0"]})["items"] == []
    assert next(a for a in day(desk)["attendees"] if a["party"] == "bio-0")["wishes"] == [
        "fund-0-equity"
    ]
    wrong = refused(
        office.post, f"{AT}/attendees", {"startups": ["bio-1", "no-such"], "mandates": ["fund-0"]}
    )
    assert [(e["field"], e["code"]) for e in wrong.problem["errors"]] == [
        ("startups.1", "not-found"),
        ("mandates.0", "not-found"),
    ]
    invited = [org for org, template, _ in letters(desk) if template == "day-invited"]
    assert sorted(invited) == sorted(
        [*(f"bio-{n}" for n in range(4)), *(f"fund-{n}" for n in range(3))]
    )


def test_whom_nobody_has_claimed_the_office_answers_for(desk):
    desk.client().register("startups", startup_form("Unclaimed Bio (invented)", id="unclaimed"))
    desk.settle()
    one = desk.client(OFFICE).post(f"{AT}/attendees", {"startups": ["unclaimed"]})["items"][0]
    assert one["org"] == "office" and wish(desk, OFFICE, "unclaimed", ["fund-1-equity"])["wishes"]
    assert "office" not in {org for org, _, _ in letters(desk)}, "and writes no letters to itself"


def test_somebody_is_taken_off_the_list_until_they_have_meetings(wished):
    office = wished.client(OFFICE)
    assert (
        refused(office.request, "DELETE", f"{AT}/attendees/bio-0").problem["code"] == "has-meetings"
    )
    wished.client().register(
        "startups", startup_form("Late Bio (invented)", id="late-bio", owner="late-bio")
    )
    wished.settle()
    office.post(f"{AT}/attendees", {"startups": ["late-bio"]})
    wish(wished, fund(0), "fund-0-equity", ["late-bio", "bio-1"])
    office.request("PUT", f"{AT}/rules", json={"musts": [["late-bio", "fund-0-equity"]]})
    office.request("DELETE", f"{AT}/attendees/late-bio")
    told = day(wished)
    assert told["musts"] == [] and next(
        a for a in told["attendees"] if a["party"] == "fund-0-equity"
    )["wishes"] == ["bio-1"]
    assert refused(office.request, "DELETE", f"{AT}/attendees/late-bio").status == 404


# -- blocks after the wish


def block(desk, org: str, other: str) -> None:
    desk.client(Actor("founder", org, frozenset({"startup"}))).add_facts(
        "startups", org, [{"field": "blocked_org", "value": other, "tier": "private"}]
    )
    desk.settle()


def test_a_must_meet_of_a_blocked_pair_is_refused_without_saying_who_blocks(desk):
    block(desk, "bio-0", "fund-2")
    told = refused(
        desk.client(OFFICE).request,
        "PUT",
        f"{AT}/rules",
        json={"musts": [["bio-0", "fund-2-equity"]]},
    )
    assert [(e["field"], e["code"]) for e in told.problem["errors"]] == [("musts.0", "must-apart")]
    assert "block" not in str(told.problem) and day(desk)["musts"] == []


def test_a_pair_blocked_after_the_wish_does_not_meet_and_a_must_of_it_is_listed(desk):
    office = desk.client(OFFICE)
    wish(desk, startup(0), "bio-0", ["fund-2-equity"])
    wish(desk, startup(1), "bio-1", ["fund-2-equity"])
    office.request("PUT", f"{AT}/rules", json={"musts": [["bio-0", "fund-2-equity"]]})
    block(desk, "bio-0", "fund-2")
    office.post(f"{AT}/schedule", {})
    solve(desk)
    told = day(desk)
    assert [(m["startup"], m["investor"]) for m in told["meetings"]] == [("bio-1", "fund-2-equity")]
    assert told["said"]["unmet"] == [{"a": "bio-0", "b": "fund-2-equity", "why": "apart"}]
    block(desk, "bio-1", "fund-2")
    office.post(f"{AT}/publication")
    office.post(f"{AT}/losses", {"what": "interpreter", "slot": 3})
    solve(desk)
    assert day(desk)["meetings"] == [], "what is mended keeps a block too"


def test_who_has_met_lately_does_not_meet_again_unless_they_must(desk):
    made = desk.client(startup(0)).post(
        "/api/v1/introductions", {"startup": "bio-0", "mandate": "fund-0-equity"}
    )
    desk.client(fund(0)).post(f"/api/v1/introductions/{made['id']}/steps", {"act": "accept"})
    wish(desk, startup(0), "bio-0", ["fund-0-equity"])
    for musts, met in (([], True), ([["bio-0", "fund-0-equity"]], False)):
        desk.client(OFFICE).request("PUT", f"{AT}/rules", json={"musts": musts})
        desk.client(OFFICE).post(f"{AT}/schedule", {})
        solve(desk)
        assert day(desk)["said"]["unmet"] == (
            [{"a": "bio-0", "b": "fund-0-equity", "why": "met"}] if met else []
        )
        assert len(day(desk)["meetings"]) == (0 if met else 1)


# -- the day itself


def letters(desk) -> list[tuple[str, str, dict]]:
    meetings = desk.composition.services["meetings"]
    with meetings.db.reading(worker("meetings")) as session:
        return [
            (one.org, one.template, one.params)
            for one in session.scalars(select(Letter).order_by(Letter.written_at, Letter.id))
        ]


def move_to(desk, at: datetime) -> None:
    desk.clock.at = at.astimezone(UTC)


def fire(desk) -> None:
    service = desk.composition.services["meetings"]
    Timekeeper("meetings", service.db, service.timers).fire_due()


def test_the_morning_of_the_day_what_has_begun_stays_and_the_rest_is_mended(wished):
    """Two who do not come and a lost interpreter once the first slot has begun."""
    office = wished.client(OFFICE)
    office.post(f"{AT}/publication")
    move_to(wished, BEGIN + timedelta(minutes=5))
    begun = {
        (m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"] if m["slot"] == 0
    }
    later = {
        (m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"] if m["slot"] > 0
    }
    assert begun and later and day(wished)["begun"] == 1
    for loss in (
        {"what": "attendee", "party": "fund-1-equity"},
        {"what": "attendee", "party": "bio-2"},
        {"what": "interpreter", "slot": 1},
    ):
        office.post(f"{AT}/losses", loss)
        assert refused(office.post, f"{AT}/losses", loss).problem["code"] == "job-under-way"
        solve(wished)
    now = {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]}
    assert begun.items() <= now.items(), "what has begun is not touched, even of whoever leaves"
    assert all(slot > 0 for pair, slot in now.items() if pair not in begun)
    stayed = {p: t for p, t in later.items() if not {"fund-1-equity", "bio-2", "bio-0"} & set(p)}
    assert stayed.items() <= now.items() and not any(
        {"fund-1-equity", "bio-2", "bio-0"} & set(p) for p in now.keys() - begun.keys()
    )
    first = next(m for m in day(wished)["meetings"] if m["slot"] == 0)
    assert (
        refused(office.request, "PATCH", f"{AT}/meetings/{first['id']}", json={"slot": 2}).problem[
            "code"
        ]
        == "hour-past"
    )
    told = [org for org, template, _ in letters(wished) if template == "day-changed"]
    assert (
        set(told) <= {"bio-0", "bio-2", "fund-0", "fund-1", "fund-2", "bio-1", "bio-3"}
        and "fund-1" in told
    )


def test_a_room_that_is_lost_is_left_by_who_was_in_it(wished):
    office = wished.client(OFFICE)
    office.post(f"{AT}/publication")
    held = day(wished)["meetings"]
    one = next(m for m in held if sum(o["slot"] == m["slot"] for o in held) < 3)
    office.post(f"{AT}/losses", {"what": "room", "slot": one["slot"], "room": one["room"]})
    solve(wished)
    told = day(wished)
    assert (
        all(m["room"] in told["rooms"][m["slot"]] for m in told["meetings"])
        and told["said"]["dropped"] == []
    )
    after = next(m for m in told["meetings"] if m["id"] == one["id"])
    assert (after["slot"], after["version"]) == (one["slot"], one["version"] + 1) and after[
        "room"
    ] != one["room"], "another room, the same time"
    again = {"what": "room", "slot": one["slot"], "room": one["room"]}
    told = refused(office.post, f"{AT}/losses", again)
    assert [(e["field"], e["code"]) for e in told.problem["errors"]] == [("room", "not-found")], (
        "it is lost already"
    )


def test_a_day_is_mended_as_it_stands_when_a_block_comes_after_it_was_published(wished):
    office = wished.client(OFFICE)
    office.post(f"{AT}/publication")
    before = {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]}
    gone = next(pair for pair in before if pair[0] == "bio-0")
    block(wished, "bio-0", gone[1].removesuffix("-equity"))
    office.post(f"{AT}/losses", {"what": "nothing"})
    solve(wished)
    told = day(wished)
    assert {(m["startup"], m["investor"]): m["slot"] for m in told["meetings"]} == {
        p: t for p, t in before.items() if p != gone
    }
    assert told["said"]["dropped"] == [[*gone, before[gone]]] and "block" not in str(told["said"])


def test_of_two_whose_room_is_free_only_the_one_without_a_room_changes_it(wished):
    """Whoever has lost the room takes a free one, not that of somebody who comes later in the
    list.
    """
    office = wished.client(OFFICE)
    slot = next(t for t in range(4) if sum(m["slot"] == t for m in day(wished)["meetings"]) == 2)
    first, second = sorted(
        (m for m in day(wished)["meetings"] if m["slot"] == slot),
        key=lambda m: (m["startup"], m["investor"]),
    )
    office.post(f"{AT}/losses", {"what": "room", "slot": slot, "room": first["room"]})
    solve(wished)
    told = {m["id"]: m for m in day(wished)["meetings"]}
    assert told[second["id"]]["room"] == second["room"] and told[first["id"]]["room"] not in (
        first["room"],
        second["room"],
    )


def test_an_answer_to_a_day_that_changed_meanwhile_is_not_applied(wished):
    office = wished.client(OFFICE)
    before = day(wished)["meetings"]
    office.post(f"{AT}/schedule", {})
    office.request(
        "PUT", f"{AT}/rules", json={"bans": [[before[0]["startup"], before[0]["investor"]]]}
    )
    solve(wished)
    told = day(wished)
    assert (
        told["job"] == "failed"
        and told["job_error"] == "day-changed"
        and told["meetings"] == before
    )
    office.post(f"{AT}/schedule", {})
    solve(wished)
    assert day(wished)["job"] == "done"


def test_who_was_not_there_is_told_of_one_and_the_others_at_once(wished):
    office = wished.client(OFFICE)
    office.post(f"{AT}/publication")
    move_to(wished, BEGIN + timedelta(days=1))
    meetings = day(wished)["meetings"]
    office.request(
        "PUT",
        f"{AT}/meetings/{meetings[0]['id']}/attendance",
        json={"startup": False, "investor": True},
    )
    assert (
        office.post(f"{AT}/attendance")["count"] == len(meetings) - 1
        and office.post(f"{AT}/attendance")["count"] == 0
    )
    told = day(wished)["attendance"]
    assert told == {
        "recorded": len(meetings),
        "held": len(meetings) - 1,
        "of": len(meetings),
        "missed": {meetings[0]["startup"]: 1},
    }
    assert refused(wished.client(startup(0)).post, f"{AT}/attendance").status == 403


def test_both_sides_are_asked_what_came_of_it_and_nobody_else_reads_the_answer(wished):
    office = wished.client(OFFICE)
    office.post(f"{AT}/publication")
    mine = day(wished, startup(3))["meetings"]
    at = f"{AT}/meetings/{mine[0]['id']}/outcomes"
    assert (
        refused(wished.client(startup(3)).post, at, {"outcome": "met"}).problem["code"]
        == "hour-not-over"
    )
    move_to(wished, BEGIN + timedelta(days=1))
    for m in mine[1:]:
        wished.client(startup(3)).post(f"{AT}/meetings/{m['id']}/outcomes", {"outcome": "ended"})
    missed = day(wished, startup(1))["meetings"]
    for m in missed:
        office.request(
            "PUT", f"{AT}/meetings/{m['id']}/attendance", json={"startup": False, "investor": True}
        )
    move_to(wished, BEGIN + timedelta(days=7, hours=2))
    fire(wished)
    asked = [org for org, template, _ in letters(wished) if template == "day-outcome"]
    assert "bio-3" in asked and "bio-1" not in asked and len(asked) == len(set(asked)), (
        "who was not there is not asked; one letter each"
    )
    made = wished.client(startup(3), "ja").post(at, {"outcome": "in-talks", "note": "CDA in March"})
    assert made["text"] == "協議中"
    assert day(wished, startup(3))["meetings"][0]["outcome"]["note"] == "CDA in March"
    other = {m["id"]: m for m in day(wished, OFFICE)["meetings"]}[mine[0]["id"]]
    assert other["outcome"] is None, "not to the office"
    fund_of = next(n for n in range(3) if mine[0]["investor"] == f"fund-{n}-equity")
    assert all(m["outcome"] is None for m in day(wished, fund(fund_of))["meetings"]), (
        "not to the other side"
    )
    assert refused(wished.client(OFFICE).post, at, {"outcome": "met"}).status == 403
    assert refused(wished.client(startup(0)).post, at, {"outcome": "met"}).status in (403, 404)
    move_to(wished, BEGIN + timedelta(days=12))
    wished.client(startup(3)).post(at, {"outcome": "ended"})
    move_to(wished, BEGIN + timedelta(days=30, hours=2))
    fire(wished)
    again = [org for org, template, _ in letters(wished) if template == "day-outcome"]
    assert again.count("bio-3") == 1, "nothing is left to ask"
    assert any(a["people"] for a in day(wished)["attendees"])
    move_to(wished, BEGIN + timedelta(days=180, hours=2))
    fire(wished)
    assert not any(a["people"] for a in day(wished)["attendees"]), (
        "names at the tables are kept no longer than they are needed"
    )


def test_whoever_has_no_wishes_three_days_before_they_end_is_reminded(desk):
    wish(desk, startup(0), "bio-0", ["fund-0-equity"])
    move_to(desk, datetime.fromisoformat(DAY["requests_until"]) - timedelta(days=3, minutes=-1))
    fire(desk)
    told = [org for org, template, _ in letters(desk) if template == "day-wishes"]
    assert "bio-0" not in told and "bio-1" in told and "fund-2" in told


def test_a_colleague_may_sit_in_after_the_day_is_published_but_nobody_changes_their_hours(wished):
    wished.client(OFFICE).post(f"{AT}/publication")
    people = [
        {"name": "Kari Other (invented)", "role": "Principal"},
        {"name": "Kari Zero (invented)", "role": "Partner", "decides": True},
    ]
    assert len(presence(wished, fund(0), "fund-0-equity", people=people)["people"]) == 2
    assert (
        refused(presence, wished, fund(0), "fund-0-equity", away=[1]).problem["code"]
        == "day-published"
    )


def test_all_plans_come_as_one_file_for_printing(wished):
    paper = PdfReader(
        BytesIO(wished.client(OFFICE, "ja").request("GET", f"{AT}/plans.pdf").content)
    )
    assert len(paper.pages) == 7 and "Bio 0 (invented)" in "".join(
        p.extract_text() for p in paper.pages
    )
    assert refused(wished.client(startup(0)).request, "GET", f"{AT}/plans.pdf").status == 403


def test_a_day_is_put_right_before_it_is_published_and_called_off_before_it_begins(wished):
    office = wished.client(OFFICE)
    now = office.request(
        "PATCH", AT, json={"rooms": 2, "interpreters": 0, "requests_until": "2027-02-20T00:00:00Z"}
    ).json()
    assert (
        now["rooms"] == [[0, 1]] * 4
        and now["interpreters"] == [0] * 4
        and now["requests_until"].startswith("2027-02-20")
    )
    late = refused(office.request, "PATCH", AT, json={"requests_until": "2027-04-01T00:00:00Z"})
    assert late.problem["errors"][0]["code"] == "window-order"
    office.post(f"{AT}/publication")
    assert (
        refused(office.request, "PATCH", AT, json={"rooms": 9}).problem["code"] == "day-published"
    )
    assert refused(wished.client(startup(0)).post, f"{AT}/cancellation").status == 403
    assert office.post(f"{AT}/cancellation")["cancelled_at"]
    for act in (
        lambda: office.post(f"{AT}/losses", {"what": "slot", "slot": 0}),
        lambda: presence(wished, fund(0), "fund-0-equity", people=[]),
    ):
        assert refused(act).status in (409, 422)
    assert refused(office.post, f"{AT}/cancellation").problem["code"] == "day-cancelled"
    assert len([1 for _, template, _ in letters(wished) if template == "day-cancelled"]) == 7
    raw = wished.client(fund(0)).request("GET", f"{AT}/attendees/fund-0-equity/plan.ics").content
    assert b"METHOD:CANCEL" in raw and b"STATUS:CANCELLED" in raw
    move_to(wished, BEGIN + timedelta(days=8))
    fire(wished)
    assert not [1 for _, template, _ in letters(wished) if template == "day-outcome"]


def test_an_investor_keeps_the_room_where_there_are_as_many_rooms(wished):
    rooms = {}
    for m in day(wished)["meetings"]:
        rooms.setdefault(m["investor"], set()).add(m["room"])
    assert len(rooms) == 3 and all(len(of) == 1 for of in rooms.values())


def test_a_computation_is_stopped_and_keeps_the_best_so_far(wished):
    office = wished.client(OFFICE)
    before = {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]}
    assert refused(office.request, "DELETE", f"{AT}/schedule").problem["code"] == "job-ended"
    office.post(f"{AT}/schedule", {})
    assert office.request("DELETE", f"{AT}/schedule").json()["job"] == "cancelled"
    assert {(m["startup"], m["investor"]): m["slot"] for m in day(wished)["meetings"]} == before, (
        "nothing was found yet"
    )
    office.post(f"{AT}/schedule", {})
    pair, slot = next(iter(before.items()))
    service = wished.composition.services["meetings"]
    with service.db.transaction(worker("meetings")) as session:  # as the solver tells it on the way
        job = session.scalar(select(Job).where(Job.state == "waiting"))
        job.state, job.best, job.said = "running", {"meetings": [[*pair, slot]]}, {"value": 1}
    told = office.request("DELETE", f"{AT}/schedule").json()
    assert [(m["startup"], m["investor"], m["slot"]) for m in told["meetings"]] == [(*pair, slot)]
    assert refused(wished.client(startup(0)).request, "DELETE", f"{AT}/schedule").status == 403
