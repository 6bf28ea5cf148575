"""People and programs: signing in, tokens, oneself, one's organisation, links from mails."""

from base64 import b64decode

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint
from webargs.flaskparser import parser

from services.accounts import actions, limits, pending, personal, queries
from services.accounts import schemas as s
from services.accounts.limits import MAILS, PER_ACCOUNT, PER_PLACE, TooMany
from shared.addresses import folded
from shared.auth import worker
from shared.errors import Invalid, NotFound, Unauthorized
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.app import part
from shared.web.door import place as where

sessions = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions", description="People signing in and out")
tokens = Blueprint("tokens", __name__, url_prefix="/api/v1/tokens", description="Short-lived access tokens (OAuth 2)")
people = Blueprint("people", __name__, url_prefix="/api/v1/people", description="Oneself")
accounts = Blueprint(
    "accounts", __name__, url_prefix="/api/v1/accounts", description="Members, invitations and API clients of one's organisation"
)
links = Blueprint("links", __name__, url_prefix="/api/v1/links", description="Single-use links sent by mail")
FORMS = ("application/json", "application/x-www-form-urlencoded")  # the second is how OAuth 2 has it
DOOR = worker("accounts")  # nobody is signed in yet where these are used


def _count(*keys: tuple[str, int]) -> None:
    """Counts a try under each key before anything is looked at. Raises TooMany."""
    with transaction(DOOR) as session:
        over = [limits.count(session, key, most) for key, most in keys]
    if any(over):
        raise TooMany()


def _where() -> str:
    return f"place {where()}"


def _mailable(what: str, email: str) -> bool:
    """Counts a wish for mail by place; whether the address has had fewer than it may: one that others fill has its mails already."""
    _count((f"{what} {folded(email)} from {where()}", 3), (f"mail {where()}", PER_PLACE))
    with transaction(DOOR) as session:
        return not limits.count(session, f"{what} {folded(email)}", MAILS)


def _access(actor, until=None) -> dict:
    """A fresh token; of an administrator behind broken glass, one that ends with it."""
    now = part("clock").now()
    life = min(actions.TOKEN_LIFE, until - now) if until and "administrator" in actor.roles else actions.TOKEN_LIFE
    token = part("issuer").token(actor, now, life)
    return {"access_token": token, "token_type": "Bearer", "expires_in": int(life.total_seconds())}


def _begun(session, handle: str, row):
    """The answer to a sign-in: the handle, who it is, and a first access token."""
    person, _, actor = actions.exchange(session, handle)
    document = queries.person_document(session, person) | {"org": row.org, "strong": row.strong, "roles": sorted(actor.roles)}
    return answer({"session": handle, "person": document, "expires_at": row.expires_at.isoformat(), **_access(actor)}, 201)


@sessions.route("")
class Sessions(MethodView):
    @sessions.arguments(s.SignInForm)
    @sessions.response(201)
    def post(self, form):
        """Signs a person in: a session handle, shown once, and a first access token. The same refusal for every wrong part."""
        email, place, device = folded(form["email"]), where(), form.get("device")
        with reading(DOOR) as session:
            keys = limits.tries(session, email, place, device)
            more = limits.code_tries(session, email, device)
        _count(*keys)
        with reading(DOOR) as session:
            proved = actions.prove(session, part("passwords"), form)
        if form.get("code"):
            _count(*more)
        with transaction(DOOR) as session:
            handle, row = actions.sign_in(session, proved, part("seals"), form, part("settings").demo)
            limits.proved(session, row.person, email, place, device)
            return _begun(session, handle, row)


@sessions.route("/end")
class End(MethodView):
    @sessions.arguments(s.HandleForm)
    @sessions.response(204)
    def post(self, form):
        """Signs out: the session ends, its tokens stop counting within seconds."""
        with transaction(DOOR) as session:
            actions.sign_out(session, form["session"])


@sessions.route("/switch")
class Switch(MethodView):
    @sessions.arguments(s.SwitchForm)
    @sessions.response(200)
    def post(self, form):
        """Goes on as a member of another of one's organisations."""
        with transaction(DOOR) as session:
            actions.switch(session, form["session"], form["org"])
            _, row, actor = actions.exchange(session, form["session"])
        return answer(_access(actor, row.elevated_until))


@sessions.route("/openid")
class OpenId(MethodView):
    @sessions.response(200)
    def post(self):
        """Begins signing in by the OpenID Connect provider: where to go, and what to send along when back."""
        _count((_where(), PER_PLACE))
        begun = _provider().begin()
        return answer({"url": begun["url"], "pending": pending.keep(part("seals"), begun, part("clock").now().timestamp())})


@sessions.route("/openid/finish")
class OpenIdBack(MethodView):
    @sessions.arguments(s.OpenIdForm)
    @sessions.response(201)
    def post(self, form):
        """Signs in who came back from the provider: a session handle, shown once, and a first access token."""
        _count((_where(), PER_PLACE))
        now = part("clock").now().timestamp()
        kept = pending.kept(part("seals"), form["pending"], form["state"], now)
        claims = _provider().finish(form["code"], kept["nonce"], kept["verifier"], now)
        with transaction(DOOR) as session:
            handle, row = actions.sign_in_openid(session, claims, part("strong")(claims))
            return _begun(session, handle, row)


def _provider():
    """The provider, where one is set up. Raises NotFound."""
    if part("provider") is None:
        raise NotFound()
    return part("provider")


@sessions.route("/elevation")
class Elevation(MethodView):
    @sessions.arguments(s.ElevationForm)
    @sessions.response(200)
    def post(self, form):
        """Break-glass: an administrator's session sees everything for up to an hour; the reason is kept and mailed to the others."""
        _count((f"glass {form['session'][:64]}", PER_ACCOUNT), (_where(), PER_PLACE))
        with transaction(DOOR) as session:
            actions.break_glass(session, part("seals"), form)
            _, row, actor = actions.exchange(session, form["session"])
        return answer(_access(actor, row.elevated_until) | {"until": row.elevated_until.isoformat()})


@tokens.route("")
class Tokens(MethodView):
    @tokens.doc(requestBody={"required": True, "content": dict.fromkeys(FORMS, {"schema": s.TokenForm})})
    @tokens.response(200, s.TokenView)
    def post(self):
        """A short-lived access token, for a program (client credentials, in the body or as HTTP Basic) or for a person's session."""
        form = parser.parse(s.TokenForm(), location="json_or_form")
        if form["grant_type"] == "session":
            with transaction(DOOR) as session:
                _, row, actor = actions.exchange(session, form.get("session") or "")
            return answer(_access(actor, row.elevated_until))
        client_id, secret = _credentials(form)
        _count((f"clients {_where()}", PER_PLACE * 30))  # no limit by client: a secret of 256 bits is not guessed, and others know its id
        with reading(DOOR) as session:
            _, actor = actions.client_actor(session, client_id, secret)
        return answer(_access(actor))


def _credentials(form: dict) -> tuple[str, str]:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = b64decode(given, validate=True).decode().partition(":")
        except ValueError as error:
            raise Unauthorized("bad-credentials") from error
        return client_id, secret
    if not form.get("client_id") or not form.get("client_secret"):
        raise Invalid(errors=[])
    return form["client_id"], form["client_secret"]


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
        """Sets a new password; every session of this person ends."""
        actor = current_actor()
        _count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            actions.change_password(session, part("passwords"), form)


@people.route("/me/second-factor")
class SecondFactor(MethodView):
    @people.response(200)
    def post(self):
        """Begins a second factor: a secret for an authenticator app."""
        with transaction(current_actor()) as session:
            return answer(actions.begin_totp(session, part("seals")))

    @people.arguments(s.CodeForm)
    @people.response(204)
    def put(self, form):
        """Switches it on with a code made from the secret; officers and administrators act as such only from then on."""
        actor = current_actor()
        _count((f"code {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            actions.confirm_totp(session, part("seals"), form["code"])

    @people.arguments(s.ConfirmForm)
    @people.response(204)
    def delete(self, form):
        """Switches it off; the password is asked for again."""
        actor = current_actor()
        _count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            actions.drop_totp(session, part("passwords"), form["password"])


@people.route("/me/export")
class Export(MethodView):
    @people.response(200)
    def get(self):
        """A copy of all that is kept about you, in every service."""
        actor = current_actor()
        _count((f"export {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            return answer(personal.export(session, part("doors").trails))


@people.route("/me/erasure")
class Erasure(MethodView):
    @people.arguments(s.ConfirmForm)
    @people.response(204)
    def post(self, form):
        """Erases your account and, within minutes, what any service keeps about you; the password is asked for again."""
        actor = current_actor()
        _count((f"password {actor.person}", PER_ACCOUNT))
        with transaction(actor) as session:
            personal.erase_me(session, part("passwords"), form["password"])


@accounts.route("/members")
class Members(MethodView):
    @accounts.response(200)
    def get(self):
        """The people of one's organisation."""
        actor = current_actor()
        with reading(actor) as session:
            return answer({"items": queries.members(session, actor.org)})


@accounts.route("/members/<slug:membership>")
class OneMember(MethodView):
    @accounts.response(204)
    def delete(self, membership):
        """Ends a membership; tokens of that person stop counting within seconds."""
        with transaction(current_actor()) as session:
            actions.end_membership(session, membership)


@accounts.route("/invitations")
class Invitations(MethodView):
    @accounts.response(200)
    def get(self):
        """Invitations that wait for an answer."""
        with reading(current_actor()) as session:
            return answer({"items": queries.invitations(session)})

    @accounts.arguments(s.InvitationForm)
    @accounts.response(201)
    @idempotent
    def post(self, form):
        """Invites somebody into one's organisation; the link goes by mail, is good for seven days and once."""
        with transaction(current_actor()) as session:
            return answer(queries.link_document(actions.invite(session, form)), 201)


@accounts.route("/clients")
class Clients(MethodView):
    @accounts.response(200)
    def get(self):
        """API clients of one's organisation."""
        with reading(current_actor()) as session:
            return answer({"items": queries.clients(session)})

    @accounts.arguments(s.ClientForm)
    @accounts.response(201)
    def post(self, form):
        """Adds an API client; its secret is shown in this answer and never again."""
        with transaction(current_actor()) as session:
            client, secret = actions.add_client(session, form)
            return answer(queries.client_document(client) | {"secret": secret}, 201)


@accounts.route("/clients/<slug:client>")
class OneClient(MethodView):
    @accounts.response(204)
    def delete(self, client):
        """Ends an API client; its tokens stop counting within seconds."""
        with transaction(current_actor()) as session:
            actions.end_client(session, client)


@accounts.route("/registrations")
class Registrations(MethodView):
    @accounts.arguments(s.RegistrationForm)
    @accounts.response(202)
    def post(self, form):
        """Mails a link to begin an account with; what one may do comes with an invitation, or with a claim that staff approve."""
        if _mailable("registration", form["email"]):
            with transaction(DOOR) as session:
                actions.ask_registration(session, form["email"], form["locale"])
        return answer({"sent": True}, 202)


@accounts.route("/resets")
class Resets(MethodView):
    @accounts.arguments(s.ResetForm)
    @accounts.response(202)
    def post(self, form):
        """Mails a link to set a new password, where there is such a person; the answer is the same either way."""
        if _mailable("reset", form["email"]):
            with transaction(DOOR) as session:
                actions.ask_reset(session, form["email"])
        return answer({"sent": True}, 202)


@links.route("/<string:token>")
class OneLink(MethodView):
    @links.response(200)
    def get(self, token):
        """What a link is for, without using it up."""
        _count((f"links {_where()}", PER_PLACE))
        with reading(DOOR) as session:
            return answer(queries.link_document(actions.open_link(session, token)))

    @links.arguments(s.LinkForm)
    @links.response(200)
    def post(self, form, token):
        """Accepts an invitation, or sets a new password; the link is used up."""
        _count((f"links {_where()}", PER_PLACE), (f"link {token}", PER_ACCOUNT))
        with transaction(DOOR) as session:
            person = actions.use_link(session, part("passwords"), token, form)
            limits.proved(session, person.id, person.email, where(), form.get("device"))
            return answer({"email": person.email})
