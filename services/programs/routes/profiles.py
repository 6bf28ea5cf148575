"""Sites, providers, programmes."""

from flask_smorest import Blueprint

from services.programs.actions import PROGRAM, PROVIDER, SITE
from services.programs.schemas.profiles import ProgramForm, ProviderForm, SiteForm
from shared.schemas import ProfileChange, ProfileFilter
from shared.web import profile_routes

sites = Blueprint(
    "sites", __name__, url_prefix="/api/v1/sites", description="Incubators and shared laboratories"
)
providers = Blueprint(
    "providers", __name__, url_prefix="/api/v1/providers", description="CDMOs, plants and hospitals"
)
programs = Blueprint(
    "programs",
    __name__,
    url_prefix="/api/v1/programs",
    description="Programmes and funding instruments",
)

profile_routes(sites, SITE, SiteForm, ProfileChange, ProfileFilter)
profile_routes(providers, PROVIDER, ProviderForm, ProfileChange, ProfileFilter)
profile_routes(programs, PROGRAM, ProgramForm, ProfileChange, ProfileFilter)
