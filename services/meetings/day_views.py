"""A partnering day as its office, or whoever comes, may read it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.meetings import days, schedules
from services.meetings.afterwards import BOTH, told
from services.meetings.models import Attendee, Day, DayMeeting, DayOutcome, Job
from services.meetings.models.days import SIDE_ROLES
from services.meetings.words import OUTCOMES
from shared.errors import NotFound


def listed(session: Session) -> list[dict]:
    """Days of one's own office, or that one comes to."""
    return [
        head(row)
        for row in session.scalars(
            select(Day).order_by(Day.requests_until.desc(), Day.id).limit(200)
        )
    ]


def one(session: Session, day: str, lang: str) -> dict:
    row = session.scalar(select(Day).where(Day.id == day))
    if row is None:
        raise NotFound()
    return document(session, row, lang)


def head(row: Day) -> dict:
    times = {
        n: getattr(row, n) and getattr(row, n).isoformat()
        for n in ("requests_until", "published_at", "cancelled_at")
    }
    return {n: getattr(row, n) for n in ("id", "owner", "name", "zone", "slots", "version")} | times


def document(session: Session, row: Day, lang: str) -> dict:
    """A day; to its office with rules, wishes and what the schedule reaches, to who comes with the
    others' names and their own meetings.
    """
    actor = session.info["actor"]
    office = actor.may_change(row.owner, "officer")
    shown, outcomes = head(row), told(session, row.id)
    shown["begun"] = schedules.begun_slots(row, session.info["now"])
    shown["attendees"] = [
        _attendee(a, office or actor.acts_for(a.org, SIDE_ROLES[a.side]))
        for a in days.attendees(session, row.id)
    ]
    held = days.meetings(session, row.id)
    shown["meetings"] = [
        meeting_document(m) | {"outcome": _outcome(outcomes.get((m.id, actor.org)), lang)}
        for m in held
    ]
    if not office:
        return shown
    job = session.get(Job, row.job) if row.job else None
    shown |= {
        n: getattr(row, n) for n in ("rooms", "interpreters", "musts", "bans", "met_days", "said")
    }
    shown |= {
        "job": job.state if job else None,
        "job_error": job.said.get("error") if job else None,
    }
    return shown | {"attendance": _attendance(held)}


def _attendance(held: list[DayMeeting]) -> dict:
    """Meetings of which it is known who came, those that took place, and who was missed in how
    many.
    """
    known = [m for m in held if m.came is not None]
    missed: dict[str, int] = {}
    for m in known:
        for side, party in (("startup", m.startup), ("investor", m.investor)):
            if not m.came[side]:
                missed[party] = missed.get(party, 0) + 1
    return {
        "recorded": len(known),
        "held": sum(m.came == BOTH for m in known),
        "of": len(held),
        "missed": missed,
    }


def _attendee(a: Attendee, own: bool) -> dict:
    """An attendee: name, side and people with their say for all; wishes, absences and caps are
    their own and the office's.
    """
    shown = {n: getattr(a, n) for n in ("party", "side", "name", "people")}
    return shown | (
        {n: getattr(a, n) for n in ("org", "away", "most", "interpreter", "wishes")} if own else {}
    )


def attendee_document(a: Attendee) -> dict:
    return _attendee(a, True)


def meeting_document(m: DayMeeting) -> dict:
    return {
        n: getattr(m, n)
        for n in ("id", "startup", "investor", "slot", "room", "pinned", "came", "version")
    }


def _outcome(row: DayOutcome | None, lang: str) -> dict | None:
    return row and outcome_document(row, lang)


def outcome_document(row: DayOutcome, lang: str) -> dict:
    shown = {n: getattr(row, n) for n in ("id", "meeting", "outcome", "note")}
    return shown | {"text": OUTCOMES[row.outcome][lang == "ja"], "at": row.at.isoformat()}
