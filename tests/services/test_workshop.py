"""The workshop: what coded passes suggest, remembered once judged; the history of a pair; the
funnel of a quarter, recounted from its steps.
"""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from services.matching.editions import make_due
from shared.auth import Actor
from tests.conftest import startup_form
from tests.services.test_decisions import COLLEAGUE, KARI, RIVAL, build, decide, fire, refused

FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))


@pytest.fixture
def desk(tmp_path):
    made = build(tmp_path)
    yield made
    made.composition.close()


def grow(desk, *slugs: str, modality: str = "mrna", **more) -> None:
    for slug in slugs:
        facts = [
            {"field": "modality", "value": modality},
            {"field": "therapeutic_area", "value": "aml"},
        ]
        facts += [{"field": k, "value": v} for k, v in more.items()]
        desk.client().register(
            "startups", startup_form(f"{slug} (invented)", id=slug, owner=slug, facts=facts)
        )
    desk.settle()


def proposals(desk, actor: Actor = KARI) -> list[dict]:
    """What is suggested beside weights."""
    return [
        p
        for p in desk.client(actor).get("/api/v1/team/proposals/kari-equity")["items"]
        if p["reason"] != "weights"
    ]


def test_three_passes_for_one_reason_suggest_a_change_and_two_do_not(desk):
    grow(desk, "aoi", "beni", "chidori")
    for slug in ("aoi", "beni"):
        decide(desk, "pass", slug, reason="out-of-modality")
    assert proposals(desk) == []
    decide(desk, "pass", "chidori", reason="out-of-modality")
    (told,) = proposals(desk)
    assert told["facts"] == [{"field": "exclusion", "value": {"modality": "mrna"}}] and told[
        "because"
    ] == ["aoi", "beni", "chidori"]
    assert told["text"].startswith(
        "3 companies were passed on as outside your modality"
    ) and proposals(desk, COLLEAGUE) == [told]
    assert refused(proposals, desk, RIVAL).status == 403


def test_the_narrowest_code_they_share_is_suggested_never_one_the_mandate_wants(desk):
    grow(desk, "aoi", "beni", modality="mrna")
    grow(desk, "chidori", modality="sirna")
    for slug in ("aoi", "beni", "chidori", "rei-bio"):
        decide(desk, "pass", slug, reason="out-of-modality")
    assert proposals(desk)[0]["facts"][0]["value"] == {"modality": "rna"}, (
        "mRNA and siRNA, not CAR-T"
    )
    for slug in ("aoi", "beni", "chidori"):
        decide(desk, "advance", slug)
        decide(desk, "pass", slug, reason="out-of-therapeutic-area")
    assert proposals(desk) == [], "the mandate looks for oncology: leukaemia is not ruled out of it"


def test_passes_as_too_early_suggest_the_next_stage(desk):
    grow(desk, "aoi", "beni", "chidori", stage="preclinical-poc")
    for slug in ("aoi", "beni", "chidori"):
        decide(desk, "pass", slug, reason="too-early")
    (told,) = proposals(desk)
    assert (
        told["facts"][0]["value"]["scale"] == "development_stage"
        and told["facts"][0]["value"]["from"] != "preclinical-poc"
    )


def test_decisions_that_speak_for_a_criterion_propose_its_share(desk):
    at = "/api/v1/team/proposals/kari-equity"
    before = desk.client(KARI).get(at)
    assert before["items"] == [] and 0.5 < sum(before["shares"].values()) <= 1
    grow(desk, "aoi", "beni", "chidori", "dan", modality="car-t")
    for slug in ("aoi", "beni", "chidori", "dan"):
        decide(desk, "pass", slug, reason="out-of-therapeutic-area")
    (told,) = [p for p in desk.client(KARI).get(at)["items"] if p["reason"] == "weights"]
    (fact,) = told["facts"]
    assert (
        told["key"] == "weight:area:down"
        and fact["value"]["area"] < before["shares"]["area"]
        and "%" in told["text"]
    )
    desk.client(KARI).post(at, {"key": told["key"], "verdict": "rejected"})
    assert [p for p in desk.client(KARI).get(at)["items"] if p["reason"] == "weights"] == []


def test_what_was_judged_is_remembered_and_an_accepted_change_moves_ranks(desk):
    grow(desk, "aoi", "beni", "chidori", "dan")
    for slug in ("aoi", "beni", "chidori"):
        decide(desk, "pass", slug, reason="out-of-modality")
    key = proposals(desk)[0]["key"]
    at = "/api/v1/team/proposals/kari-equity"
    seen = desk.client(KARI).preview("kari-equity", facts=proposals(desk)[0]["facts"])
    assert {m["startup"] for m in seen["moves"] if m["to"] is None} >= {"dan"}
    made = desk.client(KARI).post(at, {"key": key, "verdict": "accepted"})
    desk.client(KARI).add_facts("mandates", "kari-equity", made["facts"])
    desk.settle()
    assert proposals(desk) == [] and "dan" not in {
        i["startup"] for i in desk.client(KARI).feed("kari-equity") if i["state"] == "match"
    }
    assert refused(desk.client(KARI).post, at, {"key": key, "verdict": "rejected"}).status in (
        404,
        409,
    )


def test_a_pairs_history_and_the_quarters_funnel_count_the_same_steps(desk):
    make_due(desk.matching.db, desk.matching.app.extensions["nakodo"]["reader"])
    decide(desk, "pass", "rei-bio", reason="valuation", until="2026-12-01")
    decide(desk, "hold", "tsuki-bio")
    made = decide(desk, "advance", "tsuki-bio")
    desk.client(KARI).post(f"/api/v1/decisions/{made['id']}/undo")
    desk.client(KARI).ask("rei-bio", "kari-equity", "cheque")
    introduced = desk.client(FOUNDER).introduce("rei-bio", "kari-equity")
    desk.client(KARI).step(introduced["id"], "accept")
    desk.clock.move(days=10)
    fire(desk)
    desk.settle()
    history = desk.client(KARI).get("/api/v1/team/rei-bio/kari-equity/history")["items"]
    assert [(h["verb"], h["state"], h["reason"]) for h in history] == [
        ("made", "pass", "Valuation"),
        ("returned", "returned", "Valuation"),
    ]
    assert desk.client(RIVAL).get("/api/v1/team/rei-bio/kari-equity/history")["items"] == []
    told = desk.client(KARI).get("/api/v1/team/funnel", quarter="2026-Q4")
    (row,) = told["mandates"]
    assert row == {
        "mandate": "kari-equity",
        "name": "kari (invented) · Equity",
        "shown": 2,
        "asked": 1,
        "advance": 0,
        "hold": 1,
        "pass": 1,
        "returned": 1,
        "introductions": 1,
        "introduced": 1,
    }
    assert told["reasons"] == [{"reason": "valuation", "text": "Valuation", "count": 1}]
    assert (
        desk.client(KARI).get("/api/v1/team/funnel", quarter="2026-Q3")["mandates"][0]["pass"] == 0
    )
    raw = (
        desk.client(KARI, "ja")
        .request("GET", "/api/v1/team/funnel", params={"quarter": "2026-Q4", "format": "xlsx"})
        .content
    )
    book = load_workbook(BytesIO(raw))
    assert (
        book.sheetnames == ["ファネル", "見送り理由", "履歴"] and len(book["ファネル"]._charts) == 1
    )
    counts = [
        row[s]
        for s in (
            "shown",
            "asked",
            "advance",
            "hold",
            "pass",
            "returned",
            "introductions",
            "introduced",
        )
    ]
    assert [c.value for c in book["ファネル"][2]] == ["kari (invented) · 出資", *counts]
    steps = [[c.value for c in line][1:4] for line in book["履歴"].iter_rows(min_row=2)]
    assert ["rei-bio (invented)", "kari (invented) · 出資", "見送り"] in steps
    assert {s[2] for s in steps} == {"見送り", "保留", "検討を進めた", "取り消し", "再浮上"}
    assert book["見送り理由"]["B2"].value == 1
    assert refused(desk.client(KARI).get, "/api/v1/team/funnel", quarter="2026-Q5").status == 422


def test_copying_a_mandate_replaces_and_loses_nothing(desk):
    api = desk.client(KARI)
    today, before = desk.clock.today().isoformat(), "2026-11-01"
    desk.client().register(
        "mandates",
        {
            "id": "kari-second",
            "investor": "kari",
            "kind": "option",
            "facts": [{"field": "focus_area", "value": "cardiovascular", "as_of": "2026-01-01"}],
        },
    )
    desk.settle()
    made = api.post("/api/v1/mandates/kari-second/copies", {"source": "kari-equity"})
    desk.settle()
    areas = {f["value"]: f.get("replaces") for f in made["facts"] if f["field"] == "focus_area"}
    assert areas == {"cardiovascular": None, "oncology": ["cardiovascular"]} and {
        f["field"] for f in made["facts"]
    } >= {"ticket"}
    assert (
        "cardio"
        not in str(
            next(g for g in api.explain("rei-bio", "kari-second")["gates"] if g["gate"] == "focus")[
                "threshold"
            ]
        ).lower()
    )
    then = next(
        g
        for g in api.explain("rei-bio", "kari-second", as_of=before)["gates"]
        if g["gate"] == "focus"
    )
    assert "ardiovascular" in then["threshold"], (
        f"what it said on {before} stays so, whatever it says since {today}"
    )
    assert (
        refused(
            desk.client(RIVAL).post,
            "/api/v1/mandates/rival-equity/copies",
            {"source": "kari-equity"},
        ).status
        == 403
    )


def test_a_statement_is_ended_and_older_days_keep_it(desk):
    api = desk.client(KARI)
    desk.client().register(
        "mandates",
        {
            "id": "kari-third",
            "investor": "kari",
            "kind": "option",
            "facts": [{"field": "focus_area", "value": "cardiovascular", "as_of": "2026-01-01"}],
        },
    )
    desk.settle()
    (fact,) = [f["id"] for f in api.profile("mandates", "kari-third")["facts"]]
    at = f"/api/v1/mandates/kari-third/facts/{fact}"
    assert (
        refused(api.request, "PATCH", at, json={"valid_to": "2025-01-01"}).problem["errors"][0][
            "code"
        ]
        == "date-order"
    )
    assert (
        refused(api.request, "PATCH", at, json={}).status
        == 422
        == refused(api.request, "PATCH", at, json={"valid_to": "soon"}).status
    )
    assert api.request("PATCH", at, json={"valid_to": "2026-11-20"}).status_code == 200
    desk.settle()
    assert not [g for g in api.explain("rei-bio", "kari-third")["gates"] if g["gate"] == "focus"]
    (then,) = [
        g
        for g in api.explain("rei-bio", "kari-third", as_of="2026-11-10")["gates"]
        if g["gate"] == "focus"
    ]
    assert then["threshold"] == "Cardiovascular"
