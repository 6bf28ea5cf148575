"""Oneself: name, language, what proves who one is, where one is signed in, a copy of everything,
and its erasure.
"""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.accounts import actions, passkeys, personal, proofs, queries
from services.accounts import schemas as s
from services.accounts import views as v
from services.accounts.limits import PER_ACCOUNT
from services.accounts.routes.door import count, mailable
from shared.views import list_of
from shared.web import answer, current_actor, reading, transaction
from shared.web.app import part

people = Blueprint("people", __name__, url_prefix="/api/v1/people", description="Oneself")


@people.route("/me")
class Me(MethodView):
    @people.response(200, s.PersonView)
    def get(self):
        """Oneself and one's memberships."""
        with reading(current_actor()) as session:
            return answer(queries.person_document(session, actions.me(session)))

    @people.arguments(s.PersonChange)
    @people.response(200, s.PersonView)
    def patch(self, form):
        """Changes one's name or language."""
        with transaction(current_actor()) as session:
            person = actions.me(session)
            for name, value in form.items():
                setattr(person, name, value)
            return answer(queries.person_document(session, person))


@people.route("/me/password")
class Password(MethodView):
    @people.arguments(s.PasswordForm)
    @people.response(204)
    def post(self, form):
        """Sets a new password; asks for the second factor of whoever has one. Every session of this
        person ends, and every link in a mail.
        """
        actor = current_actor()
        count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            proofs.change_password(session, part("passwords"), part("seals"), form)


@people.route("/me/second-factor")
class SecondFactor(MethodView):
    @people.response(200, v.TotpView)
    def post(self):
        """Begins a second factor: a secret for an authenticator app."""
        with transaction(current_actor()) as session:
            return answer(proofs.begin_totp(session, part("seals")))

    @people.arguments(s.CodeForm)
    @people.response(204)
    def put(self, form):
        """Switches it on with a code made from the secret; officers and administrators act as such
        only from then on.
        """
        actor = current_actor()
        count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            proofs.confirm_totp(session, part("passwords"), part("seals"), form)

    @people.arguments(s.ConfirmForm)
    @people.response(204)
    def delete(self, form):
        """Switches it off, by password and code together; every session of this person ends."""
        actor = current_actor()
        count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            proofs.drop_totp(session, part("passwords"), part("seals"), form)


@people.route("/me/recovery-codes")
class RecoveryCodes(MethodView):
    @people.arguments(s.ConfirmForm)
    @people.response(201, v.CodesView)
    def post(self, form):
        """Ten recovery codes in place of all older ones, shown in this answer and never again; each
        stands in for the second factor once.
        """
        actor = current_actor()
        count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            return answer(
                {"codes": proofs.recovery(session, part("passwords"), part("seals"), form)}, 201
            )


@people.route("/me/passkeys/options")
class PasskeyOptions(MethodView):
    @people.arguments(s.ConfirmForm)
    @people.response(200, v.CeremonyView)
    def post(self, form):
        """What a device needs to make a passkey, and what to send along with it; asks for password
        and second factor. Good for five minutes and once.
        """
        actor, who = current_actor(), passkeys.party(part("settings"))
        count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            return answer(
                proofs.begin_passkey(session, part("passwords"), part("seals"), who, form)
            )


@people.route("/me/passkeys")
class Passkeys(MethodView):
    @people.arguments(s.PasskeyForm)
    @people.response(201, v.PasskeyView)
    def post(self, form):
        """Adds the passkey that a device has made for what was handed out to this session. Other
        sessions end.
        """
        with transaction(current_actor()) as session:
            return answer(
                queries.passkey_document(proofs.add_passkey(session, part("seals"), form)), 201
            )


@people.route("/me/passkeys/<slug:passkey>")
class OnePasskey(MethodView):
    @people.arguments(s.ConfirmForm)
    @people.response(204)
    def delete(self, form, passkey):
        """Removes a passkey, by password and second factor together; every session of this person
        ends.
        """
        actor = current_actor()
        count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            proofs.drop_passkey(session, part("passwords"), part("seals"), passkey, form)


@people.route("/me/address")
class Address(MethodView):
    @people.arguments(s.AddressForm)
    @people.response(202, v.SentView)
    def post(self, form):
        """Mails a link to a new address of yours, in force once it is followed; asks for password
        and second factor.
        """
        actor = current_actor()
        count((f"password {actor.person}", PER_ACCOUNT))
        if mailable("address", form["email"]):
            with transaction(actor) as session:
                proofs.ask_address(session, part("passwords"), part("seals"), form)
        return answer({"sent": True}, 202)


@people.route("/me/sessions")
class OwnSessions(MethodView):
    @people.response(200, list_of(v.OwnSessionView))
    def get(self):
        """Where you are signed in: since when, last seen, from which address, with what browser."""
        with reading(current_actor()) as session:
            return answer({"items": queries.sessions(session, actions.me(session))})

    @people.response(204)
    def delete(self):
        """Signs out everywhere but here."""
        actor = current_actor()
        with transaction(actor) as session:
            actions.end_sessions(session, actions.me(session).id, actor.credential)


@people.route("/me/sessions/<slug:which>")
class OwnSession(MethodView):
    @people.response(204)
    def delete(self, which):
        """Ends one session; its tokens stop counting within seconds."""
        with transaction(current_actor()) as session:
            actions.end_session(session, which)


@people.route("/me/export")
class Export(MethodView):
    @people.response(200, v.ExportView)
    def get(self):
        """A copy of all that is kept about you, in every service."""
        actor = current_actor()
        count((f"export {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            return answer(personal.export(session, part("doors").trails))


@people.route("/me/erasure")
class Erasure(MethodView):
    @people.arguments(s.ConfirmForm)
    @people.response(204)
    def post(self, form):
        """Erases your account and, within minutes, what any service keeps about you; the password
        is asked for again.
        """
        actor = current_actor()
        count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            personal.erase_me(session, part("passwords"), part("seals"), form)
