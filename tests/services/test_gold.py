"""Judgements on real profiles: good, bad, ask, review. Rules and data show them; a name must
never.
"""

import pytest


def fails(match):
    return [g["gate"] for g in match["gates"] if g["state"] == "fail"]


@pytest.mark.parametrize(
    "startup, investor",
    [
        ("regcell", "astellas-venture-management"),
        ("editforce", "chugai-venture-fund"),
        ("shinobi-therapeutics", "taiho-ventures"),
    ],
)
def test_a_good_pair_has_no_fail_and_a_grade(admin, startup, investor):
    match = admin.explain(startup, investor)
    assert fails(match) == [] and match["grade"] in ("A", "B", "C")


@pytest.mark.parametrize(
    "startup, investor, gate",
    [
        ("regcell", "taiho-ventures", "focus"),
        ("craif", "chugai-venture-fund", "focus"),
        ("modalis", "kyoto-icap", "status"),
    ],
)
def test_a_bad_pair_fails_a_gate(admin, startup, investor, gate):
    assert gate in fails(admin.explain(startup, investor))


@pytest.mark.parametrize(
    "startup, site, gate, state",
    [
        ("shinobi-therapeutics", "labcentral-700", "max-raised", "fail"),
        ("regcell", "japan-innovation-campus", "capability", "fail"),
        ("red-arrow", "labcentral-700", "max-raised", "unknown"),
        ("toregem-biopharma", "fujifilm-nc", "compliance", "review"),
    ],
)
def test_sites_and_providers(admin, startup, site, gate, state):
    assert {g["gate"]: g["state"] for g in admin.gates(startup, site)}[gate] == state


def test_an_overlap_with_an_internal_programme_is_for_review(admin):
    match = admin.explain("cellusion", "astellas-venture-management")
    assert {g["gate"]: g["state"] for g in match["gates"]}["conflict"] == "review" and match[
        "state"
    ] == "match"


@pytest.mark.parametrize(
    "investor", ["chugai-venture-fund", "taiho-ventures", "astellas-venture-management"]
)
def test_a_feed_is_not_empty_and_not_everything(admin, investor):
    items = admin.feed(investor, limit=200)
    known = admin.get("/api/v1/startups", limit=200, fields="id")["items"]
    assert 2 <= len(items) < len(known) / 2
    assert all(m["grade"] in ("A", "B", "C") for m in items)
    order = [(m["state"] != "match", -m["fit"], -m["log_odds"]) for m in items]
    assert order == sorted(order)


def test_invented_organisations_stay_out_of_real_lists_unless_asked_for(admin):
    assert all(
        m["origin"]["startup"] != "invented" for m in admin.feed("astellas-venture-management")
    )
    asked = admin.feed("astellas-venture-management", invented=True)
    assert any(m["startup"] == "mihon-therapeutics" for m in asked)
    assert any(m["startup"] == "regcell" for m in admin.feed("mihon-ventures"))


def test_every_explanation_sums_exactly_in_both_languages(real, admin):
    startups = [s["id"] for s in admin.get("/api/v1/startups", limit=200)["items"]]
    mandates = [m["id"] for m in admin.get("/api/v1/mandates", limit=200)["items"]]
    japanese = real.client(lang="ja")
    for startup in startups[::8]:
        for mandate in mandates[::13]:
            for client in (admin, japanese):
                match = client.explain(startup, mandate)
                assert sum(c["points"] for c in match["contributions"]) == match["log_odds"]
                assert (match["rank"] is None) == (match["state"] == "fail")


def test_a_match_has_the_shape_others_rely_on(admin):
    match = admin.explain("regcell", "astellas-venture-management")
    shape = [
        "state",
        "startup",
        "mandate",
        "investor",
        "asset",
        "grade",
        "relations",
        "knowledge",
        "fit",
        "rank",
        "of",
        "log_odds",
        "confidence",
        "gates",
        "contributions",
        "reasons",
        "unknowns",
        "change",
        "versions",
    ]
    assert set(shape) <= set(match) and match["investor"] == "astellas-venture-management"
    assert all(
        set(g)
        == {
            "gate",
            "state",
            "hard",
            "rule",
            "value",
            "threshold",
            "source",
            "source_class",
            "as_of",
            "text",
        }
        for g in match["gates"]
    )
    assert all(set(c) == {"criterion", "side", "points", "text"} for c in match["contributions"])
    criteria = {(c["criterion"], c["side"]) for c in match["contributions"]}
    named = ("ticket", "area", "modality", "geography", "stage", "text", "readiness", "supply")
    assert criteria == {(c, s) for c in named for s in ("investor", "startup")} | {
        (c, "prior") for c in ("activity", "startup_demand", "mandate_demand")
    }


def test_making_a_fact_unknown_never_fails_a_gate(real, admin):
    """Every fact of every startup is left out once: nothing that passed or asked may fail for
    it.
    """
    from services.matching.engine.score import evaluate
    from services.matching.engine.views import Startup

    with real.matching.db.reading(
        real.composition.services["matching"].consumers[0].actor
    ) as session:
        population = real.matching.app.extensions["nakodo"]["reader"].populations.at(
            session, real.clock.today()
        )
    checked = 0
    for startup in population.startups.values():
        before = evaluate(startup, population.columns)
        for i, fact in enumerate(startup.document["facts"]):
            if fact["field"] not in (
                "modality",
                "therapeutic_area",
                "stage",
                "hq",
                "funding_round",
                "corporate_status",
                "total_raised",
            ):
                continue
            last = sum(f["field"] == fact["field"] for f in startup.document["facts"]) == 1
            if not last:
                continue
            without = startup.document | {
                "facts": [f for j, f in enumerate(startup.document["facts"]) if j != i]
            }
            after = evaluate(Startup(without, [], startup.on), population.columns)
            worse = (after.states >= 4) & (before.states < 4) & (before.states > 0)
            assert not worse.any(), (startup.id, fact["field"])
            checked += 1
    assert checked > 50
