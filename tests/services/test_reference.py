"""The reference profiles in the product: all that the data say is there, and an older installation
is brought up to it.
"""

import json

import pytest

from services import reference
from services.startups.actions import STARTUP
from shared.auth import ADMINISTRATOR
from shared.judgement.fields import check
from shared.organizations import profiles
from tests.conftest import Stack

KINDS = {
    "investors": "investor",
    "startups": "startup",
    "sites": "site",
    "providers": "provider",
    "programs": "program",
    "mandates": "mandate",
}


def stated(fact: dict) -> str:
    return reference._key(fact)


def test_every_fact_and_note_of_the_reference_is_found_again_in_the_product(real):
    client = real.client()
    held = {resource: reference._held(client, resource) for resource in KINDS}
    lost = [
        (form["id"], fact["field"])
        for resource, form in reference.records("reference")
        for fact in form["facts"]
        if stated(fact) not in {stated(f) for f in held[resource][form["id"]]["facts"]}
    ]
    assert lost == []
    for resource, form in reference.records("reference"):
        shown = held[resource][form["id"]]
        for key in ("name", "aliases", "former_names", "assets", "note", "name_evidence"):
            assert shown.get(key) == form.get(key, shown.get(key)), (form["id"], key)


def test_every_value_of_the_reference_fits_its_field():
    faults = [
        (form["id"], fact["field"], fault.path, fault.code)
        for resource, form in reference.records("reference")
        for fact in form["facts"]
        for fault in check(fact["field"], fact["value"], KINDS[resource])
    ]
    assert faults == []


def test_every_organisation_that_the_reference_names_has_a_profile():
    records = list(reference.records("reference"))
    known = {form["id"] for _, form in records}
    named = {
        value.get(key)
        for _, form in records
        for fact in form["facts"]
        if isinstance(value := fact["value"], dict)
        for key in ("org", "fund", "holder_org")
        if value.get(key) and fact["field"] != "fund_size"
    }
    assert named and named - known == set()


@pytest.fixture
def older(tmp_path, monkeypatch):
    """An installation that was loaded from an older state of one profile of each kind of change."""
    records = {form["id"]: (resource, form) for resource, form in reference.records("reference")}
    resource, form = records["regcell"]
    kept, dropped = form["facts"][1:], form["facts"][0]
    changed = kept[0] | {"note": "as an older state said it"}
    old = form | {"facts": [changed, *kept[1:]], "aliases": []}
    stack = Stack(tmp_path)
    stack.client().register(resource, old)
    corporate = records["mizuho-capital"][1] | {"kind": "corporate"}
    stack.client().register("investors", corporate)
    wanted = [(resource, form), ("investors", records["mizuho-capital"][1])]
    monkeypatch.setattr(reference, "records", lambda folder: iter(wanted))
    yield stack, form, dropped
    stack.composition.close()


def test_an_older_installation_is_brought_up_to_the_reference(older):
    stack, form, dropped = older
    client = stack.client()
    mine = {
        "field": "technology",
        "value": "What staff have noted (invented)",
        "source": {"kind": "document", "title": "A letter (invented)"},
    }
    client.add_facts("startups", "regcell", [mine])
    assert reference.load(client, "reference", lambda *_: None) == (0, 2)
    now = client.profile("startups", "regcell")
    assert {stated(f) for f in form["facts"]} < {stated(f) for f in now["facts"]}
    assert len(now["facts"]) == len(form["facts"]) + 1
    assert any(f["value"] == mine["value"] for f in now["facts"])
    assert "as an older state" not in json.dumps(now)
    assert client.profile("investors", "mizuho-capital")["kind"] == "investor"
    assert reference.load(client, "reference", lambda *_: None) == (0, 0)


def test_what_its_owner_says_is_never_touched(older):
    stack, _, _ = older
    service = stack.composition.services["startups"]
    with service.db.transaction(ADMINISTRATOR) as session:
        profiles.hand_over(session, STARTUP, "regcell", "the-claimant")
    before = stack.client().profile("startups", "regcell")
    reference.load(stack.client(), "reference", lambda *_: None)
    assert stack.client().profile("startups", "regcell") == before


def test_an_unchanged_reference_is_not_read_again(older, tmp_path):
    stack, _, _ = older
    assert reference.load_once(stack.client(), "reference", tmp_path, lambda *_: None) == (0, 2)
    assert reference.load_once(None, "reference", tmp_path, lambda *_: None) == (0, 0)
