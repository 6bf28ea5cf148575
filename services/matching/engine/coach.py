"""The coach: what a startup should state next, by how many mandates it would answer; what has gone
stale; what one change would bring.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from services.matching.engine.columns import Columns
from services.matching.engine.explain import disagreement, unknown_criteria
from services.matching.engine.gates import NAMES
from services.matching.engine.score import Evaluation
from services.matching.engine.sentences import say
from services.matching.engine.views import Startup
from services.matching.engine.words import label
from shared.judgement.dates import UNDATED
from shared.judgement.facts import Fact
from shared.judgement.fields import FIELDS
from shared.judgement.gates import SOFT, UNKNOWN

GATE_ASKS = {
    "status": "corporate_status",
    "focus": "modality",
    "stage": "funding_round",
    "cheque": "raise",
    "country": "hq",
    "lead": "raise",
    "rights": "rights",
    "eligibility": "product_class",
    "compliance": "compliance_flag",
}
CRITERION_ASKS = {
    "area": "therapeutic_area",
    "modality": "modality",
    "stage": "stage",
    "ticket": "raise",
    "geography": "us_plan",
    "text": "technology",
    "readiness": "regulatory",
    "supply": "manufacturing_partner",
}


def coach(evaluation: Evaluation, columns: Columns, open_to: Sequence[int], lang: str) -> dict:
    """Missing facts, what sources disagree about, stale facts and single changes, the largest
    effect first.

    Args:
        evaluation: one startup against all mandates, as its own side may see it. columns: those
        mandates. open_to: positions of the mandates that count (not failing, not hidden from it,
        not invented). lang: of the sentences.
    """
    startup = evaluation.startup
    return {
        "startup": startup.id,
        "mandates": len(open_to),
        "missing": _missing(evaluation, columns, open_to, lang),
        "doubts": [
            {"field": f.field, "asset": f.asset, "text": disagreement(f, others, lang)}
            for f, others in startup.seen.contradictions
        ],
        "stale": [
            {"field": f.field, "as_of": f.as_of, "text": _asked_again(f, lang)}
            for f in _stale(startup)
        ],
        "near": _near(evaluation, open_to, lang),
    }


def _missing(
    evaluation: Evaluation, columns: Columns, open_to: Sequence[int], lang: str
) -> list[dict]:
    """Fields with no statement that stands: gates they would answer, and the share of scores they
    would settle.
    """
    asked: dict[str, set[str]] = defaultdict(set)
    share: dict[str, float] = defaultdict(float)
    touched: dict[str, set[str]] = defaultdict(set)
    for j in open_to:
        mandate = columns.mandates[j].id
        for field in {
            GATE_ASKS[NAMES[g]]
            for g in np.flatnonzero(evaluation.states[:, j] == UNKNOWN)
            if NAMES[g] in GATE_ASKS
        }:
            asked[field].add(mandate)
        speaking = evaluation.encoded[evaluation.speaks[j]]
        for criterion, part in unknown_criteria(
            speaking, columns.known[j], columns.calibration.shares()
        ):
            if criterion in CRITERION_ASKS:
                share[CRITERION_ASKS[criterion]] += part
                touched[CRITERION_ASKS[criterion]].add(mandate)
    found = []
    for field in set(asked) | set(share):
        if _stands(evaluation.startup, field):
            continue
        gates, mandates = len(asked[field]), len(asked[field] | touched[field])
        mean = share[field] / max(len(touched[field]), 1)
        found.append(
            {
                "field": field,
                "gates": gates,
                "mandates": mandates,
                "share": round(mean, 4),
                "effect": round(gates + share[field], 4),
            }
        )
    found.sort(key=lambda m: (-m["effect"], m["field"]))
    return [
        m | {"label": getattr(FIELDS[m["field"]], lang), "text": _sentence(m, lang)} for m in found
    ]


def _sentence(missing: dict, lang: str) -> str:
    counts = {k: _counted(missing[k], lang) for k in ("gates", "mandates")}
    words = {"field": getattr(FIELDS[missing["field"]], lang), **counts}
    key = (
        "coach.both"
        if missing["gates"] and missing["share"]
        else "coach.gates"
        if missing["gates"]
        else "coach.share"
    )
    return say(key, lang, **words, share=round(100 * missing["share"]))


def _counted(n: int, lang: str) -> str:
    return say("mandates.one" if n == 1 else "mandates.many", lang, n=n)


def _asked_again(fact: Fact, lang: str) -> str:
    dated = fact.as_of != UNDATED
    return say(
        "coach.stale" if dated else "coach.undated",
        lang,
        field=getattr(FIELDS[fact.field], lang),
        date=fact.as_of,
    )


def _stands(startup: Startup, field: str) -> bool:
    """Whether something is stated in a field and still within its shelf life, for the company or
    its lead asset.
    """
    return any(not f.stale(startup.on) for f in startup.seen.all(field))


def _stale(startup: Startup) -> list[Fact]:
    """What was last said of single-valued fields and has passed its shelf life; lists such as
    funding rounds are history, not news.
    """
    single = {f.field for f in startup.seen if FIELDS[f.field].arity == "single"}
    newest = (
        startup.seen.one(name) or startup.seen.one(name, startup.assets[0].id) for name in single
    )
    return sorted(
        (f for f in newest if f is not None and f.stale(startup.on)),
        key=lambda f: (f.as_of, f.field),
    )


def _near(evaluation: Evaluation, open_to: Sequence[int], lang: str) -> list[dict]:
    """Near misses by the one gate that fails: what a single change would bring."""
    counts: dict[str, int] = defaultdict(int)
    for j in open_to:
        if evaluation.cls[j] == 1:
            counts[NAMES[int(np.flatnonzero(evaluation.states[:, j] == SOFT)[0])]] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        {
            "gate": g,
            "mandates": n,
            "text": say(
                "coach.near", lang, gate=label("gate", g, lang), mandates=_counted(n, lang)
            ),
        }
        for g, n in ordered
    ]
