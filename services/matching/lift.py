"""After a restore: the matcher's own events get numbers above those the log has seen."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching.members import take_over
from services.matching.models import Ask, Decision, Scored, Screened
from shared.auth import worker
from shared.db import Database
from shared.eventlog import EventLog
from shared.organizations.republish import Republished, newest


def lift(db: Database, eventlog: EventLog) -> Republished:
    """Raises the counters of matches, questions, decisions and exposures: nobody keeps their state,
    so the next event says it.
    """
    seen = newest(eventlog, {"matches", "asks", "decisions", "exposures"})
    with db.transaction(worker("matching"), queued=False) as session:
        take_over(db, session, "republish")
        numbers = {key: event.subjectversion for key, event in seen.items()}
        lifted = _lift(
            session,
            {subject: number for (topic, subject), number in numbers.items() if topic == "matches"},
        )
        for topic, key in (
            ("asks", Ask.id),
            ("decisions", Decision.id),
            ("exposures", Screened.startup),
        ):
            for row in session.scalars(select(key.class_)):
                number = numbers.get((topic, getattr(row, key.key)), 0)
                if number > row.version:
                    row.version, lifted = number, lifted + 1
    return Republished(lifted)


def _lift(session: Session, numbers: dict[str, int]) -> int:
    lifted = 0
    for scored in session.scalars(select(Scored)):
        if numbers.get(scored.subject, 0) > scored.evaluated:
            scored.evaluated, lifted = numbers[scored.subject], lifted + 1
    return lifted
