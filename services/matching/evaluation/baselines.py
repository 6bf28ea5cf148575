"""What one would use instead: chance, popularity, stated filters, text similarity, factorisation,
boosted trees.
"""

from collections.abc import Callable
from importlib import import_module

import numpy as np
import scipy.sparse as sp

from services.matching.evaluation.deals import Deals, Questions, months_after
from services.matching.evaluation.model import Evidence, Fitted

SIZE_EDGES = (5.5, 6, 6.5, 7, 7.3, 7.7)
NEIGHBOURS = 100
RECENT_MONTHS = 24
TIE = 1e-4
TREES = {
    "objective": "lambdarank",
    "num_leaves": 7,
    "learning_rate": 0.05,
    "min_data_in_leaf": 50,
    "lambda_l2": 5.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "seed": 1,
    "deterministic": True,
    "num_threads": 2,
    "verbose": -1,
}
ROUNDS = 200


class MissingPackage(RuntimeError):
    """A package that a baseline needs is not installed."""

    def __init__(self, package: str):
        super().__init__(
            f"{package} is not installed: `make evaluate-env` adds it, `--allow-missing` goes on"
            " without"
        )
        self.package = package


def library(name: str):
    """A package that only the evaluation needs. Raises MissingPackage, also where a system library
    of it is absent.
    """
    try:
        return import_module(name)
    except (ImportError, OSError) as error:
        raise MissingPackage(name.split(".")[0]) from error


def random(q: Questions) -> np.ndarray:
    return np.random.default_rng(7).random(q.relevant.shape)


def popularity(q: Questions) -> np.ndarray:
    """Health deals in the last 24 months, plus a thousandth of all of them."""
    rows = q.prior_rows[q.deals.health[q.prior_rows]]
    recent = rows[q.deals.day[rows] >= months_after(q.day, -RECENT_MONTHS).toordinal()]
    count = [
        np.bincount(q.at[q.deals.investor[r]], minlength=len(q.candidates)) for r in (recent, rows)
    ]
    return np.broadcast_to(count[0] + 0.001 * count[1], q.relevant.shape)


def mandate_filter(q: Questions) -> np.ndarray:
    """One point each for category, region, round type and size inside what the investor did before
    in health; ties by popularity.
    """
    deals, rows = q.deals, q.prior_rows[q.deals.health[q.prior_rows]]
    investor = q.at[deals.investor[rows]]
    region = deals.places["region"]
    score = np.zeros(q.relevant.shape)
    for asked, past, least in (
        (q.category, deals.category[rows], 0.20),
        (region[q.company], region[deals.company[rows]], 0.15),
        (q.kind, deals.kind[rows], 0.15),
    ):
        score += _share(investor, past, len(q.candidates), asked) >= least
    amount = np.log10(deals.amount[rows])
    known = np.isfinite(amount)
    count, total, squares = (
        np.bincount(investor[known], amount[known] ** k, minlength=len(q.candidates))
        for k in (0, 1, 2)
    )
    mean = total / np.maximum(count, 1)
    deviation = np.sqrt(np.maximum(squares - count * mean**2, 0) / np.maximum(count - 1, 1))
    away = np.abs(np.log10(q.amount)[:, None] - mean)
    return score + ((away <= 1.28 * deviation) & (count > 0)) + TIE * popularity(q)


def _share(
    investor: np.ndarray, past: np.ndarray, candidates: int, asked: np.ndarray
) -> np.ndarray:
    """(Q, M): share of each investor's deals that have the query's value; 0 where that is
    unknown.
    """
    table = np.zeros((candidates, max(past.max(initial=0), asked.max(initial=0)) + 2))
    np.add.at(table, (investor, past), 1)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return np.where(asked[:, None] >= 0, share[:, asked].T, 0.0)


def _tokens(deals: Deals, company, category, kind, amount) -> list[list[str]]:
    size = np.where(np.isnan(amount), -1, np.digitize(np.nan_to_num(np.log10(amount)), SIZE_EDGES))
    places = [deals.places[p][company] for p in ("region", "state_code")]
    columns = zip(category, *places, kind, size, strict=True)
    return [[f"{i}:{v}" for i, v in enumerate(row)] for row in columns]


def _texts(q: Questions) -> tuple[sp.csr_matrix, sp.csr_matrix, np.ndarray]:
    """TF-IDF rows of the prior health companies' first rounds and of the query companies, and the
    former's companies.
    """
    text = library("sklearn.feature_extraction.text")
    deals = q.deals
    rows = np.flatnonzero(q.prior & deals.health)
    order = rows[
        np.lexsort(
            (
                deals.kind[rows],
                -np.nan_to_num(deals.amount[rows], nan=-1.0),
                deals.day[rows],
                deals.company[rows],
            )
        )
    ]
    company, first = np.unique(deals.company[order], return_index=True)
    first = order[first]
    vectorizer = text.TfidfVectorizer(analyzer=lambda tokens: tokens, sublinear_tf=True)
    past = vectorizer.fit_transform(
        _tokens(deals, company, deals.category[first], deals.kind[first], deals.amount[first])
    )
    return (
        past,
        vectorizer.transform(_tokens(deals, q.company, q.category, q.kind, q.amount)),
        company,
    )


def _held(q: Questions, company: np.ndarray) -> sp.csr_matrix:
    """(companies, M): who invested in which of these companies before the date, each pair once."""
    at = np.full(len(q.deals.companies), -1)
    at[company] = np.arange(len(company))
    rows = q.prior_rows[(at[q.deals.company[q.prior_rows]] >= 0) & q.deals.health[q.prior_rows]]
    pairs = np.unique(np.stack([at[q.deals.company[rows]], q.at[q.deals.investor[rows]]]), axis=1)
    return sp.csr_matrix((np.ones(pairs.shape[1]), pairs), shape=(len(company), len(q.candidates)))


def tfidf_dot(q: Questions) -> np.ndarray:
    """An investor is the sum of its companies' rows."""
    past, asked, company = _texts(q)
    return (asked @ (_held(q, company).T @ past).T).toarray()


def content_knn(q: Questions) -> np.ndarray:
    """Similarities of the 100 nearest prior companies, summed over each investor's distinct
    ones.
    """
    return (_nearest(q)[0] @ _held(q, _nearest(q)[1])).toarray()


def _nearest(q: Questions) -> tuple[sp.csr_matrix, np.ndarray]:
    past, asked, company = _texts(q)
    similar = (asked @ past.T).toarray()
    drop = np.argsort(-similar, axis=1, kind="stable")[:, NEIGHBOURS:]
    np.put_along_axis(similar, drop, 0.0, axis=1)
    return sp.csr_matrix(similar), company


def als(q: Questions) -> np.ndarray:
    """Implicit-feedback factors; a query company is folded in by its own investors and those of its
    neighbours.
    """
    implicit = library("implicit.als")
    near, company = _nearest(q)
    held = _held(q, company)
    with library("threadpoolctl").threadpool_limits(1, "blas"):  # implicit has threads of its own
        model = implicit.AlternatingLeastSquares(
            factors=32, regularization=0.05, alpha=10, iterations=15, random_state=7, num_threads=2
        )
        model.fit(held.tocsr().astype(np.float32), show_progress=False)
    own = sp.csr_matrix(q.known.astype(np.float32))
    rows = (own + (near @ held).multiply(1.0 / NEIGHBOURS)).tocsr().astype(np.float32)
    factors = model.recalculate_user(np.arange(rows.shape[0]), rows)
    return np.asarray(factors @ model.item_factors.T)


def boosted(evidence: Evidence, windows: list[Evidence], fitted: Fitted) -> np.ndarray:
    """LightGBM's lambdarank over each startup's candidates, on the same pair features and windows:
    scores (Q, M).
    """
    lightgbm = library("lightgbm")
    rows, labels, groups = [], [], []
    for window in windows:
        features = fitted.scales.apply(window)
        relevant, offered = window.questions.relevant, ~window.questions.known
        for i in np.flatnonzero(relevant.any(axis=1)):
            rows.append(features[i][offered[i]])
            labels.append(relevant[i][offered[i]])
            groups.append(int(offered[i].sum()))
    data = lightgbm.Dataset(np.concatenate(rows), np.concatenate(labels).astype(int), group=groups)
    asked = fitted.scales.apply(evidence)
    return (
        lightgbm.train(TREES, data, ROUNDS)
        .predict(asked.reshape(-1, asked.shape[-1]))
        .reshape(asked.shape[:2])
    )


SIMPLE: dict[str, Callable[[Questions], np.ndarray]] = {
    "random": random,
    "popularity": popularity,
    "mandate_filter": mandate_filter,
    "tfidf_dot": tfidf_dot,
    "content_knn": content_knn,
    "als": als,
}
