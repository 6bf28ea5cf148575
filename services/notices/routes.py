"""HTTP in and out of the notices service: for services only."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.notices import actions
from services.notices.schemas import MailForm
from shared.web import answer, current_actor, transaction
from shared.web.app import part

internal = Blueprint("internal", __name__, url_prefix="/internal/mails", description="Mail, for services")


@internal.route("")
class Mails(MethodView):
    @internal.arguments(MailForm)
    @internal.response(202)
    def post(self, form):
        """Takes a mail in and sends it soon; the same id again is the same mail."""
        with transaction(current_actor()) as session:
            mail = actions.post(session, form | {"id": str(form["id"])}, part("settings").public_url)
            return answer({"id": mail.id, "state": mail.state}, 202)
