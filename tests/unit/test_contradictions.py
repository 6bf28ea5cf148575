"""Where sources disagree: what is a contradiction and what a change, which fact stands, what it
costs.
"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.encode import encode_asset
from services.matching.engine.space import SPACE
from services.matching.engine.views import Startup
from shared.judgement.facts import ABOUT, Fact, Facts, contradicts, winner
from shared.judgement.sources import standing

HOSTS = {
    "registry": "www.sec.gov",
    "press": "www.nikkei.com",
    "aggregator": "kabutan.jp",
    "blog": "x.blogspot.com",
}
SELF = {"kind": "self-declared"}


def by(host: str, page: object = 1) -> dict:
    return {"kind": "web", "url": f"https://{HOSTS[host]}/{page}"}


def said(field: str, value, as_of: str = "2026-03-01", source: dict | None = None, **more) -> Fact:
    return Fact(field, value, source or by("press", (value, as_of)), as_of, **more)


PRESS, REGISTRY = by("press"), by("registry")


@pytest.mark.parametrize(
    ("newer", "other", "disagree"),
    [
        (said("hq", "hub-osaka"), said("hq", "hub-tokyo"), True),
        (said("hq", "hub-osaka", "2026-06-01"), said("hq", "hub-tokyo"), True),
        # a day more than a quarter
        (said("hq", "hub-osaka", "2026-06-02"), said("hq", "hub-tokyo"), False),
        # a month may mean its last day
        (said("hq", "hub-osaka", "2026-06-30"), said("hq", "hub-tokyo", "2026-03"), True),
        (said("hq", "hub-osaka"), said("hq", "hub-tokyo", "undated"), False),
        (said("hq", "hub-osaka"), said("hq", "jp"), False),  # the same, less finely
        # it moved
        (
            said("hq", "hub-osaka", valid_from="2026-03-01"),
            said("hq", "hub-tokyo", "2026-02-01"),
            False,
        ),
        # the company has settled it
        (said("hq", "hub-osaka", source=SELF), said("hq", "hub-tokyo", "2026-02-01"), False),
        (said("hq", "hub-osaka"), said("hq", "hub-tokyo", "2026-02-01", source=SELF), True),
        # one text
        (said("hq", "hub-osaka", source=PRESS), said("hq", "hub-tokyo", source=PRESS), False),
        # it went on
        (said("stage", "phase-1"), said("stage", "preclinical-poc", "2026-02-01"), False),
        (said("stage", "clinical-unspecified"), said("stage", "phase-2"), False),
        (said("stage", "clinical-unspecified"), said("stage", "approved"), True),
        # it did not go back
        (said("stage", "phase-1"), said("stage", "phase-2", "2026-02-01"), True),
        (said("stage", "phase-1"), said("stage", "preclinical-poc"), True),
        (
            said("corporate_status", "acquired"),
            said("corporate_status", "active", "2026-02-01"),
            False,
        ),
        (
            said("corporate_status", "active"),
            said("corporate_status", "acquired", "2026-02-01"),
            True,
        ),
        (
            said("stage", "phase-1", detail={"territory": "us"}),
            said("stage", "phase-2", detail={"territory": "jp"}),
            False,
        ),
        # a birthday does not change
        (said("founded", "2015-06"), said("founded", "2016", "2020"), True),
        (said("founded", "2015-06"), said("founded", "2015", "undated"), False),
        # rounded
        (
            said("capital", {"amount": 100, "currency": "JPY"}),
            said("capital", {"amount": 98, "currency": "JPY"}),
            False,
        ),
        (
            said("capital", {"amount": 100, "currency": "JPY"}),
            said("capital", {"amount": 90, "currency": "JPY"}),
            True,
        ),
        (
            said("capital", {"amount": 100, "currency": "JPY"}),
            said("capital", {"amount": 1, "currency": "USD"}),
            False,
        ),
        # free text is not compared
        (said("address", "1 Street"), said("address", "2 Street"), False),
        (said("modality", "car-t"), said("modality", "mrna"), False),  # both may be true
    ],
)
def test_what_is_a_contradiction(newer, other, disagree):
    assert contradicts(newer, other) is disagree


def test_a_replaced_fact_contradicts_nothing():
    new = said("hq", "hub-osaka", replaces=("hub-tokyo",))
    assert Facts([said("hq", "hub-tokyo"), new], date(2026, 11, 28)).contradictions == []


def test_the_newer_does_not_win_silently_over_a_better_source():
    better, newer = (
        said("hq", "hub-tokyo", "2026-02-01", REGISTRY),
        said("hq", "us-ma", "2026-03-01", by("aggregator")),
    )
    record = Facts([better, newer], date(2026, 11, 28))
    assert record.one("hq") is better and record.contradictions == [(better, [newer])]
    assert record.doubtful(better) and record.doubtful(newer)
    assert Facts([better, newer], date(2026, 2, 15)).contradictions == [], (
        "on an earlier day only one was said"
    )
    answer = said("hq", "us-ma", "2026-03-20", SELF)
    settled = Facts([better, newer, answer], date(2026, 11, 28))
    assert settled.one("hq") is answer and settled.contradictions == []


DAY = date(2025, 1, 1)
STATED = st.tuples(
    st.sampled_from(["hub-tokyo", "hub-osaka", "jp", "us-ma"]),
    st.integers(0, 400),
    st.sampled_from(sorted(HOSTS)),
)


@st.composite
def records(draw) -> list[Fact]:
    """Facts of one field, each of another day."""
    rows = draw(st.lists(STATED, min_size=1, max_size=6, unique_by=lambda row: row[1]))
    return [
        said("hq", v, (DAY + timedelta(days=n)).isoformat(), by(host, n)) for v, n, host in rows
    ]


@given(records(), st.randoms())
def test_which_fact_stands(facts, dice):
    newest = max(facts, key=lambda f: f.start)
    stands = winner(facts)
    mixed = facts[:]
    dice.shuffle(mixed)
    assert winner(mixed) is stands, "the order of facts does not matter"
    assert newest.start - stands.start <= ABOUT, (
        "what is older than a quarter never stands against the newest"
    )
    assert standing(stands.source) <= standing(newest.source), "and only a better source does"
    if stands is not newest:
        assert contradicts(newest, stands) and standing(stands.source) < standing(newest.source)
    settled = said("hq", "us-west", (newest.start + timedelta(days=1)).isoformat(), SELF)
    assert winner([*facts, settled]) is settled, "what the organisation says later settles it"


@given(records())
def test_what_stands_and_what_is_in_doubt_agree(facts):
    record = Facts(facts, DAY + timedelta(days=500))
    stands = record.one("hq")
    assert [pair[0] for pair in record.contradictions] in ([], [stands])
    assert record.doubtful(stands) is bool(record.contradictions)


def test_a_contradiction_costs_confidence_and_no_points():
    def view(*facts: Fact) -> Startup:
        documents = [
            {
                "field": f.field,
                "value": f.value,
                "source": f.source,
                "as_of": f.as_of,
                "tier": "public",
            }
            for f in facts
        ]
        named = {
            "id": "rei",
            "kind": "startup",
            "name": {"en": "Rei"},
            "owner": "rei",
            "origin": "invented",
            "assets": [],
        }
        return Startup(named | {"facts": documents}, [], date(2026, 11, 28))

    alone = said("hq", "hub-tokyo", "2026-02-01", REGISTRY)
    sure, unsure = view(alone), view(alone, said("hq", "us-ma", source=by("aggregator")))
    one, other = (encode_asset(startup, startup.assets[0]) for startup in (sure, unsure))
    country = [b.name for b in SPACE.blocks].index("country")
    assert (one.vector == other.vector).all() and (one.known == other.known).all()
    assert one.fresh[country] == 1.0 and other.fresh[country] == 0.0
