"""Evidence of past deals, texts in two languages, own weights: what each moves, and what it must
not.
"""

from datetime import date

import numpy as np
import pytest

from services.matching.engine.calibration import calibrate, shipped
from services.matching.engine.columns import Columns
from services.matching.engine.explain import match_document
from services.matching.engine.past import past_of
from services.matching.engine.score import evaluate
from services.matching.engine.space import SPACE
from services.matching.engine.texts import nodes_in
from shared.judgement.facts import Fact
from shared.judgement.fields import check
from tests.unit.test_engine import ON, fact, mandate, startup

TREG = (fact("modality", "treg"), fact("therapeutic_area", "sle"), fact("hq", "hub-tokyo"))
DEAL = {
    "date": "2026-05-01",
    "modality": "treg",
    "therapeutic_area": "autoimmune",
    "round": "series-a",
    "amount": 12_000_000,
    "currency": "USD",
}


def deals(*changes, **more):
    return [
        fact("past_deal", DEAL | {"company": f"Mihon {i}"} | c, **more)
        for i, c in enumerate(changes)
    ]


def points(s, m, criterion, side="investor"):
    columns = Columns([m], shipped())
    document = match_document(evaluate(s, columns), columns, 0, "en")
    assert sum(c["points"] for c in document["contributions"]) == document["log_odds"]
    return next(
        c["points"]
        for c in document["contributions"]
        if (c["criterion"], c["side"]) == (criterion, side)
    )


def test_past_deals_raise_what_they_were_in_and_their_parents():
    near = startup(*TREG)
    far = startup(fact("modality", "small-molecule"), fact("therapeutic_area", "oncology"))
    cousin = startup(fact("modality", "car-t"))
    fund = mandate(investor=deals({}, {}, {}))
    assert (
        points(near, fund, "modality")
        > points(cousin, fund, "modality")
        > points(far, fund, "modality")
    )
    assert points(near, fund, "area") > points(far, fund, "area")
    assert points(near, mandate(), "modality") == 0.0, "a fund that says and did nothing is unknown"


def test_a_reason_from_deals_alone_says_so():
    columns = Columns([mandate(investor=deals({}, {}, {}))], shipped())
    e = evaluate(startup(*TREG), columns)
    for lang, words in (("en", "3 past investments"), ("ja", "過去の投資3件")):
        told = match_document(e, columns, 0, lang)["reasons"]["for"]
        assert words in next(r["text"] for r in told if r["criterion"] == "modality")


def test_old_deals_count_less_and_later_ones_not_at_all():
    new, old = (
        past_of(mandate(investor=deals({"date": d})), date(2026, 5, 1))
        for d in ("2026-05-01", "2024-05-01")
    )
    assert new.counts["modality"]["treg"] == 1.0 and old.counts["modality"][
        "treg"
    ] == pytest.approx(0.5, abs=0.001)
    assert not past_of(mandate(investor=deals({"date": "2027-01-01"})), ON).facts
    before_calibration = past_of(mandate(investor=deals({"date": "2026-11-01"})), date(2026, 1, 1))
    assert before_calibration.counts["modality"]["treg"] == 1.0, (
        "a deal after the calibration is of age 0"
    )


def test_statements_and_deals_add_up_and_sizes_are_learned():
    stated, both = (
        mandate(fact("focus_modality", "gene-therapy"), investor=d) for d in ([], deals({}, {}))
    )
    s = startup(*TREG)
    assert points(s, both, "modality") > points(s, stated, "modality")
    raising = {"state": "raising", "round": "series-a", "currency": "USD"}
    small, large = (
        startup(fact("raise", raising | {"amount": a})) for a in (11_000_000, 400_000_000)
    )
    fund = mandate(investor=deals({}, {}, {}))
    assert points(small, fund, "ticket") > points(large, fund, "ticket")


def test_country_habit_is_capped():
    fund = mandate(investor=deals(*[{"place": "hub-boston-cambridge"}] * 9))
    y_a, _ = Columns([fund], shipped()).y_a[:, 0], None
    cap = shipped().document["weights"]["country_cap_nats"] * shipped().lam
    assert 0 < np.abs(y_a[SPACE.slices["country"]]).max() <= cap


def test_activity_is_the_same_for_every_startup_and_nothing_without_deals():
    funds = [mandate(investor=deals(*[{}] * n), slug=f"kari-{n}") for n in (0, 1, 6)]
    for f in funds:
        f.investor.origin = "reference"
    made = calibrate([], funds, ON.isoformat())
    quiet, slow, busy = (made.activity_of(f) for f in funds)
    assert quiet == 0.0 and busy > 0 > slow
    assert made.document["prices"] == {}, "prices are off below 200 reference startups"


def test_texts_meet_across_languages():
    english = [Fact("technology", "Regulatory T cells, off-the-shelf, for rare diseases", {})]
    japanese = [Fact("thesis", "希少疾患に対する他家の制御性T細胞療法", {})]
    shared = set(nodes_in(english)) & set(nodes_in(japanese))
    assert {"modality:treg", "term:allogeneic", "term:rare-disease"} <= shared
    assert nodes_in([Fact("technology", "status of the housing", {})]) == [], (
        "words are matched whole"
    )
    s, other = (
        startup(fact("technology", t))
        for t in (english[0].value, "Urinary microRNA with machine learning")
    )
    wanted = mandate(fact("thesis", japanese[0].value))
    assert points(s, wanted, "text") > 0 > points(other, wanted, "text")
    assert points(startup(*TREG), wanted, "text") == 0.0


def test_own_weights_change_the_investors_half_alone_and_keep_its_sum():
    plain = mandate(fact("focus_modality", "cell-therapy"), fact("focus_area", "oncology"))
    own = mandate(
        fact("focus_modality", "cell-therapy"),
        fact("focus_area", "oncology"),
        fact("criterion_weights", {"modality": 1, "area": 0}),
    )
    s = startup(*TREG)
    assert (
        points(s, own, "modality") > points(s, plain, "modality") and points(s, own, "area") == 0.0
    )
    assert points(s, own, "modality", "startup") == points(s, plain, "modality", "startup")
    twice = mandate(
        fact("focus_modality", "cell-therapy"),
        fact(
            "criterion_weights",
            {c: 2 * w for c, w in shipped().shares().items() if c != "activity"},
        ),
    )
    once = mandate(fact("focus_modality", "cell-therapy"))
    assert np.array_equal(Columns([twice], shipped()).y, Columns([once], shipped()).y), (
        "only relations between weights count"
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("criterion_weights", {"area": -1}, "bad-weight"),
        ("criterion_weights", {"area": 1000}, "bad-weight"),
        ("criterion_weights", {"area": "much"}, "not-number"),
        ("criterion_weights", {"aria": 1}, "unknown-key"),
        ("criterion_weights", {}, "not-object"),
        (
            "criterion_weights",
            dict.fromkeys(
                ("ticket", "area", "modality", "geography", "stage", "text", "readiness", "supply"),
                0,
            ),
            "weights-all-zero",
        ),
        ("past_deal", {"date": "2026", "amount": 5}, "required"),
        ("past_deal", {"date": "soon"}, "bad-date"),
        ("past_deal", {"date": "2026", "round": "series-z"}, "unknown-code"),
    ],
)
def test_bad_values_are_refused(field, value, code):
    assert code in [f.code for f in check(field, value, "mandate")]
    assert not check("past_deal", DEAL, "investor")


def test_a_retired_node_is_unknown_not_an_error():
    gone = startup(fact("modality", "a-node-retired-long-ago"), fact("therapeutic_area", "sle"))
    fund = mandate(
        fact("focus_modality", "another-retired-node"),
        fact("focus_area", "immunology"),
        investor=deals({"modality": "retired"}),
    )
    assert points(gone, fund, "modality") == 0.0


def test_an_empty_startup_and_an_empty_mandate_have_a_defined_result():
    columns = Columns([mandate()], shipped())
    e = evaluate(startup(), columns)
    document = match_document(e, columns, 0, "ja")
    assert document["state"] == "match" and document["confidence"] < 0.1
    assert all(c["points"] == 0 for c in document["contributions"] if c["side"] != "prior")
