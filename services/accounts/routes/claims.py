"""Claims of profiles, consents, and what other services may ask: a contact under a consent, a
letter to an organisation.
"""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.accounts import actions, letters, names, personal, queries
from services.accounts import claims as claiming
from services.accounts import schemas as s
from services.accounts import views as v
from services.accounts.notices import NOTICES
from shared.views import list_of
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.app import part

claims = Blueprint(
    "claims", __name__, url_prefix="/api/v1/claims", description="Taking over an unclaimed profile"
)
consents = Blueprint(
    "consents",
    __name__,
    url_prefix="/api/v1/consents",
    description="What you allow to be done with your name and address",
)
internal = Blueprint(
    "internal",
    __name__,
    url_prefix="/internal",
    description="Contacts under a consent, and letters, for services",
)


@claims.route("")
class Claims(MethodView):
    @claims.response(200, list_of(v.ListedClaimView))
    def get(self):
        """Claims: one's own; for staff all, those that wait with what a yes would grant."""
        actor = current_actor()
        with reading(actor) as session:
            found = queries.claims(session)
        if actor.sees_everything or "staff" in actor.roles:
            found = [c | _granted(c) if c["state"] == claiming.WAITING else c for c in found]
        return answer({"items": found})

    @claims.arguments(s.ClaimForm)
    @claims.response(201, v.ClaimView)
    @idempotent
    def post(self, form):
        """Asks to take over an unclaimed profile with its history, or by a name to begin a new
        company, whose id is made here.

        A company's own mail domain is needed, staff decide.
        """
        actor = current_actor()
        profile = part("doors").profile(form["kind"], form.get("organization", ""))
        with transaction(actor) as session:
            return answer(queries.claim_document(claiming.claim(session, form, profile)), 201)


def _granted(claim: dict) -> dict:
    """All that a yes would grant: of which organisation one becomes an owner, in which role, and
    whose profiles change hands.
    """
    profiles = (
        [] if claim["name"] else part("doors").handed_over(claim["kind"], claim["organization"])
    )
    granted = {
        "organization": claim["organization"],
        "role": claiming.ROLES[claim["kind"]],
        "owner": True,
    }
    return {"grants": granted | {"profiles": profiles}}


@claims.route("/<slug:claim>/decision")
class Decision(MethodView):
    @claims.arguments(s.DecisionForm)
    @claims.response(200, v.ClaimView)
    def post(self, form, claim):
        """Staff's answer; with a yes the person is the organisation's first owner."""
        actor = current_actor()
        with reading(actor) as session:
            org = claiming.waiting(session, claim).org
        profiles = part("doors").profiles(org)
        with transaction(actor) as session:
            return answer(
                queries.claim_document(
                    claiming.decide_claim(session, claim, form["approve"], profiles)
                )
            )


@consents.route("")
class Consents(MethodView):
    @consents.response(200, v.ConsentsView)
    def get(self):
        """What you consented to, and the notices one may consent by."""
        with reading(current_actor()) as session:
            held = personal.consents(session, actions.me(session).id)
        return answer({"items": held, "notices": [n.document() for n in NOTICES.values()]})

    @consents.arguments(s.ConsentForm)
    @consents.response(201, v.ConsentView)
    @idempotent
    def post(self, form):
        """Consents by a notice, for the countries you name; an earlier consent for the same purpose
        is replaced.
        """
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
    @internal.response(200, v.ContactView)
    def get(self, form, person):
        """Name and address of a person who consents to this purpose and country; nothing is there
        otherwise.
        """
        with transaction(current_actor()) as session:
            return answer(personal.contact(session, person, **form))


@internal.route("/members/<slug:org>/<slug:person>")
class Member(MethodView):
    @internal.response(200, v.IsMemberView)
    def get(self, org, person):
        """Whether a person is a member of an organisation now."""
        with reading(current_actor()) as session:
            return answer({"member": queries.is_member(session, org, person)})


@internal.route("/names")
class Names(MethodView):
    @internal.arguments(s.NameForm)
    @internal.response(200, v.HeldNameView)
    def post(self, form):
        """Takes an id for an organisation's profile of one kind, once; of ids of organisations and
        profiles none is taken twice.
        """
        with transaction(current_actor()) as session:
            held = names.reserve(session, form["kind"], form["id"], form["owner"])
            return answer({"id": held.id, "kind": held.kind, "owner": held.holder})


@internal.route("/letters/fates")
class Fates(MethodView):
    @internal.arguments(s.FatesForm)
    @internal.response(200, v.LetterFatesView)
    def post(self, form):
        """What became of letters to organisations, by id: how many mails wait, have been sent, have
        failed.
        """
        with reading(current_actor()) as session:
            return answer({"items": letters.fates(session, form["ids"], part("doors").fates)})


@internal.route("/letters")
class Letters(MethodView):
    @internal.arguments(s.LetterForm)
    @internal.response(202, v.WrittenView)
    def post(self, form):
        """Writes to the owners of an organisation, each in their language; the same id again is the
        same letter.
        """
        with transaction(current_actor()) as session:
            return answer({"recipients": letters.write_to(session, form)}, 202)
