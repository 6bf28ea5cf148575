"""Who holds, owns and works with whom, from both ends, and only as far as the reader may see."""

import pytest

from shared.auth import Actor
from tests.conftest import Stack, startup_form

ANALYST = Actor("analyst", "mihon-ventures", frozenset({"reviewer"}))
RIVAL = Actor("rival", "rival-bio", frozenset({"startup"}))


def of(client, slug: str, **query) -> list[dict]:
    return client.get(f"/api/v1/relations/{slug}", **query)["items"]


def test_an_investment_stands_on_both_sides_with_date_round_and_source(real):
    client = real.client(ANALYST)
    held = [r for r in of(client, "utec") if r["other"] == "cellusion"]
    rounds = {(r["kind"], r["stated"], r["date"]) for r in held}
    assert ("investment_received", False, "2021-12") in rounds
    assert all(r["source"]["id"] for r in held)
    own = [r for r in of(client, "cellusion") if r["other"] == "utec"]
    assert {r["date"] for r in own} == {r["date"] for r in held}
    assert all(r["stated"] for r in own)


def test_an_investment_is_not_known_before_it_was_made(real):
    client = real.client(ANALYST)
    before = {r["date"] for r in of(client, "utec", as_of="2022-06-01")}
    assert "2021-12" in before and "2023" not in before


def test_a_fund_is_found_from_its_parent(real):
    found = of(real.client(ANALYST), "chugai-pharmaceutical")
    assert ("parent", "chugai-venture-fund") in {(r["kind"], r["other"]) for r in found}


def test_no_relation_is_told_twice_or_of_nobody(real):
    client = real.client(ANALYST)
    for slug in ("utec", "regcell", "takeda-pharmaceutical", "astellas-pharma"):
        found = of(client, slug)
        assert all(r["name"] and r["other"] != slug for r in found)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A startup that has told the network, and nobody else, whom it works with."""
    stack = Stack(tmp_path_factory.mktemp("told"))
    admin = stack.client()
    partner = {"field": "collaboration", "value": "Joint work (invented)"}
    fact = partner | {"partner_org": "kari-capital", "tier": "network"}
    admin.register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}})
    admin.register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    admin.add_facts("startups", "rei-bio", [fact])
    yield stack.settle()
    stack.composition.close()


def test_what_the_network_alone_may_read_stays_in_the_network(told):
    assert [r["other"] for r in of(told.client(ANALYST), "kari-capital")] == ["rei-bio"]
    assert of(told.client(RIVAL), "kari-capital") == []
    assert of(told.client(RIVAL), "rei-bio") == []
