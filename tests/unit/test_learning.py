"""Proposed learning: what coded reasons do to a weight, and what they leave alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.learning import PRIOR_SD, Decision, criterion_of, propose
from shared.vocabulary import vocabulary

SHARES = {
    "ticket": 0.2,
    "area": 0.12,
    "modality": 0.12,
    "geography": 0.12,
    "stage": 0.08,
    "text": 0.08,
    "readiness": 0.06,
    "supply": 0.05,
}


def test_passes_for_an_area_that_scored_well_lower_it_and_those_that_scored_badly_raise_it():
    well = propose(
        SHARES, [Decision(f"rei-{i}", "out-of-therapeutic-area", {"area": 0.6}) for i in range(5)]
    )
    badly = propose(
        SHARES, [Decision(f"rei-{i}", "out-of-therapeutic-area", {"area": -0.6}) for i in range(5)]
    )
    assert [p.criterion for p in well] == ["area"] and well[0].after < well[0].before
    assert (
        badly[0].after > badly[0].before
        and badly[0].passed == 5
        and badly[0].examples[0] == "rei-0"
    )
    assert "12.0 %" in well[0].text("en") and "疾患領域" in badly[0].text("ja")


def test_one_observation_by_hand():
    (p,) = propose(
        {"area": 0.5, "stage": 0.5}, [Decision("rei", "out-of-therapeutic-area", {"area": 1.0})]
    )
    chance = 1 / (1 + 2.718281828459045**-1)
    precision = 1 / PRIOR_SD**2 + chance * (1 - chance)
    u = 1 - chance / precision
    assert p.after == pytest.approx(u / (1 + u), abs=1e-6) and p.sd == pytest.approx(
        0.5 / precision**0.5, abs=1e-6
    )


def test_reasons_that_name_no_criterion_propose_nothing():
    assert (
        propose(
            SHARES,
            [
                Decision("rei", "team-gap", {"area": 1.0}),
                Decision("rei", "retired-reason", {"area": 1.0}),
            ],
        )
        == []
    )
    assert criterion_of("too-early") == "stage" and criterion_of("valuation") == "ticket"
    assert propose(SHARES, []) == []


def test_taking_on_strengthens_what_spoke_for_it():
    found = {
        p.criterion: p
        for p in propose(
            SHARES, [Decision(f"rei-{i}", None, {"area": 1.2, "stage": -0.4}) for i in range(4)]
        )
    }
    assert (
        found["area"].after > found["area"].before
        and found["stage"].after < found["stage"].before
        and found["area"].taken == 4
    )


reasons = st.sampled_from([None, *vocabulary("pass_reason").nodes])
points = st.dictionaries(st.sampled_from(sorted(SHARES)), st.floats(-20, 20), max_size=8)


@given(st.lists(st.builds(Decision, st.just("rei"), reasons, points), max_size=60))
def test_weights_stay_shares(decisions):
    found = {p.criterion: p.after for p in propose(SHARES, decisions)}
    assert all(0 <= v <= sum(SHARES.values()) + 1e-5 for v in found.values())
    assert sum(found.values()) <= sum(SHARES.values()) + 1e-4
