"""Events that facts tell: which, on what day, each once, and none from what has no date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.signals import RECENT, newest, signals_of
from shared.judgement.facts import Fact
from shared.vocabulary import vocabulary

ON = date(2026, 11, 28)
ROUND = {"round": "series-a", "kind": "equity", "amount": 10, "currency": "USD", "date": "2026-10"}


def said(
    field: str, value, as_of: str = "2026-11-01", host: str = "www.nikkei.com", **more
) -> Fact:
    return Fact(field, value, {"kind": "web", "url": f"https://{host}/{as_of}"}, as_of, **more)


def told(*facts: Fact, on: date = ON, speaks: bool = False) -> list[tuple[str, str]]:
    return [(s.kind, s.day) for s in signals_of("rei", facts, on, speaks)]


@pytest.mark.parametrize(
    ("fact", "events"),
    [
        (said("funding_round", ROUND), [("financing", "2026-10")]),
        (said("funding_round", ROUND | {"kind": "grant"}), [("grant", "2026-10")]),
        (said("funding_round", ROUND | {"kind": "licence"}), [("licence", "2026-10")]),
        (said("funding_round", ROUND | {"date": "undated"}), []),
        (said("funding_round", ROUND | {"date": "2027-01"}), []),  # not yet
        (
            said("investment_received", {"org": "kari", "date": "2025-03-31"}),
            [("investment", "2025-03-31")],
        ),
        (said("public_grant", {"programme": "AMED", "date": "2024"}), [("grant", "2024")]),
        (said("regulatory", "us-ind-cleared"), [("regulatory", "2026-11-01")]),
        (said("regulatory", "us-ind-cleared", "undated"), []),
        (said("corporate_status", "listed", valid_from="2024-06-14"), [("listing", "2024-06-14")]),
        (said("corporate_status", "listed"), []),  # that it is listed does not say since when
        (said("corporate_status", "active"), []),  # that it still stands is no event
        (said("fund_size", {"which": "current", "amount": 1, "currency": "JPY"}), []),
        (
            said(
                "fund_size",
                {"which": "current", "amount": 1, "currency": "JPY"},
                valid_from="2026-03",
            ),
            [("fund", "2026-03")],
        ),
        (said("fund_size", {"which": "target", "amount": 1, "currency": "JPY"}), []),
        (said("office", "us-west"), []),  # that there is one does not say since when
        (said("office", "us-west", valid_from="2025-07"), [("office", "2025-07")]),
        (said("raise", {"state": "not-raising"}), []),
        (
            said("rights", {"asset": "x", "holder": "y"}, valid_to="2025-09-30"),
            [("rights-ended", "2025-09-30")],
        ),
        (said("hq", "hub-tokyo"), []),
        (said("stage", "phase-1"), []),
        (said("regulatory", "us-ind-cleared", proposed=True), []),
    ],
)
def test_the_event_of_one_fact(fact, events):
    assert told(fact) == events


def test_a_field_moves_where_a_later_text_says_something_further():
    went = [
        said("stage", "preclinical-poc", "2024"),
        said("stage", "phase-1", "2025-02"),
        said("stage", "phase-1", "2025-06"),
    ]
    assert told(*went) == [("stage", "2025-02")]
    assert told(said("stage", "phase-2", "2024"), said("stage", "phase-1", "2025")) == [], (
        "back is no event, but a contradiction or another trial"
    )
    assert (
        told(
            said("stage", "phase-1", "2024", asset="a"), said("stage", "phase-2", "2025", asset="b")
        )
        == []
    ), "another asset"
    assert told(
        said("corporate_status", "active", "2024"), said("corporate_status", "acquired", "2025-02")
    ) == [("acquisition", "2025-02")]
    sizes = [
        said("fund_size", {"which": "current", "amount": n, "currency": "JPY"}, day)
        for n, day in ((1, "2024"), (2, "2025-03"))
    ]
    assert told(*sizes) == [("fund", "2025-03")]
    seats = [
        said("hq", "hub-tokyo", "2024"),
        said("hq", "jp", "2025"),
        said("hq", "us-west", "2026-01", valid_from="2025-12"),
    ]
    assert told(*seats) == [("headquarters", "2025-12")]
    assert told(said("hq", "hub-tokyo", "2026-09"), said("hq", "us-west", "2026-10")) == [], (
        "two texts that disagree are no move"
    )


def test_an_event_is_told_once_by_its_best_source():
    copies = [
        said("funding_round", ROUND, host="x.rssing.com"),
        said("funding_round", ROUND, "2026-10-02", "www.prnewswire.com"),
    ]
    (event,) = signals_of("rei", copies, ON, speaks=False)
    assert "prnewswire" in event.fact.source["url"]


def test_who_speaks_for_itself_joined_on_the_day_of_its_first_word():
    own = Fact("modality", "car-t", {"kind": "self-declared"}, "2026-11-20")
    assert told(own, speaks=True) == [("profile", "2026-11-20")] and told(own) == []


def test_news_is_recent():
    events = signals_of("rei", [said("funding_round", ROUND)], ON, speaks=False)
    assert newest(events, ON) is events[0] and newest(events, events[0].start + RECENT) is events[0]
    assert newest(events, date(2027, 1, 2)) is None and newest([], ON) is None


FACTS = st.builds(
    said,
    field=st.just("regulatory"),
    value=st.sampled_from(["us-ind-cleared", "us-pre-ind", "jp-ctn"]),
    as_of=st.sampled_from(["undated", "2024", "2025-03", "2026-05-06", "2027-01-01"]),
)


@given(st.lists(FACTS, max_size=8), st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.randoms())
def test_events_are_dated_ordered_and_do_not_depend_on_the_order_of_facts(facts, on, dice):
    events = signals_of("rei", facts, on, speaks=False)
    assert all(e.start <= on and e.kind in vocabulary("signal") for e in events)
    assert [e.start for e in events] == sorted((e.start for e in events), reverse=True)
    assert len({(e.day, e.fact.value) for e in events}) == len(events)
    dice.shuffle(facts)
    assert [(e.kind, e.day, e.fact.value) for e in signals_of("rei", facts, on, speaks=False)] == [
        (e.kind, e.day, e.fact.value) for e in events
    ]
