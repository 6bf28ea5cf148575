"""Claims of profiles, consents, and what other services may ask: a contact under a consent, a letter to an organisation."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.accounts import actions, letters, personal, queries
from services.accounts import claims as claiming
from services.accounts import schemas as s
from services.accounts.notices import NOTICES
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.app import part

claims = Blueprint("claims", __name__, url_prefix="/api/v1/claims", description="Taking over an unclaimed profile")
consents = Blueprint(
    "consents", __name__, url_prefix="/api/v1/consents", description="What you allow to be done with your name and address"
)
internal = Blueprint("internal", __name__, url_prefix="/internal", description="Contacts under a consent, and letters, for services")


@claims.route("")
class Claims(MethodView):
    @claims.response(200)
    def get(self):
        """Claims: one's own; for programme staff, all."""
        with reading(current_actor()) as session:
            return answer({"items": queries.claims(session)})

    @claims.arguments(s.ClaimForm)
    @claims.response(201)
    @idempotent
    def post(self, form):
        """Asks to take over an unclaimed profile with its history; a company's own mail domain is needed, staff decide."""
        actor = current_actor()
        profile = part("doors").profile(form["kind"], form["organization"])
        with transaction(actor) as session:
            return answer(queries.claim_document(claiming.claim(session, form, profile)), 201)


@claims.route("/<slug:claim>/decision")
class Decision(MethodView):
    @claims.arguments(s.DecisionForm)
    @claims.response(200)
    def post(self, form, claim):
        """Staff's answer; with a yes the person is the organisation's first owner."""
        with transaction(current_actor()) as session:
            return answer(queries.claim_document(claiming.decide_claim(session, claim, form["approve"])))


@consents.route("")
class Consents(MethodView):
    @consents.response(200)
    def get(self):
        """What you consented to, and the notices one may consent by."""
        with reading(current_actor()) as session:
            held = personal.consents(session, actions.me(session).id)
        return answer({"items": held, "notices": [n.document() for n in NOTICES.values()]})

    @consents.arguments(s.ConsentForm)
    @consents.response(201)
    @idempotent
    def post(self, form):
        """Consents by a notice, for the countries you name; an earlier consent for the same purpose is replaced."""
        with transaction(current_actor()) as session:
            return answer(personal.consent_document(personal.consent(session, form)), 201)


@consents.route("/<slug:consent>")
class OneConsent(MethodView):
    @consents.response(204)
    def delete(self, consent):
        """Withdraws a consent; nothing leaves under it from now on."""
        with transaction(current_actor()) as session:
            personal.withdraw(session, consent)


@internal.route("/contacts/<slug:person>")
class Contact(MethodView):
    @internal.arguments(s.ContactQuery, location="query")
    @internal.response(200)
    def get(self, form, person):
        """Name and address of a person who consents to this purpose and country; nothing is there otherwise."""
        with transaction(current_actor()) as session:
            return answer(personal.contact(session, person, **form))


@internal.route("/members/<slug:org>/<slug:person>")
class Member(MethodView):
    @internal.response(200)
    def get(self, org, person):
        """Whether a person is a member of an organisation now."""
        with reading(current_actor()) as session:
            return answer({"member": queries.is_member(session, org, person)})


@internal.route("/letters")
class Letters(MethodView):
    @internal.arguments(s.LetterForm)
    @internal.response(202)
    def post(self, form):
        """Writes to the owners of an organisation, each in their language; the same id again is the same letter."""
        with transaction(current_actor()) as session:
            return answer({"recipients": letters.write_to(session, form)}, 202)
