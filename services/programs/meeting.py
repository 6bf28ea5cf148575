"""The decision meeting: the list with its uncertainty, minutes, reasons, the letters with the
results and what became of them.
"""

import string
from collections.abc import Callable
from uuid import uuid5

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.cohorts import SPACE, announced, own_call
from services.programs.models import (
    Application,
    Cohort,
    Delivery,
    Letter,
    Minutes,
    Review,
    Reviewer,
    Round,
)
from services.programs.models.companies import applicant_of
from services.programs.panel import own_round
from services.programs.planning.consensus import Consensus, consensus, total
from services.programs.rules import DONE, RECUSED
from shared import audit
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.letters import write
from shared.tables import setbacks

SEED = 1
OUTCOMES = ("accepted", "waitlisted", "declined")
MARKS = ("name", "call", "receipt", "reason")


def ranking(session: Session, round_: str) -> dict:
    """The list for the meeting: worth on one scale, its interval, rank from best to worst, chance
    of a place, what is apart; reviewers' leanings.
    """
    row = own_round(session, round_, lock=False)
    call = session.get_one(Cohort, row.cohort)
    reviews = list(session.scalars(select(Review).where(Review.round == row.id)))
    told = _agreed(row, call, reviews)
    applications = {
        a.id: a
        for a in session.scalars(
            select(Application).where(
                Application.cohort == row.cohort, Application.receipt.is_not(None)
            )
        )
    }
    names = dict(
        session.execute(
            select(Reviewer.id, Reviewer.name).where(Reviewer.cohort == row.cohort)
        ).all()
    )
    items = [
        _line(s, applications[s.id], [r for r in reviews if r.application == s.id], row, names)
        for s in told.standings
    ]
    leanings = [
        {"reviewer": r, "name": names[r], "leaning": v}
        for r, v in sorted(told.leanings.items(), key=lambda kv: kv[1])
    ]
    return {"items": items, "leanings": leanings, "noise": told.noise, "places": call.capacity}


def _agreed(row: Round, call: Cohort, reviews: list[Review]) -> Consensus:
    scored = [
        (r.application, r.reviewer, total(r.scores, row.rubric)) for r in reviews if r.state == DONE
    ]
    return consensus(scored, call.capacity, SEED)


def _line(
    standing, application: Application, reviews: list[Review], row: Round, names: dict
) -> dict:
    told = {
        k: getattr(standing, k)
        for k in ("rank", "worth", "low", "high", "best", "worst", "chance", "mean", "split")
    }
    told |= {
        "application": application.id,
        "version": application.version,
        "name": application.name,
        "receipt": application.receipt,
    }
    said = [
        {
            "reviewer": names[r.reviewer],
            "score": round(total(r.scores, row.rubric), 3),
            "scores": r.scores,
            "comment": r.comment,
        }
        for r in reviews
        if r.state == DONE
    ]
    open_ = sum(r.state in (rules.ASSIGNED, rules.CLEAR) for r in reviews)
    recused = [
        {"reviewer": names[r.reviewer], "reason": r.note} for r in reviews if r.state == RECUSED
    ]
    return told | {
        "state": application.state,
        "reviews": said,
        "open": open_,
        "recused": recused,
        "reason": application.reason,
    }


def keep_minutes(session: Session, cohort: str, form: dict) -> Minutes:
    """Minutes with the list as it lies on the table now; a correction is a new one."""
    call = own_call(session, cohort)
    listed = ranking(session, form["round"])["items"] if form.get("round") else []
    kept = ("rank", "application", "receipt", "name", "worth", "low", "high", "state", "reason")
    row = Minutes(
        id=new_id(),
        cohort=call.id,
        owner=call.owner,
        held_on=form["held_on"],
        present=form["present"],
        notes=form["notes"],
    )
    if form["held_on"] > session.info["today"]:
        raise Invalid(errors=[FieldError("held_on", "future-date", {})])
    row.ranking = [{k: item[k] for k in kept} for item in listed]
    row.made_by, row.made_at = session.info["actor"].person, session.info["now"]
    session.add(row)
    audit.note(session, "minutes-kept", row.id, cohort=call.id)
    return row


def give_reason(session: Session, application: str, reason: dict) -> Application:
    """What an applicant reads with the result, in either or both languages. Raises NotFound,
    Conflict once it is announced.
    """
    row = session.scalar(select(Application).where(Application.id == application).with_for_update())
    if row is None:
        raise NotFound()
    call = own_call(session, row.cohort)
    if announced(call, session.info["now"]):
        raise Conflict("announced-already")
    row.reason = reason
    row.version += 1
    audit.note(session, "reason-given", row.id)
    return row


# -- letters


def set_messages(session: Session, cohort: str, messages: dict) -> Cohort:
    """The letters of a call, by outcome. Raises Invalid for a mark that nothing fills."""
    call = own_call(session, cohort)
    faults = [
        (f"{outcome}.{part}", mark)
        for outcome, texts in messages.items()
        for part, text in texts.items()
        for mark in _unknown(text)
    ]
    if faults:
        raise Invalid(
            errors=[
                FieldError(field, "message-unknown-mark", {"given": mark[:80]})
                for field, mark in faults
            ]
        )
    call.messages = (call.messages or {}) | messages
    call.version += 1
    audit.note(session, "messages-written", call.id, outcomes=sorted(messages))
    return call


def _unknown(text: str) -> list[str]:
    """Marks of a letter that nothing fills: only `{name}`, `{call}`, `{receipt}`, `{reason}`,
    plain.
    """
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        return [str(error)]
    return [
        str(name)
        for _, name, spec, convert in parts
        if name is not None and (name not in MARKS or spec or convert)
    ]


def merged(call: Cohort, application: Application) -> dict | None:
    """The letter one applicant gets, in both languages, or None where the office has written none
    for the outcome.
    """
    texts = (call.messages or {}).get(application.state)
    if not texts:
        return None
    filled = {}
    for part, text in texts.items():
        lang = part[-2:]
        reason = (application.reason or {}).get(lang) or next(
            iter((application.reason or {}).values()), ""
        )
        called = call.name.get(lang) or next(iter(call.name.values()))
        filled[part] = text.format(
            name=application.name, call=called, receipt=application.receipt, reason=reason
        )
    return filled


def preview(session: Session, cohort: str) -> list[dict]:
    """Every letter as it would go out now."""
    call = own_call(session, cohort, lock=False)
    rows = (
        select(Application)
        .where(Application.cohort == call.id, Application.state.in_(OUTCOMES))
        .order_by(Application.receipt)
    )
    return [
        {
            "application": a.id,
            "receipt": a.receipt,
            "name": a.name,
            "state": a.state,
            "letter": merged(call, a),
        }
        for a in session.scalars(rows)
    ]


def write_result(session: Session, call: Cohort, application: Application) -> None:
    """One result's letter: the office's own words, or the plain notice that the result is there."""
    now = session.info["now"]
    letter = str(uuid5(SPACE, f"{application.id}/result/{call.announced_at.isoformat()}"))
    params = {"path": f"/cohorts/{call.id}", "expires": now.isoformat()}
    words = merged(call, application)
    write(
        session,
        Letter,
        letter,
        applicant_of(session, application),
        "application-letter" if words else "application-result",
        params | (words or {}),
    )
    parts = {
        "cohort": call.id,
        "application": application.id,
        "owner": call.owner,
        "kind": "result",
    }
    session.add(Delivery(id=letter, written_at=now, handed_at=None, recipients=None, **parts))


def on_results(session: Session, cohort: str) -> None:
    """The announcement's hour: a letter to everybody who has a result."""
    row = session.get(Cohort, cohort)
    if row is None or not announced(row, session.info["now"]):
        return
    for application in session.scalars(
        select(Application).where(Application.cohort == cohort, Application.state.in_(rules.HELD))
    ):
        write_result(session, row, application)


def deliveries(
    session: Session, cohort: str, fates: Callable[[list[str]], dict[str, dict[str, int]] | None]
) -> list[dict]:
    """What was written to whom, to how many addresses, and what has become of it: `sent` is what
    has left the house, nothing else.
    """
    own_call(session, cohort, lock=False)
    rows = select(Delivery, Application.name, Application.receipt).join(
        Application, Application.id == Delivery.application
    )
    found = session.execute(
        rows.where(Delivery.cohort == cohort).order_by(Delivery.written_at, Application.receipt)
    ).all()
    parked = select(setbacks.c.item).where(
        setbacks.c.queue == "letters", setbacks.c.parked_at.is_not(None)
    )
    stuck, known = (
        set(session.scalars(parked)),
        fates([d.id for d, _, _ in found if d.handed_at is not None]),
    )
    return [
        {"id": d.id, "kind": d.kind, "name": name, "receipt": receipt, "recipients": d.recipients}
        | {"state": _fate(d, d.id in stuck, known)}
        | {k: getattr(d, k) and getattr(d, k).isoformat() for k in ("written_at", "handed_at")}
        for d, name, receipt in found
    ]


def _fate(row: Delivery, stuck: bool, known: dict[str, dict[str, int]] | None) -> str:
    """waiting, sent (every mail of it has left), failed (one cannot leave), nobody (no account
    there), or unknown.
    """
    if row.handed_at is None:
        return "failed" if stuck else "waiting"
    if row.recipients == 0:
        return "nobody"
    mails = (known or {}).get(row.id)
    if mails is None:
        return "unknown"
    return "failed" if mails["failed"] else "waiting" if mails["waiting"] else "sent"


def noted(session: Session, letter: str, told: dict | None) -> None:
    """Enters into the delivery log to how many addresses accounts wrote."""
    values = {"handed_at": session.info["now"], "recipients": (told or {}).get("recipients")}
    session.execute(update(Delivery).where(Delivery.id == letter).values(values))


def minutes(session: Session, cohort: str) -> list[dict]:
    """A call's minutes, the newest first."""
    own_call(session, cohort, lock=False)
    rows = session.scalars(
        select(Minutes).where(Minutes.cohort == cohort).order_by(Minutes.made_at.desc(), Minutes.id)
    )
    return [minutes_document(row) for row in rows]


def minutes_document(row: Minutes) -> dict:
    told = {n: getattr(row, n) for n in ("id", "cohort", "present", "notes", "ranking", "made_by")}
    return told | {"held_on": row.held_on.isoformat(), "made_at": row.made_at.isoformat()}
