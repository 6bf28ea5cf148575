"""Exposure: who is shown to whom, counted from the rows in use, for programme staff alone."""

import pytest

from nakodo_client import Refused
from tests.conftest import REVIEWER, STAFF, STARTUP


def test_shares_are_what_the_rows_say(real, admin):
    """Counted again by hand: each startup's best mandates by number, from the feeds themselves."""
    found = admin.exposure(invented="true")
    scores: dict[str, list[tuple[float, float, str]]] = {}
    for mandate in (m["mandate"] for m in found["mandates"]):
        for item in admin.feed(mandate, invented="true", limit=200):
            if item["state"] == "match":
                place = (-item["fit"], -item["log_odds"], mandate)
                scores.setdefault(item["startup"], []).append(place)
    lists: dict[str, int] = {}
    for pairs in scores.values():
        for *_, mandate in sorted(pairs)[: found["top"]]:
            lists[mandate] = lists.get(mandate, 0) + 1
    assert {m["mandate"]: m["lists"] for m in found["mandates"] if m["lists"]} == lists
    assert found["with_matches"] == len(scores) and found["unseen_count"] == found[
        "startups"
    ] - len(scores)


def test_invented_organisations_count_only_when_asked_for(admin):
    plain, with_them = admin.exposure(), admin.exposure(invented="true")
    assert plain["startups"] < with_them["startups"]
    assert not [m for m in plain["mandates"] if m["mandate"].startswith("mihon")]


def test_it_is_for_programme_staff(real):
    assert real.client(STAFF).exposure()["startups"]
    for actor in (STARTUP, REVIEWER):
        with pytest.raises(Refused) as refused:
            real.client(actor).exposure()
        assert refused.value.status == 403
