"""Introductions: asked by a side or proposed by staff, private until both say yes, within budgets;
contacts under consent; meetings in two zones.
"""

from datetime import datetime, timedelta

import ics
import pytest
import vobject

from nakodo_client import Refused
from services.accounts.notices import NOTICES
from services.meetings.models import Introduction, Letter
from services.meetings.rules import STEPS
from services.operate import republish
from shared.auth import ADMINISTRATOR, Actor
from shared.errors import Unavailable
from shared.timers import Timekeeper
from tests.conftest import Stack, mandate_form, startup_form
from tests.services.test_accounts import hasher, person  # noqa: F401 - hasher is a fixture

STAFF = Actor("staff-1", "office", frozenset({"officer"}))
PLATFORM_STAFF = Actor("staff-2", "nakodo", frozenset({"staff"}))
RIVAL = Actor("rival-1", "rival", frozenset({"reviewer"}))
OTHER_BIO = Actor("other-1", "tsuki-bio", frozenset({"startup"}))


class Desk:
    """Rei Bio in Japan and Kari Fund in the US, each with a person who has an account, and the rest
    of a small market.
    """

    def __init__(self, folder, passwords, environ: dict | None = None):
        self.stack = stack = Stack(folder, environ=environ)
        stack.accounts = stack.composition.services["accounts"]
        stack.accounts.app.extensions["nakodo"]["passwords"] = passwords
        bd, partner = (
            person(stack, f"{who}@{org}.example.com", name, org, [role])
            for who, name, org, role in (
                ("bd", "見本 さくら", "rei-bio", "startup"),
                ("kim", "Kim Kari", "kari", "reviewer"),
            )
        )
        self.founder, self.reviewer = (
            Actor(bd, "rei-bio", frozenset({"startup"})),
            Actor(partner, "kari", frozenset({"reviewer"})),
        )
        for fund in ("kari", "rival"):
            facts = [{"field": "office", "value": "hub-boston-cambridge"}]
            stack.client().register(
                "investors",
                {"id": fund, "name": {"en": f"{fund} (invented)"}, "owner": fund, "facts": facts},
            )
            stack.client().register("mandates", mandate_form(fund, owner=fund))
        for slug in ("rei-bio", "tsuki-bio"):
            form = startup_form(f"{slug} (invented)", id=slug, owner=slug)
            stack.client().register(
                "startups",
                form | {"facts": [*form["facts"], {"field": "hq", "value": "hub-tokyo"}]},
            )
        stack.settle()
        self.meetings = stack.composition.services["meetings"]

    def api(self, actor: Actor, lang: str = "en"):
        return self.stack.client(actor, lang)

    def ask(
        self, actor: Actor, startup: str = "rei-bio", mandate: str = "kari-equity", **more
    ) -> dict:
        return self.api(actor).introduce(startup, mandate, **more)

    def step(self, actor: Actor, made: dict, act: str, version: int | None = None) -> dict:
        return self.api(actor).step(made["id"], act, version)

    def read(self, actor: Actor, made: dict, lang: str = "en") -> dict:
        return self.api(actor, lang).introduction(made["id"])

    def later(self, **delta) -> None:
        self.stack.clock.move(**delta)
        while Timekeeper("meetings", self.meetings.db, self.meetings.timers).fire_due():
            pass
        self.stack.settle()

    def letters(self) -> list[tuple[str, str]]:
        with self.meetings.db.reading(ADMINISTRATOR) as session:
            return [
                (row.org, row.template)
                for row in session.query(Letter).order_by(Letter.written_at, Letter.id)
            ]

    def consent(self, actor: Actor, *countries: str) -> None:
        form = {
            "purpose": "introductions",
            "countries": list(countries),
            "notice": NOTICES["introductions"].id,
            "locale": "en",
        }
        self.api(actor).post("/api/v1/consents", form)

    def introduced(self) -> dict:
        made = self.ask(self.reviewer)
        self.step(self.founder, made, "accept")
        self.stack.settle()
        return made


@pytest.fixture
def desk(tmp_path, hasher):  # noqa: F811
    made = Desk(tmp_path, hasher)
    yield made
    made.stack.composition.close()


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


def test_a_reviewer_asks_the_startup_accepts_and_contacts_go_each_way_under_consent(desk):
    made = desk.ask(desk.reviewer, note="Your CAR-T data fits our fund.")
    assert (made["state"], made["side"], made["legal"]) == (
        "awaits-startup",
        "investor",
        ["withdraw"],
    )
    seen = desk.read(desk.founder, made)
    assert (
        seen["text"] == "Waiting for your answer."
        and seen["legal"] == ["accept", "decline"]
        and seen["note"]
        and "contact" in seen
    )
    assert seen["contact"] is None and "Kim" not in str(seen), (
        "nobody's name before both have said yes"
    )
    assert desk.step(desk.founder, made, "accept")["state"] == "introduced"
    assert desk.read(desk.reviewer, made)["contact"] == {"state": "no-consent", "countries": ["us"]}
    desk.consent(desk.founder, "us")
    held = desk.read(desk.reviewer, made)["contact"]
    assert held == {"state": "released", "name": "見本 さくら", "email": "bd@rei-bio.example.com"}
    assert desk.read(desk.founder, made)["contact"]["state"] == "no-consent", (
        "Kim has not said that Japan may know"
    )
    desk.consent(desk.reviewer, "jp")
    assert desk.read(desk.founder, made)["contact"]["email"] == "kim@kari.example.com"
    desk.step(desk.founder, made, "close")
    assert (
        desk.read(desk.reviewer, made)["contact"] is None
        and desk.read(desk.reviewer, made)["state"] == "closed"
    )
    told = [
        ("kari", "introduced"),
        ("kari", "introduction-closed"),
        ("rei-bio", "introduced"),
        ("rei-bio", "introduction"),
    ]
    assert sorted(desk.letters()) == told


def test_a_startup_asks_and_staff_may_propose_to_both(desk):
    made = desk.ask(desk.founder)
    assert made["state"] == "awaits-investor" and desk.read(desk.reviewer, made)["legal"] == [
        "accept",
        "decline",
    ]
    desk.step(desk.founder, made, "withdraw")
    assert desk.read(desk.reviewer, made)["text"] == "The request was withdrawn."
    proposal = desk.ask(STAFF, note="You should meet.", attends=True)
    assert proposal["state"] == "proposed" and proposal["side"] == "officer"
    for actor in (desk.founder, desk.reviewer):
        assert (
            desk.read(actor, proposal)["legal"] == ["accept", "decline"]
            and desk.read(actor, proposal)["attends"]
        )
    assert desk.step(desk.reviewer, proposal, "accept")["state"] == "awaits-startup"
    assert desk.read(STAFF, proposal)["text"].startswith("kari (invented) has accepted")
    assert desk.step(desk.founder, proposal, "accept")["state"] == "introduced"
    told = desk.read(STAFF, proposal)
    assert told["state"] == "introduced" and "contact" not in told and "remarks" not in told, (
        "staff see states, nothing else"
    )


def as_read(desk, actor: Actor, made: dict) -> list:
    """Everything one side can read about an introduction, bytes and tags."""
    client = desk.api(actor)
    answers = [
        client.request("GET", f"/api/v1/introductions/{made['id']}"),
        client.request("GET", "/api/v1/introductions"),
    ]
    return [(a.content, a.headers.get("ETag")) for a in answers]


@pytest.mark.parametrize("asker", ["reviewer", "staff"])
def test_a_no_is_private_until_its_time_and_says_no_more_than_not_now(desk, asker):
    made = desk.ask(desk.reviewer if asker == "reviewer" else STAFF)
    watchers = [desk.reviewer] + ([STAFF] if asker == "staff" else [])
    before = [as_read(desk, w, made) for w in watchers]
    events = published(desk, made)
    declined = desk.step(desk.founder, made, "decline")
    assert declined["state"] == "rests" and declined["legal"] == ["accept"]
    desk.stack.settle()
    assert [as_read(desk, w, made) for w in watchers] == before, "byte for byte"
    assert (
        published(desk, made) == events and ("kari", "introduction-declined") not in desk.letters()
    )
    told_at = stored(desk, made).told_at
    desk.later(seconds=(told_at - desk.stack.clock.now()).total_seconds() - 1)
    assert [as_read(desk, w, made) for w in watchers] == before
    desk.later(seconds=2)
    for watcher in watchers:
        told = desk.read(watcher, made)
        assert (
            told["state"] == "declined"
            and told["text"] == "Not at this time."
            and told["legal"] == []
        )
        assert "startup" not in told.get("closed_at", "") and "said_no" not in told
    assert desk.read(desk.reviewer, made, "ja")["text"] == "今回は見送りとなりました。"
    assert published(desk, made)[-1]["state"] == "declined"
    assert (("kari", "introduction-declined") in desk.letters()) == (asker == "reviewer")


def published(desk, made: dict) -> list[dict]:
    import json

    from shared.tables import outbox

    with desk.meetings.db.reading(ADMINISTRATOR) as session:
        rows = session.execute(
            outbox.select().where(outbox.c.topic == "introductions").order_by(outbox.c.id)
        )
        return [e["data"] for row in rows if (e := json.loads(row.value))["subject"] == made["id"]]


def stored(desk, made: dict) -> Introduction:
    with desk.meetings.db.reading(ADMINISTRATOR) as session:
        return session.get(Introduction, made["id"])


def test_a_no_may_be_taken_back_until_it_is_told(desk):
    made = desk.ask(desk.reviewer)
    desk.step(desk.founder, made, "decline")
    assert desk.step(desk.founder, made, "accept")["state"] == "introduced"
    desk.later(days=10)
    assert desk.read(desk.reviewer, made)["state"] == "introduced", (
        "the telling of a no that was taken back does not come"
    )


def test_to_a_proposal_both_may_say_no_and_neither_learns_of_the_other(desk):
    made = desk.ask(STAFF)
    desk.step(desk.founder, made, "decline")
    assert desk.step(desk.reviewer, made, "decline")["state"] == "rests", (
        "not declined at once, which would tell of the other's no"
    )
    assert desk.read(STAFF, made)["state"] == "proposed"
    assert desk.step(desk.founder, made, "accept")["state"] == "awaits-investor"
    desk.later(days=8)
    assert {desk.read(a, made)["state"] for a in (desk.founder, desk.reviewer, STAFF)} == {
        "declined"
    }


def test_after_a_no_the_same_side_waits_a_season_and_who_said_it_does_not(desk):
    made = desk.ask(desk.reviewer)
    desk.step(desk.founder, made, "decline")
    assert refused(desk.ask, desk.reviewer).problem["code"] == "introduction-open", (
        "as while it waits"
    )
    desk.later(days=8)
    told = refused(desk.ask, desk.reviewer)
    assert (
        told.status == 409
        and told.problem["code"] == "introduction-rests"
        and "2027-02" in told.problem["title"]
    )
    assert desk.ask(desk.founder)["state"] == "awaits-investor"


def test_who_said_no_and_then_asks_has_said_yes(desk):
    made = desk.ask(desk.reviewer)
    desk.step(desk.founder, made, "decline")
    again = desk.ask(desk.founder)
    assert again["id"] == made["id"] and again["state"] == "introduced"


def test_without_an_answer_it_expires(desk):
    made = desk.ask(desk.reviewer)
    desk.step(desk.founder, made, "decline")
    desk.step(desk.founder, made, "accept")
    other = desk.ask(RIVAL, mandate="rival-equity")
    desk.later(days=22)
    assert (
        desk.read(RIVAL, other)["state"] == "expired"
        and ("rival", "introduction-expired") in desk.letters()
    )
    assert refused(desk.step, desk.founder, other, "accept").problem["code"] == "illegal-step"
    assert desk.ask(RIVAL, mandate="rival-equity")["state"] == "awaits-startup", (
        "after an expiry one may ask again"
    )


@pytest.mark.parametrize("state", [s for s in STEPS if "rest" not in s])
def test_an_illegal_step_answers_with_the_legal_ones(desk, state):
    made = desk.ask(
        STAFF
        if state == "proposed"
        else desk.founder
        if state == "awaits-investor"
        else desk.reviewer
    )
    walk = {
        "introduced": [(desk.founder, "accept")],
        "closed": [(desk.founder, "accept"), (desk.reviewer, "close")],
        "withdrawn": [(desk.reviewer, "withdraw")],
        "declined": [(desk.founder, "decline")],
    }
    for actor, act in walk.get(state, []):
        desk.step(actor, made, act)
    desk.later(days={"declined": 8, "expired": 22}.get(state, 0))
    assert desk.read(desk.founder, made)["state"] == state
    for actor in (desk.founder, desk.reviewer):
        legal = desk.read(actor, made)["legal"]
        for act in {"accept", "decline", "withdraw", "close"} - set(legal):
            told = refused(desk.step, actor, made, act)
            assert told.status == 409 and told.problem["code"] == "illegal-step"
            assert (", ".join(legal) or "-") in told.problem["title"]
    assert desk.read(desk.founder, made)["state"] == state


def test_a_colleague_who_read_an_older_state_is_told_so(desk):
    made = desk.ask(desk.reviewer)
    version = desk.read(desk.founder, made)["version"]
    desk.step(desk.founder, made, "decline", version)
    colleague = Actor("colleague", "rei-bio", frozenset({"startup"}))
    assert refused(desk.step, colleague, made, "accept", version).status == 412
    assert desk.read(desk.reviewer, made)["version"] == made["version"], (
        "what was private does not count for the other side"
    )


def test_nobody_else_sees_or_touches_it(desk):
    made = desk.ask(desk.reviewer)
    for stranger in (RIVAL, OTHER_BIO, STAFF, Actor("x", "kari", frozenset({"startup"}))):
        assert refused(desk.read, stranger, made).status == 404
        assert refused(desk.step, stranger, made, "accept").status in (403, 404)
        assert desk.api(stranger).introductions() == []
    assert refused(desk.ask, RIVAL).status == 403, "another fund's mandate"
    assert refused(desk.ask, OTHER_BIO).status == 403, "another company"


def test_what_cannot_be_asked_for_is_refused_with_the_reason(desk):
    assert refused(desk.ask, desk.reviewer, "no-such-bio").status == 404
    assert refused(desk.ask, desk.reviewer, mandate="no-such").status == 404
    desk.stack.client().register(
        "startups", startup_form("Hoshi Bio (invented)", id="hoshi-bio", owner="nakodo")
    )
    desk.stack.settle()
    assert refused(desk.ask, desk.reviewer, "hoshi-bio").problem["code"] == "side-unclaimed"
    assert refused(desk.ask, desk.reviewer, note="").status == 422


def test_to_who_is_kept_apart_it_reads_as_silence_before_and_after_asking(desk):
    made = desk.ask(desk.reviewer)
    block = [{"field": "blocked_org", "value": "kari", "tier": "private"}]
    desk.api(desk.founder).add_facts("startups", "rei-bio", block)
    desk.stack.settle()
    assert refused(desk.step, desk.founder, made, "accept").problem["code"] == "introduction-void"
    desk.step(desk.founder, made, "decline")
    desk.later(days=8)
    desk.later(days=91)
    letters = desk.letters()
    again = desk.ask(desk.reviewer)
    assert (again["state"], again["version"]) == ("awaits-startup", 1) and desk.letters() == letters
    assert desk.api(desk.founder).get(f"/api/v1/introductions/{again['id']}")["state"] == "rests", (
        "it has said no beforehand"
    )
    desk.later(days=20)
    assert (
        desk.api(desk.reviewer).get(f"/api/v1/introductions/{again['id']}")["state"]
        == "awaits-startup"
    )
    desk.later(days=2)
    assert desk.api(desk.reviewer).get(f"/api/v1/introductions/{again['id']}")["state"] == "expired"


def test_the_weeks_budget_names_its_reset_and_staff_may_add_to_it_with_a_reason(desk):
    for n in range(6):
        desk.stack.client().register(
            "startups", startup_form(f"Kumo {n} (invented)", id=f"kumo-{n}", owner=f"kumo-{n}")
        )
    desk.stack.settle()
    for n in range(5):
        desk.ask(desk.reviewer, f"kumo-{n}")
    told = refused(desk.ask, desk.reviewer, "kumo-5")
    assert (
        told.status == 429
        and told.problem["code"] == "introductions-enough"
        and "2026-11-23" in told.problem["title"]
    )
    held = desk.api(desk.reviewer).budget()
    assert (held["allowed"], held["used"], held["left"]) == (5, 5, 0) and held[
        "resets_at"
    ].startswith("2026-11-23T00:00:00+09:00")
    assert (
        refused(
            desk.api(desk.reviewer).post,
            "/api/v1/introductions/grants",
            {"org": "kari", "extra": 1, "reason": "x"},
        ).status
        == 403
    )
    desk.api(PLATFORM_STAFF).post(
        "/api/v1/introductions/grants",
        {"org": "kari", "extra": 1, "reason": "Partnering week in Boston"},
    )
    desk.ask(desk.reviewer, "kumo-5")
    assert (
        desk.api(PLATFORM_STAFF).budget("kari")["left"] == 0
        and refused(desk.api(desk.reviewer).budget, "rival").status == 403
    )
    desk.later(days=1)
    assert desk.api(desk.reviewer).budget() | {"resets_at": ""} == {
        "allowed": 5,
        "granted": 0,
        "used": 0,
        "left": 5,
        "resets_at": "",
    }


def test_a_question_may_be_asked_before_answering(desk):
    made = desk.ask(desk.reviewer)
    at = f"/api/v1/introductions/{made['id']}/remarks"
    desk.api(desk.founder).post(at, {"text": "Is it about the US trial?"})
    assert [(r["side"], r["mine"]) for r in desk.read(desk.reviewer, made)["remarks"]] == [
        ("startup", False)
    ]
    desk.api(desk.reviewer).post(at, {"text": "Yes."})
    assert {("kari", "introduction-remark"), ("rei-bio", "introduction-remark")} <= set(
        desk.letters()
    )
    for _ in range(9):
        desk.api(desk.reviewer).post(at, {"text": "And another."})
    assert (
        refused(desk.api(desk.reviewer).post, at, {"text": "One more."}).problem["code"]
        == "remarks-enough"
    )
    desk.step(desk.founder, made, "decline")
    assert (
        refused(desk.api(desk.founder).post, at, {"text": "Hm."}).problem["code"]
        == "introduction-over"
    )


def test_what_came_of_it_is_asked_after_a_week_a_month_and_half_a_year(desk):
    made = desk.introduced()
    at = f"/api/v1/introductions/{made['id']}/outcomes"
    for days, due in ((6, None), (1, 7), (23, 30), (150, 180)):
        desk.later(days=days)
        assert desk.read(desk.founder, made)["due"] == due
    prompts = [org for org, template in desk.letters() if template == "introduction-outcome"]
    assert sorted(prompts) == ["kari"] * 3 + ["rei-bio"] * 3
    desk.api(desk.founder).post(at, {"outcome": "in-talks", "note": "Second meeting"})
    mine, theirs = desk.read(desk.founder, made), desk.read(desk.reviewer, made)
    assert mine["due"] is None and mine["outcomes"][0]["text"] == "Talks go on"
    assert theirs["due"] == 180 and theirs["outcomes"] == [], "one side's view is its own"
    assert refused(desk.api(desk.founder).post, at, {"outcome": "married"}).status == 422


def test_the_introduced_tier_opens_to_that_investor_and_closes_again(desk):
    secret = [{"field": "technology", "value": "Kept for those we have met", "tier": "introduced"}]
    desk.api(desk.founder).add_facts("startups", "rei-bio", secret)
    desk.stack.settle()

    def sees(actor: Actor) -> bool:
        return "Kept for those" in str(desk.api(actor).profile("startups", "rei-bio"))

    made = desk.ask(desk.reviewer)
    assert not sees(desk.reviewer) and sees(desk.founder)
    desk.step(desk.founder, made, "accept")
    desk.stack.settle()
    assert sees(desk.reviewer) and not sees(RIVAL) and not sees(STAFF)
    desk.step(desk.founder, made, "close")
    desk.stack.settle()
    assert not sees(desk.reviewer)


def test_a_withdrawn_side_ends_what_is_open(desk):
    made = desk.ask(desk.reviewer)
    profile = desk.api(desk.founder).profile("startups", "rei-bio")
    desk.api(desk.founder).request(
        "DELETE", "/api/v1/startups/rei-bio", headers={"If-Match": f'"{profile["version"]}"'}
    )
    desk.stack.settle()
    assert desk.read(desk.reviewer, made)["state"] == "withdrawn"


def offer(desk, made: dict, actor: Actor | None = None, **more) -> dict:
    form = {
        "slots": ["2026-12-01T09:00:00+09:00", "2026-12-02T22:00:00+09:00"],
        "minutes": 45,
        "zone": "Asia/Tokyo",
    } | more
    return desk.api(actor or desk.founder).post(
        f"/api/v1/introductions/{made['id']}/meetings", form
    )


def test_a_meeting_is_offered_agreed_and_stands_in_two_calendars_in_both_zones(desk):
    made = desk.introduced()
    held = offer(desk, made, place="https://meet.example/room")
    form = {"starts_at": "2026-12-02T22:00:00+09:00", "zone": "America/New_York"}
    at = f"/api/v1/meetings/{held['id']}"
    assert (
        refused(desk.api(desk.founder).post, f"{at}/agreement", form).problem["code"]
        == "illegal-step"
    ), "not one's own offer"
    assert (
        refused(desk.api(desk.reviewer).request, "GET", f"{at}/calendar").problem["code"]
        == "not-agreed"
    )
    assert desk.api(desk.reviewer).post(f"{at}/agreement", form)["state"] == "agreed"
    for actor, zone, hour in (
        (desk.reviewer, "America/New_York", 8),
        (desk.founder, "Asia/Tokyo", 22),
    ):
        text = desk.api(actor).request("GET", f"{at}/calendar").text
        event = vobject.readOne(text).vevent
        begins = event.dtstart.value
        assert (
            begins.hour == hour
            and begins == datetime.fromisoformat(form["starts_at"])
            and event.location.value
        )
        (other,) = ics.Calendar(text).events
        assert other.begin.datetime == begins and (other.end - other.begin) == timedelta(minutes=45)
        assert (
            "22:00–22:45 (Asia/Tokyo)" in other.description
            and "08:00–08:45 (America/New_York)" in other.description
        )
        assert f"TZID={zone}" in text.replace('"', "")
    desk.api(desk.founder).post(f"{at}/cancellation")
    text = desk.api(desk.reviewer).request("GET", f"{at}/calendar").text
    assert "STATUS:CANCELLED" in text and "METHOD:CANCEL" in text
    assert (
        refused(desk.api(desk.founder).post, f"{at}/cancellation").problem["code"] == "illegal-step"
    )


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"slots": ["2026-11-01T09:00:00+09:00"]}, "slots.0", "date-past"),
        ({"slots": ["2028-11-01T09:00:00+09:00"]}, "slots.0", "date-far"),
        (
            {"slots": ["2026-12-01T09:00:00+09:00", "2026-12-01T09:30:00+09:00"]},
            "slots",
            "slots-overlap",
        ),
        ({"slots": ["2026-12-01T09:00:00"]}, "slots.0", None),
        ({"slots": []}, "slots", None),
        ({"zone": "Mars/Olympus"}, "zone", None),
        ({"minutes": 0}, "minutes", None),
    ],
)
def test_times_that_make_no_sense_are_refused(desk, more, field, code):
    made = desk.introduced()
    told = refused(offer, desk, made, **more)
    assert told.status == 422 and told.problem["errors"][0]["field"] == field
    assert code is None or told.problem["errors"][0]["code"] == code
    assert desk.read(desk.founder, made)["meetings"] == []


def test_no_meeting_before_both_have_accepted(desk):
    made = desk.ask(desk.reviewer)
    assert refused(offer, desk, made).problem["code"] == "not-introduced"


def test_where_matching_cannot_be_asked_nothing_is_begun(desk):
    def away(*_):
        raise Unavailable()

    desk.meetings.app.extensions["nakodo"]["doors"].pair = away
    assert refused(desk.ask, desk.reviewer).status == 503
    assert (
        desk.api(desk.reviewer).introductions() == []
        and desk.api(desk.reviewer).budget()["used"] == 0
    )


def test_after_a_restore_introductions_are_lifted_above_the_log_and_told_again(desk):
    made = desk.introduced()
    # as a backup had it, before the startup answered
    with desk.meetings.db.transaction(ADMINISTRATOR) as session:
        row = session.get(Introduction, made["id"])
        row.state, row.version, row.introduced_at = "awaits-startup", 1, None
    done = republish(desk.stack.composition, "meetings")
    desk.stack.settle()
    assert done.published == 1 and stored(desk, made).version == 3
    assert published(desk, made)[-1]["state"] == "awaits-startup"
    desk.step(desk.founder, made, "accept")
    desk.stack.settle()
    assert desk.read(desk.reviewer, made)["state"] == "introduced"
