"""What clients may send to and see of investors and mandates."""

from marshmallow import fields, validate

from shared.schemas import Form, ProfileChange, ProfileFilter, ProfileForm, ProfileView, text, tier

MANDATE_KINDS = ("equity", "licence", "option", "research-collaboration", "acquisition")
INVESTOR_KINDS = ("investor", "corporate", "university", "government")


class InvestorForm(ProfileForm):
    example = {"name": {"en": "Kari Capital (invented)", "ja": "カリキャピタル（架空）"}}

    record = "investor"
    kind = fields.String(
        validate=validate.OneOf(INVESTOR_KINDS), load_default="investor", **tier("public")
    )


class InvestorChange(ProfileChange):
    """`kind` is what the platform's staff correct on a profile compiled from public sources."""

    kind = fields.String(validate=validate.OneOf(INVESTOR_KINDS), **tier("public"))


class MandateForm(ProfileForm):
    example = {
        "investor": "mihon-ventures",
        "kind": "option",
        "facts": [
            {"field": "focus_modality", "value": "cell-therapy", "list": "focus"},
            {"field": "focus_area", "value": "oncology"},
            {
                "field": "focus_stage",
                "value": {"scale": "development_stage", "from": "preclinical-poc", "to": "phase-1"},
            },
        ],
    }

    record = "mandate"
    investor = text(64, required=True, **tier("public"))
    kind = fields.String(
        validate=validate.OneOf(MANDATE_KINDS), load_default="equity", **tier("public")
    )


class MandateView(ProfileView):
    investor = fields.String(**tier("public"))


class MandateFilter(ProfileFilter):
    investor = fields.String(validate=validate.Length(max=64))


class CopyForm(Form):
    source = text(
        64, required=True, metadata={"description": "The mandate whose statements are taken"}
    )
