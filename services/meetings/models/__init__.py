"""Tables of the meetings service."""

from services.meetings.models.days import Attendee, Day, DayMeeting, Job
from services.meetings.models.introductions import Base, Grant, Introduction, Letter, Meeting, Outcome, Remark

__all__ = ["Attendee", "Base", "Day", "DayMeeting", "Grant", "Introduction", "Job", "Letter", "Meeting", "Outcome", "Remark"]
