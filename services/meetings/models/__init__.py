"""Tables of the meetings service."""

from services.meetings.models.days import Attendee, Day, DayMeeting, DayOutcome, Job
from services.meetings.models.introductions import (
    Base,
    Grant,
    Introduction,
    Letter,
    Meeting,
    Outcome,
    Remark,
)

__all__ = [
    "Attendee",
    "Base",
    "Day",
    "DayMeeting",
    "DayOutcome",
    "Grant",
    "Introduction",
    "Job",
    "Letter",
    "Meeting",
    "Outcome",
    "Remark",
]
