"""What clients may send to and see of sites, providers and programmes."""

from marshmallow import fields, validate

from shared.schemas import ProfileForm, tier


class SiteForm(ProfileForm):
    example = {
        "name": {"en": "Kari Labs (invented)"},
        "facts": [{"field": "location", "value": "hub-boston-cambridge"}],
    }

    record = "site"
    kind = fields.String(
        validate=validate.OneOf(["incubator", "science-park"]),
        load_default="incubator",
        **tier("public"),
    )


class ProviderForm(ProfileForm):
    example = {
        "name": {"en": "Kari Cell Works (invented)"},
        "facts": [{"field": "location", "value": "jp"}],
    }

    record = "provider"
    kinds = ("cdmo", "manufacturer-inhouse", "hospital", "cro", "provider")
    kind = fields.String(validate=validate.OneOf(kinds), load_default="cdmo", **tier("public"))


class ProgramForm(ProfileForm):
    example = {"name": {"en": "Kari Bridge (invented)"}}

    record = "program"
    kinds = (
        "program",
        "cohort",
        "rolling-support",
        "consultation",
        "funding-instrument",
        "accelerator",
        "event",
        "program-operator",
        "rule",
    )
    kind = fields.String(validate=validate.OneOf(kinds), load_default="program", **tier("public"))
