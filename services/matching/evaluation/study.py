"""One evaluation: every model fitted and judged at each date, differences, ablations and
exposure.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from services.matching.engine.exposure import MOST, prices, share_of_lists
from services.matching.evaluation import baselines
from services.matching.evaluation.deals import BadDeals, Deals, Questions, months_after, questions
from services.matching.evaluation.metrics import NAMES, difference, judge, summary
from services.matching.evaluation.model import (
    MONTHS,
    WINDOWS,
    Evidence,
    Fitted,
    learn,
    windows_before,
)

MONTHS_ASKED = 24
TASKS = ("cold", "warm", "investor")
MODELS = (
    "random",
    "popularity",
    "mandate_filter",
    "tfidf_dot",
    "content_knn",
    "als",
    "lightgbm",
    "nakodo",
)
Say = Callable[[str], None]


def tasks(q: Questions, score: np.ndarray) -> dict[str, tuple]:
    """Scores, relevant and known pairs of each task, queries in rows."""
    turned = (score.T, q.relevant.T, q.known.T)
    return {
        name: tuple(a[rows] for a in (score, q.relevant, q.known))
        for name, rows in (("cold", q.cold), ("warm", ~q.cold))
    } | {"investor": turned}


@dataclass
class Figures:
    """Values per query of every model and variant: `values[task][model]` (n, metrics);
    `left_out[task]` queries without an answer.
    """

    values: dict[str, dict[str, np.ndarray]] = field(default_factory=lambda: {t: {} for t in TASKS})
    left_out: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    exposure: dict = field(default_factory=dict)

    def add(self, name: str, q: Questions, score: np.ndarray) -> None:
        for task, given in tasks(q, np.asarray(score, dtype=float)).items():
            ranked = judge(*given)
            self.values[task][name] = ranked.values
            self.left_out[task], self.asked[task] = ranked.left_out, len(given[0])


def study(deals: Deals, day: date, say: Say, allow_missing: bool, ablate: bool) -> Figures:
    """Fits and judges all models at a date. Raises BadDeals where nothing can be asked,
    MissingPackage for a baseline.
    """
    q = questions(deals, day, MONTHS_ASKED)
    before = windows_before(deals, q)
    if not q.relevant.any() or not before:
        raise BadDeals(
            f"{day}: no answered query in the window after it, or none in the {WINDOWS} half-years"
            " before it to learn from"
        )
    out = Figures()
    say(
        f"{day}: {len(q.company)} query companies, {len(q.candidates)} candidates, {len(before)}"
        f" fitting windows of {MONTHS} months"
    )
    _simple(out, q, say, allow_missing)
    evidence, windows = Evidence(q), [Evidence(w) for w in before]
    say(f"{day}: nakodo")
    fitted = learn(windows)
    score = fitted.score(evidence)
    out.add("nakodo", q, score)
    _boosted(out, "lightgbm", evidence, windows, fitted, say, allow_missing)
    out.exposure = _exposure(out, q, score)
    if ablate:
        _variants(out, evidence, windows, fitted, say)
        _longer_windows(out, deals, evidence, say, allow_missing)
    return out


def _simple(out: Figures, q: Questions, say: Say, allow_missing: bool) -> None:
    for name, model in baselines.SIMPLE.items():
        say(f"{q.day}: {name}")
        try:
            out.add(name, q, model(q))
        except baselines.MissingPackage as missing:
            _missing(missing, name, say, allow_missing)


def _boosted(
    out: Figures,
    name: str,
    evidence: Evidence,
    windows: list[Evidence],
    fitted: Fitted,
    say: Say,
    allow_missing: bool,
) -> None:
    say(f"{evidence.questions.day}: {name}")
    try:
        out.add(name, evidence.questions, baselines.boosted(evidence, windows, fitted))
    except baselines.MissingPackage as missing:
        _missing(missing, name, say, allow_missing)


def _missing(missing: baselines.MissingPackage, name: str, say: Say, allowed: bool) -> None:
    if not allowed:
        raise missing
    say(f"left out: {name} ({missing.package} is not installed)")


def _variants(
    out: Figures, evidence: Evidence, windows: list[Evidence], fitted: Fitted, say: Say
) -> None:
    """The model without each criterion, and with one direction alone."""
    q = evidence.questions
    for name, half in zip(
        ("investors-for-startup only", "startups-for-investor only"),
        fitted.halves(evidence),
        strict=True,
    ):
        out.add(name, q, half[0])
    for criterion in dict.fromkeys(c for c, _ in windows[0].names):
        say(f"{q.day}: without {criterion}")
        out.add(f"without {criterion}", q, learn(windows, without=criterion).score(evidence))


def _longer_windows(
    out: Figures, deals: Deals, evidence: Evidence, say: Say, allow_missing: bool
) -> None:
    """Both learners on four half-yearly windows of 24 months that end at or before the date."""
    q = evidence.questions
    asked = [
        questions(deals, months_after(q.day, -MONTHS_ASKED - MONTHS * k), MONTHS_ASKED)
        for k in range(4)
    ]
    windows = [Evidence(w) for w in asked if w.relevant.any()]
    if windows:
        fitted = learn(windows)
        out.add("nakodo, 24-month windows", q, fitted.score(evidence))
        _boosted(out, "lightgbm, 24-month windows", evidence, windows, fitted, say, allow_missing)


def _exposure(out: Figures, q: Questions, score: np.ndarray) -> dict:
    """How concentrated lists are, without and with prices, and what the prices cost; the headline
    figures are without.
    """
    shown = {"without": share_of_lists(score)}
    price = prices(score)
    out.add("with exposure prices", q, score - price)
    shown["with"] = share_of_lists(score - price)
    lists = len(score)
    found = {
        k: {
            "most_shown_lists": int(round(v.max() * lists)),
            "most_shown_share": round(float(v.max()), 4),
        }
        for k, v in shown.items()
    }
    spread = {k: {"ever_shown": int((v > 0).sum())} for k, v in shown.items()}
    curves = {k: [round(float(s), 4) for s in np.sort(v)[::-1][:100]] for k, v in shown.items()}
    priced = {
        "priced": int((price > 0).sum()),
        "largest_price": round(float(price.max(initial=0)), 4),
    }
    return {
        "lists": lists,
        "limit": MOST,
        **priced,
        **{k: found[k] | spread[k] | {"shares": curves[k]} for k in shown},
    }


def pooled(figures: list[Figures]) -> Figures:
    """All dates as one: the queries of every date together."""
    if len(figures) == 1:
        return figures[0]
    out = Figures()
    for task in TASKS:
        names = [n for n in figures[0].values[task] if all(n in f.values[task] for f in figures)]
        out.values[task] = {n: np.concatenate([f.values[task][n] for f in figures]) for n in names}
        out.left_out[task] = sum(f.left_out[task] for f in figures)
        out.asked[task] = sum(f.asked[task] for f in figures)
    return out


def document(figures: Figures) -> dict:
    """The figures as JSON: the tasks with their models, ablations, and in `report` differences,
    shares left out, exposure.
    """
    found = {
        task: {m: summary(v) for m, v in figures.values[task].items() if m in MODELS}
        for task in TASKS
    }
    nakodo = {task: figures.values[task]["nakodo"] for task in TASKS}
    others = [n for n in figures.values["cold"] if n not in MODELS]
    ablations = {
        n: {
            t: summary(figures.values[t][n]) | {"nakodo_less_this": _gap(figures, t, n)}
            for t in TASKS
        }
        for n in others
    }
    gaps = {
        t: {
            m: difference(nakodo[t], v)
            for m, v in figures.values[t].items()
            if m in MODELS and m != "nakodo"
        }
        for t in TASKS
    }
    left_out = {t: {"queries": figures.asked[t], "left_out": figures.left_out[t]} for t in TASKS}
    report = {
        "metrics": list(NAMES),
        "differences": gaps,
        "queries": left_out,
        "exposure": figures.exposure,
    }
    return {**found, "ablations": ablations, "report": report}


def _gap(figures: Figures, task: str, name: str) -> dict:
    return difference(figures.values[task]["nakodo"], figures.values[task][name])
