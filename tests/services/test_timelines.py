"""What has happened: on both sides' timelines, in a feed, in both languages; and only that is
news.
"""

import io

import pytest
from openpyxl import load_workbook

from nakodo_client import Refused
from shared.auth import ADMINISTRATOR, Actor
from shared.judgement.dates import first_day
from shared.vocabulary import vocabulary
from tests.conftest import OFFICER, STARTUP

STRANGER = Actor("eve", "eve", frozenset({"startup"}))


def test_an_event_stands_on_both_sides_timelines_with_date_and_source(real):
    client = real.client(OFFICER)
    own = client.signals("cellusion")
    held = [s for s in client.signals("utec", limit=200) if s["subject"] == "cellusion"]
    bought = [s for s in held if s["kind"] == "investment"]
    assert bought and {s["date"] for s in bought} <= {s["date"] for s in own}
    assert all(s["source"]["id"] and s["source_class"] in vocabulary("source_class") for s in own)
    assert [first_day(s["date"]) for s in own] == sorted(
        (first_day(s["date"]) for s in own), reverse=True
    )
    japanese = client.get("/api/v1/signals", subject="cellusion", lang="ja")["items"]
    assert [s["date"] for s in japanese] == [s["date"] for s in own]
    assert {s["label"] for s in japanese} == {
        vocabulary("signal").label(s["kind"], "ja") for s in own
    }


def test_the_known_events_of_the_traps(real):
    client = real.client(OFFICER)
    dated = {(s["kind"], s["date"]) for s in client.signals("heartseed", limit=200)}
    assert ("listing", "2024-07-30") in dated and ("rights-ended", "2025-09-30") in dated
    assert ("acquisition", "2025-10-15") in {
        (s["kind"], s["date"]) for s in client.signals("aculys-pharma", limit=200)
    }
    before = {
        (s["kind"], s["date"]) for s in client.signals("heartseed", limit=200, as_of="2024-01-01")
    }
    assert ("listing", "2024-07-30") not in before and before < dated
    assert [
        s
        for s in client.signals("heartseed", since="2025-01-01")
        if first_day(s["date"]) < first_day("2025-01-01")
    ] == []


def test_a_feed_tells_the_events_of_its_startups(real):
    client = real.client(OFFICER)
    listed = {i["startup"] for i in client.feed("chugai-venture-fund")}
    told = client.feed_signals("chugai-venture-fund", limit=200)
    assert told and {s["subject"] for s in told} <= listed
    with pytest.raises(Refused) as refused:
        real.client(STRANGER).feed_signals("chugai-venture-fund")
    assert refused.value.status == 404
    with pytest.raises(Refused) as missing:
        client.signals("nobody-at-all")
    assert missing.value.status == 404


def test_only_a_dated_event_makes_a_startup_new(real):
    """Nobody has read this feed: what was computed today for the first time is no news, what
    happened lately is.
    """
    today = real.clock.today()
    lanes = {"new": 0, "seen": 0}
    for item in real.client(OFFICER).feed("chugai-venture-fund", limit=200):
        news = item["news"]
        lanes[news["lane"]] += 1
        if news["lane"] == "new":
            assert news["text"] and (today - first_day(news["as_of"])).days <= 92 and news["source"]
        else:
            assert news["text"] == ""
    assert lanes["seen"] > lanes["new"]


def test_what_the_public_may_not_read_is_in_no_timeline(real):
    """A ledger entry is for the network: a startup's people do not see another's."""
    seen = real.client(STARTUP).signals("cellusion", limit=200)
    tiers = {f["tier"] for f in real.client(OFFICER).profile("startups", "cellusion")["facts"]}
    assert tiers == {"public"} and seen == real.client(OFFICER).signals("cellusion", limit=200)
    own = real.client(OFFICER).signals("mihon-therapeutics", limit=200)
    assert {s["field"] for s in own} - {
        s["field"] for s in real.client(STRANGER).signals("mihon-therapeutics", limit=200)
    }


def test_the_coverage_is_a_list_to_work_off(real):
    client = real.client(ADMINISTRATOR)
    items = client.coverage()
    matches = [i["matches"] for i in items if i["faults"]]
    assert matches == sorted(matches, reverse=True) and matches[0] > 0
    assert {i["id"] for i in items} >= {
        "regcell",
        "utec",
        "labcentral-700",
    } and "mihon-therapeutics" not in {i["id"] for i in items}
    regcell = next(i for i in items if i["id"] == "regcell")
    assert (
        "Corporate status" in regcell["missing"] and regcell["unconfirmed"] == regcell["known"] > 0
    )
    told = client.request("GET", "/api/v1/coverage", params={"format": "xlsx", "lang": "ja"})
    sheet = load_workbook(io.BytesIO(told.content)).active
    assert (
        sheet.max_row == len(items) + 1
        and sheet["B1"].value == "名称"
        and sheet["A2"].value == items[0]["id"]
    )
    for actor in (OFFICER, STARTUP, STRANGER):
        with pytest.raises(Refused) as refused:
            real.client(actor).coverage()
        assert refused.value.status in (403, 404)
