"""What stands still in this service, for administrators: seen, tried again, given up with a
reason.
"""

from flask import Flask, Response, request
from marshmallow import fields, validate
from webargs.flaskparser import parser

from shared import stalled
from shared.schemas import Form
from shared.web.answers import answer


class RowForm(Form):
    place = fields.String(required=True, validate=validate.Length(1, 64))
    item = fields.String(required=True, validate=validate.Length(1, 200))


class GivenUpForm(RowForm):
    reason = fields.String(required=True, validate=validate.Length(3, 500))


def install(app: Flask, reading, transaction, current_actor) -> None:
    """Adds the routes; of a service whose background work is wired nowhere in this process, too."""
    parts = app.extensions["nakodo"]

    def shown() -> Response:
        """Rows that wait, back off or are parked, and events that were parked."""
        actor = current_actor()
        actor.need("administrator")
        with reading(actor) as session:
            return answer(stalled.overview(session, parts["service"]))

    def retried() -> Response:
        """Has a parked row tried again by the worker whose row it is."""
        actor = current_actor()
        actor.need("administrator")
        form = parser.parse(RowForm(), request, location="json")
        with transaction(actor) as session:
            stalled.retry(session, parts["service"], form["place"], form["item"])
        return answer({"asked": True}, 202)

    def given_up() -> Response:
        """Gives a parked row up for good."""
        actor = current_actor()
        actor.need("administrator")
        form = parser.parse(GivenUpForm(), request, location="json")
        with transaction(actor) as session:
            stalled.discard(session, parts["service"], form["place"], form["item"], form["reason"])
        return answer({"discarded": True}, 202)

    app.add_url_rule("/internal/stalled", view_func=shown, endpoint="stalled")
    app.add_url_rule(
        "/internal/stalled/retries", view_func=retried, endpoint="stalled_retries", methods=["POST"]
    )
    app.add_url_rule(
        "/internal/stalled/discards",
        view_func=given_up,
        endpoint="stalled_discards",
        methods=["POST"],
    )
