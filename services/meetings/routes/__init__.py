"""HTTP in and out of the meetings service."""

from services.meetings.routes.days import partnering
from services.meetings.routes.introductions import introductions, meetings

BLUEPRINTS = [introductions, meetings, partnering]
