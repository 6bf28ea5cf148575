"""The coach: what it suggests comes true when it is stated; nothing hidden shows; it is the
startup's own.
"""

import pytest

from nakodo_client import Refused
from shared.auth import Actor
from tests.conftest import OFFICER, REVIEWER, STARTUP, mandate_form, startup_form


def test_on_the_real_profiles_the_first_suggestions_make_sense(admin):
    regcell = [m["field"] for m in admin.coach("regcell")["missing"]]
    assert regcell[:3] == ["corporate_status", "product_class", "raise"], (
        "nobody has said whether it is independent, or raising"
    )
    celaid = admin.coach("celaid-therapeutics")
    assert [m["field"] for m in celaid["missing"]][:2] == ["product_class", "raise"], (
        "29 mandates name the products they take, 17 a ticket"
    )
    assert {f["field"] for f in celaid["stale"]} >= {"stage"}


def test_a_suggestion_comes_true_when_it_is_stated(stack):
    client = stack.load("reference").client()
    client.register("startups", startup_form(id="rei"))
    stack.settle()
    before = client.coach("rei")
    first = next(m for m in before["missing"] if m["field"] == "corporate_status")
    unknown = sum(any(u["gate"] == "status" for u in m["unknowns"]) for m in client.matches("rei"))
    assert first["gates"] >= unknown > 0
    client.add_facts("startups", "rei", [{"field": "corporate_status", "value": "active"}])
    stack.settle()
    after = client.coach("rei")
    assert "corporate_status" not in {m["field"] for m in after["missing"]}
    assert not any(u["gate"] == "status" for m in client.matches("rei") for u in m["unknowns"])


def test_the_order_is_by_effect_and_every_item_says_how_many(admin):
    for startup in ("regcell", "shinobi-therapeutics", "mihon-therapeutics"):
        found = admin.coach(startup)["missing"]
        assert [m["effect"] for m in found] == sorted((m["effect"] for m in found), reverse=True)
        assert all(m["text"] and (m["gates"] or m["share"]) for m in found)


def test_a_hidden_rule_of_a_mandate_does_not_show_in_the_counts(stack):
    """Two worlds that differ only in a mandate's private block: the startup's coach says the
    same.
    """
    client = stack.load("reference").client()
    client.register("startups", startup_form(id="rei", owner="rei"))
    client.register(
        "investors",
        {
            "id": "kari",
            "name": {"en": "Kari (invented)"},
            "owner": "kari",
            "origin": "self-declared",
        },
    )
    client.register("mandates", mandate_form("kari", owner="kari"))
    stack.settle()
    own = stack.client(Actor("bd", "rei", frozenset({"startup"})))
    before = own.coach("rei")
    client.add_facts(
        "mandates", "kari-equity", [{"field": "blocked_org", "value": "rei", "tier": "private"}]
    )
    stack.settle()
    assert own.coach("rei") == before


def test_it_is_the_startups_own(real):
    assert real.client(STARTUP).coach("mihon-therapeutics")["mandates"] > 0
    assert real.client(OFFICER).coach("regcell")["missing"], "staff read those nobody has claimed"
    for actor in (REVIEWER, Actor("eve", "eve", frozenset({"startup"}))):
        with pytest.raises(Refused) as refused:
            real.client(actor).coach("mihon-therapeutics")
        assert refused.value.status == 404
