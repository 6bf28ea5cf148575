"""HTTP in and out of the programs service."""

from services.programs.routes.calls import applications, cohorts
from services.programs.routes.profiles import programs, providers, sites

BLUEPRINTS = [sites, providers, programs, cohorts, applications]
