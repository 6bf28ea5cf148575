"""Evaluations as rows: computed from a population, written with their history, and told in one
event per startup.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.matching.engine.columns import Columns
from services.matching.engine.grade import speaks_for
from services.matching.engine.score import CLASSES, Evaluation
from services.matching.engine.space import C_STEP
from services.matching.engine.wishes import CRITERIA
from services.matching.models import History, Match, Scored
from services.matching.population import Population
from services.matching.rules import material
from shared import outbox
from shared.db import insert_rows
from shared.events import Event

TOP = 3
FIELDS = [c.name for c in Match.__table__.columns]


def rows_of(evaluation: Evaluation, columns: Columns) -> dict[str, dict]:
    """The rows of one startup by mandate: pairs with no fail or a near miss that reach a cut-off.

    They serve the mandate's side, so what the startup keeps to itself is not in them.

    Contributions are stored as whole numbers of 2^-14 nat: exact, and as small as text gets.
    """
    wanted = np.flatnonzero((evaluation.cls < 2) & evaluation.keep)
    parts = np.vstack(
        [
            evaluation.investor,
            evaluation.startup_side,
            evaluation.activity,
            evaluation.row,
            evaluation.column,
        ]
    )[:, wanted]
    units = (parts.T / C_STEP).astype(np.int64).tolist()
    tops = main_reasons(evaluation, columns)
    states = evaluation.states[:, wanted].T.tolist()
    numbers = zip(
        evaluation.score[wanted].tolist(),
        evaluation.fit[wanted].tolist(),
        evaluation.confidence[wanted].tolist(),
        strict=True,
    )
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
            "top": tops[j],
            "versions": (
                f"{evaluation.startup.version}/{mandate.version}/{mandate.investor.version}/{columns.calibration.hash}"
            ),
        }
    return out


def main_reasons(evaluation: Evaluation, columns: Columns) -> list[str]:
    """The heaviest wishes met of every pair, as `criterion:weight`, for telling a new one."""
    points = speaks_for(evaluation.relations, columns)
    best = np.argsort(-points, axis=0, kind="stable")[:TOP].T.tolist()
    return [
        ",".join(f"{CRITERIA[i]}:{points[i, j]:.4f}" for i in chosen if points[i, j] > 0)
        for j, chosen in enumerate(best)
    ]


@dataclass
class Writing:
    """What one call of `store` has gathered: rows and histories to insert, pairs whose rows go,
    events to tell.
    """

    rows: list[dict] = field(default_factory=list)
    histories: list[dict] = field(default_factory=list)
    stale: dict[str, list[str]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


def store(
    session: Session,
    population: Population,
    subjects: Iterable[str],
    mandates: frozenset[str] | None = None,
) -> None:
    """Evaluates startups (against some mandates, or all) and writes what changed, with history and
    events; a few statements for all.
    """
    wanted = sorted(subjects)
    columns = population.columns if mandates is None else population.columns_of(mandates)
    scored = {
        s.subject: s for s in session.scalars(select(Scored).where(Scored.subject.in_(wanted)))
    }
    known = [s for s in wanted if s in scored]
    old, histories = _stored(session, known, mandates), _histories(session, known, mandates)
    writing = Writing()
    for subject in wanted:
        evaluation = population.evaluate(subject, columns) if len(columns) else None
        new, before = rows_of(evaluation, columns) if evaluation else {}, old.get(subject, {})
        changed = {m: row for m, row in new.items() if before.get(m) != row}
        gone = [m for m in before if m not in new]
        if stale := [m for m in changed if m in before] + gone:
            writing.stale[subject] = stale
        writing.rows += changed.values()
        told = _remember(session, changed, gone, population, histories.get(subject, {}), writing)
        _mark(
            session,
            population,
            scored.get(subject) or Scored(subject=subject, version=0, evaluated=0),
            told,
            writing,
        )
    _write(session, writing, by_mandate=mandates is not None)


def _write(session: Session, writing: Writing, by_mandate: bool) -> None:
    groups: dict[str, list[str]] = {}
    for startup, stale in writing.stale.items():
        for mandate in stale if by_mandate else ():
            groups.setdefault(mandate, []).append(startup)
    for mandate, startups in groups.items():
        session.execute(delete(Match).where(Match.mandate == mandate, Match.startup.in_(startups)))
    for startup, stale in {} if by_mandate else writing.stale.items():
        session.execute(delete(Match).where(Match.startup == startup, Match.mandate.in_(stale)))
    insert_rows(session, Match.__table__, writing.rows)
    insert_rows(session, History.__table__, writing.histories)
    outbox.publish(session, *writing.events)


def _stored(
    session: Session, startups: list[str], mandates: frozenset[str] | None
) -> dict[str, dict[str, dict]]:
    rows = select(*Match.__table__.columns).where(Match.startup.in_(startups))
    rows = rows if mandates is None else rows.where(Match.mandate.in_(mandates))
    found: dict[str, dict[str, dict]] = {}
    for row in session.execute(rows).mappings() if startups else ():
        found.setdefault(row["startup"], {})[row["mandate"]] = dict(row)
    return found


def _histories(
    session: Session, startups: list[str], mandates: frozenset[str] | None
) -> dict[str, dict[str, History]]:
    rows = select(History).where(History.startup.in_(startups))
    rows = rows if mandates is None else rows.where(History.mandate.in_(mandates))
    found: dict[str, dict[str, History]] = {}
    for history in session.scalars(rows) if startups else ():
        found.setdefault(history.startup, {})[history.mandate] = history
    return found


def _remember(
    session: Session,
    changed: dict[str, dict],
    gone: list[str],
    population: Population,
    histories: dict,
    writing: Writing,
) -> dict:
    """Brings history up to date; returns the mandates that appeared, changed materially, or
    left.
    """
    told: dict[str, list[str]] = {"appeared": [], "changed": [], "left": []}
    now = session.info["now"]
    for mandate, row in changed.items():
        history = histories.get(mandate)
        if history is None:
            writing.histories.append(_first(row, now, population.calibration.hash))
            told["appeared"].append(mandate)
        else:
            _renew(history, row, population, now, told)
    for mandate in gone:
        if mandate in histories and histories[mandate].present:
            histories[mandate].present = False
            told["left"].append(mandate)
    return told


def _renew(
    history: History, row: dict, population: Population, now, told: dict[str, list[str]]
) -> None:
    """A pair seen before: a material change is told; a new calibration changes numbers, not the
    world.
    """
    change = material(history, row, population.calibration.small)
    other = history.calibration != population.calibration.hash
    if other and history.gates == row["gates"]:
        change = None
        history.fit, history.top = row["fit"], row["top"]
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


def _mark(
    session: Session, population: Population, scored: Scored, told: dict, writing: Writing
) -> None:
    """Notes version and validity of the evaluation, and records the event where the list of matches
    changed.
    """
    startup = population.startups.get(scored.subject)
    scored.version = startup.version if startup else scored.version
    scored.on = population.on
    scored.valid_until = startup.next_change if startup else population.on
    session.add(scored)
    if any(told.values()):
        scored.evaluated += 1
        data = {"startup": scored.subject, **{k: sorted(v) for k, v in told.items()}}
        writing.events.append(
            Event(
                "matches.changed.v1",
                "matching",
                scored.subject,
                scored.evaluated,
                session.info["now"],
                data,
            )
        )
