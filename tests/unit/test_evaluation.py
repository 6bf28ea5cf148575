"""The evaluation on deals: windows, metrics, models, what may not leak, what is refused."""

import dataclasses
import gzip
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from services.cli import main
from services.matching.engine.exposure import prices, share_of_lists
from services.matching.evaluation import baselines, metrics
from services.matching.evaluation.deals import BadDeals, Deals, months_after, questions
from services.matching.evaluation.logit import Choices, fit
from services.matching.evaluation.model import Evidence, learn, windows_before

EXTRACT = Path(__file__).parents[1] / "deals"
DAY = date(2008, 1, 1)


@pytest.fixture(scope="module")
def deals():
    return Deals.read(EXTRACT)


def write(folder: Path, rows: list[str], companies: str = "a,SF Bay,CA,,2001\n") -> Path:
    head = "date,company_id,investor_id,round_type,round_amount_usd,category\n"
    (folder / "deals.csv").write_text(head + "\n".join(rows) + "\n")
    (folder / "rounds.csv").write_text("company_id,date,round_type,round_amount_usd,category\n")
    (folder / "companies.csv").write_text(
        "company_id,region,state_code,city,founded_year\n" + companies
    )
    return folder


def test_a_window_asks_what_the_readme_says(tmp_path):
    rows = [
        "2005-01-01,a,x,angel,,biotech",
        "2005-01-01,b,y,angel,,software",  # no health deal: y is no candidate
        "2006-01-01,a,z,series-a,,health",
        "2007-03-01,a,x,series-b,,biotech",  # known pair
        "2007-03-01,a,z2,series-b,9,biotech",  # not a candidate
        "2007-02-01,c,x,series-a,5,medical",
        "2007-02-01,c,z,venture,7,medical",
        "2007-05-01,c,x,series-b,9,medical",  # a later round is ignored
        "2009-01-01,d,x,series-a,5,medical",  # the window has ended
    ]
    q = questions(Deals.read(write(tmp_path, rows)), date(2007, 1, 1), 24)
    named = [q.deals.companies[c] for c in q.company], [q.deals.investors[c] for c in q.candidates]
    assert named == (["a", "c"], ["x", "z"])
    assert q.relevant.tolist() == [[False, False], [True, True]]
    assert q.known.tolist() == [[True, True], [False, False]]
    assert q.cold.tolist() == [False, True]
    assert (q.amount[1], q.deals.kinds[q.kind[1]]) == (7.0, "venture")


def test_ties_of_a_round_go_by_type_and_an_empty_amount_is_last(tmp_path):
    past = "2005-01-01,a,x,angel,,biotech"
    rows = [
        past,
        "2007-01-01,b,x,venture,,biotech",
        "2007-01-01,b,x,series-b,4,biotech",
        "2007-01-01,b,x,series-a,4,biotech",
    ]
    q = questions(Deals.read(write(tmp_path, rows)), date(2007, 1, 1), 24)
    assert (q.deals.kinds[q.kind[0]], q.amount[0]) == ("series-a", 4.0)


def test_metrics_by_hand():
    score = np.array([[4.0, 3.0, 2.0, 1.0]])
    ranked = metrics.judge(
        score, np.array([[False, True, False, True]]), np.zeros((1, 4), dtype=bool)
    )
    ndcg = (1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    assert ranked.values[0] == pytest.approx([ndcg, 1.0, 1.0, 0.5, 0.25])
    known = metrics.judge(
        score, np.array([[False, True, False, True]]), np.array([[True, False, False, False]])
    )
    assert known.values[0][3] == 1.0  # a known pair is off the list
    assert (
        metrics.judge(score, np.zeros((1, 4), dtype=bool), np.zeros((1, 4), dtype=bool)).left_out
        == 1
    )


def test_nothing_after_the_date_reaches_evidence_candidates_or_weights(deals):
    """Later deals move, change hands, type and amount; what is learned before the date stays bit
    for bit.
    """
    later = deals.day >= DAY.toordinal()
    rng = np.random.default_rng(3)
    mixed = lambda column: np.where(later, rng.permutation(column), column)  # noqa: E731
    other = dataclasses.replace(
        deals,
        day=np.where(later, deals.day + rng.integers(0, 400, len(deals.day)), deals.day),
        investor=mixed(deals.investor),
        kind=np.where(later, len(deals.kinds), deals.kind),
        kinds=(*deals.kinds, "a type to come"),
        amount=mixed(deals.amount),
        financings=tuple(
            np.concatenate([f[f < DAY.toordinal()], [DAY.toordinal() + 5]])
            for f in deals.financings
        ),
    )
    kept, moved = (
        [Evidence(w) for w in windows_before(d, questions(d, DAY, 24))] for d in (deals, other)
    )
    assert len(kept) == len(moved) > 4
    one, two = learn(kept), learn(moved)
    assert np.array_equal(one.investors_for_startup, two.investors_for_startup)
    assert np.array_equal(one.startups_for_investor, two.startups_for_investor)
    asked, again = (Evidence(questions(d, DAY, 24)) for d in (deals, other))
    assert np.array_equal(asked.questions.candidates, again.questions.candidates)
    assert np.array_equal(asked.activity, again.activity)
    for name, parts in asked.y.items():
        assert np.array_equal(parts, again.y[name]), name
    assert not again.x["kind"].sum(), "a type unseen before the date is unknown"


def test_scores_are_sums_on_the_grid_and_unknown_is_no_points(deals):
    q = questions(deals, DAY, 24)
    fitted, evidence = learn([Evidence(w) for w in windows_before(deals, q)]), Evidence(q)
    score = fitted.score(evidence)
    assert np.array_equal(score, np.round(score * 2**14) / 2**14)
    assert np.array_equal(score.astype(np.float32), score)
    scaled, names = fitted.scales.apply(evidence), [n for _, n in evidence.names]
    unknown = np.isnan(deals.founded[q.company])
    assert unknown.any() and not scaled[unknown][:, :, names.index("age.all.preference")].any()


def test_weights_are_found_and_never_negative():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 12, 3)).astype(np.float32)
    odds = np.exp(x @ np.array([1.5, 0.0, -1.0]))
    chosen = np.array([rng.multinomial(1, o / o.sum()) for o in odds], dtype=bool)
    weights = fit([Choices(x, chosen, np.ones_like(chosen))], ridge=1e-4)
    assert weights[0] == pytest.approx(1.4, abs=0.35) and weights[1] < 0.3 and weights[2] == 0.0
    assert not fit([Choices(x, np.zeros_like(chosen), np.ones_like(chosen))], 1.0).any()


def test_prices_keep_everyone_under_the_limit():
    score = np.random.default_rng(2).normal(size=(300, 400)) + np.linspace(8, 0, 400)
    score = np.round(score * 2**14) / 2**14
    before, price = share_of_lists(score).max(), prices(score)
    assert before > 0.2 and share_of_lists(score - price).max() <= 0.09
    assert price.min() == 0.0 and np.array_equal(price, np.round(price * 2**14) / 2**14)
    assert not prices(score[:, :50]).any(), "fifty investors cannot each stand in few lists"


def test_the_command_answers_in_the_promised_shape(tmp_path):
    pytest.importorskip(
        "lightgbm",
        reason="the baselines are missing: make evaluate-env",
        exc_type=(ImportError, OSError),
    )
    given = [
        "evaluate",
        "--deals",
        str(EXTRACT),
        "--as-of",
        "2007-06-01",
        "--as-of",
        "2008-01-01",
        "--out",
        str(tmp_path),
        "--json",
    ]
    ran = CliRunner().invoke(main, given)
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    for task in ("cold", "warm", "investor"):
        assert set(found[task]) == {
            "random",
            "popularity",
            "mandate_filter",
            "tfidf_dot",
            "content_knn",
            "als",
            "lightgbm",
            "nakodo",
        }
        assert set(found[task]["nakodo"]) == {
            "n",
            "ndcg@20",
            "recall@20",
            "recall@50",
            "mrr",
            "auc",
            "ci",
        }
    assert {"without geography", "without activity", "with exposure prices"} <= set(
        found["ablations"]
    )
    assert set(found["report"]["by_date"]) == {"2007-06-01", "2008-01-01"}
    assert found["report"]["queries"]["cold"]["left_out"] > 0
    assert (
        "CC BY" in (tmp_path / "report.md").read_text()
        and (tmp_path / "models.png").stat().st_size > 1000
    )
    assert "fitting windows" in ran.stderr


def test_a_missing_package_is_an_error_unless_allowed(deals, monkeypatch):
    monkeypatch.setattr(
        baselines, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name))
    )
    given = ["evaluate", "--deals", str(EXTRACT), "--as-of", "2008-01-01", "--no-ablations"]
    refused = CliRunner().invoke(main, given)
    assert refused.exit_code == 1 and "make evaluate-env" in refused.stderr
    allowed = CliRunner().invoke(main, [*given, "--allow-missing", "--json"])
    assert set(json.loads(allowed.stdout)["cold"]) == {
        "random",
        "popularity",
        "mandate_filter",
        "nakodo",
    }


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            ["2005-01-01,a,x,angel,,biotech", "2005-13-01,a,x,angel,,biotech"],
            "line 3: date '2005-13-01'",
        ),
        (["2005-01-01,a,x,angel,much,biotech"], "round_amount_usd 'much'"),
    ],
)
def test_a_bad_row_is_named(tmp_path, rows, told):
    with pytest.raises(BadDeals, match=told):
        Deals.read(write(tmp_path, rows))


def test_a_bad_folder_or_date_is_named(tmp_path):
    with pytest.raises(BadDeals, match="holds no deals"):
        Deals.read(tmp_path)
    (tmp_path / "deals.csv.gz").write_bytes(gzip.compress(b"date,company_id\n"))
    with pytest.raises(BadDeals, match="no column investor_id"):
        Deals.read(tmp_path)
    for day, told in (("1990-01-01", "no answered query"), ("soon", "Invalid")):
        ran = CliRunner().invoke(main, ["evaluate", "--deals", str(EXTRACT), "--as-of", day])
        assert ran.exit_code != 0 and told in ran.stderr


def test_weights_of_the_readings_are_fitted_by_command():
    ran = CliRunner().invoke(
        main, ["fit-weights", "--deals", str(EXTRACT), "--as-of", "2008-01-01"]
    )
    found = json.loads(ran.stdout)
    assert (
        list(found) == ["preference", "habit", "seen", "volume"]
        and found["preference"] == 1.0
        and min(found.values()) >= 0
    )


def test_months():
    assert months_after(date(2008, 8, 31), -6) == date(2008, 2, 29)
    assert months_after(date(2010, 1, 1), 24) == date(2012, 1, 1)
