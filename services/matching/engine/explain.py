"""A pair told in full: state, numbers, gates, contributions that sum, reasons for and against,
questions, what would change it.
"""

import numpy as np

from services.matching.engine.columns import Columns
from services.matching.engine.encode import Encoded
from services.matching.engine.grade import Standard, letter
from services.matching.engine.reasons import Told
from services.matching.engine.score import CLASSES, Evaluation
from services.matching.engine.sentences import joined, say
from services.matching.engine.space import SPACE
from services.matching.engine.views import Asset, Mandate, Startup
from services.matching.engine.words import gates_of, label
from shared.judgement.dates import shown
from shared.judgement.facts import Fact
from shared.judgement.fields import FIELDS
from shared.judgement.gates import Gate
from shared.judgement.sources import class_of
from shared.organizations.words import words as value_words

# the gate under which it is asked
DOUBT_ASKS = {"corporate_status": "status", "hq": "country", "stage": "stage", "raise": "cheque"}


def match_document(evaluation: Evaluation, columns: Columns, j: int, lang: str) -> dict:
    """The match of mandate j with the startup evaluated, in the shape of `matching.md`;
    contributions sum to log_odds.
    """
    startup, mandate = evaluation.startup, columns.mandates[j]
    asset = evaluation.assets[evaluation.speaks[j]]
    gates = gates_of(startup, asset, mandate, evaluation.states[:, j], lang)
    parts = contributions(evaluation, columns, j, lang)
    state = CLASSES[evaluation.cls[j]]
    told, fit = Told(evaluation, columns, j, lang), float(evaluation.fit[j])
    return {
        "state": state,
        "startup": startup.id,
        "mandate": mandate.id,
        "investor": mandate.investor.id,
        "asset": asset.id,
        "grade": letter(fit),
        "fit": fit,
        "rank": None if state == "fail" else Standard.of(columns).rank(j, fit),
        "of": len(columns.calibration.startups),
        "log_odds": float(evaluation.score[j]),
        "confidence": float(evaluation.confidence[j]),
        "names": {
            "startup": startup.title(lang),
            "investor": mandate.title(lang),
            "asset": asset.name,
        },
        "origin": {"startup": startup.origin, "investor": mandate.investor.origin},
        "relationship": told.relationship(),
        "listed": startup.status[0] == "listed",
        "gates": [g.document() for g in gates],
        "contributions": parts,
        "relations": told.documents(),
        "knowledge": told.knowledge(),
        "reasons": told.reasons(),
        "unknowns": _unknowns(gates, startup, asset, lang),
        "change": _change(state, gates, evaluation, columns, j, lang),
        "versions": versions(startup, mandate, columns),
    }


def versions(startup: Startup, mandate: Mandate, columns: Columns) -> dict:
    """What the numbers were computed from, in versions as the network counts them."""
    return {
        "startup": startup.seen_version(),
        "mandate": mandate.seen_version(),
        "investor": mandate.investor.seen_version(),
        "calibration": columns.calibration.hash,
        "weights": columns.calibration.document["weights"]["version"],
        "as_of": startup.on.isoformat(),
    }


def contributions(evaluation: Evaluation, columns: Columns, j: int, lang: str) -> list[dict]:
    """One part per criterion and side, then the constants; exact multiples of 2^-14 that sum to the
    score.

    Activity moves startups' lists only; a mandate without past deals has 0 points there: unknown.
    """
    parts = []
    for criterion in (c for c in columns.calibration.shares() if c != "activity"):
        for side, values in (
            ("investor", evaluation.investor),
            ("startup", evaluation.startup_side),
        ):
            parts.append(_part(criterion, side, values[SPACE.criteria.index(criterion), j], lang))
    parts.append(_part("activity", "prior", evaluation.activity[j], lang))
    parts.append(_part("startup_demand", "prior", evaluation.row[j], lang))
    parts.append(_part("mandate_demand", "prior", evaluation.column[j], lang))
    return parts


def _part(criterion: str, side: str, points: float, lang: str) -> dict:
    return {
        "criterion": criterion,
        "side": side,
        "points": float(points),
        "text": label("criterion", criterion, lang),
    }


def _unknowns(gates: list[Gate], startup: Startup, asset: Asset, lang: str) -> list[dict]:
    """Open questions: gates that ask, and where sources disagree about what a gate or the score
    reads.
    """
    asked = [{"gate": g.gate, "text": g.text} for g in gates if g.state == "unknown"]
    doubts = [
        pair
        for pair in startup.seen.contradictions
        if pair[0].field in DOUBT_ASKS and pair[0].asset in (None, asset.id)
    ]
    told = [
        {"gate": DOUBT_ASKS[f.field], "field": f.field, "text": disagreement(f, others, lang)}
        for f, others in doubts
    ]
    return [u for u in asked if u["gate"] not in {t["gate"] for t in told}] + told


def disagreement(fact: Fact, others: list[Fact], lang: str) -> str:
    """Two sources disagree: both values, each with its date and what kind of text states it."""
    said = [
        say(
            "doubt.value",
            lang,
            value=value_words(f, lang),
            date=shown(f.as_of, lang),
            source=label("source_class", class_of(f.source), lang),
        )
        for f in (fact, *others)
    ]
    return say("doubt", lang, field=getattr(FIELDS[fact.field], lang), values=joined(said, lang))


def _change(
    state: str, gates: list[Gate], evaluation: Evaluation, columns: Columns, j: int, lang: str
) -> dict | None:
    """The smallest single change: the one soft gate of a near miss, else an open question, else the
    largest unknown criterion.
    """
    failed = [g for g in gates if g.state == "fail"]
    if state == "near-miss":
        return {
            "kind": "gate",
            "gate": failed[0].gate,
            "text": say(
                "change.gate", lang, gate=label("gate", failed[0].gate, lang), text=failed[0].text
            ),
        }
    if state == "fail":
        return None
    asked = next((g for g in gates if g.state == "unknown"), None)
    if asked is not None:
        return {"kind": "ask", "gate": asked.gate, "text": say("change.ask", lang, text=asked.text)}
    missing = unknown_criteria(
        evaluation.encoded[evaluation.speaks[j]], columns.known[j], columns.calibration.shares()
    )
    if missing:
        criterion, share = missing[0]
        words = {
            "criterion": label("criterion", criterion, lang),
            "share": round(100 * share),
            "startup": evaluation.startup.title(lang),
        }
        return {"kind": "fact", "criterion": criterion, "text": say("change.rank", lang, **words)}
    return {"kind": "none", "text": say("change.none", lang)}


def unknown_criteria(
    encoded: Encoded, wanted: np.ndarray, shares: dict[str, float]
) -> list[tuple[str, float]]:
    """Criteria the mandate states and the startup does not, the largest share first."""
    lost: dict[str, float] = {}
    for i, block in enumerate(SPACE.blocks):
        if wanted[i] and not encoded.known[i]:
            lost[block.criterion] = (
                lost.get(block.criterion, 0.0) + shares[block.criterion] * block.part
            )
    return sorted(lost.items(), key=lambda item: (-item[1], item[0]))
