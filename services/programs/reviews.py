"""Reviewing by a personal link: interests are declared before anything is read, scores follow the
rubric, one may step back at any time.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.models import Application, Cohort, Review, Reviewer, Round
from services.programs.panel import CLOSED, tell
from services.programs.rules import DONE, READS, RECUSED, RELEASED, REVIEW, REVIEW_STEPS, REVIEWER
from shared import audit
from shared.clock import JST
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Gone, Invalid, NotFound, Stale
from shared.links import trace


def opened(session: Session, token: str) -> Reviewer:
    """Whose link it is. Raises NotFound, Gone once it has ended, as it does with the last round of
    its call.
    """
    with unscoped(session):
        row = session.scalar(select(Reviewer).where(Reviewer.secret == trace(token)))
    if row is None:
        raise NotFound("link-unknown")
    if row.expires_at <= session.info["now"]:
        raise Gone("link-expired", date=row.expires_at.astimezone(JST).date().isoformat())
    with unscoped(session):
        states = set(session.scalars(select(Round.state).where(Round.cohort == row.cohort)))
    if states == {CLOSED}:
        raise Gone("link-ended")
    return row


def desk(session: Session, token: str) -> dict:
    """What lies on a reviewer's desk: their reviews by round, those still to be done first."""
    who = opened(session, token)
    with unscoped(session):
        call = session.get_one(Cohort, who.cohort)
        mine = (
            select(Review, Application, Round)
            .join(Application, Application.id == Review.application)
            .join(Round, Round.id == Review.round)
        )
        rows = session.execute(
            mine.where(Review.reviewer == who.id, Review.state != RELEASED).order_by(
                Round.due, Application.receipt
            )
        ).all()
        items = [_summary(review, application, round_) for review, application, round_ in rows]
    items.sort(key=lambda i: (i["state"] in (DONE, RECUSED), i["due"], i["receipt"]))
    return {"name": who.name, "call": call.name, "items": items}


def _summary(review: Review, application: Application, round_: Round) -> dict:
    """A line of the desk. The applicant's name is needed to declare an interest, unless the round
    hides it.
    """
    told = {
        "id": review.id,
        "round": round_.name,
        "due": round_.due.isoformat(),
        "state": review.state,
        "receipt": application.receipt,
    }
    name = None if "name" in round_.blind else application.name
    return told | {"name": name, "open": round_.state != CLOSED, "version": review.version}


def _mine(session: Session, token: str, review: str) -> tuple[Review, Application, Round]:
    """One of the link's reviews, locked. Raises NotFound."""
    who = opened(session, token)
    with unscoped(session):
        row = session.scalar(
            select(Review)
            .where(Review.id == review, Review.reviewer == who.id, Review.state != RELEASED)
            .with_for_update()
        )
        if row is None:
            raise NotFound()
        return row, session.get_one(Application, row.application), session.get_one(Round, row.round)


def read(session: Session, token: str, review: str) -> dict:
    """A review with the application as the round lets it be seen; nothing of it before the interest
    is declared, after stepping back, or once the round is closed.
    """
    row, application, round_ = _mine(session, token, review)
    told = _summary(row, application, round_) | {
        "rubric": round_.rubric,
        "scores": row.scores,
        "comment": row.comment,
    }
    if row.state not in READS or round_.state == CLOSED:
        return told
    with unscoped(session):
        call = session.get_one(Cohort, row.cohort)
    names = ("name", "startup", "hubs", "answers", "receipt", "topics")
    asked = rules.shown_to_reviewers(call.questions, round_.blind)
    return told | {
        "application": rules.blinded(
            {n: getattr(application, n) for n in names}, round_.blind, asked
        ),
        "questions": asked,
    }


def step(
    session: Session, token: str, review: str, act: str, form: dict, expected: int | None = None
) -> Review:
    """Declares no conflict, submits, or steps back. Raises Conflict with the legal steps, Invalid
    naming each score, Stale.
    """
    row, application, round_ = _mine(session, token, review)
    after = REVIEW_STEPS[row.state].get((REVIEWER, act))
    if after is None:
        raise Conflict(
            "illegal-step",
            given=row.state,
            legal=", ".join(sorted(a for s, a in REVIEW_STEPS[row.state] if s == REVIEWER)) or "-",
        )
    if round_.state == CLOSED:
        raise Conflict("round-closed")
    if expected is not None and expected != row.version:
        raise Stale(version=row.version)
    if act == REVIEW:
        if faults := rules.score_faults(round_.rubric, form["scores"]):
            raise Invalid(errors=[FieldError(*fault) for fault in faults])
        row.scores, row.comment, row.submitted_at = (
            form["scores"],
            form.get("comment"),
            session.info["now"],
        )
    if after == RECUSED:
        row.note = form["reason"]
    row.state = after
    audit.note(session, f"review-{act}", row.id, reviewer=row.reviewer, application=application.id)
    tell(session, row)
    return row
