"""What services and organisations may send to notices."""

from marshmallow import fields, validate

from services.notices.digest import DIGEST
from services.notices.rules import EVENTS
from services.notices.texts import TEMPLATES
from shared.schemas import Address, Form, Instant, text


class MailParams(Form):
    path = fields.String(required=True, validate=validate.Length(1, 200))
    expires = Instant(required=True, format="iso")
    org = fields.String(allow_none=True, validate=validate.Length(0, 200))
    reason = fields.String(validate=validate.Length(0, 500))
    subject_en = fields.String(validate=validate.Length(1, 5_000))
    subject_ja = fields.String(validate=validate.Length(1, 5_000))
    text_en = fields.String(validate=validate.Length(1, 200_000))
    text_ja = fields.String(validate=validate.Length(1, 200_000))
    erasure = fields.String(validate=validate.Length(1, 600))
    digest = fields.String(
        validate=validate.Length(1, 500_000),
        metadata={"description": "A week's content by language, as JSON"},
    )


class MailForm(Form):
    id = fields.UUID(required=True)
    to = Address(required=True)
    template = fields.String(required=True, validate=validate.OneOf([*TEMPLATES, DIGEST]))
    locale = fields.String(required=True, validate=validate.OneOf(["en", "ja"]))
    params = fields.Nested(MailParams, required=True)


class ForgetForm(Form):
    to = fields.String(required=True, validate=validate.Length(3, 254))


class FatesForm(Form):
    ids = fields.List(
        fields.String(validate=validate.Length(1, 36)),
        required=True,
        validate=validate.Length(0, 5_000),
    )


KINDS = {
    "validate": validate.Length(1, len(EVENTS)),
    "metadata": {"description": "; ".join(f"{k}: {v}" for k, v in EVENTS.items())},
}


class SubscriptionForm(Form):
    example = {
        "name": "Our CRM",
        "url": "https://crm.example.com/nakodo",
        "events": ["match.appeared", "match.changed"],
    }

    name = text(200, required=True)
    url = fields.String(
        required=True,
        validate=validate.Length(8, 2000),
        metadata={"description": "A public https address"},
    )
    events = fields.List(
        fields.String(validate=validate.OneOf(list(EVENTS))), required=True, **KINDS
    )


class SubscriptionChange(Form):
    name = text(200)
    url = fields.String(validate=validate.Length(8, 2000))
    events = fields.List(fields.String(validate=validate.OneOf(list(EVENTS))), **KINDS)
    state = fields.String(validate=validate.OneOf(["active", "paused"]))


class ReplayForm(Form):
    since = Instant(
        required=True,
        format="iso",
        metadata={"description": "An instant such as 2026-11-20T00:00:00Z, at most 30 days ago"},
    )
