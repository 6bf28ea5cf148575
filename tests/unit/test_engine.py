"""Gates, the best asset and the score on small invented profiles."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from services.matching.engine import gates
from services.matching.engine.calibration import calibrate, shipped
from services.matching.engine.columns import Columns
from services.matching.engine.explain import match_document
from services.matching.engine.score import CLASSES, evaluate
from services.matching.engine.space import SPACE, on_grid
from services.matching.engine.views import Mandate, Organisation, Startup, chain_of
from services.reference import records
from shared.judgement.gates import NAMES

ON = date(2026, 11, 22)
SELF = {"kind": "self-declared"}


def document(slug, kind, facts, **more):
    stated = [{"source": SELF, "as_of": "2026-06-01", "tier": "public", **f} for f in facts]
    return {
        "id": slug,
        "kind": kind,
        "name": {"en": slug},
        "owner": slug,
        "origin": "invented",
        "state": "published",
        "facts": stated,
        "assets": [],
    } | more


def fact(field, value, **more):
    return {"field": field, "value": value, **more}


def startup(*facts, secrets=(), disclosed=False, **more):
    hidden = [{"source": SELF, "as_of": "2026-06-01", "tier": "private", **f} for f in secrets]
    return Startup(document("rei", "startup", facts, **more), hidden, ON, disclosed=disclosed)


def mandate(*facts, investor=(), parents=(), secrets=(), slug="kari"):
    organisations = {p["id"]: Organisation(p, [], ON) for p in parents}
    own = Organisation(document(slug, "investor", investor), [], ON)
    hidden = [{"source": SELF, "as_of": "2026-06-01", "tier": "private", **f} for f in secrets]
    return Mandate(
        document(f"{slug}-equity", "equity", facts, investor=slug),
        hidden,
        ON,
        own,
        chain_of(own, organisations),
    )


def judged(s, m, disclosed=None):
    """State, gates by name, and the evaluation of one pair."""
    columns = Columns([m], shipped())
    e = evaluate(s, columns, disclosed)
    return (
        CLASSES[e.cls[0]],
        {g: NAMES[int(x)] for g, x in zip(gates.NAMES, e.states[:, 0], strict=True) if x},
        (e, columns),
    )


TREG = (fact("modality", "treg"), fact("therapeutic_area", "sle"))
ACTIVE = fact("corporate_status", "active")


@pytest.mark.parametrize(
    "lists, state",
    [
        ([fact("focus_modality", "cell-therapy")], "match"),
        ([fact("focus_area", "immunology")], "match"),
        ([fact("focus_area", "oncology")], "near-miss"),
        ([fact("focus_area", "oncology"), fact("focus_modality", "cell-therapy")], "match"),
        ([fact("focus_area", "oncology", list="also")], "match"),
        ([fact("focus_area", "oncology", list="exclusive")], "fail"),
        (
            [fact("focus_area", "immunology", list="exclusive"), fact("focus_modality", "rna")],
            "match",
        ),
        (
            [
                fact("focus_modality", "cell-therapy"),
                fact("exclusion", {"therapeutic_area": "autoimmune"}),
            ],
            "fail",
        ),
        (
            [fact("focus_modality", "cell-therapy"), fact("exclusion", "purely academic research")],
            "match",
        ),
    ],
)
def test_focus_lists(lists, state):
    assert judged(startup(ACTIVE, *TREG), mandate(*lists))[0] == state


def test_a_missing_value_that_could_still_match_asks():
    only_area = startup(ACTIVE, fact("therapeutic_area", "sle"))
    assert judged(only_area, mandate(fact("focus_modality", "rna")))[1]["focus"] == "unknown"
    assert judged(only_area, mandate(fact("focus_area", "oncology")))[1]["focus"] == "fail"
    assert (
        judged(startup(ACTIVE), mandate(fact("focus_area", "oncology", list="exclusive")))[1][
            "focus"
        ]
        == "unknown"
    )


@pytest.mark.parametrize(
    "stated, state", [("phase-1", "pass"), ("phase-3", "fail"), (None, "unknown")]
)
def test_only_a_window_marked_only_is_a_gate(stated, state):
    window = {"from": "preclinical-poc", "to": "phase-2", "scale": "development_stage"}
    s = startup(ACTIVE, *TREG, *([fact("stage", stated)] if stated else []))
    assert judged(s, mandate(fact("focus_stage", window, window="only")))[1]["stage"] == state
    assert "stage" not in judged(s, mandate(fact("focus_stage", window)))[1]


def test_a_window_reads_the_stage_of_its_target_territory():
    """Phase 1 in Japan by investigators, pre-IND in the US: a mandate for US rights reads the
    second, one for Japan the first.
    """
    japan = fact("stage", "phase-1", detail={"territory": "jp", "sponsor": "investigator"})
    s = startup(ACTIVE, *TREG, japan, fact("stage", "ind-enabling", detail={"territory": "us"}))
    clinical = fact("focus_stage", {"from": "phase-1", "scale": "development_stage"}, window="only")
    us, jp, world = (fact("focus_geography", place) for place in ("us", "jp", "world"))
    rights = fact("rights_sought", {"right": "option", "territory": "us"})
    assert judged(s, mandate(clinical, jp))[1]["stage"] == "pass"
    assert judged(s, mandate(clinical, us))[1]["stage"] == "fail"
    assert judged(s, mandate(clinical, jp, rights))[1]["stage"] == "fail", (
        "the rights it seeks say where it aims"
    )
    assert judged(s, mandate(clinical, world))[1]["stage"] == "pass", (
        "of two said at once, the later stage speaks for the asset"
    )
    plain = startup(ACTIVE, *TREG, fact("stage", "phase-2"), japan)
    assert judged(plain, mandate(clinical, us))[1]["stage"] == "pass", (
        "where nothing is said of a territory, the asset's own"
    )


def test_a_listed_company_reads_as_round_ipo():
    seed = fact(
        "focus_stage", {"from": "seed", "to": "seed", "scale": "funding_round"}, window="only"
    )
    listed = fact("corporate_status", "listed", detail={"exchange": "TSE Growth"})
    assert judged(startup(listed, *TREG), mandate(seed))[1]["stage"] == "fail"


@pytest.mark.parametrize(
    "amount, kind, state",
    [
        (5_000_000, "initial", "pass"),
        (500_000, "initial", "fail"),
        (500_000, "not-stated", "unknown"),
        (None, "initial", "unknown"),
    ],
)
def test_the_smallest_cheque_against_the_raise(amount, kind, state):
    now = {"state": "raising"} | ({"amount": amount, "currency": "USD"} if amount else {})
    m = mandate(fact("ticket", {"min": 1_000_000, "currency": "USD", "kind": kind}))
    assert judged(startup(ACTIVE, *TREG, fact("raise", now)), m)[1]["cheque"] == state


def test_a_lifetime_figure_is_no_single_cheque():
    m = mandate(fact("ticket", {"min": 9_000_000, "currency": "USD", "kind": "lifetime"}))
    assert "cheque" not in judged(startup(ACTIVE, *TREG), m)[1]


def test_a_raise_past_its_closing_day_says_nothing():
    closed = fact("raise", {"state": "not-raising", "closing": "2026-10"})
    assert "raising" not in judged(startup(ACTIVE, *TREG, closed), mandate())[1]
    assert (
        judged(startup(ACTIVE, *TREG, fact("raise", {"state": "not-raising"})), mandate())[1][
            "raising"
        ]
        == "fail"
    )


def test_a_mandate_for_the_whole_world_does_not_ask_where_a_company_sits():
    assert (
        "country"
        not in judged(startup(ACTIVE, *TREG), mandate(fact("focus_geography", "world")))[1]
    )
    assert (
        judged(startup(ACTIVE, *TREG), mandate(fact("focus_geography", "jp")))[1]["country"]
        == "unknown"
    )


def test_a_follow_only_mandate_waits_for_a_lead():
    m = mandate(fact("investor_terms", "follow"))
    assert judged(startup(ACTIVE, *TREG), m)[1]["lead"] == "unknown"
    assert (
        judged(startup(ACTIVE, *TREG, fact("raise", {"state": "raising", "lead": "found"})), m)[1][
            "lead"
        ]
        == "pass"
    )


def test_a_block_holds_for_affiliates_and_is_never_seen():
    parent = document("kari-holdings", "corporate", [])
    m = mandate(
        investor=[fact("parent", {"org": "kari-holdings", "relation": "majority"})],
        parents=[parent],
    )
    secret = [fact("blocked_org", "kari-holdings")]
    visible, whole = (
        startup(ACTIVE, *TREG, secrets=secret),
        startup(ACTIVE, *TREG, secrets=secret, disclosed=True),
    )
    state, named, (e, _) = judged(visible, m, whole)
    assert state == "match" and "block" not in named and e.removed[0]
    assert not judged(startup(ACTIVE, *TREG), m)[2][0].removed[0]


@pytest.mark.parametrize("policy, state", [(None, "review"), ("note", "review"), ("gate", "fail")])
def test_conflicts_follow_the_funds_policy(policy, state):
    programme = document(
        "kari-pharma",
        "corporate",
        [
            fact(
                "internal_programme",
                {"modality": "cell-therapy", "therapeutic_area": "immunology", "status": "active"},
            )
        ],
    )
    secrets = [fact("conflict_policy", {"policy": policy})] if policy else []
    m = mandate(
        investor=[fact("parent", {"org": "kari-pharma", "relation": "majority"})],
        parents=[programme],
        secrets=secrets,
    )
    assert judged(startup(ACTIVE, *TREG), m)[1]["conflict"] == state
    ended = document(
        "kari-pharma",
        "corporate",
        [
            fact(
                "internal_programme",
                {"modality": "cell-therapy", "therapeutic_area": "immunology", "status": "ended"},
            )
        ],
    )
    assert (
        "conflict"
        not in judged(
            startup(ACTIVE, *TREG),
            mandate(investor=m.investor.document["facts"], parents=[ended], secrets=secrets),
        )[1]
    )


@pytest.mark.parametrize(
    "refused, sought, state",
    [("us", "us", "fail"), ("jp", "us", "unknown"), (None, "us", "fail"), ("us", None, "unknown")],
)
def test_rights_refused_against_rights_sought(refused, sought, state):
    s = startup(ACTIVE, *TREG, fact("refused_right", {"territory": refused} if refused else {}))
    assert (
        judged(
            s,
            mandate(
                fact("rights_sought", {"territory": sought} if sought else {"right": "option"})
            ),
        )[1]["rights"]
        == state
    )


ASSETS = [{"id": "lead", "name": "L", "lead": True}, {"id": "second", "name": "S", "lead": False}]


def test_the_lead_asset_speaks_unless_another_is_in_a_better_class():
    s = startup(
        ACTIVE,
        fact("therapeutic_area", "nsclc", asset="lead"),
        fact("therapeutic_area", "sle", asset="second"),
        assets=ASSETS,
    )

    def speaking(*facts):
        e = judged(s, mandate(*facts))[2][0]
        return e.assets[e.speaks[0]].id

    assert (
        speaking(fact("focus_area", "immunology")) == "second"
        and speaking(fact("focus_area", "oncology")) == "lead"
        and speaking() == "lead"
    )


def test_an_unknown_asset_does_not_outrank_a_known_one():
    s = startup(
        ACTIVE,
        fact("modality", "treg"),
        fact("therapeutic_area", "malaria", asset="lead"),
        assets=ASSETS,
    )
    e = judged(
        s, mandate(fact("focus_modality", "cell-therapy"), fact("focus_area", "immunology"))
    )[2][0]
    assert e.assets[e.speaks[0]].id == "lead"


def test_an_asset_whose_rights_are_wholly_licensed_out_does_not_speak():
    gone = fact("rights", {"asset": "lead", "territory": "world", "holder": "Somebody"})
    s = startup(
        ACTIVE,
        fact("therapeutic_area", "nsclc", asset="lead"),
        fact("therapeutic_area", "sle", asset="second"),
        gone,
        assets=ASSETS,
    )
    e = judged(s, mandate(fact("focus_area", "oncology")))[2][0]
    assert [a.id for a in e.assets] == ["second"]


def test_an_empty_startup_and_an_empty_mandate_have_a_defined_result():
    state, named, (e, columns) = judged(startup(), mandate())
    assert state == "match" and named == {"status": "unknown"} and e.confidence[0] < 0.1
    told = match_document(e, columns, 0, "ja")
    assert sum(c["points"] for c in told["contributions"]) == told["log_odds"] and told["unknowns"]


def test_unknown_is_zero_points_and_never_below_a_bad_value():
    m = mandate(
        fact("focus_area", "immunology"),
        fact("focus_modality", "cell-therapy"),
        fact("focus_stage", {"from": "seed", "to": "series-a", "scale": "funding_round"}),
    )

    def points(*facts):
        e = judged(startup(ACTIVE, *facts), m)[2][0]
        return dict(zip(SPACE.criteria, (e.investor + e.startup_side)[:, 0], strict=True))

    unknown, bad = (
        points(),
        points(fact("modality", "small-molecule"), fact("therapeutic_area", "malaria")),
    )
    for criterion in ("area", "modality"):
        assert unknown[criterion] == 0.0 and bad[criterion] < 0.0


def test_everything_is_on_the_grid_and_any_order_of_summing_agrees():
    m = [
        mandate(fact("focus_area", a), slug=f"kari-{i}")
        for i, a in enumerate(("oncology", "immunology", "sle", "rare-genetic"))
    ]
    columns = Columns(m, shipped())
    s = startup(ACTIVE, *TREG, fact("hq", "hub-tokyo"), fact("stage", "phase-1"))
    whole = evaluate(s, columns)
    for j, one in enumerate(columns.mandates):
        alone = evaluate(s, Columns([one], shipped()))
        assert (
            alone.score[0] == whole.score[j]
            and alone.fit[0] == whole.fit[j]
            and alone.confidence[0] == whole.confidence[j]
        )
    x = whole.encoded[0].vector.astype(np.float32)
    assert (
        columns.y.astype(np.float32).T @ x
        == (columns.y.T @ whole.encoded[0].vector).astype(np.float32)
    ).all()
    assert all(abs(v / 2**-14 - round(v / 2**-14)) == 0 for v in whole.score)


@pytest.mark.parametrize(
    "weights", [{0: 1.0}, {0: 1, 1: 1, 2: 1}, {3: 0.2, 7: 0.5, 9: 0.3}, {i: 1.0 for i in range(64)}]
)
def test_memberships_on_the_grid_still_sum_to_one(weights):
    assert sum(on_grid(weights).values()) == 1.0


def test_a_calibration_is_the_same_for_the_same_profiles_in_any_order():
    real = [
        Startup(document(f"s{i}", "startup", TREG, origin="public-sources", id=f"s{i}"), [], ON)
        for i in range(5)
    ]
    mandates = [
        Mandate(
            document(f"m{i}", "equity", [fact("focus_area", "immunology")], investor="k"),
            [],
            ON,
            Organisation(document("k", "investor", [], origin="public-sources"), [], ON),
            [],
        )
        for i in range(3)
    ]
    one, two = (
        calibrate(real, mandates, "2026-11-22"),
        calibrate(real[::-1], mandates[::-1], "2026-11-22"),
    )
    assert one.hash == two.hash and one.document == two.document


def test_invented_organisations_stay_out_of_the_shipped_calibration():
    assert not [s for s in (*shipped().startups, *shipped().document["mandates"]) if "mihon" in s]
    told = Counter(resource for resource, _ in records("reference"))
    assert len(shipped().startups) == told["startups"]
    assert len(shipped().document["mandates"]) == told["mandates"]
