"""After the meetings of a partnering day: who came, what came of it, and both sides asked for it
later.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.meetings.days import attendees, meetings, own_day, tell
from services.meetings.models import Day, DayMeeting, DayOutcome
from services.meetings.rules import PROMPTS
from shared import audit, timers
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import new_id

PROMPT = "day-prompt"
BOTH = {"startup": True, "investor": True}
OVER = ("no-meeting", "ended")  # nobody is asked again


def tell_who_came(session: Session, day: str, meeting: str, form: dict) -> DayMeeting:
    """Who was there, once the slot has begun; by the office. Raises NotFound, Conflict before."""
    row = own_day(session, day)
    one = session.scalar(
        select(DayMeeting)
        .where(DayMeeting.id == meeting, DayMeeting.day == row.id)
        .with_for_update()
    )
    if one is None:
        raise NotFound()
    if not _begun(row, one, session.info["now"]):
        raise Conflict("hour-not-over")
    one.came = form
    one.version += 1
    return one


def others_came(session: Session, day: str) -> int:
    """Everybody of whom nothing is said was there, in every slot that has begun; returns in how
    many meetings.
    """
    row = own_day(session, day)
    rest = [
        m
        for m in meetings(session, row.id)
        if m.came is None and _begun(row, m, session.info["now"])
    ]
    for one in rest:
        one.came, one.version = BOTH, one.version + 1
    audit.note(session, "day-attendance", row.id, count=len(rest))
    return len(rest)


def _begun(row: Day, one: DayMeeting, now: datetime) -> bool:
    return datetime.fromisoformat(row.slots[one.slot][0]) <= now


def outcome(session: Session, day: str, meeting: str, form: dict) -> DayOutcome:
    """What came of a meeting, as one's own side tells it. Raises NotFound, Forbidden for the
    office, Conflict before it has begun.
    """
    actor = session.info["actor"]
    one = session.scalar(select(DayMeeting).where(DayMeeting.id == meeting, DayMeeting.day == day))
    if one is None:
        raise NotFound()
    if not (
        actor.acts_for(one.startup_org, "startup") or actor.acts_for(one.investor_org, "reviewer")
    ):
        raise Forbidden()
    if not _begun(session.get_one(Day, day), one, session.info["now"]):
        raise Conflict("hour-not-over")
    made = DayOutcome(
        id=new_id(),
        day=day,
        meeting=one.id,
        owner=actor.org,
        outcome=form["outcome"],
        note=form.get("note"),
    )
    made.by, made.at = actor.person, session.info["now"]
    session.add(made)
    audit.note(session, "day-outcome", made.meeting, outcome=made.outcome)
    return made


def told(session: Session, day: str) -> dict[tuple[str, str], DayOutcome]:
    """The newest outcome of each meeting by organisation, as far as the reader may see."""
    rows = session.scalars(
        select(DayOutcome).where(DayOutcome.day == day).order_by(DayOutcome.at, DayOutcome.id)
    )
    return {(row.meeting, row.owner): row for row in rows}


def set_prompts(session: Session, row: Day) -> None:
    """Both sides are asked 7, 30 and 180 days after the day."""
    ends = max(datetime.fromisoformat(end) for _, end in row.slots)
    for days in PROMPTS:
        timers.at(session, ends + timedelta(days=days), PROMPT, f"{row.id}/{days}")


def on_prompt(session: Session, about: str) -> None:
    """Whoever met somebody and has not said lately what came of it is asked, in one letter for the
    whole day; with the last one the names at the tables go.
    """
    day, days = about.rsplit("/", 1)
    row = session.get(Day, day)
    if row.cancelled_at is not None:
        return
    since = session.info["now"] - timedelta(days=7)
    recent = {
        key for key, one in told(session, day).items() if one.at > since or one.outcome in OVER
    }
    for who in attendees(session, day):
        mine = [
            m
            for m in meetings(session, day)
            if who.party in (m.startup, m.investor) and (m.came or BOTH) == BOTH
        ]
        if any((m.id, who.org) not in recent for m in mine):
            tell(session, row, who, "day-outcome", days)
        if int(days) == PROMPTS[-1]:
            who.people = []
