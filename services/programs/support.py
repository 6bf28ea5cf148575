"""Support of a cohort: consultations with agencies, mentors with office hours, the minutes they
gave.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.models import Application, Consultation, Mentor, OfficeHour
from services.programs.models.companies import called, company_of, owner_of
from services.programs.panel import conflicting
from services.programs.rules import ACCEPTED
from shared import audit, outbox
from shared.auth import OFFICERS
from shared.clock import JST
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from shared.ids import new_id

OPEN, DONE, DROPPED = "open", "done", "dropped"
AGENCIES = ("pmda", "amed", "jetro", "inpit", "nedo", "fda", "other")


def consult(session: Session, form: dict) -> Consultation:
    """A startup's question laid with an agency or expert, with who handles it and until when.
    Raises Conflict, Invalid.
    """
    actor, today = session.info["actor"], session.info["today"]
    actor.need(*OFFICERS)
    cohort = form.get("cohort")
    if cohort and not accepted(session, cohort, form["startup"]):
        raise Conflict("not-accepted")
    if form["due"] < today:
        raise Invalid(errors=[FieldError("due", "date-past", {})])
    row = Consultation(
        id=new_id(),
        owner=actor.org,
        cohort=cohort,
        state=OPEN,
        outcome=None,
        opened_on=today,
        closed_on=None,
        version=0,
    )
    for name in ("startup", "topic", "agency", "handler", "due"):
        setattr(row, name, form[name])
    session.add(row)
    session.flush()
    tell_consultation(session, row)
    return row


def accepted(session: Session, cohort: str, startup: str) -> bool:
    """Whether a startup has a place in a call of one's own office."""
    held = select(Application.id).where(
        Application.cohort == cohort, Application.startup == startup, Application.state == ACCEPTED
    )
    return session.scalar(held.limit(1)) is not None


def change_consultation(
    session: Session, consultation: str, form: dict, expected: int | None
) -> Consultation:
    """Changes an open consultation, or closes it with its outcome. Raises NotFound, Forbidden,
    Stale, Conflict, Invalid.
    """
    session.info["actor"].need(*OFFICERS)
    row = session.scalar(
        select(Consultation).where(Consultation.id == consultation).with_for_update()
    )
    if row is None:
        raise NotFound()
    if not session.info["actor"].may_change(row.owner, "officer"):
        raise Forbidden()
    if expected is not None and expected != row.version:
        raise Stale(version=row.version)
    if row.state != OPEN:
        raise Conflict("consultation-closed")
    if form.get("state") == DONE and not form.get("outcome"):
        raise Invalid(errors=[FieldError("outcome", "required", {})])
    for name, value in form.items():
        setattr(row, name, value)
    row.closed_on = session.info["today"] if row.state != OPEN else None
    tell_consultation(session, row)
    return row


def tell_consultation(session: Session, row: Consultation) -> None:
    """A consultation as it stands: no word of what was asked."""

    def data() -> dict:
        told = {
            name: getattr(row, name) for name in ("owner", "cohort", "startup", "agency", "state")
        }
        return told | {
            "due": row.due.isoformat(),
            "closed_on": row.closed_on and row.closed_on.isoformat(),
        }

    outbox.record(session, row, "consultation.changed.v1", "programs", data)


def consultations(session: Session, query: dict) -> list[dict]:
    """One's own consultations, or those of one's office, what is due first."""
    rows = select(Consultation).order_by(
        Consultation.state != OPEN, Consultation.due, Consultation.id
    )
    for name in ("state", "startup", "cohort", "agency"):
        if query.get(name):
            rows = rows.where(getattr(Consultation, name) == query[name])
    return [consultation_document(row, session) for row in session.scalars(rows.limit(1000))]


def consultation_document(row: Consultation, session: Session) -> dict:
    told = {
        n: getattr(row, n)
        for n in (
            "id",
            "cohort",
            "startup",
            "topic",
            "agency",
            "handler",
            "state",
            "outcome",
            "version",
        )
    }
    told |= {
        n: getattr(row, n) and getattr(row, n).isoformat()
        for n in ("due", "opened_on", "closed_on")
    }
    return told | {"late": row.state == OPEN and row.due < session.info["today"]}


# -- mentors


def add_mentor(session: Session, form: dict) -> Mentor:
    """A mentor of one's office, with what they know, where and in which languages, and companies
    they may not advise.
    """
    actor = session.info["actor"]
    actor.need(*OFFICERS)
    row = Mentor(id=new_id(), owner=actor.org, left_at=None)
    for name in ("name", "affiliation", "expertise", "languages", "hub", "interests"):
        setattr(row, name, form.get(name))
    session.add(row)
    audit.note(session, "mentor-added", row.id)
    return row


def change_mentor(session: Session, mentor: str, form: dict) -> Mentor:
    """Changes a mentor, or takes them off (`left`): free hours go with them."""
    row = _own_mentor(session, mentor)
    if form.pop("left", False):
        row.left_at = row.left_at or session.info["now"]
        free = select(OfficeHour).where(
            OfficeHour.mentor == row.id,
            OfficeHour.startup.is_(None),
            OfficeHour.starts_at > session.info["now"],
        )
        for hour in session.scalars(free):
            session.delete(hour)
    for name, value in form.items():
        setattr(row, name, value)
    return row


def _own_mentor(session: Session, mentor: str) -> Mentor:
    actor = session.info["actor"]
    actor.need(*OFFICERS)
    row = session.scalar(select(Mentor).where(Mentor.id == mentor).with_for_update())
    if row is None:
        raise NotFound()
    if not actor.may_change(row.owner, "officer"):
        raise Forbidden()
    return row


def offer_hours(session: Session, mentor: str, form: dict) -> list[OfficeHour]:
    """Times a mentor offers. Raises Invalid naming each that ends before it begins, lies in the
    past, or crosses another.
    """
    row, now = _own_mentor(session, mentor), session.info["now"]
    held = list(session.scalars(select(OfficeHour).where(OfficeHour.mentor == row.id)))
    me, faults = frozenset({row.id}), []
    for i, slot in enumerate(form["slots"]):
        if slot["ends_at"] <= slot["starts_at"]:
            faults.append((f"slots.{i}.ends_at", "window-order", {}))
        elif slot["starts_at"] <= now:
            faults.append((f"slots.{i}.starts_at", "date-past", {}))
    windows = [(h.starts_at, h.ends_at, me) for h in held] + [
        (s["starts_at"], s["ends_at"], me) for s in form["slots"]
    ]
    faults += [
        (f"slots.{at - len(held)}", "slots-overlap", {})
        for at in rules.overlapping(windows)
        if at >= len(held)
    ]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    made = []
    for slot in form["slots"]:
        one = OfficeHour(
            id=new_id(),
            mentor=row.id,
            owner=row.owner,
            zone=form["zone"],
            startup=None,
            cohort=None,
            minutes=None,
            note=None,
            version=0,
        )
        one.starts_at, one.ends_at = slot["starts_at"], slot["ends_at"]
        session.add(one)
        made.append(one)
    session.flush()
    return made


def book_hour(session: Session, hour: str, cohort: str) -> OfficeHour:
    """A startup takes a free hour. Raises NotFound, Conflict for a taken or past one, or a mentor
    with an interest in the company.
    """
    actor = session.info["actor"]
    actor.need("startup")
    row = session.scalar(select(OfficeHour).where(OfficeHour.id == hour).with_for_update())
    if row is None:
        raise NotFound()
    company = company_of(session, actor.org)
    if row.startup not in (None, company):
        raise Conflict("slot-taken")
    if row.starts_at <= session.info["now"]:
        raise Conflict("hour-past")
    mine = session.scalar(
        select(Application).where(
            Application.cohort == cohort,
            Application.startup == company,
            Application.state == ACCEPTED,
        )
    )
    if mine is None or mine.office != row.owner:
        raise Conflict("not-accepted")
    mentor = session.get_one(Mentor, row.mentor)
    if conflicting(mentor, (*called(session, [mine])[mine.id], actor.org)):
        raise Conflict("mentor-conflict")
    row.startup, row.cohort = company, cohort
    row.version += 1
    return row


def free_hour(session: Session, hour: str) -> OfficeHour:
    """Gives an hour back before it begins, by the startup or the office. Raises NotFound,
    Conflict.
    """
    actor = session.info["actor"]
    row = session.scalar(select(OfficeHour).where(OfficeHour.id == hour).with_for_update())
    taken = (
        row is not None
        and row.startup is not None
        and actor.acts_for(owner_of(session, row.startup), "startup")
    )
    if row is None or not (taken or actor.may_change(row.owner, "officer")):
        raise NotFound()
    if row.starts_at <= session.info["now"]:
        raise Conflict("hour-past")
    row.startup = row.cohort = None
    row.version += 1
    return row


def log_hour(session: Session, hour: str, form: dict) -> OfficeHour:
    """The minutes a mentor gave, once, after the hour. Raises NotFound, Conflict."""
    session.info["actor"].need(*OFFICERS)
    row = session.scalar(select(OfficeHour).where(OfficeHour.id == hour).with_for_update())
    if row is None or row.startup is None:
        raise NotFound()
    if not session.info["actor"].may_change(row.owner, "officer"):
        raise Forbidden()
    if row.ends_at > session.info["now"]:
        raise Conflict("hour-not-over")
    if row.minutes is not None:
        raise Conflict("hour-logged")
    row.minutes, row.note = form["minutes"], form.get("note")
    tell_hour(session, row)
    return row


def tell_hour(session: Session, row: OfficeHour) -> None:
    """An hour of mentoring that has been."""

    def data() -> dict:
        told = {
            name: getattr(row, name) for name in ("owner", "cohort", "startup", "mentor", "minutes")
        }
        return told | {"on": row.starts_at.astimezone(JST).date().isoformat()}

    outbox.record(session, row, "mentoring.logged.v1", "programs", data)


def mentors(session: Session) -> list[dict]:
    """An office's mentors; to a startup those of the offices that have accepted it, with their
    hours.
    """
    hours: dict[str, list] = {}
    for hour in session.scalars(select(OfficeHour).order_by(OfficeHour.starts_at, OfficeHour.id)):
        hours.setdefault(hour.mentor, []).append(hour_document(hour))
    rows = session.scalars(
        select(Mentor).where(Mentor.left_at.is_(None)).order_by(Mentor.name, Mentor.id)
    )
    return [mentor_document(row, session) | {"hours": hours.get(row.id, [])} for row in rows]


def mentor_document(row: Mentor, session: Session) -> dict:
    """A mentor; whom they may not advise is the office's to know."""
    told = {
        n: getattr(row, n)
        for n in ("id", "owner", "name", "affiliation", "expertise", "languages", "hub")
    }
    return told | (
        {"interests": row.interests}
        if session.info["actor"].may_change(row.owner, "officer")
        else {}
    )


def hour_document(row: OfficeHour) -> dict:
    told = {
        n: getattr(row, n)
        for n in ("id", "mentor", "zone", "startup", "cohort", "minutes", "note", "version")
    }
    return told | {"starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
