"""What clients may send to and see of startups."""

from marshmallow import fields, validate

from shared.schemas import AssetForm, Form, ProfileChange, ProfileFilter, ProfileForm, ProfileView, SourceForm, text, tier


class StartupForm(ProfileForm):
    assets = fields.List(fields.Nested(AssetForm), validate=validate.Length(max=100), **tier("public"))


class StartupChange(ProfileChange):
    assets = fields.List(fields.Nested(AssetForm), validate=validate.Length(max=100), **tier("public"))


class StartupView(ProfileView):
    """A startup as its reader may see it."""


class ImportForm(Form):
    """What goes with the file: nothing is written unless `apply` is true; `mapping` is JSON, headings to our columns."""

    apply = fields.Boolean(load_default=False)
    mapping = fields.String(validate=validate.Length(0, 20_000))
    saved = text(64)
    first = fields.Integer(load_default=1, validate=validate.Range(1, 5000), metadata={"description": "First row to take, from 1"})
    last = fields.Integer(load_default=5000, validate=validate.Range(1, 5000), metadata={"description": "Last row to take"})


class TableQuery(ProfileFilter):
    format = fields.String(load_default="xlsx", validate=validate.OneOf(["xlsx", "csv"]))


class AliasesForm(Form):
    aliases = fields.List(text(200), required=True, validate=validate.Length(1, 50), **tier("public"))


class LedgerEntryForm(Form):
    """A round, grant, loan or licence income; `value` as in the field funding_round."""

    value = fields.Dict(required=True, **tier("network"))
    as_of = text(16, **tier("network"))
    source = fields.Nested(SourceForm, **tier("network"))
    note = text(2000, **tier("network"))
