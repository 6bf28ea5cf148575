"""Dated rules: each result from facts with its rule, version and source; the real cases of the
domain, and lists that come, go and are withdrawn.
"""

import json
from datetime import date

import pytest
from sqlalchemy import select

from nakodo_client import Refused
from services.matching.engine.rulebook import Finding, document, rules
from shared.auth import ADMINISTRATOR, Actor
from shared.tables import outbox
from tests.conftest import Stack, begun, mandate_form, startup_form

FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))
STAFF = Actor("staff", "nakodo", frozenset({"staff"}))
KARI = Actor("kari", "kari-capital", frozenset({"reviewer"}))


def found(client, startup: str, rule: str | None = None, **query) -> list[dict]:
    items = client.get("/api/v1/rules", startup=startup, **query)["items"]
    return [i for i in items if rule in (None, i["rule"])]


def one(client, startup: str, rule: str, **query) -> dict:
    (item,) = found(client, startup, rule, **query)
    return item


@pytest.fixture(scope="module")
def officer(real):
    return real.client(STAFF)


# -- the real cases, from sourced and dated public facts


def test_celaids_grants_are_not_cash_and_not_equity(officer):
    told = one(officer, "celaid-therapeutics", "grant-not-cash")
    assert (
        told["outcome"] == "mixed" and "JPY 2.52bn" in told["text"] and "JPY 500m" in told["text"]
    )
    assert {f["field"] for f in told["facts"]} == {"total_raised", "funding_round"} and all(
        f["source"] for f in told["facts"]
    )
    assert one(officer, "shinobi-therapeutics", "grant-not-cash")["outcome"] == "adopted"


def states(told: dict) -> list[tuple[str, str]]:
    return [(s["state"], s["date"]) for s in told["says"]]


def test_what_changes_in_a_rule_says_when_and_a_proposal_is_no_rule():
    """Each statement has its source, and none is told before the day its text was published."""
    finding = Finding("fefta", "unknown", {"buyer": "Kari", "chain": ""})
    day = {n: date.fromisoformat(n) for n in ("2025-03-01", "2025-05-01", "2025-05-19")}
    on = {n: document(finding, d, "en") for n, d in day.items()}
    assert {n: states(told)[0][0] for n, told in on.items()} == {
        "2025-03-01": "stated",
        "2025-05-01": "from",
        "2025-05-19": "since",
    }
    today = document(finding, date(2026, 11, 22), "en")
    (proposal,) = [s for s in today["says"] if s["state"] == "proposal"]
    assert proposal["when"] == "A proposal of 2025-12-25, no law"
    assert all(s["source"]["url"].startswith("https://") for s in today["says"])
    japanese = document(finding, date(2026, 11, 22), "ja")["says"]
    assert japanese[0]["when"] == "2025年5月19日から施行"
    listed = Finding("biosecure", "no-list", {"count": 1})
    due = {
        d: document(listed, date.fromisoformat(d), "en")["says"][0]["when"]
        for d in ("2026-12-18", "2026-12-19")
    }
    assert due["2026-12-18"] == "Due by 2026-12-18" and due["2026-12-19"].startswith("Was due")


def test_a_call_is_open_between_its_days_and_else_the_last_one_is_named(officer):
    def windows(**query) -> dict[str, tuple[str, str]]:
        items = found(officer, "celaid-therapeutics", "amed-leverage", **query)
        told = {i["text"].split(":")[0]: i["says"][-1] for i in items if i["says"]}
        return {name: (s["state"], s["date"]) for name, s in told.items()}

    now = windows()
    amed, nedo = (next(n for n in now if part in n) for part in ("Ecosystem", "DTSU"))
    assert (now[amed], now[nedo]) == (("closed", "2025-08-22"), ("closed", "2025-12-03"))
    assert windows(as_of="2025-08-01")[amed] == ("open", "2025-08-22")


def leverage(officer, **query) -> dict:
    items = found(officer, "celaid-therapeutics", "amed-leverage", **query)
    return next(i for i in items if "AMED" in i["text"] or "創薬ベンチャー" in i["text"])


def test_a_certified_cheque_becomes_a_project_call_by_call(officer):
    small = leverage(officer, cheque=100_000_000)
    assert (
        "JPY 100m" in small["text"] and "JPY 300m" in small["text"] and "JPY 200m" in small["text"]
    )
    assert small["outcome"] == "missing" and small["text"].endswith(
        "Still missing: Entity formed under the law of a country."
    )
    assert small["text"].count("Commitment from a certified VC") == 0, (
        "pre-clinical work with such a cheque: only its legal form is not stated"
    )
    open_yet = leverage(officer)
    assert open_yet["outcome"] == "missing" and "Commitment from a certified VC" in open_yet["text"]
    before = leverage(officer, cheque=100_000_000, as_of="2024-01-15")
    assert before["outcome"] == "too-small" and "JPY 1bn" in before["text"], (
        "calls one to five asked for ten times as much"
    )
    assert "JPY 3bn" in leverage(officer, cheque=1_000_000_000, as_of="2024-01-15")["text"]
    capped = leverage(officer, cheque=5_000_000_000)
    assert "JPY 10bn" in capped["text"] and "JPY 5bn is subsidy" in capped["text"], (
        "the ceiling of a project holds"
    )
    assert {"eligibility", "subsidy_rate_max", "max_project"} == {
        f["field"] for f in small["facts"]
    }


def test_chugais_fund_buys_as_a_foreigner_as_far_as_is_known(officer):
    told = one(officer, "celaid-therapeutics", "fefta", investor="chugai-venture-fund")
    assert (
        told["outcome"] == "offices-abroad" and "Roche" in told["text"] and "61.16" in told["text"]
    )
    assert told["counsel"].startswith("Ask counsel, because") and "no legal advice" in told["note"]
    assert (
        told["source"]["url"].startswith("https://laws.e-gov.go.jp/")
        and told["version"]
        and told["on"]
    )
    before = one(
        officer, "celaid-therapeutics", "fefta", investor="chugai-venture-fund", as_of="2022-06-01"
    )
    assert before["outcome"] == "unknown" and "Roche" not in before["text"], (
        "in June 2022 there was no such fund"
    )


def test_a_lapsed_certification_is_a_question(officer):
    now = one(officer, "celaid-therapeutics", "amed-certification", investor="mp-healthcare")
    assert now["outcome"] == "lapsed" and "ask" in now["text"]
    then = one(
        officer,
        "celaid-therapeutics",
        "amed-certification",
        investor="mp-healthcare",
        as_of="2024-06-01",
    )
    assert then["outcome"] == "certified-until" and "2025-06-15" in then["text"]
    assert (
        found(
            officer,
            "celaid-therapeutics",
            "amed-certification",
            investor="mp-healthcare",
            as_of="2023-01-01",
        )
        == []
    )


def test_a_watched_supplier_is_said_and_no_list_is_invented(officer):
    told = one(officer, "toregem-biopharma", "biosecure")
    assert told["outcome"] == "watch" and "WuXi Biologics" in told["text"]
    assert one(officer, "celaid-therapeutics", "biosecure")["outcome"] in ("unknown", "no-list")
    assert found(officer, "toregem-biopharma", "biosecure", as_of="2025-12-01") == [], (
        "before the law there is no such rule"
    )


def test_every_rule_has_both_languages_a_version_and_a_source():
    for rule in rules().values():
        assert rule["title"]["en"] and rule["title"]["ja"] and rule["versions"]
        for text in rule["outcomes"].values():
            assert set(text) == {"en", "ja"} and ("、" in text["ja"] or "。" in text["ja"])
        assert all(v["from"] and v["source"]["title"] for v in rule["versions"])


# -- invented organisations


def supplied(folder) -> Stack:
    stack = Stack(folder)
    admin = stack.client()
    partner = {
        "field": "manufacturing_partner",
        "value": "Kumo Biologics",
        "partner_org": "kumo-biologics",
        "as_of": "2025-06-01",
    }
    form = startup_form(id="rei-bio", owner="rei-bio")
    home = [{"field": "hq", "value": "hub-tokyo"}, {"field": "corporate_status", "value": "active"}]
    money = {
        "field": "raise",
        "value": {"state": "raising", "amount": 500_000_000, "currency": "JPY"},
    }
    admin.register("startups", form | {"facts": [*form["facts"], partner, *home, money]})
    admin.register(
        "startups", startup_form("Tsuki Bio (invented)", id="tsuki-bio", owner="tsuki-bio")
    )
    admin.register(
        "investors",
        {
            "id": "kumo-holdings",
            "kind": "corporate",
            "name": {"en": "Kumo Holdings (invented)"},
            "owner": "x",
        },
    )
    owned = [{"field": "ownership", "value": {"org": "kumo-holdings", "relation": "majority"}}]
    kumo = {
        "id": "kumo-biologics",
        "kind": "cdmo",
        "name": {"en": "Kumo Biologics (invented)"},
        "owner": "x",
    }
    kumo["facts"] = [
        *owned,
        {"field": "location", "value": "jp"},
        {"field": "manufacturing_offer", "value": "gmp-clinical"},
    ]
    kumo["legal_entities"] = [
        {
            "name": "Kumo Biologics KK",
            "form": "KK",
            "jurisdiction": "jp",
            "corporate_number": "7000012050002",
        }
    ]
    admin.register("providers", kumo)
    admin.register(
        "investors",
        {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}, "owner": "kari-capital"},
    )
    admin.register("mandates", mandate_form("kari-capital", owner="kari-capital"))
    return stack.settle()


@pytest.fixture
def world(tmp_path):
    """Rei Bio works with Kumo Biologics, which belongs to Kumo Holdings; Kari Capital may
    invest.
    """
    stack = begun(tmp_path, supplied)
    yield stack
    stack.composition.close()


def publish(stack, *entries: dict, day: str = "2026-10-01", name: str = "omb", **more) -> dict:
    form = {
        "list": name,
        "title": f"{name.upper()} list (invented)",
        "published": day,
        "source": "https://list.example/",
        "entries": list(entries),
    }
    return stack.client(STAFF).post("/api/v1/watchlists", form | more)


def biosecure(stack, client=None, **query) -> dict:
    return one(client or stack.client(FOUNDER), "rei-bio", "biosecure", **query)


def told(stack) -> list[dict]:
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        rows = session.scalars(
            select(outbox.c.value).where(outbox.c.topic == "exposures").order_by(outbox.c.id)
        )
        return [json.loads(value)["data"] for value in rows]


def test_a_supplier_whose_parent_is_listed_is_an_indirect_exposure(world):
    assert biosecure(world)["outcome"] == "no-list"
    made = publish(world, {"name": "Kumo Holdings Ltd"})
    assert made["changed"] == ["rei-bio"]
    result = biosecure(world)
    assert (
        result["outcome"] == "indirect"
        and "Kumo Holdings" in result["text"]
        and "rejects nobody" in result["text"]
    )
    assert told(world) == [
        {"startup": "rei-bio", "owner": "rei-bio", "before": "no-list", "after": "indirect"}
    ]
    match = world.client(KARI).explain("rei-bio", "kari-capital")
    assert match["state"] == "match", "a hit is for a person to review, never a fail"


def test_a_withdrawn_version_never_flags_at_any_date(world):
    made = publish(world, {"name": "Kumo Biologics"}, day="2026-02-13", name="1260h")
    assert biosecure(world)["outcome"] == "direct"
    gone = world.client(STAFF).post(f"/api/v1/watchlists/{made['id']}/withdrawal")
    assert gone["state"] == "withdrawn" and gone["changed"] == ["rei-bio"]
    assert (
        biosecure(world)["outcome"] == "no-list"
        and biosecure(world, as_of="2026-02-13")["outcome"] == "no-list"
    )
    with pytest.raises(Refused) as again:
        world.client(STAFF).post(f"/api/v1/watchlists/{made['id']}/withdrawal")
    assert again.value.status == 409
    (row,) = world.client(KARI).get("/api/v1/watchlists")["items"]
    assert row["state"] == "withdrawn" and not row["in_force"]


def test_a_new_version_tells_only_of_changes_and_the_newest_is_in_force(world):
    publish(world, {"name": "Kumo Biologics"}, {"name": "Somebody Else"}, day="2026-09-01")
    assert (
        publish(world, {"name": "Kumo Biologics"}, {"name": "One More"}, day="2026-10-01")[
            "changed"
        ]
        == []
    )
    assert [t["after"] for t in told(world)] == ["direct"]
    assert publish(world, {"name": "One More"}, day="2026-11-01")["changed"] == ["rei-bio"], (
        "taken off the list"
    )
    assert (
        biosecure(world)["outcome"] == "none"
        and biosecure(world, as_of="2026-10-15")["outcome"] == "direct"
    )
    assert [row["in_force"] for row in world.client(STAFF).get("/api/v1/watchlists")["items"]] == [
        True,
        False,
        False,
    ]
    with pytest.raises(Refused) as twice:
        publish(world, {"name": "X"}, day="2026-11-01")
    assert twice.value.status == 409


@pytest.mark.parametrize(
    ("entry", "outcome"),
    [
        ({"name": "Another Name", "corporate_number": "7000012050002"}, "direct"),
        ({"name": "ＫＵＭＯ　ＢＩＯＬＯＧＩＣＳ　株式会社"}, "direct"),
        ({"name": "Nothing alike", "aliases": ["Kumo Biologics KK"]}, "direct"),
        ({"name": "Kumo Biologic"}, "near"),
        ({"name": "Kumo"}, "none"),
        ({"name": "Yama Biologics"}, "none"),
    ],
)
def test_matches_go_by_legal_entity_and_near_names_to_a_person(world, entry, outcome):
    publish(world, entry)
    assert biosecure(world)["outcome"] == outcome


def test_only_staff_load_lists_and_only_well_formed_ones(world):
    form = {
        "list": "omb",
        "title": "t",
        "published": "2026-10-01",
        "source": "s",
        "entries": [{"name": "X"}],
    }
    for actor in (FOUNDER, KARI):
        with pytest.raises(Refused) as refused:
            world.client(actor).post("/api/v1/watchlists", form)
        assert refused.value.status == 403
    for broken in (
        {"entries": []},
        {"published": "soon"},
        {"list": "Not A Slug"},
        {"entries": [{"names": "X"}]},
        {"title": ""},
    ):
        with pytest.raises(Refused) as refused:
            world.client(STAFF).post("/api/v1/watchlists", form | broken)
        assert refused.value.status == 422
    assert world.client(STAFF).get("/api/v1/watchlists")["items"] == [] and told(world) == []


def test_exposure_is_seen_by_the_startup_and_by_matched_reviewers_only(world):
    publish(world, {"name": "Kumo Biologics"})
    rival = Actor("rival", "tsuki-bio", frozenset({"startup"}))
    for actor, query in (
        (rival, {}),
        (KARI, {}),
        (STAFF, {}),
        (rival, {"investor": "kari-capital"}),
    ):
        with pytest.raises(Refused) as refused:
            found(world.client(actor), "rei-bio", **query)
        assert refused.value.status == 404
    pair = {"investor": "kari-capital"}
    states = {
        g["gate"]: g["state"]
        for g in world.client(KARI).explain("rei-bio", "kari-capital")["gates"]
    }
    assert set(states.values()) == {"pass"}, states
    assert one(world.client(KARI), "rei-bio", "biosecure", **pair)["outcome"] == "direct"
    world.client(KARI).add_facts(
        "mandates", "kari-capital-equity", [{"field": "focus_geography", "value": "europe"}]
    )
    world.settle()
    assert found(world.client(KARI), "rei-bio", "biosecure", **pair) == [], "not matched any more"


def test_half_in_the_hands_of_one_group_or_two_thirds_of_several_is_said(world):
    world.client().add_facts(
        "investors", "kari-capital", [{"field": "organization_type", "value": "cvc"}]
    )
    world.settle()
    pair = {"investor": "kari-capital"}
    client = world.client(FOUNDER)
    assert one(client, "rei-bio", "deemed-large", stake=20, **pair)["outcome"] == "unknown-holders"
    assert one(client, "rei-bio", "deemed-large", stake=50, **pair)["outcome"] == "crosses-one"
    holders = [
        ("Founders", 40, {}),
        ("Kari Capital", 30, {"org": "kari-capital"}),
        ("Big Pharma (invented)", 30, {"large": True}),
    ]
    client.add_facts(
        "startups",
        "rei-bio",
        [
            {"field": "shareholder", "value": {"holder": n, "share": s, **more}}
            for n, s, more in holders
        ],
    )
    world.settle()
    assert one(client, "rei-bio", "deemed-large", stake=10, **pair)["outcome"] == "keeps"
    two = one(client, "rei-bio", "deemed-large", stake=17, **pair)
    assert two["outcome"] == "crosses-all" and "66.8 %" in two["text"], "17 + 83 % of (30 + 30)"
    assert one(client, "rei-bio", "deemed-large", stake=30, **pair)["outcome"] == "crosses-one", (
        "30 + 70 % of 30 is 51"
    )
    assert (
        one(world.client(KARI), "rei-bio", "deemed-large", stake=10, **pair)["outcome"]
        == "unknown-holders"
    ), "holders are private"
    assert found(client, "rei-bio", "deemed-large", **pair) == [], (
        "only where a stake is asked about"
    )


@pytest.mark.parametrize(
    ("buyer", "parent", "fact", "outcome"),
    [
        ("us", "jp", None, "foreign-entity"),
        ("jp", "us", {"relation": "majority", "share": 50.0}, "foreign-chain"),
        ("jp", "us", {"relation": "not-stated", "share": 49.9}, "not-foreign"),
        ("jp", "jp", {"relation": "wholly-owned"}, "not-foreign"),
        (None, "us", {"relation": "majority"}, "unknown"),
    ],
)
def test_who_buys_is_looked_at_through_entity_and_chain(world, buyer, parent, fact, outcome):
    admin = world.client()

    def entity(place):
        return [{"name": "E", "jurisdiction": place}] if place else []

    admin.register(
        "investors",
        {
            "id": "above",
            "kind": "corporate",
            "name": {"en": "Above (invented)"},
            "owner": "y",
            "legal_entities": entity(parent),
        },
    )
    facts = [
        {"field": "parent", "value": {"org": "above", **(fact or {"relation": "wholly-owned"})}}
    ]
    admin.register(
        "investors",
        {
            "id": "moon-fund",
            "name": {"en": "Moon Fund (invented)"},
            "owner": "y",
            "legal_entities": entity(buyer),
            "facts": facts,
        },
    )
    admin.register("mandates", mandate_form("moon-fund", owner="y"))
    world.settle()
    assert (
        one(world.client(FOUNDER), "rei-bio", "fefta", investor="moon-fund")["outcome"] == outcome
    )


def test_an_ownership_that_ended_counts_until_its_day_and_not_after(world):
    admin = world.client()
    abroad = [{"name": "Above Inc", "jurisdiction": "us"}]
    admin.register(
        "investors",
        {
            "id": "above",
            "kind": "corporate",
            "name": {"en": "Above (invented)"},
            "owner": "y",
            "legal_entities": abroad,
        },
    )
    held = {
        "field": "parent",
        "value": {"org": "above", "relation": "majority"},
        "as_of": "2024-01-01",
        "valid_to": "2025-03-31",
    }
    home = [{"name": "Moon KK", "jurisdiction": "jp"}]
    admin.register(
        "investors",
        {
            "id": "moon-fund",
            "name": {"en": "Moon (invented)"},
            "owner": "y",
            "legal_entities": home,
            "facts": [held],
        },
    )
    admin.register("mandates", mandate_form("moon-fund", owner="y"))
    world.settle()
    asked = {"investor": "moon-fund"}
    admin = world.client()
    assert one(admin, "rei-bio", "fefta", as_of="2025-03-31", **asked)["outcome"] == "foreign-chain"
    assert one(admin, "rei-bio", "fefta", as_of="2025-04-01", **asked)["outcome"] == "not-foreign"


def test_moving_to_the_us_raises_export_first_filing_and_commissioned_rights(world):
    client = world.client(FOUNDER)
    assert {f["rule"] for f in found(client, "rei-bio")} == {"biosecure"}
    plan = [
        {
            "field": "us_plan",
            "value": {"hub": "hub-boston-cambridge", "entity": True, "would_move": True},
        }
    ]
    grant = [
        {
            "field": "public_grant",
            "value": {"programme": "amed-startup-ecosystem", "date": "2025-04"},
        }
    ]
    client.add_facts("startups", "rei-bio", plan + grant)
    world.settle()
    by_rule = {f["rule"]: f for f in found(client, "rei-bio")}
    assert {"technology-export", "first-filing", "commissioned-ip", "grant-not-cash"} <= set(
        by_rule
    )
    japanese = found(world.client(FOUNDER, "ja"), "rei-bio", "first-filing")[0]
    assert (
        "第一国出願" in japanese["text"]
        and "法的助言ではありません" in japanese["note"]
        and "専門家" in japanese["counsel"]
    )
    assert "first-filing" not in {
        f["rule"] for f in found(client, "rei-bio", as_of="2024-04-30")
    }, "not yet in force, and not yet stated"


def test_a_us_entity_and_money_from_japan_may_be_reviewed(world):
    admin = world.client()
    us = [{"field": "us_presence", "value": "hub-boston-cambridge"}]
    admin.add_facts("startups", "rei-bio", us)
    admin.add_facts("investors", "kari-capital", [{"field": "office", "value": "hub-tokyo"}])
    world.settle()
    told = one(world.client(FOUNDER), "rei-bio", "cfius", investor="kari-capital")
    assert told["outcome"] == "may-apply" and "Japan" in told["text"]
