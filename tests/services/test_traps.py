"""The eight traps of the real data."""

import pytest

from nakodo_client import Refused
from tests.conftest import startup_form


def states(client, startup, other, **scope):
    return {g["gate"]: g["state"] for g in client.gates(startup, other, **scope)}


@pytest.mark.parametrize(
    "name",
    [
        "Celaid",
        "Cellaid",
        "セレイド",
        "せれいど",
        "ＣＥＬＡＩＤ　Therapeutics",
        "celaid-therapeutics",
        "seireido",
    ],
)
def test_1_one_company_under_all_its_names(admin, name):
    assert admin.search(name)[0]["id"] == "celaid-therapeutics"


def test_1_an_ambiguous_name_is_asked_about_never_guessed(stack):
    client = stack.client()
    for i in (1, 2):
        client.register("startups", startup_form(f"Rei Bio {i} (invented)", aliases=["Rei"]))
    stack.settle()
    with pytest.raises(Refused) as refused:
        client.matches("Rei")
    assert refused.value.problem["code"] == "ambiguous-name"


def areas(match):
    return next(g["value"] for g in match["gates"] if g["gate"] == "focus")


def test_2_the_newer_indication_decides_and_as_of_gives_the_older(admin):
    now = admin.explain("celaid-therapeutics", "taiho-ventures")
    then = admin.explain("celaid-therapeutics", "taiho-ventures", as_of="2025-01-01")
    assert now["state"] == "near-miss" and "malignan" not in areas(now).lower().replace(
        "non-malignan", ""
    ).replace("nonmalignan", "")
    assert {g["gate"]: g["state"] for g in then["gates"]}["focus"] == "pass"


def test_3_rights_that_came_back(stack):
    client = stack.load("reference").client()
    client.register(
        "investors",
        {"id": "mihon-capital", "name": {"en": "Mihon Capital (invented)"}, "origin": "invented"},
    )
    wants_us = {
        "field": "rights_sought",
        "value": {"right": "option", "territory": "us"},
        "as_of": "2020-01-01",
    }
    form = {
        "investor": "mihon-capital",
        "kind": "licence",
        "origin": "invented",
        "facts": [
            {"field": "focus_area", "value": "cardiovascular", "as_of": "2020-01-01"},
            wants_us,
        ],
    }
    client.register("mandates", form)
    stack.settle()
    assert states(client, "heartseed", "mihon-capital", as_of="2024-01-01")["rights"] == "fail"
    assert states(client, "heartseed", "mihon-capital", as_of="2026-01-01")["rights"] == "pass"


@pytest.mark.parametrize(
    "startup, event", [("aculys-pharma", "2025-10-14"), ("chordia-therapeutics", "2024-06-13")]
)
def test_4_acquired_and_listed_companies_before_and_after(admin, startup, event):
    investor = "chugai-venture-fund" if startup == "aculys-pharma" else "kyoto-icap"
    assert states(admin, startup, investor)["status"] == "fail"
    assert states(admin, startup, investor, as_of=event)["status"] == "pass"


def test_4_acquired_fails_programmes_too_and_listed_asks_elsewhere(admin):
    assert states(admin, "fimecs", "direct-flight")["status"] == "fail"
    assert states(admin, "aculys-pharma", "direct-flight")["status"] == "fail"
    assert states(admin, "modalis", "chugai-venture-fund")["status"] == "unknown"


def test_4_a_planned_listing_passes_until_its_day_then_asks(admin):
    assert states(admin, "j-pharma", "kyoto-icap", as_of="2026-03-25")["status"] == "pass"
    assert states(admin, "j-pharma", "kyoto-icap", as_of="2026-03-26")["status"] == "unknown"


def test_5_round_total_grant_and_equity_are_separate(admin):
    assert states(admin, "shinobi-therapeutics", "labcentral-700")["max-raised"] == "fail"
    assert (
        states(admin, "shinobi-therapeutics", "labcentral-ignite-golden-ticket")["max-raised"]
        == "fail"
    )
    assert states(admin, "celaid-therapeutics", "labcentral-700")["max-raised"] == "unknown"


def test_6_a_parent_and_its_fund_are_different_parties(admin):
    assert admin.search("Takeda Pharmaceutical")[0]["id"] == "takeda-pharmaceutical"
    assert admin.search("Takeda Ventures")[0]["id"] == "takeda-ventures"
    assert admin.search("Astellas")[0]["id"] == "astellas-pharma"
    with pytest.raises(Refused):
        admin.feed("Takeda")


def test_7_a_radioisotope_company_needs_a_licensed_place_or_a_partner_that_offers_all(stack):
    client = stack.load("reference").client()
    assert states(client, "alpha-fusion", "labcentral-700")["capability"] == "fail"
    for slug, offers in (
        ("mihon-cyclotron", ["radioisotope", "cyclotron-access"]),
        ("mihon-hot-lab", ["radioisotope"]),
    ):
        facts = [
            {"field": "location", "value": "hub-boston-cambridge"},
            *({"field": "lab_offer", "value": o} for o in offers),
        ]
        client.register(
            "providers",
            {
                "id": slug,
                "kind": "hospital",
                "name": {"en": f"{slug} (invented)"},
                "origin": "invented",
                "facts": facts,
            },
        )
    stack.settle()
    assert (
        states(client, "alpha-fusion", "labcentral-700", partner="mihon-cyclotron")["capability"]
        == "pass"
    )
    assert (
        states(client, "alpha-fusion", "labcentral-700", partner="mihon-hot-lab")["capability"]
        == "fail"
    )


def test_8_a_missing_total_against_a_ceiling_asks(admin):
    assert states(admin, "red-arrow", "labcentral-700")["max-raised"] == "unknown"
