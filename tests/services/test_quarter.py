"""A quarter at Kari Capital, week by week: what happens to five invented startups, what the team
decides, and what Monday's edition must hold.
"""

from datetime import UTC, datetime, timedelta

import pytest

from nakodo_client import Refused
from services.matching.editions import make_due, week_of
from shared.auth import Actor
from shared.timers import Timekeeper
from tests.conftest import Stack, mandate_form

KARI = Actor("kari-1", "kari", frozenset({"reviewer"}))
RIVAL = Actor("rival", "rival", frozenset({"reviewer"}))
SUNDAY = datetime(2026, 9, 27, 12, 0, tzinfo=UTC)  # the evening before the first Monday, in Japan


def fact(field: str, value, **more) -> dict:
    return {"field": field, "value": value, **more}


def raising(amount: int, **more) -> dict:
    return fact("raise", {"state": "raising", "amount": amount, "currency": "JPY", **more})


START = {
    "akari-bio": ["car-t", "aml", raising(800_000_000)],
    "hinata-cell": ["car-t", "onc-solid", raising(500_000_000, lead="wanted")],
    "kaede-rna": ["mrna", "oncology"],
    "minato-gene": ["gt-aav", "onc-hematologic", raising(300_000_000)],
    "tsubame-tx": ["mab", "type-1-diabetes", raising(90_000_000_000)],
}
# week: (what startups state during the week before, what the team decides after reading, what
# Monday's edition must hold, by lane)
STORY = {
    1: (
        {},
        {},
        {"akari-bio": "new", "hinata-cell": "new", "kaede-rna": "new", "minato-gene": "new"},
    ),
    2: (
        {},
        {
            "akari-bio": ("advance", {}),
            "hinata-cell": ("hold", {"condition": "lead-found"}),
            "kaede-rna": ("pass", {"reason": "too-early", "condition": "ind-cleared"}),
        },
        {},
    ),
    3: ({"minato-gene": [raising(50_000_000)]}, {}, {"minato-gene": "near-miss"}),
    4: (
        {"kaede-rna": [fact("technology", "A better lipid")]},
        {"minato-gene": ("hold", {"until": "2026-11-16"})},
        {},
    ),
    5: ({"hinata-cell": [raising(500_000_000, lead="found")]}, {}, {"hinata-cell": "returned"}),
    6: (
        {"hinata-cell": [fact("plan", "First patient in spring")]},
        {"hinata-cell": ("advance", {})},
        {},
    ),
    7: ({"akari-bio": [fact("corporate_status", "acquired")]}, {}, {}),
    8: ({}, {}, {"minato-gene": "returned"}),
    9: (
        {"kaede-rna": [fact("regulatory", "us-pre-ind")]},
        {"minato-gene": ("pass", {"reason": "valuation"})},
        {},
    ),
    10: (
        {
            "tsubame-tx": [
                fact("therapeutic_area", "onc-solid", replaces=["type-1-diabetes"]),
                raising(900_000_000),
            ]
        },
        {},
        {"tsubame-tx": "changed"},
    ),
    11: ({"kaede-rna": [fact("regulatory", "us-ind-cleared")]}, {}, {"kaede-rna": "returned"}),
    12: ({"minato-gene": [fact("technology", "Quieter vectors")]}, {}, {}),
    13: ({}, {}, {}),
}


@pytest.fixture
def desk(tmp_path):
    stack = Stack(tmp_path, SUNDAY)
    stack.reader = stack.matching.app.extensions["nakodo"]["reader"]
    for fund in ("kari", "rival"):
        stack.client().register(
            "investors",
            {"id": fund, "name": {"en": f"{fund.title()} Capital (invented)"}, "owner": fund},
        )
        stack.client().register("mandates", mandate_form(fund, owner=fund))
    for slug, (modality, area, *more) in START.items():
        facts = [
            fact("modality", modality),
            fact("therapeutic_area", area),
            fact("hq", "hub-tokyo"),
            fact("corporate_status", "active"),
            *more,
        ]
        name = f"{slug.replace('-', ' ').title()} (invented)"
        stack.client().register(
            "startups", {"id": slug, "name": {"en": name}, "owner": slug, "facts": facts}
        )
    yield stack.settle()
    stack.composition.close()


def monday(desk) -> dict[str, str]:
    """Past six on the next Monday: timers fire, the edition is made, and read."""
    service = desk.matching
    Timekeeper(service.name, service.db, service.timers).fire_due()
    make_due(service.db, desk.reader)
    week, _ = week_of(desk.clock.now(), "Asia/Tokyo")
    found = desk.client(KARI).get(f"/api/v1/feeds/kari-equity/editions/{week}")
    return {i["startup"]: i["lane"] for i in found["items"]}


def test_each_week_holds_what_a_careful_person_would_expect(desk):
    """No pair twice without a material change, every return for its reason, nothing of what was
    decided, nothing of the acquired.
    """
    desk.clock.move(hours=9, minutes=30)  # Monday, 28 September, half past six in Japan
    for week, (stated, decided, expected) in STORY.items():
        if week > 1:
            desk.clock.move(days=3)
            for startup, facts in stated.items():
                desk.client().add_facts("startups", startup, facts)
            desk.settle()
            desk.clock.move(days=4)
        assert monday(desk) == expected, f"week {week}"
        for startup, (state, more) in decided.items():
            form = {"startup": startup, "mandate": "kari-equity", "state": state} | more
            desk.client(KARI).post("/api/v1/decisions", form)
    weeks = desk.client(KARI).get("/api/v1/feeds/kari-equity/editions")["items"]
    assert len(weeks) == 13 and [w["items"] for w in reversed(weeks)] == [
        len(e) for _, _, e in STORY.values()
    ]


def test_an_edition_is_fixed_in_both_languages_whatever_happens_after(desk):
    desk.clock.move(hours=9, minutes=30)
    monday(desk)
    week, _ = week_of(desk.clock.now(), "Asia/Tokyo")
    path = f"/api/v1/feeds/kari-equity/editions/{week}"
    english, japanese = desk.client(KARI).get(path), desk.client(KARI, "ja").get(path)
    desk.client(KARI).post(
        "/api/v1/decisions",
        {"startup": "akari-bio", "mandate": "kari-equity", "state": "pass", "reason": "valuation"},
    )
    desk.client().add_facts("startups", "akari-bio", [fact("technology", "Something new")])
    desk.settle()
    assert (desk.client(KARI).get(path), desk.client(KARI, "ja").get(path)) == (english, japanese)
    assert (
        english["items"][0]["reasons"]["for"][0]["text"]
        != japanese["items"][0]["reasons"]["for"][0]["text"]
    )
    assert make_due(desk.matching.db, desk.reader) == 0, "one edition a week"


def test_an_edition_holds_at_most_what_the_plan_says_and_comes_at_six_in_its_zone(desk):
    desk.client(KARI).request(
        "PUT", "/api/v1/feeds/kari-equity/plan", json={"zone": "America/New_York", "most": 2}
    )
    desk.clock.move(hours=9, minutes=30)
    make_due(desk.matching.db, desk.reader)
    weeks = desk.client(KARI).get("/api/v1/feeds/kari-equity/editions")["items"]
    assert [w["week"] for w in weeks] == ["2026-W39"] and weeks[0]["items"] == 2, (
        "it is Sunday in New York: last week's"
    )
    desk.clock.move(hours=12, minutes=29)  # 05:59 in New York
    assert make_due(desk.matching.db, desk.reader) == 0
    desk.clock.move(minutes=1)
    assert make_due(desk.matching.db, desk.reader) == 1


@pytest.mark.parametrize(
    ("now", "zone", "week"),
    [
        # six o'clock in winter time, the day after the change
        ("2026-11-02T11:00+00:00", "America/New_York", "2026-W45"),
        ("2026-11-02T10:59+00:00", "America/New_York", "2026-W44"),
        ("2026-03-09T10:00+00:00", "America/New_York", "2026-W11"),  # six o'clock in summer time
        ("2027-01-03T20:59+00:00", "Asia/Tokyo", "2026-W53"),
        ("2027-01-03T21:00+00:00", "Asia/Tokyo", "2027-W01"),
    ],
)
def test_a_week_begins_on_monday_at_six_where_the_team_is(now, zone, week):
    instant = datetime.fromisoformat(now)
    found, out = week_of(instant, zone)
    assert found == week and out <= instant < out + timedelta(days=7, hours=1)


def test_editions_are_their_owners_alone(desk):
    desk.clock.move(hours=9, minutes=30)
    monday(desk)
    for path in (
        "/api/v1/feeds/kari-equity/editions",
        "/api/v1/feeds/kari-equity/editions/2026-W40",
    ):
        with pytest.raises(Refused) as refused:
            desk.client(RIVAL).get(path)
        assert refused.value.status == 404
    for week in ("2026-W54", "2026-W00", "latest", "2026-40", "0000-W01"):
        with pytest.raises(Refused) as refused:
            desk.client(KARI).get(f"/api/v1/feeds/kari-equity/editions/{week}")
        assert refused.value.status == 404
    with pytest.raises(Refused) as refused:
        desk.client(KARI).request(
            "PUT", "/api/v1/feeds/kari-equity/plan", json={"zone": "Mars/Olympus", "most": 10}
        )
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("startup", "event", "investors"),
    [
        ("aculys-pharma", "2025-10-15", ("eisai-innovation", "jic-vgi", "utokyo-ipc")),
        ("fimecs", "2025-11-28", ("capital-medica-ventures",)),
    ],
)
def test_real_companies_move_by_their_sourced_past_events_alone(real, startup, event, investors):
    """Aculys Pharma and FIMECS were acquired: the day before they stand in these feeds, the day
    after they do not, and the gate says why.
    """
    api, day = real.client(), datetime.fromisoformat(event)
    before, after = ((day + timedelta(days=n)).date().isoformat() for n in (-1, 1))
    for investor in investors:
        held = {i["startup"]: i for i in api.feed(investor, as_of=before, limit=200)}
        assert startup in held, investor
        gone = {i["startup"] for i in api.feed(investor, as_of=after, limit=200)}
        assert startup not in gone and gone >= set(held) - {startup}, (
            "nobody else moves on that day"
        )
        gate = next(
            g
            for g in api.explain(startup, held[startup]["mandate"], as_of=after)["gates"]
            if g["gate"] == "status"
        )
        assert (
            gate["state"] == "fail" and gate["as_of"] == event and gate["source"].startswith("http")
        )
