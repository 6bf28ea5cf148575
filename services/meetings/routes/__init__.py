"""HTTP in and out of the meetings service."""

from services.meetings.routes.days import days
from services.meetings.routes.introductions import introductions, meetings

BLUEPRINTS = [introductions, meetings, days]
