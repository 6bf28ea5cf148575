"""What clients may send to and see of the accounts service."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.accounts import claims
from services.accounts.names import KINDS
from services.accounts.notices import NOTICES
from shared.auth import ROLES
from shared.schemas import Address, Coded, Form, tier

# staff are named by the operator's command alone
GRANTABLE = [r for r in ROLES if r not in ("staff", "service")]


SECRET = {"validate": validate.Length(1, 256), "load_only": True}
DEVICE = {
    "validate": validate.Length(20, 100),
    "load_only": True,
    "metadata": {
        "description": (
            "A secret the browser keeps: tries with one that has signed in before are counted apart"
            " from a stranger's"
        )
    },
}


CODE = {
    "validate": validate.Length(6, 20),
    "load_only": True,
    "metadata": {
        "description": "One-time code, where the person has switched it on, or a recovery code"
    },
}


class PasskeyAnswer(Form):
    """What a device has signed: the credential as the browser's `toJSON` gives it, as text, and
    `pending` as it was handed out.
    """

    credential = fields.String(required=True, validate=validate.Length(1, 20_000), load_only=True)
    pending = fields.String(required=True, validate=validate.Length(1, 2000), load_only=True)


class Proof(Form):
    """What proves it is oneself: the password, and the second factor of whoever has one, as a code
    or a passkey.
    """

    code = fields.String(**CODE)
    passkey = fields.Nested(PasskeyAnswer)


class NamedForm(Form):
    """Somebody who is named somewhere: by name, by address, or both; `organization` for
    administrators.
    """

    example = {"name": "見本 花子", "address": "hanako@example.org"}

    name = fields.String(validate=validate.Length(2, 200))
    address = Address()
    organization = fields.String(validate=validate.Length(1, 64))

    @validates_schema
    def _somebody(self, data, **_):
        if not data.get("name") and not data.get("address"):
            raise ValidationError(Coded("required"), "name")
        if data.get("name") and len("".join(data["name"].split())) < 2:
            raise ValidationError(Coded("name-short"), "name")


class SignInForm(Form):
    email = fields.String(required=True, validate=validate.Length(1, 254))
    password = fields.String(required=True, **SECRET)
    code = fields.String(**CODE)
    org = fields.String(validate=validate.Length(1, 64))
    device = fields.String(**DEVICE)


class HandleForm(Form):
    session = fields.String(required=True, validate=validate.Length(20, 100))


class SwitchForm(HandleForm):
    org = fields.String(required=True, validate=validate.Length(1, 64))


class TokenForm(Form):
    """OAuth 2: client credentials for programs; `session` for the portal."""

    grant_type = fields.String(
        required=True, validate=validate.OneOf(["client_credentials", "session"])
    )
    client_id = fields.String(validate=validate.Length(1, 64))
    client_secret = fields.String(validate=validate.Length(1, 200))
    session = fields.String(validate=validate.Length(20, 100))
    scope = fields.String(validate=validate.Length(0, 200))


class TokenView(Schema):
    access_token = fields.String(**tier("private"))
    token_type = fields.String(**tier("private"))
    expires_in = fields.Integer(**tier("private"))


class PersonChange(Form):
    name = fields.String(validate=validate.Length(1, 200))
    locale = fields.String(validate=validate.OneOf(["en", "ja"]))


class PasswordForm(Proof):
    old = fields.String(required=True, **SECRET)
    new = fields.String(required=True, **SECRET)


class CodeForm(Form):
    code = fields.String(required=True, validate=validate.Length(6, 8))
    password = fields.String(**SECRET)
    present = fields.String(
        **CODE | {"metadata": {"description": "A recovery code, of whoever has passkeys"}}
    )
    passkey = fields.Nested(PasskeyAnswer)


class ConfirmForm(Proof):
    password = fields.String(required=True, **SECRET)


class AddressForm(ConfirmForm):
    example = {"email": "haru@mihon-therapeutics.example", "password": "four words make one"}

    email = Address(required=True)


class PasskeyForm(Form):
    credential = fields.String(required=True, validate=validate.Length(1, 20_000), load_only=True)
    pending = fields.String(required=True, validate=validate.Length(1, 2000), load_only=True)
    name = fields.String(required=True, validate=validate.Length(1, 100))


class MemberChange(Form):
    owner = fields.Boolean()
    invites = fields.Boolean(metadata={"description": "Whether this member may invite others"})


class InvitationForm(Form):
    example = {"email": "haru@mihon-therapeutics.example", "roles": ["startup"], "locale": "ja"}

    email = Address(required=True)
    roles = fields.List(
        fields.String(validate=validate.OneOf(GRANTABLE)),
        required=True,
        validate=validate.Length(1, 5),
    )
    locale = fields.String(validate=validate.OneOf(["en", "ja"]))
    org = fields.String(validate=validate.Length(1, 64))
    free_mail = fields.Boolean(
        metadata={"description": "An owner means it: this address is a free one, and of no company"}
    )


class ResetForm(Form):
    example = {"email": "haru@mihon-therapeutics.example"}

    email = Address(required=True)


class RegistrationForm(Form):
    example = {"email": "haru@haru-cell.example", "locale": "ja"}

    email = Address(required=True)
    locale = fields.String(load_default="ja", validate=validate.OneOf(["en", "ja"]))


class LinkForm(Proof):
    password = fields.String(required=True, **SECRET)
    name = fields.String(validate=validate.Length(1, 200))
    locale = fields.String(validate=validate.OneOf(["en", "ja"]))
    device = fields.String(**DEVICE)


class ClientForm(Form):
    example = {"name": "Our CRM", "roles": ["startup"]}

    name = fields.String(required=True, validate=validate.Length(1, 200))
    roles = fields.List(
        fields.String(validate=validate.OneOf([r for r in GRANTABLE if r != "administrator"])),
        required=True,
        validate=validate.Length(1, 5),
    )


class NameForm(Form):
    id = fields.String(required=True, validate=validate.Length(1, 64))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    owner = fields.String(required=True, validate=validate.Length(1, 64))


class ClaimForm(Form):
    organization = fields.String(
        validate=validate.Length(0, 64),
        metadata={
            "description": (
                "The profile's id. A new company's id is made from its name; what stands here is"
                " then not used"
            )
        },
    )
    kind = fields.String(required=True, validate=validate.OneOf(list(claims.ROLES)))
    name = fields.String(
        validate=validate.Length(1, 200),
        metadata={
            "description": "Of a company that has no profile yet: its name; it is then a new one"
        },
    )
    note = fields.String(validate=validate.Length(0, 2000))


class DecisionForm(Form):
    approve = fields.Boolean(required=True)


class PersonView(Schema):
    id = fields.String(**tier("private"))
    email = fields.String(**tier("private"))
    name = fields.String(**tier("private"))
    locale = fields.String(**tier("private"))
    second_factor = fields.Boolean(**tier("private"))
    codes = fields.Boolean(**tier("private"))
    passkeys = fields.List(fields.Dict(), **tier("private"))
    recovery_codes = fields.Integer(**tier("private"))
    memberships = fields.List(fields.Dict(), **tier("private"))


class ElevationForm(HandleForm, Proof):
    reason = fields.String(required=True, validate=validate.Length(10, 500))
    minutes = fields.Integer(load_default=30, validate=validate.Range(5, 60))


class ConsentForm(Form):
    example = {
        "purpose": "introductions",
        "countries": ["jp", "us"],
        "notice": "introductions/1",
        "locale": "ja",
    }

    purpose = fields.String(required=True, validate=validate.OneOf(list(NOTICES)))
    countries = fields.List(
        fields.String(validate=validate.Length(2, 2)),
        required=True,
        validate=validate.Length(1, 10),
    )
    notice = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "The id of the notice that was shown"},
    )
    locale = fields.String(
        required=True,
        validate=validate.OneOf(["en", "ja"]),
        metadata={"description": "The language it was read in"},
    )


class ContactQuery(Form):
    purpose = fields.String(required=True, validate=validate.OneOf(list(NOTICES)))
    country = fields.String(required=True, validate=validate.Length(2, 2))


class OpenIdForm(Form):
    code = fields.String(required=True, validate=validate.Length(1, 2000), load_only=True)
    state = fields.String(required=True, validate=validate.Length(1, 200))
    pending = fields.String(
        required=True,
        validate=validate.Length(1, 2000),
        metadata={"description": "What the beginning had answered"},
    )


TEMPLATES = [
    "reconfirm",
    "asked",
    "exposure",
    "digest",
    "introduction",
    "introduction-remark",
    "introduction-declined",
    "introduction-expired",
    "introduction-closed",
    "introduction-outcome",
    "introduced",
    "application-missing",
    "application-result",
    "application-letter",
    "place-free",
    "site-asked",
    "reviews-open",
    "meeting-offered",
    "meeting-agreed",
    "meeting-cancelled",
    "day-invited",
    "day-wishes",
    "day-plan",
    "day-changed",
    "day-cancelled",
    "day-outcome",
]


class LetterForm(Form):
    """A letter to the owners of an organisation; `params` are what its template needs."""

    id = fields.UUID(required=True)
    org = fields.String(required=True, validate=validate.Length(1, 64))
    template = fields.String(required=True, validate=validate.OneOf(TEMPLATES))
    params = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        validate=validate.Length(max=50),
    )


class FatesForm(Form):
    ids = fields.List(
        fields.String(validate=validate.Length(1, 36)),
        required=True,
        validate=validate.Length(0, 5_000),
    )
