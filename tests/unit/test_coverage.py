"""What is known of an organisation and how well."""

from datetime import date

from services.matching.engine.coverage import WANTED, coverage
from shared.judgement.facts import Fact, Facts
from shared.judgement.fields import FIELDS

ON = date(2026, 11, 28)
PRESS, COPY, SELF = (
    {"kind": "web", "url": "https://www.nikkei.com/1"},
    {"kind": "web", "url": "https://x.rssing.com/1"},
    {"kind": "self-declared"},
)


def count(*facts: Fact, kind: str = "startup"):
    return coverage([(kind, Facts(facts, ON))], ON)


def test_every_field_asked_for_is_one_that_such_a_record_may_have():
    assert [
        (kind, field)
        for kind, fields in WANTED.items()
        for field in fields
        if kind not in FIELDS[field].of
    ] == []


def test_what_counts_as_what():
    nothing = count()
    assert (
        nothing.missing == WANTED["startup"]
        and nothing.known == nothing.weak == 0
        and nothing.faults == len(nothing.missing)
    )
    sure = count(Fact("hq", "hub-tokyo", PRESS, "2026-10-01"))
    assert "hq" not in sure.missing and sure.known == sure.unconfirmed == 1
    assert (sure.undated, sure.stale, sure.contradictory, sure.weak) == (0, 0, 0, 0)
    assert count(Fact("hq", "hub-tokyo", SELF, "2026-10-01")).unconfirmed == 0
    undated = count(Fact("hq", "hub-tokyo", PRESS))
    assert (undated.undated, undated.stale) == (1, 0), "counted once"
    assert count(Fact("hq", "hub-tokyo", PRESS, "2020")).stale == 1
    copied = Fact("hq", "hub-tokyo", COPY, "2026-10-02")
    assert (
        count(copied).weak == 1
        and count(copied, Fact("hq", "hub-tokyo", PRESS, "2026-10-01")).weak == 0
    )
    assert count(Fact("hq", "hub-tokyo", PRESS, "2026-10-01", verified="second-hand")).weak == 1
    assert count(copied, Fact("hq", "us-west", PRESS, "2026-10-01")).contradictory == 1
    assert count(Fact("hq", "hub-tokyo", PRESS, "2026-10-01", valid_to="2026-10-30")).known == 0, (
        "what has ended is not known of today"
    )


def test_an_investors_mandates_count_with_it():
    fund, mandate = Facts([], ON), Facts([Fact("focus_area", "oncology", PRESS, "2026-10-01")], ON)
    both = coverage([("investor", fund), ("mandate", mandate)], ON)
    assert both.known == 1 and set(both.missing) == {*WANTED["investor"], *WANTED["mandate"]} - {
        "focus_area"
    }
