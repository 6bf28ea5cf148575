"""After a restore: introductions and meetings get versions above those the log has seen, and are
told again.
"""

from sqlalchemy import select

from services.meetings import actions, arrange
from services.meetings.models import Introduction, Meeting
from services.meetings.rules import INTRODUCED, SAID_NO, STEPS
from shared.auth import worker
from shared.db import Database
from shared.eventlog import EventLog
from shared.organizations.republish import Republished, newest

VERBS = {arrange.OFFERED: "offered", arrange.AGREED: "agreed"}


def lift(db: Database, eventlog: EventLog) -> Republished:
    """Lifts what the log knows newer than this database, and publishes it as it stands here."""
    seen, lifted = newest(eventlog, {"introductions", "meetings"}), 0
    with db.transaction(worker("meetings")) as session:
        for row in [*session.scalars(select(Introduction)), *session.scalars(select(Meeting))]:
            event = seen.get((row.__tablename__, row.id))
            if event is None or event.subjectversion <= row.version:
                continue
            row.version, lifted = event.subjectversion, lifted + 1
            if isinstance(row, Meeting):
                arrange.tell(session, row, VERBS.get(row.state, "cancelled"))
            else:
                over = not STEPS[row.state] and row.state not in SAID_NO
                actions.tell(
                    session,
                    row,
                    "introduced" if row.state == INTRODUCED else "ended" if over else "accepted",
                )
    return Republished(lifted)
