"""People and programs: signing in, tokens, oneself, one's organisation, links from mails."""

from base64 import b64decode

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint
from webargs.flaskparser import parser

from services.accounts import actions, entry, limits, passkeys, pending, queries
from services.accounts import membership as members
from services.accounts import schemas as s
from services.accounts import views as v
from services.accounts.limits import MAILS, PER_ACCOUNT, PER_PLACE
from services.accounts.routes.door import DOOR, count, mailable, place, seen, where
from shared.addresses import folded
from shared.errors import Invalid, NotFound, Unauthorized
from shared.views import list_of
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.app import part

sessions = Blueprint(
    "sessions", __name__, url_prefix="/api/v1/sessions", description="People signing in and out"
)
tokens = Blueprint(
    "tokens",
    __name__,
    url_prefix="/api/v1/tokens",
    description="Short-lived access tokens (OAuth 2)",
)
accounts = Blueprint(
    "accounts",
    __name__,
    url_prefix="/api/v1/accounts",
    description="Members, invitations and API clients of one's organisation",
)
links = Blueprint(
    "links", __name__, url_prefix="/api/v1/links", description="Single-use links sent by mail"
)
# the second is how OAuth 2 has it
FORMS = ("application/json", "application/x-www-form-urlencoded")


def _access(actor, until=None) -> dict:
    """A fresh token; of an administrator behind broken glass, one that ends with it."""
    now = part("clock").now()
    life = (
        min(actions.TOKEN_LIFE, until - now)
        if until and "administrator" in actor.roles
        else actions.TOKEN_LIFE
    )
    token = part("issuer").token(actor, now, life)
    return {"access_token": token, "token_type": "Bearer", "expires_in": int(life.total_seconds())}


def _whoever(session, person, row, actor) -> dict:
    """Who is signed in, and as what."""
    document = queries.person_document(session, person)
    return document | {
        "org": row.org,
        "strong": actions.is_strong(session, person, row),
        "roles": sorted(actor.roles),
    }


def _begun(session, handle: str, row):
    """The answer to a sign-in: the handle, who it is, and a first access token."""
    person, _, actor = actions.exchange(session, handle)
    told = {
        "session": handle,
        "person": _whoever(session, person, row, actor),
        "expires_at": row.expires_at.isoformat(),
    }
    return answer(told | _access(actor), 201)


@sessions.route("")
class Sessions(MethodView):
    @sessions.arguments(s.SignInForm)
    @sessions.response(201, v.SignedInView)
    def post(self, form):
        """Signs a person in: a session handle, shown once, and a first access token. The same
        refusal for every wrong part.
        """
        email, here, device = folded(form["email"]), where(), form.get("device")
        with reading(DOOR) as session:
            keys = limits.tries(session, email, here, device)
            more = limits.code_tries(session, email, device)
        count(*keys)
        with reading(DOOR) as session:
            proved = actions.prove(session, part("passwords"), form)
        if form.get("code"):
            count(*more)
        with transaction(DOOR) as session:
            handle, row = actions.sign_in(
                session, proved, part("seals"), form, part("settings").demo, seen()
            )
            limits.proved(session, row.person, email, here, device)
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
    @sessions.response(200, v.SwitchedView)
    def post(self, form):
        """Goes on as a member of another of one's organisations."""
        with transaction(DOOR) as session:
            actions.switch(session, form["session"], form["org"])
            person, row, actor = actions.exchange(session, form["session"])
            return answer(
                _access(actor, row.elevated_until)
                | {"person": _whoever(session, person, row, actor)}
            )


@sessions.route("/openid")
class OpenId(MethodView):
    @sessions.response(200, v.ProviderView)
    def post(self):
        """Begins signing in by the OpenID Connect provider: where to go, and what to send along
        when back.
        """
        count((place(), PER_PLACE))
        begun = _provider().begin()
        return answer(
            {
                "url": begun["url"],
                "pending": pending.keep(part("seals"), begun, part("clock").now().timestamp()),
            }
        )


@sessions.route("/openid/finish")
class OpenIdBack(MethodView):
    @sessions.arguments(s.OpenIdForm)
    @sessions.response(201, v.SignedInView)
    def post(self, form):
        """Signs in who came back from the provider: a session handle, shown once, and a first
        access token.
        """
        count((place(), PER_PLACE))
        now = part("clock").now().timestamp()
        kept = pending.kept(part("seals"), form["pending"], form["state"], now)
        claims = _provider().finish(form["code"], kept["nonce"], kept["verifier"], now)
        with transaction(DOOR) as session:
            handle, row = actions.sign_in_openid(session, claims, part("strong")(claims), seen())
            return _begun(session, handle, row)


def _provider():
    """The provider, where one is set up. Raises NotFound."""
    if part("provider") is None:
        raise NotFound()
    return part("provider")


@sessions.route("/passkey")
class ByPasskey(MethodView):
    @sessions.response(200, v.CeremonyView)
    def post(self):
        """What any passkey may sign, to sign in or to show a second factor, and what to send along;
        good for five minutes and once.
        """
        count((place(), PER_PLACE))
        return answer(
            passkeys.ask(
                part("seals"), passkeys.party(part("settings")), part("clock").now().timestamp()
            )
        )


@sessions.route("/passkey/finish")
class PasskeyShown(MethodView):
    @sessions.arguments(s.PasskeyAnswer)
    @sessions.response(201, v.SignedInView)
    def post(self, form):
        """Signs in whoever holds a passkey, which is both factors: a session handle, shown once,
        and a first access token.
        """
        count((place(), PER_PLACE))
        with transaction(DOOR) as session:
            handle, row = actions.sign_in_passkey(session, part("seals"), form, seen())
            return _begun(session, handle, row)


@sessions.route("/elevation")
class Elevation(MethodView):
    @sessions.arguments(s.ElevationForm)
    @sessions.response(200, v.ElevatedView)
    def post(self, form):
        """Break-glass: an administrator's session sees everything for up to an hour; the reason is
        kept and mailed to the others.
        """
        count((f"glass {form['session'][:64]}", PER_ACCOUNT), (place(), PER_PLACE))
        with transaction(DOOR) as session:
            actions.break_glass(session, part("seals"), form)
            _, row, actor = actions.exchange(session, form["session"])
        return answer(
            _access(actor, row.elevated_until) | {"until": row.elevated_until.isoformat()}
        )


@tokens.route("")
class Tokens(MethodView):
    @tokens.doc(
        requestBody={"required": True, "content": dict.fromkeys(FORMS, {"schema": s.TokenForm})}
    )
    @tokens.response(200, s.TokenView)
    def post(self):
        """A short-lived access token, for a program (client credentials, in the body or as HTTP
        Basic) or for a person's session.
        """
        form = parser.parse(s.TokenForm(), location="json_or_form")
        if form["grant_type"] == "session":
            with transaction(DOOR) as session:
                _, row, actor = actions.exchange(session, form.get("session") or "")
            return answer(_access(actor, row.elevated_until))
        client_id, secret = _credentials(form)
        # no limit by client: a secret of 256 bits is not guessed, and others know its id
        count((f"clients {place()}", PER_PLACE * 30))
        with reading(DOOR) as session:
            row, actor = members.client_actor(session, client_id, secret)
            noted = members.is_fresh(session, row)
        if not noted:
            with transaction(DOOR) as session:
                members.note_use(session, actor.person)
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


@accounts.route("/members")
class Members(MethodView):
    @accounts.response(200, list_of(v.MemberView))
    def get(self):
        """The people of one's organisation."""
        actor = current_actor()
        with reading(actor) as session:
            return answer({"items": queries.members(session, actor.org)})


@accounts.route("/members/<slug:membership>")
class OneMember(MethodView):
    @accounts.arguments(s.MemberChange)
    @accounts.response(200, v.MayView)
    def patch(self, form, membership):
        """Makes a member an owner, or lets them invite, or neither any more; an owner's act."""
        with transaction(current_actor()) as session:
            row = members.change_member(session, membership, form)
            return answer({"id": row.id, "owner": row.owner, "invites": row.owner or row.invites})

    @accounts.response(204)
    def delete(self, membership):
        """Ends a membership; tokens of that person stop counting within seconds."""
        with transaction(current_actor()) as session:
            members.end_membership(session, membership)


@accounts.route("/invitations")
class Invitations(MethodView):
    @accounts.response(200, list_of(v.LinkView))
    def get(self):
        """Invitations that wait for an answer."""
        with reading(current_actor()) as session:
            return answer({"items": queries.invitations(session)})

    @accounts.arguments(s.InvitationForm)
    @accounts.response(201, v.LinkView)
    @idempotent
    def post(self, form):
        """Invites somebody into one's organisation; the link goes by mail, is good for seven days
        and once.
        """
        actor = current_actor()
        one = f"invitation of {folded(form['email'])} by {actor.person}"
        count((one, MAILS), (f"invitations by {actor.person}", PER_PLACE))
        with transaction(actor) as session:
            return answer(queries.link_document(members.invite(session, form)), 201)


@accounts.route("/invitations/<slug:invitation>")
class OneInvitation(MethodView):
    @accounts.response(204)
    def delete(self, invitation):
        """Takes an invitation back; whoever made it may, and owners."""
        with transaction(current_actor()) as session:
            members.cancel_invitation(session, invitation)


@accounts.route("/clients")
class Clients(MethodView):
    @accounts.response(200, list_of(v.ClientView))
    def get(self):
        """API clients of one's organisation."""
        with reading(current_actor()) as session:
            return answer({"items": queries.clients(session)})

    @accounts.arguments(s.ClientForm)
    @accounts.response(201, v.SecretClientView)
    def post(self, form):
        """Adds an API client; its secret is shown in this answer and never again."""
        with transaction(current_actor()) as session:
            client, secret = members.add_client(session, form)
            return answer(queries.client_document(client) | {"secret": secret}, 201)


@accounts.route("/clients/<slug:client>")
class OneClient(MethodView):
    @accounts.response(204)
    def delete(self, client):
        """Ends an API client; its tokens stop counting within seconds."""
        with transaction(current_actor()) as session:
            members.end_client(session, client)


@accounts.route("/clients/<slug:client>/handover")
class ClientHandover(MethodView):
    @accounts.response(200, v.SecretClientView)
    def post(self, client):
        """An owner takes a client over, so that it stays when its maker leaves; a new secret, shown
        once, replaces the old at once.
        """
        with transaction(current_actor()) as session:
            row, secret = members.take_over_client(session, client)
            return answer(queries.client_document(row) | {"secret": secret})


@accounts.route("/registrations")
class Registrations(MethodView):
    @accounts.arguments(s.RegistrationForm)
    @accounts.response(202, v.SentView)
    def post(self, form):
        """Mails a link to begin an account with; what one may do comes with an invitation, or with
        a claim that staff approve.
        """
        if mailable("registration", form["email"]):
            with transaction(DOOR) as session:
                entry.ask_registration(session, form["email"], form["locale"])
        return answer({"sent": True}, 202)


@accounts.route("/resets")
class Resets(MethodView):
    @accounts.arguments(s.ResetForm)
    @accounts.response(202, v.SentView)
    def post(self, form):
        """Mails a link to set a new password, where there is such a person; the answer is the same
        either way.
        """
        if mailable("reset", form["email"]):
            with transaction(DOOR) as session:
                entry.ask_reset(session, form["email"])
        return answer({"sent": True}, 202)


@links.route("/<string:token>")
class OneLink(MethodView):
    @links.response(200, v.OpenedLinkView)
    def get(self, token):
        """What a link is for, without using it up."""
        count((f"links {place()}", PER_PLACE))
        with reading(DOOR) as session:
            link, person = entry.opened(session, token)
            return answer(
                queries.link_document(link)
                | entry.wanted(session, link, person)
                | {"known": person is not None}
            )

    @links.arguments(s.LinkForm)
    @links.response(200, v.LinkUsedView)
    def post(self, form, token):
        """Accepts an invitation, or sets a new password; the link is used up."""
        count((f"links {place()}", PER_PLACE), (f"link {token}", PER_ACCOUNT))
        with transaction(DOOR) as session:
            person = entry.use_link(session, part("passwords"), part("seals"), token, form)
            limits.proved(session, person.id, person.email, where(), form.get("device"))
            return answer({"email": person.email})
