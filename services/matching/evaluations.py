"""Evaluations as rows: computed from a population, written with their history, and told in one event per startup."""

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from services.matching.engine.columns import Columns
from services.matching.engine.score import CLASSES, Evaluation
from services.matching.engine.space import C_STEP, SPACE
from services.matching.models import History, Match, Scored
from services.matching.population import Population
from services.matching.rules import material
from shared import outbox
from shared.events import Event

TOP = 3
FIELDS = [c.name for c in Match.__table__.columns]


def rows_of(evaluation: Evaluation, columns: Columns) -> dict[str, dict]:
    """The rows of one startup by mandate: pairs with no fail or a near miss, not removed, that reach a cut-off.

    Contributions are stored as whole numbers of 2^-14 nat: exact, and as small as text gets.
    """
    wanted = np.flatnonzero((evaluation.cls < 2) & ~evaluation.removed & evaluation.keep)
    sums = (evaluation.investor + evaluation.startup_side)[:, wanted]
    parts = np.vstack([evaluation.investor, evaluation.startup_side, evaluation.activity, evaluation.row, evaluation.column])[:, wanted]
    units = (parts.T / C_STEP).astype(np.int64).tolist()
    best = np.argsort(-sums, axis=0, kind="stable")[:TOP].T.tolist()
    states = evaluation.states[:, wanted].T.tolist()
    numbers = zip(evaluation.score[wanted].tolist(), evaluation.fit[wanted].tolist(), evaluation.confidence[wanted].tolist(), strict=True)
    out = {}
    for n, (j, (score, fit, confidence)) in enumerate(zip(wanted.tolist(), numbers, strict=True)):
        mandate = columns.mandates[j]
        out[mandate.id] = {
            "startup": evaluation.startup.id,
            "mandate": mandate.id,
            "investor": mandate.investor.id,
            "asset": evaluation.assets[evaluation.speaks[j]].id,
            "state": CLASSES[evaluation.cls[j]],
            "score": score,
            "fit": round(fit, 4),
            "confidence": confidence,
            "gates": "".join(map(str, states[n])),
            "contributions": ",".join(map(str, units[n])),
            "top": ",".join(f"{SPACE.criteria[i]}:{sums[i, n]:.4f}" for i in best[n] if sums[i, n] > 0),
            "versions": f"{evaluation.startup.version}/{mandate.version}/{mandate.investor.version}/{columns.calibration.hash}",
        }
    return out


def store(session: Session, population: Population, subject: str, mandates: frozenset[str] | None = None) -> None:
    """Evaluates a startup (against some mandates, or all) and writes what changed, with history and event."""
    columns = population.columns if mandates is None else population.columns_of(mandates)
    evaluation = population.evaluate(subject, columns)
    new = rows_of(evaluation, columns) if evaluation else {}
    scored = session.get(Scored, subject)
    old = _stored(session, subject, mandates) if scored else {}
    changed = [m for m, row in new.items() if old.get(m) != row]
    gone = [m for m in old if m not in new]
    stale = [m for m in changed if m in old] + gone
    if stale:
        session.execute(delete(Match).where(Match.startup == subject, Match.mandate.in_(stale)))
    if changed:
        session.execute(insert(Match.__table__), [new[m] for m in changed])
    told = _remember(session, subject, {m: new[m] for m in changed}, gone, population, known=scored is not None)
    _mark(session, population, scored or Scored(subject=subject, version=0, evaluated=0), told)


def _stored(session: Session, subject: str, mandates: frozenset[str] | None) -> dict[str, dict]:
    rows = select(*Match.__table__.columns).where(Match.startup == subject)
    rows = rows if mandates is None else rows.where(Match.mandate.in_(mandates))
    return {r["mandate"]: dict(r) for r in session.execute(rows).mappings()}


def _remember(session: Session, subject: str, changed: dict[str, dict], gone: list[str], population: Population, known: bool) -> dict:
    """Brings history up to date; returns the mandates that appeared, changed materially, or left."""
    told: dict[str, list[str]] = {"appeared": [], "changed": [], "left": []}
    if not changed and not gone:
        return told
    mine = select(History).where(History.startup == subject, History.mandate.in_([*changed, *gone]))
    histories = {h.mandate: h for h in session.scalars(mine)} if known else {}
    now, fresh = session.info["now"], []
    for mandate, row in changed.items():
        history = histories.get(mandate)
        if history is None:
            fresh.append(_first(row, now, population.calibration.hash))
            told["appeared"].append(mandate)
        else:
            _renew(history, row, population, now, told)
    if fresh:
        session.execute(insert(History.__table__), fresh)
    for mandate in gone:
        if mandate in histories and histories[mandate].present:
            histories[mandate].present = False
            told["left"].append(mandate)
    return told


def _renew(history: History, row: dict, population: Population, now, told: dict[str, list[str]]) -> None:
    """A pair seen before: a material change is told; a new calibration changes numbers, not the world."""
    change = material(history, row, population.calibration.small)
    if history.calibration != population.calibration.hash and history.gates == row["gates"]:
        change = None
    if change or not history.present:
        told["changed" if history.present else "appeared"].append(history.mandate)
        history.material_at, history.change = now, change or {"kind": "returned"}
        history.gates, history.fit, history.top = row["gates"], row["fit"], row["top"]
    history.present, history.calibration = True, population.calibration.hash


def _first(row: dict, now, calibration: str) -> dict:
    return {
        "startup": row["startup"],
        "mandate": row["mandate"],
        "first_seen": now,
        "material_at": now,
        "gates": row["gates"],
        "fit": row["fit"],
        "top": row["top"],
        "calibration": calibration,
        "change": None,
        "present": True,
    }


def _mark(session: Session, population: Population, scored: Scored, told: dict) -> None:
    """Notes version and validity of the evaluation, and records the event where the list of matches changed."""
    startup = population.startups.get(scored.subject)
    scored.version = startup.version if startup else scored.version
    scored.on = population.on
    scored.valid_until = startup.next_change if startup else population.on
    session.add(scored)
    if any(told.values()):
        scored.evaluated += 1
        event = Event(
            type="matches.changed.v1",
            source="matching",
            subject=scored.subject,
            subjectversion=scored.evaluated,
            time=session.info["now"],
            data={"startup": scored.subject, **{k: sorted(v) for k, v in told.items()}},
        )
        outbox.publish(session, event)
