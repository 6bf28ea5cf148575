"""Deals as the engine's blocks: what a company's round is, what an investor's past deals show, pair
features for fitting.
"""

from datetime import date

import numpy as np
import scipy.sparse as sp

from services.matching.engine.evidence import PARTS, decay, readings, shares
from services.matching.engine.space import (
    HIGH_DECADE,
    KNOTS_PER_DECADE,
    LOW_DECADE,
    X_STEP,
    on_grid,
)
from services.matching.evaluation.deals import PLACES, Deals, Questions

AGES = (1, 2, 3, 5, 8, 12)  # years since founding, edges
SEQUENCE = 4  # financings before: none, one, two, more
KNOTS = (HIGH_DECADE - LOW_DECADE) * KNOTS_PER_DECADE + 1
# a cheque speaks for rounds of nearly its size: standard deviation of the smoothing, in knots
SPREAD_KNOTS = 2.5
CRITERION = {
    "ticket": "ticket",
    "category": "area",
    "kind": "stage",
    "age": "stage",
    "sequence": "stage",
    "region": "geography",
    "state_code": "geography",
    "city": "geography",
    "syndicate": "syndicate",
}
ACTIVITY = ("pace", "memory", "recency", "half-year", "year")


def memberships(deals: Deals, company, kind, category, amount, day) -> dict[str, sp.csr_matrix]:
    """Memberships of N rounds per block, each (N, nodes): rows sum to 1 on the grid, or to 0 where
    unknown.
    """
    years = np.array([date.fromordinal(int(d)).year for d in day]) - deals.founded[company]
    age = np.where(np.isnan(years), -1, np.digitize(np.nan_to_num(years), AGES))
    before = np.array(
        [
            min(int(np.searchsorted(deals.financings[c], d)), SEQUENCE - 1)
            for c, d in zip(company, day)
        ]
    )
    nodes = {
        "kind": (kind, len(deals.kinds)),
        "category": (category, len(deals.categories)),
        "age": (age, len(AGES) + 1),
    }
    nodes |= {"sequence": (before, SEQUENCE)}
    nodes |= {p: (deals.places[p][company], int(deals.places[p].max()) + 1) for p in PLACES}
    return {"ticket": _hats(amount)} | {name: _one_hot(*where) for name, where in nodes.items()}


def _one_hot(node: np.ndarray, width: int) -> sp.csr_matrix:
    rows = np.flatnonzero(node >= 0)
    return sp.csr_matrix((np.ones(len(rows)), (rows, node[rows])), shape=(len(node), max(width, 1)))


def _hats(amount: np.ndarray) -> sp.csr_matrix:
    """Each amount between the two knots around its logarithm, on the grid."""
    rows = np.flatnonzero(amount > 0)
    position = np.clip((np.log10(amount[rows]) - LOW_DECADE) * KNOTS_PER_DECADE, 0, KNOTS - 1)
    below = np.minimum(position.astype(int), KNOTS - 2)
    upper = np.round((position - below) / X_STEP) * X_STEP
    values, columns = np.concatenate([1 - upper, upper]), np.concatenate([below, below + 1])
    return sp.csr_matrix(
        (values, (np.concatenate([rows, rows]), columns)), shape=(len(amount), KNOTS)
    )


def seen(questions: Questions) -> dict[str, np.ndarray]:
    """Which nodes of each block any deal before the date had: what came later does not exist yet,
    not even as a column.
    """
    q, deals = questions, questions.deals
    rows = np.flatnonzero(q.prior)
    columns = (deals.company, deals.kind, deals.category, deals.amount, deals.day)
    found = {
        name: np.asarray(x.sum(axis=0)).ravel() > 0
        for name, x in memberships(deals, *(c[rows] for c in columns)).items()
    }
    investors = np.zeros(len(deals.investors), dtype=bool)
    investors[deals.investor[rows]] = True
    return found | {"ticket": np.ones(KNOTS, dtype=bool), "syndicate": investors}


def asked(questions: Questions) -> dict[str, sp.csr_matrix]:
    """The blocks of the query companies, their known investors included; a value unseen before the
    date is unknown.
    """
    q = questions
    found = memberships(q.deals, q.company, q.kind, q.category, q.amount, q.asked) | {
        "syndicate": _investors_before(q)
    }
    return {name: found[name][:, nodes] for name, nodes in seen(q).items()}


def _investors_before(q: Questions) -> sp.csr_matrix:
    """Who has invested in each query company before the date, equally, on the grid."""
    out = sp.lil_matrix((len(q.company), len(q.deals.investors)))
    rows = np.flatnonzero(q.prior & np.isin(q.deals.company, q.company))
    for i, company in enumerate(q.company):
        before = np.unique(q.deals.investor[rows[q.deals.company[rows] == company]])
        for node, weight in on_grid({int(n): 1.0 for n in before}).items() if len(before) else ():
            out[i, node] = weight
    return out.tocsr()


def evidence(questions: Questions) -> dict[str, np.ndarray]:
    """What the prior shows of each candidate, (parts, M, nodes) per block and population:
    `ticket.health`, `ticket.all` ...
    """
    q, deals = questions, questions.deals
    everything = memberships(
        deals, deals.company, deals.kind, deals.category, deals.amount, deals.day
    )
    startups = np.flatnonzero(q.prior & deals.health)
    _, first = np.unique(
        np.stack([deals.company[startups], deals.day[startups]]), axis=1, return_index=True
    )
    out, nodes = {}, seen(q)
    for name, x in ((n, x[:, nodes[n]]) for n, x in everything.items()):
        population = np.asarray(x[startups[first]].sum(axis=0)).ravel()
        smooth = _smoothing() if name == "ticket" else None
        share = shares(population if smooth is None else smooth @ population)
        for scope, rows in (
            ("health", q.prior_rows[deals.health[q.prior_rows]]),
            ("all", q.prior_rows),
        ):
            count = np.asarray(
                (
                    _by_candidate(q, rows, decay(q.day.toordinal() - deals.day[rows])) @ x[rows]
                ).todense()
            )
            out[f"{name}.{scope}"] = readings(count if smooth is None else count @ smooth.T, share)
    return out | {"syndicate.all": _together(q)}


def _by_candidate(q: Questions, rows: np.ndarray, weight: np.ndarray) -> sp.csr_matrix:
    """(M, rows): each deal's weight in its investor's line."""
    shape = (len(q.candidates), len(rows))
    return sp.csr_matrix(
        (weight, (q.at[q.deals.investor[rows]], np.arange(len(rows)))), shape=shape
    )


def _smoothing() -> np.ndarray:
    """(knots, knots), columns summing to 1."""
    step = np.arange(KNOTS)[:, None] - np.arange(KNOTS)
    kernel = np.exp(-0.5 * (step / SPREAD_KNOTS) ** 2)
    return kernel / kernel.sum(axis=0)


def _together(q: Questions) -> np.ndarray:
    """Evidence from shared companies: how often each candidate (M) invested where each investor
    did, decayed.
    """
    deals, rows = q.deals, np.flatnonzero(q.prior)
    shape = (len(deals.companies), len(deals.investors))
    where = (deals.company[rows], deals.investor[rows])
    weight = sp.csr_matrix((decay((q.day.toordinal() - deals.day[rows]) / 2), where), shape=shape)
    held = sp.csr_matrix((np.ones(len(rows)), where), shape=shape)
    held.data[:] = 1.0
    count = np.asarray((held[:, q.candidates].T @ weight).todense())
    count[np.arange(len(q.candidates)), q.candidates] = 0.0
    nodes = np.unique(deals.investor[rows])
    return readings(count[:, nodes], shares(np.asarray(weight[:, nodes].sum(axis=0)).ravel()))


def activity(questions: Questions) -> np.ndarray:
    """(M, features) of how active a candidate is, whatever the startup: pace, memory, recency, for
    health and all; firsts.
    """
    q, deals, out = questions, questions.deals, []
    today = q.day.toordinal()
    for rows in (q.prior_rows[deals.health[q.prior_rows]], q.prior_rows):
        age, ones = today - deals.day[rows], np.ones(len(rows))
        count = [
            np.asarray(_by_candidate(q, rows, 0.5 ** (age / years)).sum(axis=1)).ravel()
            for years in (365.25, 1461.0)
        ]
        last = np.full(len(q.candidates), 8.0)
        np.minimum.at(last, q.at[deals.investor[rows]], age / 365.25 * ones)
        out += [np.log1p(count[0]), np.log1p(count[1]), -last, (last < 0.5) * 1.0, (last < 1) * 1.0]
    return np.stack([*out, *_firsts(q)], axis=1)


def _firsts(q: Questions) -> list[np.ndarray]:
    """How often a candidate joins the first round of a company that these files know: volume, and
    share over the usual one.
    """
    deals, rows = q.deals, q.prior_rows
    first = np.full(len(deals.companies), np.iinfo(int).max)
    np.minimum.at(first, deals.company[q.prior], deals.day[q.prior])
    is_first = deals.day[rows] == first[deals.company[rows]]
    weight, usual = decay(q.day.toordinal() - deals.day[rows]), max(is_first.mean(), 1e-3)
    firsts, total = (
        np.asarray(_by_candidate(q, rows, w).sum(axis=1)).ravel()
        for w in (weight * is_first, weight)
    )
    return [np.log1p(firsts), np.log((firsts + 2 * usual) / (total + 2) / usual)]


def activity_names() -> list[str]:
    return [f"activity.{scope}.{a}" for scope in ("health", "all") for a in ACTIVITY] + [
        "activity.all.firsts",
        "activity.all.first-share",
    ]


def pair_names(blocks: list[str]) -> list[tuple[str, str]]:
    """(criterion, feature) in the order of the pair features."""
    found = [(CRITERION[b.split(".")[0]], f"{b}.{part}") for b in blocks for part in PARTS]
    return found + [("activity", name) for name in activity_names()]
