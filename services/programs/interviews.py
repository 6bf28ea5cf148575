"""Interviews: times a panel sits, who comes when, and the applicant's calendar entry. Nobody sits
twice, nobody judges their own.
"""

from zoneinfo import ZoneInfo

from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.models import Application, Cohort, Reviewer, Round, Slot
from services.programs.models.companies import called
from services.programs.panel import conflicting, own_round, seat
from services.programs.rules import SHORTLISTED
from shared import audit, calendars
from shared.auth import OFFICERS
from shared.calendars import Entry
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id


def offer(session: Session, round_: str, form: dict) -> list[Slot]:
    """Times for interviews. Raises Invalid naming each that ends before it begins, lies in the
    past, or needs somebody twice.
    """
    row = own_round(session, round_)
    panel = {
        r.id: r
        for r in session.scalars(
            select(Reviewer).where(Reviewer.cohort == row.cohort, Reviewer.left_at.is_(None))
        )
    }
    faults = [
        (f"panel.{i}", "reviewer-unknown", {"given": r})
        for i, r in enumerate(form["panel"])
        if r not in panel
    ]
    for i, slot in enumerate(form["slots"]):
        if slot["ends_at"] <= slot["starts_at"]:
            faults.append((f"slots.{i}.ends_at", "window-order", {}))
        elif slot["starts_at"] <= session.info["now"]:
            faults.append((f"slots.{i}.starts_at", "date-past", {}))
    faults = faults or _crossing(session, row, form, panel)
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    made = []
    for slot in form["slots"]:
        one = Slot(
            id=new_id(),
            round=row.id,
            owner=row.owner,
            zone=form["zone"],
            place=form["place"],
            panel=form["panel"],
            application=None,
        )
        one.starts_at, one.ends_at = slot["starts_at"], slot["ends_at"]
        session.add(one)
        made.append(one)
    audit.note(session, "slots-offered", row.id, count=len(made))
    return made


def _crossing(session: Session, row: Round, form: dict, panel: dict) -> list[tuple[str, str, dict]]:
    rounds = select(Round.id).where(Round.cohort == row.cohort)
    held = list(session.scalars(select(Slot).where(Slot.round.in_(rounds))))
    windows = [(s.starts_at, s.ends_at, frozenset(s.panel)) for s in held]
    asked = [(s["starts_at"], s["ends_at"], frozenset(form["panel"])) for s in form["slots"]]
    found = []
    for at in rules.overlapping(windows + asked):
        begin, end, who = (windows + asked)[at]
        busy = (
            next(w for b, e, w in (windows + asked)[:at] if b < end and begin < e and who & w) & who
        )
        found.append(
            (f"slots.{at - len(windows)}", "reviewer-busy", {"given": panel[min(busy)].name})
        )
    return [f for f in found if not f[0].startswith("slots.-")]


def book(session: Session, slot: str, application: str | None) -> Slot:
    """Gives a time to an application, or frees it. Raises NotFound, Conflict for a taken one, one
    in the past, or a conflict of interest.
    """
    session.info["actor"].need(*OFFICERS)
    row = session.scalar(select(Slot).where(Slot.id == slot).with_for_update())
    if row is None:
        raise NotFound()
    round_ = own_round(session, row.round)
    if row.starts_at <= session.info["now"]:
        raise Conflict("hour-past")
    if application is None:
        if row.application is not None:
            seat(session, round_, row.application, [])
        row.application = None
        return row
    one = _bookable(session, round_, row, application)
    for other in session.scalars(
        select(Slot).where(Slot.round == row.round, Slot.application == one.id, Slot.id != row.id)
    ):
        other.application = None  # an application has one interview; a later booking moves it
    row.application = one.id
    seat(session, round_, one.id, row.panel)
    audit.note(session, "slot-booked", row.id, application=one.id)
    return row


def _bookable(session: Session, round_: Round, slot: Slot, application: str) -> Application:
    """The application, which this slot's panel may hear. Raises NotFound, Conflict."""
    one = session.scalar(
        select(Application)
        .where(Application.id == application, Application.cohort == round_.cohort)
        .with_for_update()
    )
    if one is None:
        raise NotFound()
    if slot.application not in (None, one.id):
        raise Conflict("slot-taken")
    if one.state != SHORTLISTED:
        raise Conflict("illegal-step", given=one.state, legal=SHORTLISTED)
    names = called(session, [one])[one.id]
    for reviewer in session.scalars(select(Reviewer).where(Reviewer.id.in_(slot.panel))):
        if conflicting(reviewer, names):
            raise Conflict("reviewer-conflict", given=reviewer.name)
    return one


def fill(session: Session, round_: str) -> dict:
    """Gives as many shortlisted applications as possible a free time whose panel may judge them (a
    maximum matching); the rest is named.

    The panel becomes the readers.
    """
    row = own_round(session, round_)
    free = select(Slot).where(
        Slot.round == row.id, Slot.application.is_(None), Slot.starts_at > session.info["now"]
    )
    slots = list(session.scalars(free.order_by(Slot.starts_at, Slot.id)))
    taken = set(
        session.scalars(
            select(Slot.application).where(Slot.round == row.id, Slot.application.is_not(None))
        )
    )
    wanted = select(Application).where(
        Application.cohort == row.cohort, Application.state == SHORTLISTED
    )
    waiting = [
        a for a in session.scalars(wanted.order_by(Application.receipt)) if a.id not in taken
    ]
    panel = {
        r.id: r for r in session.scalars(select(Reviewer).where(Reviewer.cohort == row.cohort))
    }
    names = called(session, waiting)
    may = [
        [int(not any(conflicting(panel[r], names[a.id]) for r in s.panel)) for s in slots]
        for a in waiting
    ]
    chosen = (
        maximum_bipartite_matching(csr_array(may), perm_type="column")
        if slots and waiting
        else [-1] * len(waiting)
    )
    left = []
    for application, at in zip(waiting, chosen, strict=True):
        if at < 0:
            left.append(
                {
                    "id": application.id,
                    "receipt": application.receipt,
                    "why": "conflicts" if slots else "slots",
                }
            )
        else:
            slots[at].application = application.id
            seat(session, row, application.id, slots[at].panel)
    audit.note(session, "slots-filled", row.id, count=len(waiting) - len(left))
    return {"count": len(waiting) - len(left), "left": left}


def slots(session: Session, round_: str) -> list[dict]:
    """A round's times for its office."""
    row = own_round(session, round_, lock=False)
    wanted = select(Slot, Application).outerjoin(Application, Application.id == Slot.application)
    rows = session.execute(
        wanted.where(Slot.round == row.id).order_by(Slot.starts_at, Slot.id)
    ).all()
    return [
        slot_document(s)
        | {
            "panel": s.panel,
            "name": a and a.name,
            "receipt": a and a.receipt,
            "state": a and a.state,
        }
        for s, a in rows
    ]


def slot_document(row: Slot) -> dict:
    told = {n: getattr(row, n) for n in ("id", "round", "zone", "place", "application")}
    return told | {"starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}


def interview(session: Session, application: str) -> Slot | None:
    """When an application is heard, as its applicant or office may know."""
    return session.scalar(
        select(Slot).where(Slot.application == application).order_by(Slot.starts_at.desc()).limit(1)
    )


def calendar(session: Session, application: str, lang: str) -> bytes:
    """The interview as an iCalendar file (RFC 5545), in the zone it was offered in. Raises
    NotFound.
    """
    row = interview(session, application)
    if row is None:
        raise NotFound()
    one = session.get_one(Application, application)
    call, zone = session.get_one(Cohort, one.cohort), ZoneInfo(row.zone)
    name = call.name.get(lang) or next(iter(call.name.values()))
    entry = Entry(
        uid=f"{row.id}-{one.id}",
        stamp=session.info["now"],
        begins=row.starts_at.astimezone(zone),
        ends=row.ends_at.astimezone(zone),
        summary=f"{'面接' if lang == 'ja' else 'Interview'}: {name} ({one.receipt})",
        place=row.place,
    )
    return calendars.calendar("Interviews", [entry])
