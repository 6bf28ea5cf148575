"""Rounds and the panel: what is scored by whom until when, who reads what, and who is late."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.cohorts import SPACE, own_call
from services.programs.models import (
    Application,
    Cohort,
    Job,
    Letter,
    Mentor,
    Review,
    Reviewer,
    Round,
)
from services.programs.models.companies import called
from services.programs.planning import ALLOCATION
from services.programs.rules import (
    DONE,
    OFFICE,
    RECUSED,
    RELEASE,
    RELEASED,
    REVIEW_STEPS,
    SHORTLISTED,
    SUBMITTED,
)
from shared import audit, jobs, outbox, timers
from shared.auth import OFFICERS
from shared.departures import sign
from shared.errors import Conflict, FieldError, Invalid, NotFound, Stale
from shared.ids import new_id
from shared.letters import write
from shared.linkage import mentioned
from shared.links import new_secret, trace
from shared.patches import merged
from shared.vocabulary import vocabulary

OPEN, CLOSED = "open", "closed"
LINK_LIFE, BEFORE, LIMIT_S = timedelta(days=90), timedelta(days=3), 30.0
REMIND = "round-reminder"
TOPICS = ("therapeutic_area", "modality")


def open_round(session: Session, cohort: str, form: dict) -> Round:
    """A round of a call. Raises Invalid naming everything that makes no sense."""
    call = own_call(session, cohort)
    _refuse(rules.round_faults(form, call.questions, call.deadline))
    row = Round(id=new_id(), cohort=call.id, owner=call.owner, state=OPEN, version=1)
    for name in ("kind", "name", "rubric", "blind", "per_application", "due"):
        setattr(row, name, form[name])
    session.add(row)
    session.flush()
    audit.note(session, "round-opened", row.id, cohort=call.id)
    _remind_at(session, row)
    return row


def _refuse(faults: list) -> None:
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])


def _remind_at(session: Session, row: Round) -> None:
    timers.at(session, max(row.due - BEFORE, session.info["now"]), REMIND, row.id)


def own_round(
    session: Session, round_: str, expected: int | None = None, lock: bool = True
) -> Round:
    """A round of one's own office, locked unless it is only read. Raises NotFound, Forbidden,
    Stale.
    """
    session.info["actor"].need(*OFFICERS)
    wanted = select(Round).where(Round.id == round_)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound()
    if expected is not None and expected != row.version:
        raise Stale(version=row.version)
    return row


def change_round(session: Session, round_: str, form: dict, expected: int | None) -> Round:
    """Changes a round, or closes it. Raises Conflict for a rubric after the first review, Invalid,
    Stale.
    """
    row = own_round(session, round_, expected)
    call = session.get_one(Cohort, row.cohort)
    whole = {name: getattr(row, name) for name in ("rubric", "blind", "due")} | form
    _refuse(rules.round_faults(whole, call.questions, call.deadline))
    if form.keys() & {"rubric", "blind"} and session.scalar(
        select(Review.id).where(Review.round == row.id, Review.state == DONE).limit(1)
    ):
        raise Conflict("reviews-begun")
    for name, value in form.items():
        setattr(row, name, merged(getattr(row, name), value))
    row.version += 1
    audit.note(session, "round-changed", row.id, fields=sorted(form))
    if "due" in form:
        _remind_at(session, row)
    return row


# -- the panel


def invite(session: Session, cohort: str, form: dict) -> Reviewer:
    """A reviewer of a call, with what they know, how much they take, and whom they may not
    judge.
    """
    call = own_call(session, cohort)
    row = Reviewer(
        id=new_id(),
        cohort=call.id,
        owner=call.owner,
        secret=None,
        linked_at=None,
        expires_at=None,
        left_at=None,
    )
    for name in ("name", "affiliation", "expertise", "interests", "most"):
        setattr(row, name, form.get(name))
    session.add(row)
    audit.note(session, "reviewer-added", row.id, cohort=call.id)
    return row


def _own_reviewer(session: Session, cohort: str, reviewer: str) -> Reviewer:
    own_call(session, cohort)
    row = session.scalar(
        select(Reviewer).where(Reviewer.id == reviewer, Reviewer.cohort == cohort).with_for_update()
    )
    if row is None:
        raise NotFound()
    return row


def change_reviewer(session: Session, cohort: str, reviewer: str, form: dict) -> Reviewer:
    """Changes a reviewer; an interest declared later takes back what they have not submitted, and
    recuses them from what they have.
    """
    row = _own_reviewer(session, cohort, reviewer)
    for name, value in form.items():
        setattr(row, name, value)
    if "interests" in form:
        reviews = _reviews(session, row)
        names = called(session, (application for _, application in reviews))
        for review, application in reviews:
            if conflicting(row, names[application.id]) and review.state not in (RECUSED, RELEASED):
                _step(session, review, RECUSED, "declared by the office")
    audit.note(session, "reviewer-changed", row.id, fields=sorted(form))
    return row


def leave(session: Session, cohort: str, reviewer: str) -> Reviewer:
    """Takes a reviewer off the panel: the link ends, what is not submitted is free again, what is
    submitted stays.
    """
    row = _own_reviewer(session, cohort, reviewer)
    row.left_at, row.secret = row.left_at or session.info["now"], None
    for review, _ in _reviews(session, row):
        if (OFFICE, RELEASE) in REVIEW_STEPS[review.state]:
            _step(session, review, RELEASED, None)
    audit.note(session, "reviewer-left", row.id)
    return row


def _reviews(session: Session, row: Reviewer) -> list:
    mine = (
        select(Review, Application)
        .join(Application, Application.id == Review.application)
        .where(Review.reviewer == row.id)
    )
    return list(session.execute(mine.with_for_update(of=Review)))


def _step(session: Session, review: Review, state: str, note: str | None) -> None:
    review.state, review.note = state, note
    tell(session, review)


def link(session: Session, cohort: str, reviewer: str) -> tuple[Reviewer, str]:
    """A new personal link for a reviewer, whose secret is shown once; the one before ends."""
    row = _own_reviewer(session, cohort, reviewer)
    if row.left_at is not None:
        raise Conflict("link-ended")
    token, now = new_secret(), session.info["now"]
    row.secret, row.linked_at, row.expires_at = trace(token), now, now + LINK_LIFE
    sign(session, row)
    audit.note(session, "reviewer-linked", row.id)
    return row, token


def conflicting(one: Reviewer | Mentor, names: Iterable[str]) -> bool:
    """Whether an affiliation or declared interests name an applicant, by id or by any spelling of
    its names, alone or before a department or title.
    """
    stated = [text for text in (*one.interests, one.affiliation or "") if text]
    return any(mentioned(text, names) for text in stated)


# -- who reads what


def allocate(session: Session, round_: str, only: list[str] | None = None) -> Job:
    """Asks for an allocation of the round's applications: all that are submitted, or shortlisted
    for an interview; what is assigned stays.

    Raises Conflict for a closed round, or while one is being computed.
    """
    row = own_round(session, round_)
    if row.state == CLOSED:
        raise Conflict("round-closed")
    return jobs.ask(session, Job, ALLOCATION, row.id, problem(session, row, only), LIMIT_S)


def stop_allocation(session: Session, round_: str) -> Job:
    """Stops an allocation under way. Raises NotFound, Conflict."""
    row = own_round(session, round_)
    return jobs.cancel(session, Job, (round_document(session, row)["job"] or {}).get("id", ""))


def problem(session: Session, row: Round, only: list[str] | None = None) -> dict:
    """A round as `planning.allocation` reads it."""
    state = SUBMITTED if row.kind == "documents" else SHORTLISTED
    wanted = select(Application).where(Application.cohort == row.cohort, Application.state == state)
    if only:
        wanted = wanted.where(Application.id.in_(only))
    applications = list(session.scalars(wanted.order_by(Application.receipt, Application.id)))
    panel = list(
        session.scalars(
            select(Reviewer)
            .where(Reviewer.cohort == row.cohort, Reviewer.left_at.is_(None))
            .order_by(Reviewer.id)
        )
    )
    ids, here = {a.id for a in applications}, {r.id for r in panel}
    reviews = list(session.scalars(select(Review).where(Review.round == row.id)))
    gone = {(r.application, r.reviewer) for r in reviews if r.state in (RECUSED, RELEASED)}
    held = [(r.application, r.reviewer) for r in reviews if (r.application, r.reviewer) not in gone]
    names = called(session, applications)
    barred = gone | {
        (a.id, r.id) for a in applications for r in panel if conflicting(r, names[a.id])
    }
    load = {r.id: sum(h[1] == r.id and h[0] not in ids for h in held) for r in panel}
    return {
        "applications": [{"id": a.id, "topics": _widened(a.topics or [])} for a in applications],
        "reviewers": [
            {"id": r.id, "expertise": r.expertise, "most": r.most, "load": load[r.id]}
            for r in panel
        ],
        "conflicts": sorted(list(pair) for pair in barred if pair[0] in ids and pair[1] in here),
        "held": sorted(list(pair) for pair in held if pair[0] in ids and pair[1] in here),
        "per_application": row.per_application,
    }


def _widened(topics: list[str]) -> list[str]:
    """Topics with everything above them: who knows cell therapy may read a CAR-T application."""
    found: set[str] = set(topics)
    for name in TOPICS:
        found |= {
            above
            for topic in topics
            for above in vocabulary(name).up(topic)
            if topic in vocabulary(name)
        }
    return sorted(found)


def on_allocated(session: Session, job: Job) -> None:
    """An allocation's answer becomes reviews to be done; what has changed meanwhile (withdrawn,
    recused, left) is left out.
    """
    row = session.get(Round, job.subject, with_for_update=True)
    now = problem(session, row)
    fresh, panel = {a["id"] for a in now["applications"]}, {r["id"] for r in now["reviewers"]}
    barred = {tuple(pair) for pair in (*now["conflicts"], *now["held"])}
    for application, reviewer in job.best["pairs"]:
        if application in fresh and reviewer in panel and (application, reviewer) not in barred:
            _assign(session, row, application, reviewer)


def assign(session: Session, round_: str, application: str, reviewer: str) -> Review:
    """One more reviewer for one application, by hand. Raises NotFound, Conflict for a conflict of
    interest or one who has it already.
    """
    row = own_round(session, round_)
    if row.state == CLOSED:
        raise Conflict("round-closed")
    one = session.scalar(
        select(Application).where(Application.id == application, Application.cohort == row.cohort)
    )
    who = session.scalar(
        select(Reviewer).where(
            Reviewer.id == reviewer, Reviewer.cohort == row.cohort, Reviewer.left_at.is_(None)
        )
    )
    if one is None or who is None:
        raise NotFound()
    had = session.scalar(
        select(Review.id).where(
            Review.round == row.id, Review.application == one.id, Review.reviewer == who.id
        )
    )
    if had or conflicting(who, called(session, [one])[one.id]):
        raise Conflict("reviewer-conflict", given=who.name)
    return _assign(session, row, one.id, who.id)


def _assign(session: Session, row: Round, application: str, reviewer: str) -> Review:
    made = Review(
        id=new_id(),
        round=row.id,
        cohort=row.cohort,
        application=application,
        reviewer=reviewer,
        owner=row.owner,
    )
    made.state, made.note, made.scores, made.comment = rules.ASSIGNED, None, {}, None
    made.assigned_at, made.submitted_at, made.version = session.info["now"], None, 0
    session.add(made)
    session.flush()
    tell(session, made)
    return made


def seat(session: Session, row: Round, application: str, reviewers: list[str]) -> None:
    """Makes a panel the readers of an application that comes before it; who does not sit there and
    has not submitted gives it back.
    """
    held = {
        r.reviewer: r
        for r in session.scalars(
            select(Review).where(Review.round == row.id, Review.application == application)
        )
    }
    for reviewer, review in held.items():
        if reviewer not in reviewers and (OFFICE, RELEASE) in REVIEW_STEPS[review.state]:
            _step(session, review, RELEASED, None)
    for reviewer in reviewers:
        if reviewer not in held:
            _assign(session, row, application, reviewer)
        elif held[reviewer].state == RELEASED:
            _step(session, held[reviewer], rules.ASSIGNED, None)


def release(session: Session, review: str) -> Review:
    """Takes a review back from its reviewer before it is submitted. Raises NotFound, Conflict."""
    session.info["actor"].need(*OFFICERS)
    row = session.scalar(select(Review).where(Review.id == review).with_for_update())
    if row is None:
        raise NotFound()
    if (OFFICE, RELEASE) not in REVIEW_STEPS[row.state]:
        raise Conflict(
            "illegal-step",
            given=row.state,
            legal=", ".join(sorted(a for s, a in REVIEW_STEPS[row.state] if s == OFFICE)) or "-",
        )
    _step(session, row, RELEASED, None)
    return row


def tell(session: Session, row: Review) -> None:
    """A review's state: no score, no word of it."""

    def data() -> dict:
        return {
            name: getattr(row, name)
            for name in ("cohort", "round", "application", "reviewer", "owner", "state")
        }

    outbox.record(session, row, "review.changed.v1", "programs", data)


# -- who is late


def on_reminder(session: Session, round_: str) -> None:
    """Three days before a round is due, and on the day: the office hears how much is open."""
    row = session.get(Round, round_)
    if row is None or row.state == CLOSED or not open_counts(session, row.id):
        return
    now = session.info["now"]
    params = {"path": f"/cohorts/{row.cohort}/reviews", "expires": row.due.isoformat()}
    write(
        session,
        Letter,
        str(uuid5(SPACE, f"{row.id}/late/{now.isoformat()}")),
        row.owner,
        "reviews-open",
        params,
    )
    if now < row.due:
        timers.at(session, row.due, REMIND, row.id)


def open_counts(session: Session, round_: str) -> dict[str, int]:
    """By reviewer, how many reviews of a round are not submitted."""
    waiting = select(Review.reviewer, func.count()).where(
        Review.round == round_, Review.state.in_((rules.ASSIGNED, rules.CLEAR))
    )
    return dict(session.execute(waiting.group_by(Review.reviewer)).all())


# -- reads


def rounds(session: Session, cohort: str) -> list[dict]:
    """A call's rounds, the first due first, with how far they are."""
    own_call(session, cohort, lock=False)
    rows = list(
        session.scalars(select(Round).where(Round.cohort == cohort).order_by(Round.due, Round.id))
    )
    return [round_document(session, row) for row in rows]


def round_document(session: Session, row: Round) -> dict:
    told = {
        n: getattr(row, n)
        for n in (
            "id",
            "cohort",
            "kind",
            "name",
            "rubric",
            "blind",
            "per_application",
            "state",
            "version",
        )
    }
    counted = (
        select(Review.state, func.count()).where(Review.round == row.id).group_by(Review.state)
    )
    states = dict(session.execute(counted).all())
    told |= {
        "due": row.due.isoformat(),
        "counts": states,
        "late": _late(row, states, session.info["now"]),
    }
    job = session.scalar(
        select(Job)
        .where(Job.subject == row.id)
        .order_by(Job.made_at.desc(), Job.id.desc())
        .limit(1)
    )
    return told | {"job": jobs.document(job) if job else None}


def _late(row: Round, states: dict, now) -> bool:
    """Whether something of an open round is still to be submitted after its day."""
    return (
        row.state == OPEN
        and now > row.due
        and bool(states.get(rules.ASSIGNED, 0) + states.get(rules.CLEAR, 0))
    )


def panel(session: Session, cohort: str) -> list[dict]:
    """A call's reviewers with what they have done and what is open."""
    own_call(session, cohort, lock=False)
    rows = list(
        session.scalars(
            select(Reviewer).where(Reviewer.cohort == cohort).order_by(Reviewer.name, Reviewer.id)
        )
    )
    counted = (
        select(Review.reviewer, Review.state, func.count())
        .where(Review.cohort == cohort)
        .group_by(Review.reviewer, Review.state)
    )
    states: dict[str, dict] = {}
    for reviewer, state, count in session.execute(counted):
        states.setdefault(reviewer, {})[state] = count
    return [reviewer_document(row) | {"counts": states.get(row.id, {})} for row in rows]


def reviewer_document(row: Reviewer) -> dict:
    told = {
        n: getattr(row, n) for n in ("id", "name", "affiliation", "expertise", "interests", "most")
    }
    linked = row.secret is not None and row.left_at is None
    return told | {
        "linked": linked,
        "link_ends": row.expires_at.isoformat() if linked else None,
        "left": row.left_at is not None,
    }


def reviews(session: Session, round_: str) -> list[dict]:
    """Every review of a round: whose, of what, how far; the scores are in the ranking."""
    row = own_round(session, round_, lock=False)
    wanted = select(Review, Application.receipt, Application.name, Reviewer.name)
    wanted = wanted.join(Application, Application.id == Review.application).join(
        Reviewer, Reviewer.id == Review.reviewer
    )
    found = session.execute(
        wanted.where(Review.round == row.id).order_by(Application.receipt, Reviewer.name)
    ).all()
    return [
        review_document(r) | {"receipt": receipt, "name": name, "reviewer_name": who}
        for r, receipt, name, who in found
    ]


def review_document(row: Review) -> dict:
    told = {
        n: getattr(row, n)
        for n in ("id", "round", "application", "reviewer", "state", "note", "version")
    }
    return told | {"submitted_at": row.submitted_at and row.submitted_at.isoformat()}
