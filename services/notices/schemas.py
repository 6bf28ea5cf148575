"""What services may send to notices."""

from marshmallow import fields, validate

from services.notices.texts import TEMPLATES
from shared.schemas import Form


class MailForm(Form):
    id = fields.UUID(required=True)
    to = fields.String(required=True, validate=validate.Length(3, 254))
    template = fields.String(required=True, validate=validate.OneOf(list(TEMPLATES)))
    locale = fields.String(required=True, validate=validate.OneOf(["en", "ja"]))
    params = fields.Dict(required=True)
