"""What a team does about a pair among itself: votes, comments, declared interests, hand-over, and a
colleague's view by a link.
"""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.matching import days
from services.matching.briefs import content
from services.matching.models import Comment, Decision, Declaration, Expert, TeamPolicy, Vote
from services.matching.queries import Asking, Reader
from services.matching.rules import CONFLICT, NONE
from shared import audit
from shared.auth import Actor
from shared.db import unscoped
from shared.departures import sign
from shared.errors import Conflict, Forbidden, Gone, NotFound
from shared.ids import new_id
from shared.links import new_secret, trace

MOST_OPEN, LIFE = 5, timedelta(days=14)


def _pair(session: Session, reader: Reader, startup: str, mandate: str) -> tuple[str, str]:
    """A pair of the actor's own mandate, readable in detail. Raises NotFound, Forbidden for
    another's or before declaring.
    """
    actor = session.info["actor"]
    actor.need("reviewer")
    population = reader.population(session, Asking())
    if mandate not in population.mandates:
        raise NotFound("no-mandate", given=mandate)
    if population.mandates[mandate].owner != actor.org:
        raise Forbidden()
    return reader.explain(session, startup, mandate, Asking())["startup"], mandate


def team(session: Session, reader: Reader, startup: str, mandate: str) -> dict:
    """Votes, comments and colleagues' views of a pair."""
    startup, mandate = _pair(session, reader, startup, mandate)
    votes = session.scalars(
        select(Vote).where(Vote.startup == startup, Vote.mandate == mandate).order_by(Vote.at)
    )
    said = session.scalars(
        select(Comment)
        .where(Comment.startup == startup, Comment.mandate == mandate)
        .order_by(Comment.at, Comment.id)
    )
    experts = session.scalars(
        select(Expert)
        .where(Expert.startup == startup, Expert.mandate == mandate)
        .order_by(Expert.made_at)
    )
    return {
        "votes": [
            {"person": v.person, "vote": v.vote, "note": v.note, "at": v.at.isoformat()}
            for v in votes
        ],
        "comments": [comment_document(c) for c in said],
        "experts": [expert_document(e, session.info["now"]) for e in experts],
    }


def vote(session: Session, reader: Reader, startup: str, mandate: str, form: dict) -> Vote:
    """One's own vote; a later one replaces it."""
    actor = session.info["actor"]
    startup, mandate = _pair(session, reader, startup, mandate)
    row = session.get(Vote, (startup, mandate, actor.person)) or Vote(
        startup=startup, mandate=mandate, person=actor.person, owner=actor.org
    )
    row.vote, row.note, row.at = form["vote"], form.get("note"), session.info["now"]
    session.add(row)
    return row


def comment(session: Session, reader: Reader, startup: str, mandate: str, text: str) -> Comment:
    actor = session.info["actor"]
    startup, mandate = _pair(session, reader, startup, mandate)
    row = Comment(
        id=new_id(),
        startup=startup,
        mandate=mandate,
        owner=actor.org,
        text=text,
        by=actor.person,
        at=session.info["now"],
    )
    session.add(row)
    return row


def comment_document(row: Comment) -> dict:
    return {"id": row.id, "text": row.text, "by": row.by, "at": row.at.isoformat()}


# -- declared interests


def declare(session: Session, reader: Reader, startup: str, form: dict) -> Declaration:
    """What one's own interest in a startup is; a conflict recuses. Both are kept, and the trail has
    every change.
    """
    actor = session.info["actor"]
    actor.need("reviewer")
    startup = reader.startup(session, reader.population(session, Asking()), startup)
    row = session.get(Declaration, (actor.person, startup)) or Declaration(
        person=actor.person, startup=startup, owner=actor.org
    )
    row.interest, row.note, row.at = form["interest"], form.get("note"), session.info["now"]
    session.add(row)
    audit.note(session, "interest-declared", startup, interest=row.interest)
    return row


def set_policy(session: Session, on: bool) -> TeamPolicy:
    """Whether one's organisation declares before reading in detail."""
    actor = session.info["actor"]
    actor.need("reviewer")
    row = session.get(TeamPolicy, actor.org) or TeamPolicy(owner=actor.org)
    row.declare = on
    session.add(row)
    audit.note(session, "declaring-policy", actor.org, declare=on)
    return row


def hand_over(session: Session, giver: str, taker: str) -> int:
    """Gives everything assigned to one person of the team to another; returns how much there
    was.
    """
    actor, now = session.info["actor"], session.info["now"]
    actor.need("reviewer")
    mine = (Decision.owner == actor.org) & (Decision.assigned_to == giver)
    count = session.execute(
        update(Decision).where(mine).values(assigned_to=taker, assigned_at=now)
    ).rowcount
    audit.note(session, "handed-over", giver, to=taker, pairs=count)
    return count


# -- a colleague without an account


def invite(
    session: Session, reader: Reader, startup: str, mandate: str, form: dict
) -> tuple[Expert, str]:
    """A link for a colleague, and its secret, which is shown once. Raises Conflict above five open
    ones a pair.
    """
    actor, now = session.info["actor"], session.info["now"]
    startup, mandate = _pair(session, reader, startup, mandate)
    waiting = (
        (Expert.startup == startup)
        & (Expert.mandate == mandate)
        & Expert.answered_at.is_(None)
        & Expert.ended_at.is_(None)
    )
    if (
        session.scalar(
            select(func.count()).select_from(Expert).where(waiting, Expert.expires_at > now)
        )
        >= MOST_OPEN
    ):
        raise Conflict("too-many-links", max=MOST_OPEN)
    token = new_secret()
    row = Expert(
        id=new_id(),
        startup=startup,
        mandate=mandate,
        owner=actor.org,
        name=form["name"],
        secret=trace(token),
    )
    row.questions, row.interest, row.answers, row.verdict = form["questions"], None, None, None
    row.made_at, row.expires_at, row.ended_at, row.answered_at = now, now + LIFE, None, None
    sign(session, row)
    session.add(row)
    audit.note(session, "expert-invited", row.id, startup=startup, mandate=mandate)
    return row, token


def end_invitation(session: Session, expert: str) -> None:
    """Takes a link back."""
    session.info["actor"].need("reviewer")
    row = session.scalar(select(Expert).where(Expert.id == expert))
    if row is None:
        raise NotFound()
    row.ended_at = row.ended_at or session.info["now"]
    audit.note(session, "expert-ended", row.id)


def expert_document(row: Expert, now) -> dict:
    over = row.ended_at is not None or row.expires_at <= now
    state = (
        "answered"
        if row.answered_at
        else "conflict"
        if row.interest == CONFLICT
        else "over"
        if over
        else "waiting"
    )
    told = {
        "id": row.id,
        "name": row.name,
        "state": state,
        "questions": row.questions,
        "answers": row.answers,
        "verdict": row.verdict,
    }
    return told | {
        "expires_at": row.expires_at.isoformat(),
        "answered_at": row.answered_at and row.answered_at.isoformat(),
    }


def opened(session: Session, token: str) -> Expert:
    """What a link leads to. Raises NotFound, Gone once it was taken back, expired, answered, or
    closed by a conflict.
    """
    with unscoped(session):
        row = session.scalar(select(Expert).where(Expert.secret == trace(token)).with_for_update())
    if row is None:
        raise NotFound("link-unknown")
    if row.ended_at or row.answered_at or row.interest == CONFLICT:
        raise Gone("link-ended")
    if row.expires_at <= session.info["now"]:
        raise Gone(
            "link-expired",
            date=row.expires_at.astimezone(days.zone_of(session, row.mandate)).date().isoformat(),
        )
    return row


def seen_by_expert(session: Session, reader: Reader, token: str, asking: Asking) -> dict:
    """Nothing but the names before the interest is declared; then the brief, as non-confidential as
    the network's, and the questions.
    """
    row = opened(session, token)
    guest = Actor("expert", row.owner, frozenset({"reviewer"}))
    held, session.info["actor"] = session.info["actor"], guest
    try:
        told = content(session, reader, row.startup, row.mandate, asking, declared=True)
    finally:
        session.info["actor"] = held
    shown = {
        "name": row.name,
        "title": told["title"],
        "for": told["numbers"][0]["value"],
        "declared": row.interest == NONE,
    }
    return shown | ({"brief": told, "questions": row.questions} if row.interest == NONE else {})


def declare_as_expert(session: Session, token: str, interest: str) -> None:
    row = opened(session, token)
    row.interest = interest
    audit.note(session, "expert-declared", row.id, interest=interest)


def answer_as_expert(session: Session, token: str, form: dict) -> None:
    """A colleague's answers, once. Raises Conflict before declaring, or where there are not as many
    as questions.
    """
    row = opened(session, token)
    if row.interest != NONE:
        raise Conflict("declare-first")
    if len(form["answers"]) != len(row.questions):
        raise Conflict("answers-count", max=len(row.questions))
    row.answers, row.verdict, row.answered_at = (
        form["answers"],
        form["verdict"],
        session.info["now"],
    )
    audit.note(session, "expert-answered", row.id)
