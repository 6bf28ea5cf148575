"""What the accounts service answers."""

from marshmallow import fields

from shared.views import NamesView, TextsView, View


class MembershipView(View):
    id = fields.String()
    org = fields.String()
    roles = fields.List(fields.String())
    owner = fields.Boolean()
    invites = fields.Boolean()


class PasskeyView(View):
    id = fields.String()
    name = fields.String()
    created_at = fields.DateTime()
    used_at = fields.DateTime(allow_none=True)


class WhoView(View):
    """Oneself, and as what one is signed in."""

    id = fields.String()
    email = fields.String()
    name = fields.String()
    locale = fields.String()
    second_factor = fields.Boolean()
    codes = fields.Boolean()
    passkeys = fields.List(fields.Nested(PasskeyView))
    recovery_codes = fields.Integer()
    memberships = fields.List(fields.Nested(MembershipView))
    org = fields.String()
    strong = fields.Boolean()
    roles = fields.List(fields.String())


class AccessView(View):
    """A short-lived access token."""

    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()


class SwitchedView(AccessView):
    person = fields.Nested(WhoView)


class SignedInView(SwitchedView):
    """A sign-in: the session's handle, shown this once, who it is, and a first access token."""

    session = fields.String()
    expires_at = fields.DateTime()


class ElevatedView(AccessView):
    until = fields.DateTime()


class ProviderView(View):
    """Where to sign in, and what to send along when back."""

    url = fields.String()
    pending = fields.String()


class CeremonyView(View):
    """What a device is asked (WebAuthn), and what to send along with its answer."""

    options = fields.Dict(keys=fields.String())
    pending = fields.String()


class TotpView(View):
    secret = fields.String()
    uri = fields.String()


class CodesView(View):
    codes = fields.List(fields.String())


class SentView(View):
    sent = fields.Boolean()


class OwnSessionView(View):
    id = fields.String()
    org = fields.String()
    place = fields.String(allow_none=True)
    agent = fields.String(allow_none=True)
    strong = fields.Boolean()
    current = fields.Boolean()
    created_at = fields.DateTime()
    seen_at = fields.DateTime()


class MemberView(View):
    id = fields.String()
    person = fields.String()
    name = fields.String()
    email = fields.String()
    roles = fields.List(fields.String())
    owner = fields.Boolean()
    invites = fields.Boolean()
    since = fields.DateTime()


class MayView(View):
    """What a member may do beside their roles."""

    id = fields.String()
    owner = fields.Boolean()
    invites = fields.Boolean()


class LinkView(View):
    """A link sent by mail, without its token."""

    id = fields.String()
    kind = fields.String()
    email = fields.String()
    org = fields.String(allow_none=True)
    roles = fields.List(fields.String(), allow_none=True)
    made_by = fields.String()
    expires_at = fields.DateTime()


class OpenedLinkView(LinkView):
    """A link with what using it asks for."""

    code = fields.Boolean()
    passkeys = fields.Boolean()
    known = fields.Boolean()


class LinkUsedView(View):
    email = fields.String()


class ClientView(View):
    id = fields.String()
    name = fields.String()
    org = fields.String()
    roles = fields.List(fields.String())
    created_by = fields.String()
    created_at = fields.DateTime()
    used_at = fields.DateTime(allow_none=True)


class SecretClientView(ClientView):
    """An API client with its secret, which is shown this once."""

    secret = fields.String()


class HandedOverView(View):
    kind = fields.String()
    id = fields.String()
    name = fields.Nested(NamesView, allow_none=True)
    owner = fields.String()


class GrantsView(View):
    """All that a yes to a claim would grant."""

    organization = fields.String()
    role = fields.String()
    owner = fields.Boolean()
    profiles = fields.List(fields.Nested(HandedOverView))


class ClaimView(View):
    id = fields.String()
    organization = fields.String()
    kind = fields.String()
    state = fields.String()
    domain = fields.String()
    domain_known = fields.Boolean()
    name = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    created_at = fields.DateTime()
    decided_at = fields.DateTime(allow_none=True)


class ListedClaimView(ClaimView):
    optional = ("grants",)
    grants = fields.Nested(GrantsView, metadata={"description": "For staff, of a claim that waits"})


class ConsentView(View):
    id = fields.String()
    purpose = fields.String()
    countries = fields.List(fields.String())
    notice = fields.String()
    locale = fields.String()
    given_at = fields.DateTime()
    withdrawn_at = fields.DateTime(allow_none=True)


class NoticeView(View):
    """A text one consents by."""

    id = fields.String()
    purpose = fields.String()
    countries = fields.List(fields.String())
    text = fields.Nested(TextsView)


class ConsentsView(View):
    items = fields.List(fields.Nested(ConsentView))
    notices = fields.List(fields.Nested(NoticeView))


class ContactView(View):
    name = fields.String()
    email = fields.String()
    locale = fields.String()


class IsMemberView(View):
    member = fields.Boolean()


class HeldNameView(View):
    id = fields.String()
    kind = fields.String(allow_none=True)
    owner = fields.String()


class LetterFateView(View):
    """To how many people a letter waits, was sent, has failed."""

    waiting = fields.Integer()
    sent = fields.Integer()
    failed = fields.Integer()


class LetterFatesView(View):
    items = fields.Dict(keys=fields.String(), values=fields.Nested(LetterFateView))


class WrittenView(View):
    recipients = fields.Integer()


class NamedView(View):
    """A place where somebody is named: service, table, row, and the words."""

    service = fields.String()
    table = fields.String()
    id = fields.String()
    said = fields.String()


class MaskedAddressView(View):
    address = fields.String()


class ExportView(View):
    """A copy of all that is kept about a person: each kind of row, and the trails by service."""

    person = fields.Dict(keys=fields.String())
    sessions = fields.List(fields.Dict(keys=fields.String()))
    consents = fields.List(fields.Nested(ConsentView))
    claims = fields.List(fields.Nested(ClaimView))
    links = fields.List(fields.Dict(keys=fields.String()))
    api_clients = fields.List(fields.Nested(ClientView))
    mail = fields.List(fields.Dict(keys=fields.String()))
    trail = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict(keys=fields.String())))
