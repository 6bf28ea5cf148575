"""What clients may send to and see of startups."""

from marshmallow import Schema, fields, validate

from shared.schemas import (
    AssetForm,
    Form,
    MappingField,
    ProfileChange,
    ProfileFilter,
    ProfileForm,
    ProfileView,
    SourceForm,
    text,
    tier,
)


class StartupForm(ProfileForm):
    example = {
        "name": {
            "en": "Rei Bio (invented)",
            "ja": "レイバイオ株式会社（架空）",
            "kana": "レイバイオ",
        },
        "assets": [{"id": "rb-101", "name": "RB-101", "lead": True}],
        "facts": [
            {"field": "modality", "value": "car-t", "asset": "rb-101"},
            {"field": "therapeutic_area", "value": "aml", "asset": "rb-101"},
            {"field": "stage", "value": "preclinical-poc", "asset": "rb-101", "as_of": "2026-09"},
            {
                "field": "raise",
                "value": {"state": "raising", "amount": 800_000_000, "currency": "JPY"},
                "tier": "network",
            },
        ],
    }

    assets = fields.List(
        fields.Nested(AssetForm), validate=validate.Length(max=100), **tier("public")
    )


class StartupChange(ProfileChange):
    assets = fields.List(
        fields.Nested(AssetForm), validate=validate.Length(max=100), **tier("public")
    )


class CompanyForm(Form):
    """Who represents the company; only its own people read this, and no event carries it."""

    example = {
        "representative": "見本 春",
        "representative_kana": "ミホン ハル",
        "title": "代表取締役",
    }

    representative = text(200)
    representative_kana = text(200)
    title = text(100)


class StartupView(ProfileView):
    """A startup as its reader may see it."""


class ImportForm(Form):
    """What goes with the file: nothing is written unless `apply` is true; `mapping` is JSON,
    headings to our columns.
    """

    apply = fields.Boolean(load_default=False)
    mapping = MappingField()
    saved = text(64)
    sheet = text(200, metadata={"description": "The sheet to read, where it is not the one found"})
    heading_row = fields.Integer(
        validate=validate.Range(1, 1_048_576),
        metadata={"description": "The row of the headings, where it is not the one found"},
    )
    partly = fields.Boolean(
        load_default=False,
        metadata={
            "description": "With `apply`: rows without a fault are taken, whatever others have"
        },
    )
    first = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 5000),
        metadata={"description": "First row to take, from 1"},
    )
    last = fields.Integer(
        load_default=5000,
        validate=validate.Range(1, 5000),
        metadata={"description": "Last row to take"},
    )


class TableQuery(ProfileFilter):
    format = fields.String(load_default="xlsx", validate=validate.OneOf(["xlsx", "csv"]))


class AliasesForm(Form):
    example = {"aliases": ["Rei Biosciences", "レイバイオ"]}

    aliases = fields.List(
        text(200), required=True, validate=validate.Length(1, 50), **tier("public")
    )


class LedgerEntryForm(Form):
    """A round, grant, loan or licence income; `value` as in the field funding_round."""

    example = {
        "value": {
            "round": "series-a",
            "kind": "equity",
            "amount": 1_200_000_000,
            "currency": "JPY",
            "date": "2025-04",
        },
        "as_of": "2025-04",
    }

    value = fields.Dict(required=True, validate=validate.Length(max=50), **tier("network"))
    as_of = text(16, **tier("network"))
    source = fields.Nested(SourceForm, **tier("network"))
    note = text(2000, **tier("network"))


class DocumentForm(Form):
    """What goes with a PDF of at most 20 MB; nothing confidential: for that, record the agreement
    and link the data room.
    """

    kind = fields.String(
        required=True, validate=validate.OneOf(["deck", "one-pager", "pledge", "other"])
    )
    language = fields.String(required=True, validate=validate.OneOf(["en", "ja"]))
    tier = fields.String(
        load_default="network",
        validate=validate.OneOf(["public", "network", "introduced", "private"]),
    )
    expires_on = fields.Date(metadata={"description": "The last day others may read it"})


class DocumentView(Schema):
    id = fields.String(**tier("public"))
    kind = fields.String(**tier("public"))
    name = fields.String(**tier("public"))
    language = fields.String(**tier("public"))
    version = fields.Integer(**tier("public"))
    pages = fields.Integer(**tier("public"))
    size = fields.Integer(**tier("public"))
    sha256 = fields.String(**tier("public"))
    expires_on = fields.String(allow_none=True, **tier("public"))
    added_at = fields.String(**tier("public"))
    tier = fields.String(**tier("public"))


class AgreementForm(Form):
    """A confidentiality agreement, with a link to the data room where the papers are."""

    example = {
        "counterparty": "Mihon Ventures (invented)",
        "signed_on": "2026-10-01",
        "ends_on": "2029-09-30",
    }

    counterparty = text(200, required=True)
    org = text(64, metadata={"description": "Its id here, where it has one"})
    signed_on = text(16, required=True)
    ends_on = text(16)
    data_room = fields.Url(schemes={"https"}, validate=validate.Length(max=1000))
    note = text(2000)


class AgreementView(AgreementForm):
    id = fields.String(**tier("private"))
    recorded_at = fields.String(**tier("private"))


class LinkForm(Form):
    """A link to the one-pager for people without an account; `tier` says how much it shows."""

    example = {"language": "en", "days": 14}

    language = fields.String(required=True, validate=validate.OneOf(["en", "ja"]))
    days = fields.Integer(load_default=14, validate=validate.Range(1, 90))
    tier = fields.String(load_default="public", validate=validate.OneOf(["public", "network"]))


class LinkView(Schema):
    """A link; its path is shown once, when it is made."""

    id = fields.String(**tier("private"))
    language = fields.String(**tier("private"))
    path = fields.String(**tier("private"))
    used = fields.Integer(**tier("private"))
    made_at = fields.String(**tier("private"))
    expires_at = fields.String(**tier("private"))
    ended_at = fields.String(allow_none=True, **tier("private"))
    tier = fields.String(**tier("private"))


class OnePagerQuery(Form):
    lang = fields.String(validate=validate.OneOf(["en", "ja"]))
    tier = fields.String(load_default="public", validate=validate.OneOf(["public", "network"]))


class SharedView(Schema):
    startup = fields.String(**tier("public"))
    name = fields.Dict(**tier("public"))
    language = fields.String(**tier("public"))
    expires_at = fields.String(**tier("public"))


class DueView(SharedView):
    """The facts a reconfirmation link asks about."""

    facts = fields.List(fields.Dict(), **tier("private"))


class StillTrueForm(Form):
    facts = fields.List(text(36), required=True, validate=validate.Length(1, 500))


class ProposalsForm(Form):
    """What goes with a registry export or a list of adopted projects: nothing is written unless
    `apply` is true.
    """

    kind = fields.String(required=True, validate=validate.OneOf(["registry", "adoptions"]))
    title = text(200, required=True, metadata={"description": "Where the file comes from"})
    url = fields.Url(schemes={"https"}, validate=validate.Length(max=1000))
    as_of = text(16, required=True)
    programme = text(64, metadata={"description": "Of a list of adopted projects: whose"})
    apply = fields.Boolean(load_default=False)


class VerdictForm(Form):
    confirm = fields.Boolean(required=True)
