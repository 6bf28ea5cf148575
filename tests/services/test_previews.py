"""Previews: moves in rank over the whole population, nothing stored, faults named, others' mandates
unseen.
"""

import pytest

from nakodo_client import Refused
from services.matching.engine.columns import Columns
from services.matching.engine.score import evaluate
from shared.judgement.fields import WEIGHED
from tests.conftest import STARTUP, mandate_form


@pytest.fixture
def population(real):
    with real.matching.db.reading(real.matching.consumers[0].actor) as session:
        yield real.matching.app.extensions["nakodo"]["reader"].populations.at(
            session, real.clock.today()
        )


def test_one_mandate_against_all_is_bit_for_bit_one_startup_against_all(population):
    for mandate in population.mandates.values():
        columns = Columns([mandate], population.calibration)
        ranking = population.crowd.rank(columns)
        for i, startup in enumerate(population.crowd.startups):
            e = evaluate(startup, columns)
            of_all = ranking.score[i], ranking.cls[i], ranking.fit[i]
            assert of_all == (e.score[0], e.cls[0], e.fit[0]), (
                mandate.id,
                startup.id,
            )


def test_weights_move_ranks_and_nothing_is_stored(admin):
    before = [m["startup"] for m in admin.feed("chugai-venture-fund") if m["state"] == "match"]
    same = admin.preview("chugai-venture-fund")
    assert same["moves"] == [] and same["before"] == same["after"] == len(before)
    seen = admin.preview("chugai-venture-fund", weights=dict.fromkeys(WEIGHED, 0) | {"modality": 1})
    assert seen["moves"] and sum(seen["counts"].values()) == len(seen["moves"])
    for move in seen["moves"]:
        assert {"appear": move["from"] is None, "drop": move["to"] is None}.get(move["move"], True)
        if move["move"] in ("up", "down"):
            assert (move["to"] < move["from"]) == (move["move"] == "up")
    assert [
        m["startup"] for m in admin.feed("chugai-venture-fund") if m["state"] == "match"
    ] == before


def test_the_moves_come_true(stack):
    """What a preview says is what the feed shows once the mandate says so."""
    client = stack.load("reference", "demo").client()
    weights = dict.fromkeys(WEIGHED, 0.0) | {"stage": 3.0, "geography": 1.0}
    seen = client.preview("mihon-ventures-equity", weights=weights)
    old = [m["startup"] for m in client.feed("mihon-ventures", limit=200) if m["state"] == "match"]
    client.add_facts(
        "mandates", "mihon-ventures-equity", [{"field": "criterion_weights", "value": weights}]
    )
    stack.settle()
    new = [m["startup"] for m in client.feed("mihon-ventures", limit=200) if m["state"] == "match"]
    assert seen["before"] == len(old) and seen["after"] == len(new)
    moved = {
        s
        for s in set(old) | set(new)
        if (old.index(s) if s in old else None) != (new.index(s) if s in new else None)
    }
    assert {m["startup"] for m in seen["moves"]} == moved


def test_what_a_mandate_keeps_private_still_counts(stack):
    """A private block-list holds in the preview as in the feed: nobody appears because it was
    forgotten.
    """
    client = stack.load("reference", "demo").client()
    client.add_facts(
        "mandates",
        "mihon-ventures-equity",
        [{"field": "blocked_org", "value": "regcell", "tier": "private"}],
    )
    stack.settle()
    assert "regcell" not in [m["startup"] for m in client.feed("mihon-ventures", limit=200)]
    assert client.preview("mihon-ventures-equity")["moves"] == []
    moved = client.preview("mihon-ventures-equity", weights={"modality": 5})["moves"]
    assert "regcell" not in [m["startup"] for m in moved]


def test_changed_gates_are_previewed_too(admin):
    lost = admin.preview(
        "astellas-venture-management",
        facts=[{"field": "focus_modality", "value": "digital-health", "list": "exclusive"}],
        without=["focus_area"],
    )
    assert lost["after"] <= lost["before"] and lost["counts"]["drop"] >= 1
    assert all(m["text"].startswith(m["name"]) for m in lost["moves"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"mandate": "chugai-venture-fund", "weights": {"area": -1}}, "weights"),
        ({"mandate": "chugai-venture-fund", "weights": dict.fromkeys(WEIGHED, 0)}, "weights"),
        (
            {
                "mandate": "chugai-venture-fund",
                "facts": [
                    {
                        "field": "focus_stage",
                        "value": {"scale": "funding_round", "from": "series-c", "to": "seed"},
                    }
                ],
            },
            "facts.0",
        ),
        (
            {
                "mandate": "chugai-venture-fund",
                "facts": [
                    {
                        "field": "ticket",
                        "value": {"currency": "USD", "kind": "initial", "min": 9, "max": 3},
                    }
                ],
            },
            "facts.0",
        ),
        ({"mandate": "chugai-venture-fund", "without": ["nothing"]}, "without"),
        ({"weights": {"area": 1}}, "mandate"),
    ],
)
def test_bad_previews_are_422_and_name_the_fault(admin, body, told):
    with pytest.raises(Refused) as refused:
        admin.post("/api/v1/previews", body)
    assert refused.value.status == 422
    assert told in str(refused.value.problem)


def test_a_new_mandate_is_seen_before_it_is_there_and_comes_true(stack):
    client = stack.load("reference", "demo").client()
    fund = client.register("investors", {"name": {"en": "Kari Fund (invented)"}})
    stack.settle()
    facts = mandate_form(fund["id"])["facts"] + [
        {"field": "focus_modality", "value": "cell-therapy"},
        {"field": "focus_geography", "value": "jp"},
    ]
    asked = {"investor": fund["id"], "facts": facts}
    seen = client.post("/api/v1/previews", asked)
    assert seen["before"] == 0 and seen["after"] == seen["counts"]["appear"] > 5
    client.register("mandates", {"investor": fund["id"], "facts": facts})
    stack.settle()
    listed = [m["startup"] for m in client.feed(fund["id"], limit=200) if m["state"] == "match"]
    assert [m["startup"] for m in seen["moves"]][: len(listed)] == listed
    with pytest.raises(Refused) as refused:
        stack.client(STARTUP).post("/api/v1/previews", asked)
    assert refused.value.status == 404


def test_a_stranger_sees_no_preview(real):
    owned = real.client(STARTUP)
    with pytest.raises(Refused) as refused:
        owned.preview("mihon-ventures-equity")
    assert refused.value.status == 404
