"""What clients may send to and see of startups."""

from marshmallow import fields, validate

from shared.schemas import AssetForm, Form, ProfileChange, ProfileFilter, ProfileForm, ProfileView, SourceForm, text, tier


class StartupForm(ProfileForm):
    example = {
        "name": {"en": "Rei Bio (invented)", "ja": "レイバイオ株式会社（架空）", "kana": "レイバイオ"},
        "assets": [{"id": "rb-101", "name": "RB-101", "lead": True}],
        "facts": [
            {"field": "modality", "value": "car-t", "asset": "rb-101"},
            {"field": "therapeutic_area", "value": "aml", "asset": "rb-101"},
            {"field": "stage", "value": "preclinical-poc", "asset": "rb-101", "as_of": "2026-09"},
            {"field": "raise", "value": {"state": "raising", "amount": 800_000_000, "currency": "JPY"}, "tier": "network"},
        ],
    }

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
    example = {"aliases": ["Rei Biosciences", "レイバイオ"]}

    aliases = fields.List(text(200), required=True, validate=validate.Length(1, 50), **tier("public"))


class LedgerEntryForm(Form):
    """A round, grant, loan or licence income; `value` as in the field funding_round."""

    example = {
        "value": {"round": "series-a", "kind": "equity", "amount": 1_200_000_000, "currency": "JPY", "date": "2025-04"},
        "as_of": "2025-04",
    }

    value = fields.Dict(required=True, **tier("network"))
    as_of = text(16, **tier("network"))
    source = fields.Nested(SourceForm, **tier("network"))
    note = text(2000, **tier("network"))
