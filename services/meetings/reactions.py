"""What happens in meetings when others' events arrive, or a timer fires."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.meetings import actions, afterwards, days
from services.meetings.models import DayOutcome, Grant, Introduction, Outcome, Remark
from shared.events import Event


def on_startup(session: Session, event: Event) -> None:
    """A startup withdrawn: whatever is open about it ends."""
    actions.end_all(session, Introduction.startup == event.subject)


def on_mandate(session: Session, event: Event) -> None:
    actions.end_all(session, Introduction.mandate == event.subject)


def forget(session: Session, person: str) -> None:
    """An erased person: contacts lead nowhere any more, and what they wrote was written by
    somebody.
    """
    for side in ("startup_person", "investor_person"):
        session.execute(
            update(Introduction).where(getattr(Introduction, side) == person).values({side: None})
        )
    for table in (Remark, Outcome, DayOutcome, Grant):
        session.execute(update(table).where(table.by == person).values(by=None))


FOLLOWED = ("startups", "investors")
REACTIONS = {"startup.withdrawn.v1": on_startup, "mandate.withdrawn.v1": on_mandate}
TIMERS = {
    actions.TELL: actions.on_tell,
    actions.EXPIRE: actions.on_expire,
    actions.PROMPT: actions.on_prompt,
    days.REMIND: days.on_remind,
    afterwards.PROMPT: afterwards.on_prompt,
}
