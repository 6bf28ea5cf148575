"""Tables of the programs service."""

from services.programs.models.calls import (
    Application,
    Batch,
    CheckLog,
    Cohort,
    Delivery,
    Letter,
    Mapping,
)
from services.programs.models.companies import Company
from services.programs.models.places import Host, Hosting, Place, Placement, PlaceWish
from services.programs.models.profiles import (
    Base,
    Merge,
    Program,
    ProgramFact,
    Provider,
    ProviderFact,
    Site,
    SiteFact,
)
from services.programs.models.reviews import Minutes, Review, Reviewer, Round, Slot
from services.programs.models.support import Consultation, Entry, Indicator, Mentor, OfficeHour
from services.programs.models.work import Job

__all__ = [
    "Application",
    "Base",
    "Batch",
    "CheckLog",
    "Cohort",
    "Company",
    "Consultation",
    "Delivery",
    "Entry",
    "Host",
    "Hosting",
    "Indicator",
    "Job",
    "Letter",
    "Mapping",
    "Mentor",
    "Merge",
    "Minutes",
    "OfficeHour",
    "Place",
    "PlaceWish",
    "Placement",
    "Program",
    "ProgramFact",
    "Provider",
    "ProviderFact",
    "Review",
    "Reviewer",
    "Round",
    "Site",
    "SiteFact",
    "Slot",
]
