"""What clients may send to and see of startups."""

from marshmallow import fields, validate

from shared.schemas import AssetForm, Form, ProfileChange, ProfileForm, ProfileView, SourceForm, text, tier


class StartupForm(ProfileForm):
    assets = fields.List(fields.Nested(AssetForm), validate=validate.Length(max=100), **tier("public"))


class StartupChange(ProfileChange):
    assets = fields.List(fields.Nested(AssetForm), validate=validate.Length(max=100), **tier("public"))


class StartupView(ProfileView):
    assets = fields.List(fields.Nested(AssetForm), **tier("public"))


class AliasesForm(Form):
    aliases = fields.List(text(200), required=True, validate=validate.Length(1, 50), **tier("public"))


class LedgerEntryForm(Form):
    """A round, grant, loan or licence income; `value` as in the field funding_round."""

    value = fields.Dict(required=True, **tier("network"))
    as_of = text(16, **tier("network"))
    source = fields.Nested(SourceForm, **tier("network"))
    note = text(2000, **tier("network"))
