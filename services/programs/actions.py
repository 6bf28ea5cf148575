"""What people may do to sites, providers and programmes: what every profile offers."""

from services.programs.models import (
    Merge,
    Program,
    ProgramFact,
    Provider,
    ProviderFact,
    Site,
    SiteFact,
)
from services.programs.rules import place_gaps, program_gaps
from shared.organizations.profiles import ProfileKind

SITE = ProfileKind("site", "programs", Site, SiteFact, place_gaps, Merge)
PROVIDER = ProfileKind("provider", "programs", Provider, ProviderFact, place_gaps, Merge)
PROGRAM = ProfileKind("program", "programs", Program, ProgramFact, program_gaps, Merge)
