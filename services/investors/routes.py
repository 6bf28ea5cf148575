"""HTTP in and out of the investors service."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.investors import actions
from services.investors.actions import INVESTOR, MANDATE
from services.investors.schemas import InvestorForm, MandateFilter, MandateForm, MandateView
from shared import secrets
from shared.errors import NotFound
from shared.organizations import queries
from shared.schemas import ProfileChange, ProfileFilter, ProfileView
from shared.web import answer, current_actor, profile_routes, reading

investors = Blueprint("investors", __name__, url_prefix="/api/v1/investors", description="Investors, their parents and funds")
mandates = Blueprint("mandates", __name__, url_prefix="/api/v1/mandates", description="What investors look for")
internal = Blueprint("internal", __name__, url_prefix="/internal", description="For the other services only")

profile_routes(investors, INVESTOR, InvestorForm, ProfileChange, ProfileFilter, ProfileView)
profile_routes(mandates, MANDATE, MandateForm, ProfileChange, MandateFilter, MandateView, register=actions.open_mandate)


@investors.route("/<slug:slug>/funds")
class Funds(MethodView):
    @investors.response(200)
    def get(self, slug):
        """The funds an investor has stated, each with its source and date."""
        with reading(current_actor()) as session:
            found = queries.one(session, INVESTOR, slug)
            funds = [f for f in queries.document(found)["facts"] if f["field"] == "fund_size"]
            return answer({"items": funds}, version=found.version)


@internal.route("/keys/<slug:subject>")
class SubjectKey(MethodView):
    @internal.response(200)
    def get(self, subject):
        """The key of a subject's private events; 404 means erased."""
        current_actor().need("service")
        with reading(current_actor()) as session:
            key = secrets.find_key(session, subject)
        if key is None:
            raise NotFound()
        return answer({"subject": subject, "key": key.hex()})
