"""After a restore: the programme desk's records get versions above those the log has seen, and are
told again as they stand here.
"""

from sqlalchemy import select

from services.programs import cohorts, kpis, panel, placements, support
from services.programs.models import (
    Application,
    Cohort,
    Consultation,
    Entry,
    OfficeHour,
    Placement,
    Review,
)
from shared.auth import worker
from shared.db import Database
from shared.eventlog import EventLog
from shared.organizations.republish import newest

TOPIC = "cohorts"
TOLD = (  # what tells each kind of record, and when there is something to tell
    (Cohort, cohorts.tell_cohort, lambda row: True),
    (Application, cohorts.tell, lambda row: True),
    (Review, panel.tell, lambda row: True),
    (Consultation, support.tell_consultation, lambda row: True),
    (OfficeHour, support.tell_hour, lambda row: row.minutes is not None),
    (Entry, kpis.tell, lambda row: True),
    (Placement, placements.tell, lambda row: row.confirmed_at is not None),
)


def lift(db: Database, eventlog: EventLog) -> int:
    """Lifts what the log knows newer than this database; returns how many records."""
    seen, lifted = newest(eventlog, {TOPIC}), 0
    with db.transaction(worker("programs")) as session:
        for model, tell, is_told in TOLD:
            for row in session.scalars(select(model).order_by(model.id)):
                event = seen.get((TOPIC, row.id))
                if event is None or event.subjectversion <= row.version:
                    continue
                row.version, lifted = event.subjectversion, lifted + 1
                if is_told(row):
                    tell(session, row)
    return lifted
