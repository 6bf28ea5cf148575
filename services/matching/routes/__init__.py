"""HTTP in and out of the matching service."""

from services.matching.routes.matches import (
    coach,
    exposure,
    feeds,
    matches,
    pairs,
    previews,
    search,
    triads,
)
from services.matching.routes.relations import covered, events, relations
from services.matching.routes.team import expertise, missions, searches, teams
from services.matching.routes.work import deciding, lists, questions, rulebook

BLUEPRINTS = [
    matches,
    feeds,
    triads,
    previews,
    coach,
    exposure,
    search,
    relations,
    events,
    covered,
    questions,
    rulebook,
    lists,
    deciding,
    teams,
    expertise,
    searches,
    missions,
    pairs,
]
