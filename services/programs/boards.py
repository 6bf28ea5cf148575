"""Reads about calls and applications: the list of calls, an applicant's own, the office's board and
its table.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.cohorts import announced, own_call
from services.programs.interviews import interview, slot_document
from services.programs.models import Application, Batch, CheckLog, Cohort
from services.programs.rules import APPLICANT, DRAFT, OFFICE
from shared import workbooks
from shared.clock import JST
from shared.errors import NotFound

COLUMNS = ("receipt", "name", "startup", "kind", "state", "hubs", "submitted_at")


def calls(session: Session) -> list[dict]:
    """Calls one may read, the next deadline first."""
    rows = session.scalars(select(Cohort).order_by(Cohort.deadline, Cohort.id).limit(500))
    return [call_document(row, session) for row in rows]


def call(session: Session, slug: str) -> dict:
    row = session.scalar(select(Cohort).where(Cohort.id == slug))
    if row is None:
        raise NotFound()
    return call_document(row, session)


def call_document(row: Cohort, session: Session) -> dict:
    """A call; weights of criteria and the results' hour are for its office."""
    names = (
        "id",
        "program",
        "owner",
        "kind",
        "name",
        "applicants",
        "capacity",
        "hubs",
        "questions",
        "state",
    )
    told = {name: getattr(row, name) for name in names} | {"version": row.seen_version}
    told |= {
        name: getattr(row, name) and getattr(row, name).isoformat()
        for name in ("opens_at", "deadline", "starts_on", "ends_on")
    }
    if session.info["actor"].may_change(row.owner, "officer"):
        told |= {
            "criteria": row.criteria,
            "messages": row.messages,
            "announced_at": row.announced_at and row.announced_at.isoformat(),
        }
    return told | {"announced": announced(row, session.info["now"])}


def applications(session: Session, slug: str, query: dict) -> list[dict]:
    """One's own applications to a call; for its office all that are submitted, those of a state, of
    a check's result, or by name.
    """
    cohort = session.scalar(select(Cohort).where(Cohort.id == slug))
    if cohort is None:
        raise NotFound()
    rows = (
        select(Application)
        .where(Application.cohort == slug)
        .order_by(Application.receipt, Application.id)
    )
    if query.get("state"):
        rows = rows.where(Application.state == query["state"])
    if query.get("q"):
        rows = rows.where(Application.name.icontains(query["q"], autoescape=True))
    found = [
        application_document(row, cohort, session) for row in session.scalars(rows.limit(5000))
    ]
    if query.get("check"):
        rule, _, state = query["check"].partition(":")
        found = [d for d in found if d["checks"].get(rule, {}).get("state") == state]
    return found


SHOWN = ("id", "receipt", "name", "startup", "kind", "hubs", "state")


def board(session: Session, slug: str, query: dict) -> dict:
    """The office's board: a page of what is wanted with the result of every rule, and over all that
    is wanted how many there are of what.

    Wanted by `state`, by a check's result (`rule:state`), by part of the name or receipt. `after`
    is the last receipt of the page before.
    """
    own_call(session, slug, lock=False)
    shown = (getattr(Application, name) for name in SHOWN)
    rows = select(
        *shown,
        Application.states,
        Application.version,
        Application.submitted_at,
        Application.owner,
        Application.office,
    )
    rows = rows.where(
        Application.cohort == slug, Application.receipt.is_not(None), Application.state != DRAFT
    ).order_by(Application.receipt)
    if query.get("q"):
        like = {"autoescape": True}
        rows = rows.where(
            or_(
                Application.name.icontains(query["q"], **like),
                Application.receipt.icontains(query["q"], **like),
            )
        )
    if query.get("state"):
        rows = rows.where(Application.state == query["state"])
    if query.get("check"):
        rule, _, state = query["check"].partition(":")
        rows = rows.where(Application.states[rule].as_string() == state)
    found, counts, rules_ = session.execute(rows).all(), Counter(), {}
    for row in found:
        counts[row.state] += 1
        for name, result in row.states.items():
            rules_.setdefault(name, Counter())[result] += 1
    page = [r for r in found if r.receipt > query.get("after", "")][: query["limit"]]
    more = page[-1].receipt if page and page[-1] is not found[-1] else None
    return {
        "items": [_line(r) for r in page],
        "total": len(found),
        "states": dict(counts),
        "rules": {r: dict(c) for r, c in sorted(rules_.items())},
        "next": more,
    }


def _line(row) -> dict:
    kept = {name: getattr(row, name) for name in SHOWN} | {
        "checks": row.states,
        "version": row.version,
    }
    return kept | {
        "submitted_at": row.submitted_at.isoformat(),
        "imported": row.owner == row.office,
    }


def one(session: Session, application: str) -> dict:
    """An application with everything found about it. Raises NotFound."""
    row = session.scalar(select(Application).where(Application.id == application))
    if row is None:
        raise NotFound()
    cohort = session.get_one(Cohort, row.cohort)
    log = session.scalars(
        select(CheckLog).where(CheckLog.application == row.id).order_by(CheckLog.at, CheckLog.id)
    )
    slot = interview(session, row.id)
    heard = {
        "interview": {
            k: v for k, v in slot_document(slot).items() if k not in ("id", "round", "application")
        }
        if slot
        else None
    }
    return (
        application_document(row, cohort, session)
        | heard
        | {"log": [{"rule": c.rule, "result": c.result, "at": c.at.isoformat()} for c in log]}
    )


def application_document(row: Application, cohort: Cohort, session: Session) -> dict:
    """An application as its reader may know it: to the applicant decisions are held until the
    announcement.
    """
    actor = session.info["actor"]
    side = OFFICE if actor.may_change(row.office, "officer") else APPLICANT
    names = (
        "id",
        "cohort",
        "kind",
        "startup",
        "name",
        "hubs",
        "topics",
        "answers",
        "receipt",
        "checks",
        "submitter",
    )
    told = {name: getattr(row, name) for name in names} | {
        "state": row.state,
        "legal": rules.legal(row.state, side),
    }
    told |= {
        "made_at": row.made_at.isoformat(),
        "submitted_at": row.submitted_at and row.submitted_at.isoformat(),
    }
    if row.told:
        told["reason"] = row.reason
    told["imported"] = row.owner == row.office
    return told | {"version": row.seen_version}


def batch_document(row: Batch) -> dict:
    return {
        "id": row.id,
        "act": row.act,
        "count": len(row.moved),
        "at": row.at.isoformat(),
        "undone": row.undone_at is not None,
    }


def table(session: Session, slug: str, kind: str) -> bytes:
    """The office's board as CSV or XLSX: one row an application, one column a rule and a question.
    Raises NotFound, Forbidden.
    """
    cohort = own_call(session, slug, lock=False)
    found = [d for d in applications(session, slug, {}) if d["receipt"]]
    checked = sorted({rule for d in found for rule in d["checks"]})
    asked = [q["key"] for q in cohort.questions]
    rows = [
        [
            *("; ".join(d[c]) if c == "hubs" else str(d[c] or "") for c in COLUMNS[:-1]),
            _jst(d["submitted_at"]),
            *(d["checks"].get(rule, {}).get("state", "") for rule in checked),
            *(str(d["answers"].get(key, "")) for key in asked),
        ]
        for d in found
    ]
    return workbooks.table(
        [*COLUMNS, *(f"check:{r}" for r in checked), *(f"answer:{k}" for k in asked)], rows, kind
    )


def _jst(text: str | None) -> str:
    return (
        datetime.fromisoformat(text).astimezone(JST).strftime("%Y-%m-%d %H:%M:%S") if text else ""
    )
