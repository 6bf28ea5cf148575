"""What a reviewer decides about a pair, and what brings it back: a state machine as data, undone
within a day, resurfacing by fact or by date.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import days, watchlists
from services.matching.engine import conditions
from services.matching.engine.sentences import say
from services.matching.engine.words import label
from services.matching.models import Decision, Step
from services.matching.news import returned
from services.matching.population import Population
from services.matching.queries import Asking, Reader
from services.matching.rules import DECIDE, OPEN, RETURNED, WAITING
from shared import audit, outbox, timers
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from shared.ids import new_id
from shared.judgement.sources import class_of
from shared.vocabulary import vocabulary

TIMER, UNDO, LONGEST, AGEING = (
    "decision-due",
    timedelta(days=1),
    timedelta(days=3 * 366),
    timedelta(days=14),
)


def decide(
    session: Session, reader: Reader, form: dict, asking: Asking, expected: int | None
) -> Decision:
    """Advances, holds or passes a pair of one's own mandate.

    Raises Forbidden for another's mandate, NotFound for a pair not there, Stale where somebody
    decided meanwhile, Conflict (naming the legal ones) for a step that leads nowhere, Invalid for a
    reason, date or condition that makes no sense.
    """
    actor, now = session.info["actor"], session.info["now"]
    actor.need("reviewer")
    population = reader.population(session, asking)
    startup = reader.startup(session, population, form["startup"])
    if form["mandate"] not in population.mandates:
        raise NotFound("no-mandate", given=form["mandate"])
    if population.mandates[form["mandate"]].owner != actor.org:
        raise Forbidden()
    reader.explain(session, startup, form["mandate"], asking)
    row = session.scalar(
        select(Decision)
        .where(Decision.startup == startup, Decision.mandate == form["mandate"])
        .with_for_update()
    ) or Decision(
        id=new_id(),
        startup=startup,
        mandate=form["mandate"],
        owner=actor.org,
        state=OPEN,
        version=0,
    )
    if expected is not None and expected != row.version:
        raise Stale(version=row.version)
    if form["state"] not in DECIDE[row.state]:
        raise Conflict("illegal-step", given=row.state, legal=", ".join(DECIDE[row.state]))
    _check(session, population, startup, form)
    row.before = _state(row) if row.version else None
    row.state, row.reason, row.note = form["state"], form.get("reason"), form.get("note")
    row.condition, row.until, row.told = (
        form.get("condition"),
        form.get("until"),
        form.get("told", False),
    )
    row.by, row.at, row.back_at, row.back_because = actor.person, now, None, None
    session.add(row)
    session.flush()  # the step's event raises the version: 1 for the first
    if row.until:
        wait(session, row)
    audit.note(
        session,
        f"decided-{row.state}",
        row.id,
        startup=startup,
        mandate=row.mandate,
        reason=row.reason,
    )
    _tell(session, row, "made")
    return row


def _check(session: Session, population: Population, startup: str, form: dict) -> None:
    """What a state needs, and whether what it waits for can come."""
    errors, state = [], form["state"]
    reasons = vocabulary("pass_reason").nodes
    if state == "pass" and reasons.get(form.get("reason") or "", {}).get("type") in (None, "group"):
        errors.append(
            FieldError(
                "reason",
                "required" if not form.get("reason") else "unknown-code",
                {"given": form.get("reason", "")},
            )
        )
    if state == "hold" and not (form.get("until") or form.get("condition")):
        errors.append(FieldError("until", "hold-until-what", {}))
    if state == "advance" and (form.get("until") or form.get("condition")):
        errors.append(FieldError("until", "advance-waits-for-nothing", {}))
    today, until = days.today(session, form["mandate"]), form.get("until")
    if until and not today < until <= today + LONGEST:
        errors.append(FieldError("until", "date-past" if until <= today else "date-far", {}))
    if kind := form.get("condition"):
        known = population.organisations | population.places
        code = conditions.fault(
            population.startups[startup], kind, known, watchlists.versions(session)
        )
        errors += (
            [FieldError("condition", code, {"given": say(f"condition.{kind}", "en")})]
            if code
            else []
        )
    if errors:
        raise Invalid(errors=errors)


def _state(row: Decision) -> dict:
    """What an undoing puts back."""
    dated = {
        "until": row.until and row.until.isoformat(),
        "back_at": row.back_at and row.back_at.isoformat(),
        "at": row.at.isoformat(),
    }
    return dated | {
        k: getattr(row, k)
        for k in ("state", "reason", "note", "told", "condition", "by", "back_because")
    }


def undo(session: Session, decision: str) -> Decision:
    """Takes the last step back, within a day of it. Raises NotFound, Conflict."""
    actor = session.info["actor"]
    actor.need("reviewer")
    row = session.scalar(select(Decision).where(Decision.id == decision).with_for_update())
    if row is None:
        raise NotFound()
    if row.state == OPEN or row.back_at or session.info["now"] > row.at + UNDO:
        raise Conflict("undo-too-late")
    before = row.before or {"state": OPEN}
    row.state, row.before = before["state"], None
    for key in ("reason", "note", "condition", "by", "back_because"):
        setattr(row, key, before.get(key))
    row.told = bool(before.get("told"))
    row.until = date.fromisoformat(before["until"]) if before.get("until") else None
    row.back_at = datetime.fromisoformat(before["back_at"]) if before.get("back_at") else None
    if row.until:
        wait(session, row)
    audit.note(session, "decision-undone", row.id, startup=row.startup, mandate=row.mandate)
    _tell(session, row, "made", "undone")
    return row


def of_the_house(session: Session, decision: str) -> Decision:
    """A decision of the reviewer's own team. Raises Forbidden, NotFound."""
    session.info["actor"].need("reviewer")
    row = session.scalar(select(Decision).where(Decision.id == decision).with_for_update())
    if row is None:
        raise NotFound()
    return row


def assign(session: Session, decision: str, person: str | None) -> Decision:
    """Gives a pair that was advanced to somebody of the team, or takes it back. Raises NotFound,
    Conflict.
    """
    row = of_the_house(session, decision)
    if row.state != "advance":
        raise Conflict("illegal-step", given=row.state, legal="advance")
    row.assigned_to, row.assigned_at = person, session.info["now"] if person else None
    audit.note(session, "decision-assigned", row.id, to=person)
    return row


# -- coming back


def wait(session: Session, row: Decision) -> None:
    """Brings a hold or pass back when its day begins where the team is."""
    timers.at(session, days.midnight(session, row.mandate, row.until), TIMER, row.id)


def moved(session: Session, mandate: str) -> None:
    """The team of a mandate has another zone now: what waits for a day waits for it there."""
    for row in session.scalars(
        select(Decision).where(
            Decision.mandate == mandate, Decision.state.in_(WAITING), Decision.until.is_not(None)
        )
    ):
        wait(session, row)


def resurface(session: Session, population: Population, startups: list[str]) -> None:
    """Brings back what waits for a fact that these startups have now stated."""
    rows = select(Decision).where(
        Decision.startup.in_(startups), Decision.state.in_(WAITING), Decision.condition.is_not(None)
    )
    # whoever loads a list sees no decision; those it concerns come back all the same
    with unscoped(session):
        waiting = list(session.scalars(rows.with_for_update())) if startups else []
    if not waiting:
        return
    known, lists = population.organisations | population.places, watchlists.versions(session)
    for row in waiting:
        startup = population.startups.get(row.startup)
        fact = conditions.met(startup, row.condition, known, lists) if startup else False
        if fact:
            told = (
                {}
                if fact is True
                else {
                    "field": fact.field,
                    "as_of": fact.as_of,
                    "source": fact.source.get("url"),
                    "source_class": class_of(fact.source),
                }
            )
            _back(session, row, {"kind": row.condition} | told)


def on_due(session: Session, decision: str) -> None:
    """The day a hold or pass was put off to has come."""
    row = session.scalar(select(Decision).where(Decision.id == decision).with_for_update())
    if row is None or row.state not in WAITING or not row.until:
        return
    if row.until > days.today(session, row.mandate):  # the team has moved west since
        wait(session, row)
    else:
        _back(session, row, {"kind": "date", "as_of": row.until.isoformat()})


def _back(session: Session, row: Decision, because: dict) -> None:
    because = because | {"from": row.state}
    row.state, row.back_at, row.back_because = RETURNED, session.info["now"], because
    row.before, row.told = None, False
    _tell(session, row, "returned")


def _tell(session: Session, row: Decision, verb: str, kept_as: str | None = None) -> None:
    kept = {name: getattr(row, name) for name in ("startup", "mandate", "owner", "state", "reason")}
    session.add(
        Step(
            id=new_id(),
            verb=kept_as or verb,
            by=row.by if verb == "made" else None,
            at=session.info["now"],
            **kept,
        )
    )

    def data() -> dict:
        named = {
            "startup": row.startup,
            "mandate": row.mandate,
            "owner": row.owner,
            "state": row.state,
        }
        return named | {
            k: v
            for k, v in (("reason", row.reason), ("until", row.until and row.until.isoformat()))
            if v
        }

    outbox.record(session, row, f"decision.{verb}.v1", "matching", data)


# -- reading


def of_pairs(session: Session, mandates: list[str]) -> dict[tuple[str, str], Decision]:
    """The actor's decisions about these mandates, by (startup, mandate)."""
    rows = session.scalars(select(Decision).where(Decision.mandate.in_(mandates)))
    return {(row.startup, row.mandate): row for row in rows}


def listed(session: Session, query: dict, lang: str) -> list[dict]:
    """One's organisation's decisions, the newest first; `ageing`: what was advanced, given to
    somebody, and left alone for two weeks.
    """
    rows = select(Decision).where(Decision.state != OPEN).order_by(Decision.at.desc(), Decision.id)
    for name in ("mandate", "startup", "state"):
        if query.get(name):
            rows = rows.where(getattr(Decision, name) == query[name])
    if query.get("ageing"):
        limit = session.info["now"] - AGEING
        rows = rows.where(
            Decision.state == "advance",
            Decision.assigned_to.is_not(None),
            Decision.assigned_at < limit,
            Decision.at < limit,
        )
    return [decision_document(session, row, lang) for row in session.scalars(rows.limit(500))]


def history(session: Session, startup: str, mandate: str, lang: str) -> list[dict]:
    """Every step about a pair, the first first."""
    rows = (
        select(Step)
        .where(Step.startup == startup, Step.mandate == mandate)
        .order_by(Step.at, Step.id)
    )
    return [
        {
            "verb": s.verb,
            "state": s.state,
            "reason": s.reason and label("pass_reason", s.reason, lang),
            "by": s.by,
            "at": s.at.isoformat(),
        }
        for s in session.scalars(rows)
    ]


def decision_document(session: Session, row: Decision, lang: str) -> dict:
    document = {
        "id": row.id,
        "startup": row.startup,
        "mandate": row.mandate,
        "state": row.state,
        "version": row.version,
        "reason": row.reason,
        "reason_text": label("pass_reason", row.reason, lang) if row.reason else None,
        "note": row.note,
        "told": row.told,
        "condition": row.condition,
        "condition_text": say(f"condition.{row.condition}", lang) if row.condition else None,
        "until": row.until and row.until.isoformat(),
        "by": row.by,
        "at": row.at.isoformat(),
        "assigned_to": row.assigned_to,
        "legal": list(DECIDE[row.state]),
    }
    if row.back_at:
        document["returned"] = returned(row, days.zone_of(session, row.mandate), lang)
    return document
