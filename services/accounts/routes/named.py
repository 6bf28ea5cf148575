"""Routes of erasure for people without an account."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.accounts import named
from services.accounts import schemas as s
from services.accounts import views as v
from shared.auth import worker
from shared.views import CountView, list_of
from shared.web import answer, current_actor, reading, transaction
from shared.web.app import part

erasures = Blueprint(
    "erasures",
    __name__,
    url_prefix="/api/v1/erasures",
    description="People who are named without having an account",
)


@erasures.route("/searches")
class Searches(MethodView):
    @erasures.arguments(s.NamedForm)
    @erasures.response(200, list_of(v.NamedView))
    def post(self, form):
        """Where somebody is named in what your organisation keeps, in every service; for officers
        and owners.
        """
        with reading(current_actor()) as session:
            return answer({"items": named.find(session, form, part("doors").named)})


@erasures.route("")
class Erasures(MethodView):
    @erasures.arguments(s.NamedForm)
    @erasures.response(200, CountView)
    def post(self, form):
        """Takes somebody out of everything your organisation keeps; figures stay. Cannot be
        undone.
        """
        with transaction(current_actor()) as session:
            count = named.erase(session, form, part("doors").named)
        part("db").scrub()
        return answer({"count": count})


@erasures.route(
    "/<string:token>", parameters=[{"in": "path", "name": "token", "schema": {"type": "string"}}]
)
class Mailed(MethodView):
    @erasures.doc(security=[])
    @erasures.response(200, v.MaskedAddressView)
    def get(self, token):
        """Whose address the link in a mail would erase."""
        return answer({"address": named.shown(named.opened(part("seals"), token))})

    @erasures.doc(security=[])
    @erasures.response(200, CountView)
    def post(self, token):
        """Erases the address a mail went to, everywhere; whoever has an account erases that
        instead.
        """
        address = named.opened(part("seals"), token)
        with transaction(worker("accounts")) as session:
            count = named.erase(session, {"address": address}, part("doors").named)
            part("doors").forget(address)
        part("db").scrub()
        return answer({"count": count})
