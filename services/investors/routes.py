"""HTTP in and out of the investors service."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.investors import actions
from services.investors.actions import INVESTOR, MANDATE
from services.investors.schemas import (
    CopyForm,
    InvestorChange,
    InvestorForm,
    MandateFilter,
    MandateForm,
    MandateView,
)
from shared.organizations import queries
from shared.schemas import ProfileChange, ProfileFilter, ProfileView
from shared.web import answer, current_actor, key_routes, profile_routes, reading, transaction

investors = Blueprint(
    "investors",
    __name__,
    url_prefix="/api/v1/investors",
    description="Investors, their parents and funds",
)
mandates = Blueprint(
    "mandates", __name__, url_prefix="/api/v1/mandates", description="What investors look for"
)
internal = key_routes()

profile_routes(investors, INVESTOR, InvestorForm, InvestorChange, ProfileFilter, ProfileView)
profile_routes(
    mandates,
    MANDATE,
    MandateForm,
    ProfileChange,
    MandateFilter,
    MandateView,
    register=actions.open_mandate,
)


@investors.route("/<slug:slug>/funds")
class Funds(MethodView):
    @investors.response(200)
    def get(self, slug):
        """The funds an investor has stated, each with its source and date."""
        with reading(current_actor()) as session:
            found = queries.one(session, INVESTOR, slug)
            funds = [f for f in queries.document(found)["facts"] if f["field"] == "fund_size"]
            return answer({"items": funds}, version=queries.tag(found))


@mandates.route("/<slug:slug>/copies")
class Copies(MethodView):
    @mandates.arguments(CopyForm)
    @mandates.response(200, MandateView)
    def post(self, form, slug):
        """Gives this mandate what another of your own says; fields both state are taken from the
        other.
        """
        with transaction(current_actor()) as session:
            row = actions.copy_mandate(session, form["source"], slug)
            return answer(queries.document(row), version=queries.tag(row))
