"""Compiled gates and the all-pairs kernel against the plain engine: the same classes, the same
bits.
"""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import compiled, kernel
from services.matching.engine.calibration import shipped
from services.matching.engine.columns import Columns
from services.matching.engine.crowd import Crowd
from services.matching.engine.gates import states_of
from services.matching.engine.score import evaluate, gate_class
from shared.vocabulary import vocabulary
from tests.unit.test_engine import fact, mandate, startup

AREAS, MODALITIES = (
    sorted(vocabulary("therapeutic_area").nodes)[::7],
    sorted(vocabulary("modality").nodes)[::5],
)
ROUNDS = [s for s, n in vocabulary("funding_round").nodes.items() if "rank" in n]
STAGES = [s for s, n in vocabulary("development_stage").nodes.items() if "rank" in n]
LISTS = st.sampled_from([None, "focus", "also", "exclusive"])


def maybe(field, values, **more):
    return st.one_of(st.none(), st.builds(lambda v: fact(field, v, **more), values))


def window(scale, nodes):
    def build(a, b, only):
        low, high = sorted((a, b), key=lambda n: vocabulary(scale).rank(n))
        return fact(
            "focus_stage",
            {"scale": scale, "from": low, "to": high},
            **({"window": "only"} if only else {}),
        )

    return st.builds(build, st.sampled_from(nodes), st.sampled_from(nodes), st.booleans())


def raise_of(state, amount):
    return fact(
        "raise", {"state": state, "currency": "USD"} | ({"amount": amount} if amount else {})
    )


startups = st.lists(
    st.one_of(
        maybe("therapeutic_area", st.sampled_from(AREAS)),
        maybe("modality", st.sampled_from(MODALITIES)),
        maybe("corporate_status", st.sampled_from(["active", "listed", "acquired", "closed"])),
        maybe("hq", st.sampled_from(["jp", "us", "hub-tokyo", "europe", "world"])),
        maybe("stage", st.sampled_from(STAGES)),
        st.builds(
            lambda v, t: fact("stage", v, detail={"territory": t}),
            st.sampled_from(STAGES),
            st.sampled_from(["us", "jp"]),
        ),
        st.builds(
            raise_of,
            st.sampled_from(["raising", "not-raising"]),
            st.sampled_from([None, 500_000, 30_000_000]),
        ),
    ),
    max_size=9,
)
listed = lambda field, nodes: st.builds(  # noqa: E731
    lambda v, mode: fact(field, v, **({"list": mode} if mode else {})),
    st.sampled_from(nodes),
    LISTS,
)
mandates = st.lists(
    st.one_of(
        listed("focus_area", AREAS),
        listed("focus_modality", MODALITIES),
        window("funding_round", ROUNDS),
        window("development_stage", STAGES),
        maybe("focus_geography", st.sampled_from(["jp", "us", "europe", "world"])),
        maybe("accepts_status", st.sampled_from(["listed", "acquired"])),
        st.builds(lambda v: fact("exclusion", {"therapeutic_area": v}), st.sampled_from(AREAS)),
        st.builds(lambda v: fact("exclusion", {"modality": v}), st.sampled_from(MODALITIES)),
        st.builds(
            lambda low, kind: fact("ticket", {"min": low, "currency": "USD", "kind": kind}),
            st.sampled_from([100_000, 10_000_000]),
            st.sampled_from(["initial", "not-stated", "lifetime"]),
        ),
    ),
    max_size=9,
)


@settings(max_examples=200, deadline=None)
@given(
    startups,
    mandates,
    st.lists(st.tuples(st.sampled_from(AREAS), st.sampled_from(MODALITIES)), max_size=3),
)
def test_words_say_what_the_gates_say(mine, wanted, assets):
    facts = [f for f in mine if f]
    named = [{"id": f"a{i}", "name": f"A{i}", "lead": i == 0} for i in range(len(assets))]
    facts += [fact("therapeutic_area", a, asset=f"a{i}") for i, (a, _) in enumerate(assets)]
    facts += [fact("modality", m, asset=f"a{i}") for i, (_, m) in enumerate(assets)]
    s = startup(*facts, assets=named)
    columns = Columns([mandate(*(f for f in wanted if f))], shipped())
    crowd = Crowd([s], shipped())
    expected = [int(gate_class(states_of(s, a, columns))[0]) for a in crowd.assets[0]]
    assert crowd.classes(columns).tolist() == expected
    e, ranking = evaluate(s, columns), crowd.rank(columns)
    assert (ranking.score[0], ranking.cls[0]) == (e.score[0], e.cls[0])


def problem(seed: int, startups: int, mandates: int, width: int = 64, ties: bool = False):
    """Random vectors on the grid and gate words that let about half of the pairs pass; coarse
    scores make ties.
    """
    rng = np.random.default_rng(seed)
    x = sp.random(startups, width, density=0.2, random_state=rng, format="csr", dtype=np.float32)
    x.data = np.round(x.data * (2 if ties else 64)) / (2 if ties else 64)
    y = np.round(rng.normal(size=(width, mandates)) * (1 if ties else 256)) / (1 if ties else 256)
    words = np.full((startups, compiled.WORDS), 1, dtype=np.uint64) << rng.integers(
        0, 2, (startups, compiled.WORDS)
    ).astype(np.uint64)
    wanted = rng.integers(1, 4, (compiled.WORDS, mandates)).astype(np.uint64)
    for start, end, kind in kernel.LAYOUT:
        if kind == compiled.NONE:
            wanted[start:end] &= (rng.random((end - start, mandates)) < 0.02).astype(
                np.uint64
            ) * np.uint64(3)
    constants = [
        np.round(rng.normal(size=n) * 2**14) / 2**14 * (not ties) for n in (startups, mandates)
    ]
    amount = np.where(rng.random(startups) < 0.3, np.inf, rng.uniform(1e5, 1e8, startups))
    smallest = np.where(rng.random(mandates) < 0.7, -np.inf, 1e6)
    rows = kernel.Rows(x, constants[0].astype(np.float32), words, amount)
    return rows, kernel.Cols(
        y.astype(np.float32), constants[1].astype(np.float32), wanted, smallest
    )


@pytest.mark.parametrize(
    ("startups", "mandates", "ties"),
    [(700, 900, False), (300, 40, True), (1, 1200, True), (513, 3, False)],
)
def test_both_paths_and_a_full_sort_agree_to_the_bit(startups, mandates, ties):
    pytest.importorskip("numba")
    rows, cols = problem(startups + mandates, startups, mandates, ties=ties)
    score = (
        (rows.x.astype(np.float64) @ cols.y.astype(np.float64))
        + rows.constants[:, None].astype(float)
        + cols.constants
    )
    score[kernel.failing(rows.words, rows.amount, cols)] = -np.inf
    assert 0.02 < np.isfinite(score).mean() < 0.98 or startups == 1
    paths = [kernel.best_pairs(rows, cols, 50, compiled=c) for c in (True, False)] + [
        kernel.best_pairs(rows, cols, 50, threads=3, compiled=True)
    ]
    for side, full in enumerate((score, score.T)):
        order = np.argsort(-full, axis=1, kind="stable")[:, :50]
        expected = np.take_along_axis(full, order, axis=1)
        for found in (p[side] for p in paths):
            assert np.array_equal(found.score[:, : order.shape[1]], expected.astype(np.float32))
            assert np.array_equal(
                found.at[:, : order.shape[1]], np.where(np.isfinite(expected), order, -1)
            )


def test_real_profiles_through_the_kernel(real):
    with real.matching.db.reading(real.matching.consumers[0].actor) as session:
        population = real.matching.app.extensions["nakodo"]["reader"].populations.at(
            session, real.clock.today()
        )
    columns, crowd = population.columns, population.crowd
    cols = kernel.Cols(
        columns.y.astype(np.float32),
        (columns.constants + columns.activity).astype(np.float32),
        compiled.mandate_words(columns),
        compiled.cheques(columns),
    )
    rows = kernel.Rows(
        crowd.x[crowd.first].astype(np.float32),
        crowd.rows[crowd.first],
        crowd.words[crowd.first],
        crowd.amount[crowd.first],
    )
    best, _ = kernel.best_pairs(rows, cols, 50)
    for i, s in enumerate(crowd.startups):
        e = evaluate(s, columns)
        for j, value in zip(best.at[i], best.score[i], strict=True):
            if j >= 0 and e.speaks[j] == 0:
                assert value == e.score[j]
