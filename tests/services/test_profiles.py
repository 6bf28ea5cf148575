"""Profiles through the API: register, read, change, withdraw, drafts, idempotency, cursors,
tiers.
"""

import json

import pytest
from sqlalchemy import select

from nakodo_client import Refused
from shared.auth import Actor
from shared.tables import dead_letters
from tests.conftest import OFFICER, REVIEWER, STARTUP, mandate_form, startup_form

OTHER = Actor("bd@rei-bio", "rei-bio", frozenset({"startup"}))


def refused(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def company(stack, n: int):
    """Somebody of one of several companies: an organisation publishes one."""
    return stack.client(Actor(f"founder-{n}", f"company-{n}", frozenset({"startup"})))


def test_a_startup_registers_reads_changes_and_withdraws(stack):
    client = stack.client(STARTUP)
    made = client.register("startups", startup_form())
    assert (
        made["id"] == "rei-bio-invented"
        and made["owner"] == "mihon-therapeutics"
        and made["version"] == 1
    )
    assert {f["source"]["kind"] for f in made["facts"]} == {"self-declared"}
    changed = client.patch("/api/v1/startups/rei-bio-invented", {"aliases": ["Rei"]}, 1)
    assert changed["version"] == 2 and changed["aliases"] == ["Rei"]
    assert (
        refused(client.patch, "/api/v1/startups/rei-bio-invented", {"aliases": []}, 1).status == 412
    )
    assert (
        refused(
            client.request, "PATCH", "/api/v1/startups/rei-bio-invented", json={"aliases": []}
        ).status
        == 428
    )
    client.request("DELETE", "/api/v1/startups/rei-bio-invented")
    assert stack.client(REVIEWER).profile("startups", "rei-bio-invented") is None
    assert (
        refused(
            client.add_facts,
            "startups",
            "rei-bio-invented",
            [{"field": "modality", "value": "rna"}],
        ).status
        == 409
    )


def test_names_alike_get_slugs_of_their_own_and_a_taken_one_is_refused(stack):
    begin = lambda n, form: company(stack, n).register("startups", form)["id"]  # noqa: E731
    assert [begin(n, startup_form("Rei Bio")) for n in range(3)] == [
        "rei-bio",
        "rei-bio-2",
        "rei-bio-3",
    ]
    assert begin(3, startup_form("Rei Bio X")) == "rei-bio-x"
    assert (
        begin(4, startup_form() | {"name": {"ja": "試験バイオ", "kana": "シケンバイオ"}})
        == "shikenbaio"
    )
    taken = refused(stack.client(OTHER).register, "startups", startup_form(id="rei-bio"))
    assert taken.status == 409 and taken.problem["code"] == "slug-taken"


def test_a_weak_etag_counts_as_its_version(stack):
    client = stack.client(STARTUP)
    client.register("startups", startup_form())
    answer = client.request(
        "PATCH",
        "/api/v1/startups/rei-bio-invented",
        json={"note": "x"},
        headers={"If-Match": 'W/"1"'},
    )
    assert answer.headers["ETag"] == '"2"'
    assert (
        client.request(
            "GET", "/api/v1/startups/rei-bio-invented", headers={"If-None-Match": '"2"'}
        ).status_code
        == 304
    )


def test_the_same_key_gives_the_same_answer_and_no_second_event(stack):
    client = stack.client(STARTUP)
    one = client.post("/api/v1/startups", startup_form(), **{"Idempotency-Key": "k-1"})
    two = client.post("/api/v1/startups", startup_form(), **{"Idempotency-Key": "k-1"})
    assert one == two and len(client.get("/api/v1/startups")["items"]) == 1
    other = refused(
        client.post,
        "/api/v1/startups",
        startup_form("Other (invented)"),
        **{"Idempotency-Key": "k-1"},
    )
    assert (
        other.status == 422
        and other.problem["code"] == "key-reused"
        and other.problem["messages"]["ja"]
    )
    stack.settle()
    assert stack.composition.eventlog.end("startups", 0) == 1


def test_a_draft_may_have_gaps_and_is_nobody_elses_and_publishing_lists_them_all(stack):
    client = stack.client(STARTUP)
    client.register("startups", {"name": {"en": "Rei (invented)"}, "id": "rei", "state": "draft"})
    for stranger in (OTHER, REVIEWER, OFFICER):
        assert stack.client(stranger).profile("startups", "rei") is None
        assert stack.client(stranger).get("/api/v1/startups")["items"] == []
        assert (
            refused(
                stack.client(stranger).add_facts,
                "startups",
                "rei",
                [{"field": "modality", "value": "rna"}],
            ).status
            == 404
        )
    gaps = refused(client.patch, "/api/v1/startups/rei", {"state": "published"}, 1)
    assert gaps.problem["code"] == "incomplete" and {
        e["field"] for e in gaps.problem["errors"]
    } == {
        "facts.modality",
        "facts.therapeutic_area",
    }
    stack.settle()
    assert stack.composition.eventlog.end("startups", 0) == 0
    client.add_facts("startups", "rei", startup_form()["facts"])
    version = client.profile("startups", "rei")["version"]
    client.patch("/api/v1/startups/rei", {"state": "published"}, version)
    stack.settle()
    assert stack.composition.eventlog.end("startups", 0) == 1 and stack.client(REVIEWER).profile(
        "startups", "rei"
    )


PLACES = {
    "sites": [
        {"field": "location", "value": "us-west"},
        {"field": "lab_offer", "value": "shared-bench"},
    ],
    "providers": [
        {"field": "location", "value": "us-west"},
        {"field": "manufacturing_offer", "value": "mammalian-ds"},
    ],
    "programs": [{"field": "hub", "value": "hub-boston-cambridge"}],
    "investors": [{"field": "office", "value": "hub-tokyo"}],
}


@pytest.mark.parametrize("resource", PLACES)
def test_every_kind_of_profile_is_made_read_changed_and_withdrawn(stack, resource):
    actor = REVIEWER if resource == "investors" else OFFICER
    client = stack.client(actor)
    made = client.register(
        resource, {"id": "mihon-x", "name": {"en": "Mihon X (invented)"}, "facts": PLACES[resource]}
    )
    assert made["owner"] == actor.org and made["version"] == 1
    assert client.patch(f"/api/v1/{resource}/mihon-x", {"aliases": ["X"]}, 1)["version"] == 2
    assert refused(client.patch, f"/api/v1/{resource}/mihon-x", {"aliases": []}, 1).status == 412
    assert (
        len(client.add_facts(resource, "mihon-x", PLACES[resource][:1])["facts"])
        == len(PLACES[resource]) + 1
    )
    stack.settle()
    assert stack.client(STARTUP).search("X")[0]["id"] == "mihon-x"
    client.request("DELETE", f"/api/v1/{resource}/mihon-x")
    stack.settle()
    assert (
        stack.client(STARTUP).profile(resource, "mihon-x") is None
        and stack.client(STARTUP).search("Mihon X") == []
    )


def test_nobody_writes_what_is_not_theirs(stack):
    stack.client(STARTUP).register("startups", startup_form(id="rei"))
    assert (
        refused(
            stack.client(OTHER).add_facts,
            "startups",
            "rei",
            [{"field": "modality", "value": "rna"}],
        ).status
        == 403
    )
    assert (
        refused(stack.client(OTHER).patch, "/api/v1/startups/rei", {"note": "x"}, 1).status == 403
    )
    assert refused(stack.client(REVIEWER).register, "startups", startup_form()).status == 403
    assert (
        refused(stack.client(STARTUP).register, "startups", startup_form(owner="rei-bio")).status
        == 403
    )
    assert (
        refused(
            stack.client(STARTUP).register, "startups", startup_form(origin="public-sources")
        ).status
        == 403
    )
    assert (
        refused(stack.client(STARTUP).register, "investors", {"name": {"en": "Kari"}}).status == 403
    )


def test_pages_by_cursor_hold_everyone_once_in_order(real):
    client, seen, cursor = real.client(), [], None
    while True:
        page = client.get("/api/v1/startups", limit=5, cursor=cursor, fields="id")
        seen += [i["id"] for i in page["items"]]
        assert all(set(i) == {"id"} for i in page["items"])
        cursor = page.get("next")
        if cursor is None:
            break
    assert seen == sorted(set(seen)) and len(seen) >= 22


def test_filters_include_what_lies_under_a_code(real):
    client = real.client()
    found = {
        s["id"] for s in client.get("/api/v1/startups", modality="cell-therapy", limit=200)["items"]
    }
    assert {"regcell", "celaid-therapeutics", "heartseed"} <= found and "j-pharma" not in found
    assert {"heartseed"} <= {
        s["id"] for s in client.get("/api/v1/startups", area="cardiovascular")["items"]
    }
    assert [s["id"] for s in client.get("/api/v1/startups", q="セレイド")["items"]] == [
        "celaid-therapeutics"
    ]
    assert client.get("/api/v1/startups", q="100%_")["items"] == []


@pytest.mark.parametrize(
    "resource", ["startups", "investors", "mandates", "sites", "providers", "programs"]
)
def test_every_filter_answers_on_every_list(real, resource):
    client = real.client()
    everyone = {i["id"] for i in client.get(f"/api/v1/{resource}", limit=200)["items"]}
    for name, value in {
        "q": "a",
        "modality": "cell-therapy",
        "area": "oncology",
        "place": "jp",
        "kind": "investor",
        "origin": "invented",
        "state": "published",
    }.items():
        assert {
            i["id"] for i in client.get(f"/api/v1/{resource}", limit=200, **{name: value})["items"]
        } <= everyone
    assert (
        client.get("/api/v1/investors", kind="investor", limit=200)["items"]
        and client.get("/api/v1/mandates", investor="utec")["items"]
    )


def test_readers_see_the_tiers_that_are_theirs(stack):
    facts = [
        *startup_form()["facts"],
        {"field": "raise", "value": {"state": "raising"}},
        {"field": "blocked_org", "value": "kari"},
        {"field": "revenue", "value": {"amount": 5, "currency": "JPY"}},
    ]
    stack.client(STARTUP).register("startups", startup_form(id="rei", facts=facts))

    def fields(actor):
        return {f["field"] for f in stack.client(actor).profile("startups", "rei")["facts"]}

    assert fields(STARTUP) == {"modality", "therapeutic_area", "raise", "blocked_org", "revenue"}
    assert fields(REVIEWER) == {"modality", "therapeutic_area", "raise"}
    assert fields(OTHER) == {"modality", "therapeutic_area"}


def test_private_facts_never_travel_or_lie_in_the_clear(stack):
    facts = [*startup_form()["facts"], {"field": "blocked_org", "value": "a-secret-name"}]
    stack.client(STARTUP).register("startups", startup_form(id="rei", facts=facts))
    stack.settle()
    log = stack.composition.eventlog.reader({("startups", 0): 0, ("startups-private", 0): 0}).poll(
        100, 0
    )
    assert len(log) == 2 and not any("a-secret-name" in e.value for e in log)
    assert b"a-secret-name" not in (stack.composition.settings.data / "matching.db").read_bytes()


def kept_apart(stack) -> bool:
    """Whether the services that bring people together are told to leave this pair alone."""
    return stack.composition.client(stack.matching.consumers[0].actor).pair(
        "rei", "taiho-ventures-equity"
    )["apart"]


def test_erasing_the_key_of_a_subject_erases_its_private_facts_wherever_they_lie(tmp_path):
    from shared import secrets
    from shared.auth import ADMINISTRATOR
    from tests.conftest import Stack

    stack = Stack(tmp_path).load("reference")
    facts = [*startup_form()["facts"], {"field": "blocked_org", "value": "taiho-pharmaceutical"}]
    stack.client(STARTUP).register("startups", startup_form(id="rei", facts=facts))
    stack.settle()
    assert kept_apart(stack)
    with stack.composition.services["startups"].db.transaction(ADMINISTRATOR) as session:
        secrets.erase_key(session, "rei")
    stack.composition.close()
    again = Stack(tmp_path)
    assert not kept_apart(again)
    again.composition.close()


def test_a_startup_erases_its_private_part_while_everything_runs(tmp_path):
    """No restart: the new key reaches a matcher that holds the old one, and what the old one sealed
    opens no more.
    """
    from shared import secrets
    from shared.auth import ADMINISTRATOR
    from shared.errors import InvalidEvent
    from tests.conftest import Stack

    stack = Stack(tmp_path).load("reference")
    facts = [*startup_form()["facts"], {"field": "blocked_org", "value": "taiho-pharmaceutical"}]
    mine = stack.client(STARTUP)
    mine.request(
        "POST",
        "/api/v1/startups",
        json=startup_form(id="rei", facts=facts),
        headers={"Idempotency-Key": "k"},
    )
    stack.settle()
    assert kept_apart(stack)
    old = [e for e in _sealed(stack) if e["subject"] == "rei"]
    mine.request("DELETE", "/api/v1/startups/rei/private")
    stack.settle()
    assert not kept_apart(stack), "no block any more"
    assert "blocked_org" not in {f["field"] for f in mine.get("/api/v1/startups/rei")["facts"]}
    with stack.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        key = secrets.find_key(session, "rei")
    with pytest.raises(InvalidEvent):
        secrets.unseal(key, "rei", old[0]["subjectversion"], old[0]["data"]["sealed"])
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        assert not session.execute(select(dead_letters)).all()
    mine.add_facts("startups", "rei", [{"field": "blocked_org", "value": "taiho-pharmaceutical"}])
    stack.settle()
    assert kept_apart(stack), "what comes later is sealed anew"
    assert (
        refused(stack.client(REVIEWER).request, "DELETE", "/api/v1/startups/rei/private").status
        == 403
    )
    stack.composition.close()


def _sealed(stack) -> list[dict]:
    log = stack.composition.eventlog
    entries = log.reader({("startups-private", 0): 0}).poll(1000, 0)
    return [json.loads(e.value) for e in entries if e.value]


def test_two_worlds_that_differ_only_in_a_hidden_value_look_the_same(tmp_path):
    from tests.conftest import Stack

    worlds = []
    for i, hidden in enumerate(("somebody-else", "taiho-pharmaceutical")):
        stack = Stack(tmp_path / str(i)).load("reference")
        facts = [
            *startup_form()["facts"],
            {"field": "blocked_org", "value": hidden},
            {"field": "raise", "value": {"state": "raising"}},
        ]
        stack.client(STARTUP).register("startups", startup_form(id="rei", facts=facts))
        stack.settle()
        reviewer = stack.client(REVIEWER)
        feeds = {
            name: reviewer.feed(name)
            for name in ("taiho-ventures", "astellas-venture-management", "4bio-capital")
        }
        worlds.append(feeds | {"pair": reviewer.explain("rei", "taiho-ventures")})
        assert kept_apart(stack) == (hidden == "taiho-pharmaceutical")
        stack.composition.close()
    assert worlds[0] == worlds[1] and "rei" in {m["startup"] for m in worlds[0]["taiho-ventures"]}


def test_feeds_and_lists_are_read_only_by_those_they_are_for(real):
    assert real.client(REVIEWER).feed("mihon-ventures") and real.client(REVIEWER).feed(
        "chugai-venture-fund"
    )
    assert refused(real.client(STARTUP).feed, "mihon-ventures").status == 404
    assert refused(real.client(OFFICER).feed, "mihon-ventures").status == 404
    assert real.client(STARTUP).matches("mihon-therapeutics") and real.client(OFFICER).matches(
        "regcell"
    )
    assert refused(real.client(OTHER).matches, "mihon-therapeutics").status == 404
    assert refused(real.client(REVIEWER).matches, "mihon-therapeutics").status == 404
    assert real.client(STARTUP).explain("mihon-therapeutics", "mihon-ventures")["state"] == "match"
    assert refused(real.client(OTHER).explain, "mihon-therapeutics", "mihon-ventures").status == 404


def test_a_mandate_must_say_what_it_wants(stack):
    client = stack.client(REVIEWER)
    client.register(
        "investors", {"id": "mihon-ventures", "name": {"en": "Mihon Ventures (invented)"}}
    )
    early = {
        "field": "focus_stage",
        "value": {"from": "seed", "to": "series-a", "scale": "funding_round"},
    }
    gaps = refused(client.register, "mandates", mandate_form("mihon-ventures", facts=[early]))
    assert {e["field"] for e in gaps.problem["errors"]} == {"facts.focus_area", "facts.ticket"}
    assert (
        client.register("mandates", mandate_form("mihon-ventures"))["id"] == "mihon-ventures-equity"
    )
    assert (
        refused(stack.client(OTHER).register, "mandates", mandate_form("mihon-ventures")).status
        == 403
    )


def test_a_site_keeps_no_private_facts_and_says_so(stack):
    facts = [
        {"field": "location", "value": "us-west"},
        {"field": "service", "value": "x", "tier": "private"},
    ]
    problem = refused(
        stack.client(OFFICER).register,
        "sites",
        {"name": {"en": "Mihon Lab (invented)"}, "facts": facts},
    ).problem
    assert [e["code"] for e in problem["errors"]] == ["tier-not-kept"]


def test_keys_are_for_services_only(stack):
    facts = [*startup_form()["facts"], {"field": "blocked_org", "value": "kari"}]
    stack.client(STARTUP).register("startups", startup_form(id="rei", facts=facts))
    assert refused(stack.client(STARTUP).get, "/services/startups/internal/keys/rei").status == 403
    assert stack.composition.client(stack.matching.consumers[0].actor).key("startups", "rei")


def test_a_read_can_wait_for_what_was_written(stack):
    import threading

    client = stack.client(STARTUP)
    client.register("startups", startup_form(id="rei"))
    stack.settle()
    client.add_facts("startups", "rei", [{"field": "stage", "value": "phase-1"}])
    late = refused(client.matches, "rei", min_version="startup/rei:2")
    assert late.status == 503 and late.problem["code"] == "not-yet"
    threading.Timer(0.3, stack.settle).start()
    assert client.matches("rei", min_version="startup/rei:2") is not None


def test_assets_aliases_and_funding_have_their_own_addresses(stack):
    client = stack.client(STARTUP)
    client.register("startups", startup_form(id="rei"))
    client.post("/api/v1/startups/rei/assets", {"id": "rei-1", "name": "REI-1"})
    client.post("/api/v1/startups/rei/assets", {"id": "rei-2", "name": "REI-2", "lead": True})
    assert [(a["id"], a["lead"]) for a in client.profile("startups", "rei")["assets"]] == [
        ("rei-1", False),
        ("rei-2", True),
    ]
    client.post("/api/v1/startups/rei/aliases", {"aliases": ["レイ"]})
    client.request("DELETE", "/api/v1/startups/rei/aliases/レイ")
    entry = {
        "round": "seed",
        "kind": "equity",
        "amount": 100_000_000,
        "currency": "JPY",
        "date": "2025-04",
    }
    client.post("/api/v1/startups/rei/funding", {"value": entry})
    assert client.get("/api/v1/startups/rei/funding")["items"][0]["value"] == entry


def test_a_filter_never_tells_of_a_fact_the_reader_may_not_see(stack):
    hidden = {"field": "modality", "value": "rna", "tier": "private"}
    stack.client(STARTUP).register(
        "startups", startup_form(id="rei", facts=[*startup_form()["facts"], hidden])
    )
    assert [
        s["id"] for s in stack.client(STARTUP).get("/api/v1/startups", modality="rna")["items"]
    ] == ["rei"]
    assert stack.client(REVIEWER).get("/api/v1/startups", modality="rna")["items"] == []
    assert stack.client(OTHER).get("/api/v1/startups", modality="car-t")[
        "items"
    ] and not stack.client(OTHER).search("rna")


def test_a_hidden_revenue_is_its_owners_to_reckon_with_and_says_nothing_to_others(stack):
    stack.load("reference")
    rich = {
        "field": "revenue",
        "value": {"amount": 900_000_000, "currency": "USD"},
        "as_of": "2025-12-01",
        "tier": "matched",
    }
    for n, (slug, facts) in enumerate((("rei-quiet", []), ("rei-rich", [rich]))):
        company(stack, n).register(
            "startups", startup_form(id=slug, facts=[*startup_form()["facts"], *facts])
        )
    stack.settle()
    quiet, rich_ = (
        stack.client(REVIEWER).gates(slug, "labcentral-700") for slug in ("rei-quiet", "rei-rich")
    )
    assert quiet == rich_ and quiet
    owner = company(stack, 1)
    own = {g["gate"]: g["state"] for g in owner.gates("rei-rich", "labcentral-700")}
    assert own["max-revenue"] == "fail"
    assert "labcentral-700" not in {t["site"] for t in owner.triads("rei-rich")}


def test_the_owner_sees_the_profile_just_as_others_do(stack):
    admin = stack.client()
    facts = [
        *startup_form()["facts"],
        {"field": "stage", "value": "phase-1", "tier": "network"},
        {"field": "technology", "value": "ours alone", "tier": "private"},
    ]
    admin.register("startups", startup_form(id="rei-bio", owner="rei-bio", facts=facts))
    owner = stack.client(Actor("bd", "rei-bio", frozenset({"startup"})))
    others = {
        "public": Actor("x", "other-bio", frozenset({"startup"})),
        "network": Actor("y", "a-fund", frozenset({"reviewer"})),
    }
    for tier, other in others.items():
        assert owner.get("/api/v1/startups/rei-bio", seen_by=tier) == stack.client(other).get(
            "/api/v1/startups/rei-bio"
        )
        with pytest.raises(Refused) as refused:
            stack.client(other).get("/api/v1/startups/rei-bio", seen_by=tier)
        assert refused.value.status == 403
    assert len(owner.get("/api/v1/startups/rei-bio")["facts"]) == 4
    assert [len(owner.get("/api/v1/startups/rei-bio", seen_by=t)["facts"]) for t in others] == [
        2,
        3,
    ]
