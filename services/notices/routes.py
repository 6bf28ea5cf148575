"""HTTP in and out of the notices service."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.notices import actions, queries
from services.notices import views as v
from services.notices.schemas import (
    FatesForm,
    ForgetForm,
    MailForm,
    ReplayForm,
    SubscriptionChange,
    SubscriptionForm,
)
from shared.views import list_of
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.app import part

internal = Blueprint(
    "internal", __name__, url_prefix="/internal/mails", description="Mail, for services"
)
subscriptions = Blueprint(
    "subscriptions",
    __name__,
    url_prefix="/api/v1/subscriptions",
    description=(
        "What your organisation is told by webhook: Standard Webhooks, signed, at least once, the"
        " same id when the same message"
    ),
)


@internal.route("")
class Mails(MethodView):
    @internal.arguments(MailForm)
    @internal.response(202, v.MailView)
    def post(self, form):
        """Takes a mail in and sends it soon; the same id again is the same mail."""
        with transaction(current_actor()) as session:
            mail = actions.post(
                session, form | {"id": str(form["id"])}, part("settings").public_url
            )
            return answer({"id": mail.id, "state": mail.state}, 202)


@internal.route("/fates")
class Fates(MethodView):
    @internal.arguments(FatesForm)
    @internal.response(200, v.MailFatesView)
    def post(self, form):
        """What became of mails that services have sent, by id."""
        with reading(current_actor()) as session:
            return answer({"items": actions.fates(session, form["ids"])})


@internal.route("/forgotten")
class Forgotten(MethodView):
    @internal.arguments(ForgetForm)
    @internal.response(204)
    def post(self, form):
        """Drops every mail to an address: its owner has been erased."""
        with transaction(current_actor()) as session:
            actions.forget(session, form["to"], part("settings").data / "mail")


def _with_secret(row, secret: str) -> dict:
    return queries.document(row) | {"secret": secret}


@subscriptions.route("")
class Subscriptions(MethodView):
    @subscriptions.response(200, list_of(v.CountedSubscriptionView))
    def get(self):
        """Your organisation's subscriptions, and how their messages fare."""
        with reading(current_actor()) as session:
            return answer({"items": queries.subscriptions(session)})

    @subscriptions.arguments(SubscriptionForm)
    @subscriptions.response(201, v.SecretSubscriptionView)
    def post(self, form):
        """Subscribes; the signing secret is shown in this answer and never again."""
        with transaction(current_actor()) as session:
            return answer(
                _with_secret(
                    *actions.subscribe(
                        session, part("seals"), part("settings").webhook_networks, form
                    )
                ),
                201,
            )


@subscriptions.route("/<slug:subscription>")
class OneSubscription(MethodView):
    @subscriptions.response(200, v.SubscriptionView)
    def get(self, subscription):
        """One subscription."""
        with reading(current_actor()) as session:
            return answer(queries.document(actions.mine(session, subscription)))

    @subscriptions.arguments(SubscriptionChange)
    @subscriptions.response(200, v.SubscriptionView)
    def patch(self, form, subscription):
        """Changes name, address or events; pauses it, or makes it active again."""
        with transaction(current_actor()) as session:
            return answer(
                queries.document(
                    actions.change(session, subscription, part("settings").webhook_networks, form)
                )
            )

    @subscriptions.response(204)
    def delete(self, subscription):
        """Ends it; nothing that waits is sent any more."""
        with transaction(current_actor()) as session:
            actions.end(session, subscription)


@subscriptions.route("/<slug:subscription>/secret")
class Secret(MethodView):
    @subscriptions.response(200, v.SecretSubscriptionView)
    def post(self, subscription):
        """A new signing secret, shown once; for a day messages are signed with both."""
        with transaction(current_actor()) as session:
            return answer(_with_secret(*actions.rotate(session, part("seals"), subscription)))


@subscriptions.route("/<slug:subscription>/handover")
class Handover(MethodView):
    @subscriptions.response(200, v.SecretSubscriptionView)
    def post(self, subscription):
        """An owner takes it over, so that it stays when its maker leaves; a new signing secret,
        shown once, replaces the old at once.
        """
        with transaction(current_actor()) as session:
            return answer(_with_secret(*actions.take_over(session, part("seals"), subscription)))


@subscriptions.route("/<slug:subscription>/test")
class Test(MethodView):
    @subscriptions.response(202, v.DeliveryView)
    def post(self, subscription):
        """Sends a message that says only that it is a test."""
        with transaction(current_actor()) as session:
            return answer(queries.delivery_document(actions.send_test(session, subscription)), 202)


@subscriptions.route("/<slug:subscription>/deliveries")
class Deliveries(MethodView):
    @subscriptions.response(200, list_of(v.DeliveryView))
    def get(self, subscription):
        """The newest hundred messages and what came of each."""
        with reading(current_actor()) as session:
            return answer(
                {"items": queries.deliveries(session, actions.mine(session, subscription))}
            )


@subscriptions.route("/<slug:subscription>/replays")
class Replays(MethodView):
    @subscriptions.arguments(ReplayForm)
    @subscriptions.response(202, v.ReplayView)
    @idempotent
    def post(self, form, subscription):
        """Sends again all that was made since an instant, each under the id it had."""
        with transaction(current_actor()) as session:
            return answer({"messages": actions.replay(session, subscription, form["since"])}, 202)
