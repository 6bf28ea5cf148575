"""Calls and cohorts: opening one, applying, the deadline held by the server, checks with evidence,
decisions in bulk with a way back.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.models import Application, Batch, CheckLog, Cohort, Letter, Place, Program
from services.programs.models.companies import applicant_of, company_of, owner_of
from services.programs.rules import ACCEPTED, APPLICANT, DRAFT, OFFICE, STEPS, SUBMITTED, WITHDRAWN
from shared import audit, outbox, timers
from shared.auth import OFFICERS, PLATFORM
from shared.clock import JST
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from shared.ids import new_id, slug_of, unguessed
from shared.letters import write
from shared.organizations.models import PUBLISHED
from shared.patches import merged

OPEN, CLOSED = "open", "closed"
UNDO, CHASE_REST = timedelta(days=1), timedelta(days=3)
SPACE = UUID("b7e1f3a2-6d4c-5a8b-9c3e-2f1d0e9c8b7a")
RESULTS = "cohort-results"
BESIDE = ("hosting",)  # paths beside the calls' own
FIELDS = (
    "kind",
    "name",
    "applicants",
    "capacity",
    "hubs",
    "criteria",
    "questions",
    "opens_at",
    "deadline",
    "starts_on",
    "ends_on",
)


class DeadlinePassed(Conflict):
    code = "deadline-passed"


def open_call(session: Session, form: dict) -> Cohort:
    """A new call of a programme, by whoever runs it; of one nobody has claimed, by staff.

    Raises Invalid naming everything that makes no sense, NotFound, Forbidden, Conflict for a taken
    id.
    """
    actor = session.info["actor"]
    actor.need(*OFFICERS)
    program = session.scalar(
        select(Program).where(Program.id == form["program"], Program.state == PUBLISHED)
    )
    if program is None:
        raise NotFound()
    if not actor.may_change(program.owner, "officer"):
        raise Forbidden("program-unclaimed" if program.owner == PLATFORM else None)
    _refuse(form)
    row = Cohort(
        id=_id_of(session, form),
        program=program.id,
        owner=actor.org,
        state=form.get("state", OPEN),
        announced_at=None,
        messages=None,
        receipts=0,
        version=0,
        shown_version=1,
    )
    for name in FIELDS:
        setattr(row, name, form.get(name))
    session.add(row)
    session.flush()
    audit.note(session, "call-opened", row.id, program=program.id)
    tell_cohort(session, row)
    return row


def _id_of(session: Session, form: dict) -> str:
    """The id asked for, else one from the name: a draft's is one that nobody guesses. Raises
    Conflict, the same whosever the call is that has it.
    """
    base = slug_of(form["name"].get("en") or "") or form["program"]
    made = (
        unguessed(base) if form.get("state") == DRAFT else base if i == 1 else f"{base[:58]}-{i}"
        for i in range(1, 10_000)
    )
    with unscoped(session):
        for slug in [form["id"]] if form.get("id") else made:
            if slug not in BESIDE and session.get(Cohort, slug) is None:
                return slug
    raise Conflict("slug-taken", id=slug)


def _refuse(form: dict) -> None:
    if errors := [FieldError(*fault) for fault in rules.call_faults(form)]:
        raise Invalid(errors=errors)


def own_call(session: Session, slug: str, expected: int | None = None, lock: bool = True) -> Cohort:
    """A call of one's own office, locked unless it is only read. Raises NotFound, Forbidden,
    Stale.
    """
    actor, wanted = session.info["actor"], select(Cohort).where(Cohort.id == slug)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound()
    if not actor.may_change(row.owner, "officer"):
        raise Forbidden()
    if expected is not None and expected != row.version:
        raise Stale(version=row.version)
    return row


def change_call(session: Session, slug: str, form: dict, expected: int | None) -> Cohort:
    """Changes a call; what has been applied for stays. Raises Invalid, Stale, Conflict for less
    room than is given away.
    """
    row = own_call(session, slug, expected)
    form = {name: merged(getattr(row, name), value) for name, value in form.items()}
    whole = {name: getattr(row, name) for name in FIELDS} | form
    _refuse(whole)
    if "capacity" in form and form["capacity"] < _accepted(session, row.id):
        raise Conflict("cohort-full", max=form["capacity"])
    row.shown_version += any(
        form[name] != getattr(row, name) for name in form.keys() - {"criteria"}
    )
    for name, value in form.items():
        setattr(row, name, value)
    audit.note(session, "call-changed", row.id, fields=sorted(form))
    tell_cohort(session, row)
    return row


def _accepted(session: Session, cohort: str) -> int:
    held = (
        select(func.count())
        .select_from(Application)
        .where(Application.cohort == cohort, Application.state == ACCEPTED)
    )
    return session.scalar(held) or 0


# -- applicants


def apply(session: Session, slug: str, form: dict) -> Application:
    """Begins an application, as a draft with gaps; one of an organisation to a call. Raises
    NotFound, Invalid, Conflict.
    """
    actor, now = session.info["actor"], session.info["now"]
    actor.need("startup")
    cohort = _call(session, slug)
    mine = select(Application).where(
        Application.cohort == slug, Application.owner == actor.org, Application.state != WITHDRAWN
    )
    if session.scalar(mine) is not None:
        raise Conflict("applied-already")
    if form["kind"] not in cohort.applicants:
        raise Invalid(errors=[FieldError("kind", "not-a-choice", {"given": form["kind"]})])
    startup = company_of(session, actor.org) if form["kind"] == "company" else None
    row = Application(
        id=new_id(),
        cohort=slug,
        owner=actor.org,
        office=cohort.owner,
        kind=form["kind"],
        startup=startup,
        name=form["name"],
    )
    row.states = {}
    row.hubs, row.answers, row.checks, row.decided, row.receipt, row.version = (
        [],
        {},
        {},
        DRAFT,
        None,
        0,
    )
    row.made_at, row.submitted_at, row.chased_at = now, None, None
    row.submitter, row.reason, row.topics = actor.person, None, None
    _fill(row, cohort, form)
    session.add(row)
    session.flush()
    row.version = row.shown_version = 1
    return row


def _count(row: Application) -> None:
    """A change that the applicant sees, too."""
    row.version += 1
    row.shown_version += 1


def _call(session: Session, slug: str) -> Cohort:
    cohort = session.scalar(select(Cohort).where(Cohort.id == slug))
    if cohort is None or cohort.state == DRAFT:
        raise NotFound()
    now = session.info["now"]
    if cohort.state == CLOSED or cohort.opens_at > now:
        raise Conflict("call-not-open", date=cohort.opens_at.astimezone(JST).date().isoformat())
    return cohort


def _fill(row: Application, cohort: Cohort, form: dict, whole: bool = False) -> None:
    answers = row.answers | {k: v for k, v in form.get("answers", {}).items()}
    errors = [FieldError(*fault) for fault in rules.answer_faults(cohort.questions, answers, whole)]
    known, wished = {h["hub"] for h in cohort.hubs}, form.get("hubs", row.hubs)
    errors += [
        FieldError(f"hubs.{i}", "not-a-choice", {"given": hub})
        for i, hub in enumerate(wished)
        if known and hub not in known
    ]
    if errors:
        raise Invalid(errors=errors)
    row.answers = {k: v for k, v in answers.items() if v is not None}
    row.hubs, row.name = wished, form.get("name", row.name)
    row.topics = form.get("topics", row.topics)


def mine(session: Session, application: str, expected: int | None = None) -> Application:
    """An application of one's own organisation, locked. Raises NotFound, Forbidden, Stale."""
    row = session.scalar(select(Application).where(Application.id == application).with_for_update())
    if row is None:
        raise NotFound()
    holders = {row.owner, owner_of(session, row.startup) if row.startup else row.owner}
    if not any(session.info["actor"].acts_for(org, "startup") for org in holders):
        raise Forbidden()
    if expected is not None and expected != row.seen_version:
        raise Stale(version=row.seen_version)
    return row


def edit(session: Session, application: str, form: dict, expected: int | None) -> Application:
    """Changes a draft; of two who edit, one is told. Raises Conflict once it is submitted."""
    row = mine(session, application, expected)
    if row.state != DRAFT:
        raise Conflict(
            "illegal-step", given=row.state, legal=", ".join(rules.legal(row.state, APPLICANT))
        )
    _fill(row, session.get_one(Cohort, row.cohort), form)
    _count(row)
    return row


def step_of_applicant(
    session: Session,
    application: str,
    act: str,
    checks: dict | None,
    expected: int | None,
    topics: list[str] | None = None,
) -> Application:
    """Submits, recalls or withdraws, by the one person who owns the application.

    Raises DeadlinePassed for a second too late, Invalid listing gaps, Conflict with the legal
    steps, Forbidden for a collaborator.
    """
    row = mine(session, application, expected)
    _need_submitter(session, row)
    cohort = session.get_one(Cohort, row.cohort, with_for_update=True)
    # what is held may be recalled like what is undecided
    now, after = session.info["now"], STEPS[row.state].get((APPLICANT, act))
    if after is None:
        raise Conflict(
            "illegal-step",
            given=row.state,
            legal=", ".join(rules.legal(row.state, APPLICANT)) or "-",
        )
    if act in (rules.SUBMIT, rules.RECALL) and cohort.deadline and now > cohort.deadline:
        raise DeadlinePassed(date=cohort.deadline.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S JST"))
    if act == rules.SUBMIT:
        _fill(row, cohort, {}, whole=True)
        row.receipt = row.receipt or receipt(cohort)
        row.submitted_at, row.topics = now, row.topics or topics or []
        _note_checks(session, row, checks or {}, "rules")
    if row.decided == ACCEPTED:
        _place_free(session, cohort, row)
    row.decided = after
    row.shown_version += 1
    audit.note(session, f"application-{act}", row.id, cohort=row.cohort)
    tell(session, row)
    return row


def _place_free(session: Session, cohort: Cohort, row: Application) -> None:
    """An accepted applicant leaves: the office hears that a place is free for the waiting list."""
    now = session.info["now"]
    params = {"path": f"/cohorts/{cohort.id}", "expires": (now + CHASE_REST).isoformat()}
    write(
        session,
        Letter,
        str(uuid5(SPACE, f"{row.id}/left/{now.isoformat()}")),
        cohort.owner,
        "place-free",
        params,
    )
    _leave_place(session, row)


def _leave_place(session: Session, row: Application) -> None:
    """Whoever is no longer accepted has no place at a site."""
    with unscoped(session):
        held = session.scalar(
            select(Place)
            .where(Place.cohort == row.cohort, Place.startup == row.startup)
            .with_for_update()
        )
    if held is not None:
        session.delete(held)


def receipt(cohort: Cohort) -> str:
    """The next receipt number of a call."""
    cohort.receipts += 1
    return f"{cohort.id}-{cohort.receipts:04}"


def hand_over(session: Session, application: str, person: str) -> Application:
    """Makes somebody else of one's organisation the one who submits; by who is it now, or by an
    owner of the organisation.
    """
    row = mine(session, application)
    _need_submitter(session, row)
    row.submitter = person
    _count(row)
    audit.note(session, "application-handed-over", row.id, to=person)
    return row


def _need_submitter(session: Session, row: Application) -> None:
    actor = session.info["actor"]
    if row.submitter and actor.person != row.submitter and not actor.leads:
        raise Forbidden("not-submitter")


# -- the office


def note_check(session: Session, application: str, rule: str, form: dict) -> Application:
    """An officer's own finding on a rule, with what it rests on; it stands until somebody finds
    otherwise.
    """
    row = _office(session, application)
    found = {
        "state": form["state"],
        "text": {"en": form["note"], "ja": form["note"]},
        "source": form.get("evidence"),
        "stated": True,
    }
    _note_checks(session, row, {rule: found}, session.info["actor"].person)
    audit.note(session, "check-stated", row.id, rule=rule, state=form["state"])
    _count(row)
    return row


def recheck(session: Session, application: str, checks: dict) -> Application:
    """Puts what the rules say today beside an application; an officer's own findings stay."""
    row = _office(session, application)
    _note_checks(
        session,
        row,
        {
            rule: found
            for rule, found in checks.items()
            if not row.checks.get(rule, {}).get("stated")
        },
        "rules",
    )
    _count(row)
    return row


def _office(session: Session, application: str) -> Application:
    row = session.scalar(select(Application).where(Application.id == application).with_for_update())
    if row is None:
        raise NotFound()
    actor = session.info["actor"]
    if not actor.may_change(row.office, "officer"):
        raise Forbidden()
    return row


def _note_checks(session: Session, row: Application, found: dict, checker: str) -> None:
    at = session.info["now"]
    noted = {
        rule: result | {"checker": checker, "at": at.isoformat()} for rule, result in found.items()
    }
    for rule, result in noted.items():
        session.add(
            CheckLog(
                id=new_id(), application=row.id, owner=row.office, rule=rule, result=result, at=at
            )
        )
    row.checks = row.checks | noted
    row.states = {rule: result["state"] for rule, result in row.checks.items()}


def move(session: Session, slug: str, act: str, wanted: list[dict]) -> Batch:
    """Moves applications together, all or none. Raises Invalid naming each that cannot or has
    changed, Conflict above the capacity.
    """
    cohort = own_call(session, slug)
    ids = [w["id"] for w in wanted]
    rows = {
        r.id: r
        for r in session.scalars(
            select(Application)
            .where(Application.cohort == slug, Application.id.in_(ids))
            .with_for_update()
        )
    }
    errors, moved = [], []
    for i, item in enumerate(wanted):
        row = rows.get(item["id"])
        if row is None:
            errors.append(FieldError(f"applications.{i}", "not-found", {}))
        elif item.get("version") is not None and item["version"] != row.version:
            errors.append(FieldError(f"applications.{i}", "stale", {"version": row.version}))
        elif (OFFICE, act) not in STEPS[row.state]:
            errors.append(
                FieldError(
                    f"applications.{i}",
                    "illegal-step",
                    {"given": row.state, "legal": ", ".join(rules.legal(row.state, OFFICE))},
                )
            )
    if errors:
        raise Invalid(errors=errors)
    for row in rows.values():
        before = row.decided
        if before == ACCEPTED:
            _leave_place(session, row)
        row.decided = STEPS[before][OFFICE, act]
        tell(session, row)
        moved.append({"id": row.id, "before": before, "version": row.version})
    if act == rules.ACCEPT and _accepted(session, slug) > cohort.capacity:
        raise Conflict("cohort-full", max=cohort.capacity)
    batch = Batch(
        id=new_id(),
        cohort=slug,
        owner=cohort.owner,
        act=act,
        moved=moved,
        by=session.info["actor"].person,
    )
    batch.at, batch.undone_at = session.info["now"], None
    session.add(batch)
    audit.note(session, f"applications-{act}", slug, batch=batch.id, count=len(moved))
    return batch


def undo(session: Session, slug: str, batch: str) -> Batch:
    """Puts a batch back within a day, if nobody has moved any of it since. Raises NotFound,
    Conflict.
    """
    own_call(session, slug)
    held = session.scalar(
        select(Batch).where(Batch.id == batch, Batch.cohort == slug).with_for_update()
    )
    if held is None:
        raise NotFound()
    rows = {
        r.id: r
        for r in session.scalars(
            select(Application)
            .where(Application.id.in_([m["id"] for m in held.moved]))
            .with_for_update()
        )
    }
    late = held.undone_at is not None or session.info["now"] > held.at + UNDO
    if late or any(rows[m["id"]].version != m["version"] for m in held.moved):
        raise Conflict("undo-too-late")
    for item in held.moved:
        rows[item["id"]].decided = item["before"]
        tell(session, rows[item["id"]])
    held.undone_at = session.info["now"]
    audit.note(session, "applications-undone", slug, batch=held.id)
    return held


def chase(session: Session, slug: str) -> int:
    """Writes to every applicant with open questions, at most every three days; returns to how many.

    While results are held, to those decided already too: a letter that does not come would tell.
    """
    cohort = own_call(session, slug)
    now, count = session.info["now"], 0
    waiting = (SUBMITTED, rules.SHORTLISTED) if cohort.announced else (SUBMITTED, *rules.HELD)
    rows = select(Application).where(Application.cohort == slug, Application.state.in_(waiting))
    for row in session.scalars(rows):
        open_checks = [r for r, c in row.checks.items() if c["state"] == "unknown"]
        if not open_checks or row.chased_at and row.chased_at > now - CHASE_REST:
            continue
        row.chased_at, count = now, count + 1
        params = {
            "path": f"/cohorts/{slug}",
            "expires": (cohort.deadline or now + CHASE_REST).isoformat(),
        }
        write(
            session,
            Letter,
            str(uuid5(SPACE, f"{row.id}/{now.isoformat()}")),
            applicant_of(session, row),
            "application-missing",
            params,
        )
    audit.note(session, "applicants-chased", slug, count=count)
    return count


def announced(cohort: Cohort, now: datetime) -> bool:
    return cohort.announced_at is not None and cohort.announced_at <= now


def announce(session: Session, slug: str, at: datetime | None) -> Cohort:
    """Says when applicants may read the results; mail goes then. Raises Invalid for a time before
    the deadline or in the past.
    """
    row, now = own_call(session, slug), session.info["now"]
    when = at or now
    if when < now or row.deadline and when <= row.deadline:
        raise Invalid(
            errors=[FieldError("at", "date-past" if when < now else "before-deadline", {})]
        )
    if announced(row, now):
        raise Conflict("announced-already")
    row.announced_at = when
    timers.at(session, when, RESULTS, row.id)
    audit.note(session, "results-announced", row.id, at=when.isoformat())
    tell_cohort(session, row)
    return row


def tell_cohort(session: Session, row: Cohort) -> None:
    def data() -> dict:
        told = {
            name: getattr(row, name)
            for name in ("program", "owner", "kind", "name", "capacity", "hubs", "state")
        }
        return told | {"deadline": row.deadline.isoformat() if row.deadline else None}

    outbox.record(session, row, "cohort.changed.v1", "programs", data)


def tell(session: Session, row: Application) -> None:
    """An application's state, for the office's own systems: no name, no answer, no check."""

    def data() -> dict:
        told = {
            name: getattr(row, name) for name in ("cohort", "owner", "office", "startup", "state")
        }
        return told | {
            "hub": row.hubs[0] if row.hubs else None,
            "submitted_at": row.submitted_at and row.submitted_at.isoformat(),
        }

    outbox.record(session, row, "application.changed.v1", "programs", data)
