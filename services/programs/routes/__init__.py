"""HTTP in and out of the programs service."""

from services.programs.routes import results
from services.programs.routes.calls import applications, cohorts
from services.programs.routes.places import placements
from services.programs.routes.profiles import programs, providers, sites
from services.programs.routes.reviews import reviewing, rounds
from services.programs.routes.support import consultations, indicators, mentors

BLUEPRINTS = [
    sites,
    providers,
    programs,
    cohorts,
    applications,
    rounds,
    reviewing,
    placements,
    consultations,
    mentors,
    indicators,
]
__all__ = ["BLUEPRINTS", "results"]
