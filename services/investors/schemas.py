"""What clients may send to and see of investors and mandates."""

from marshmallow import fields, validate

from shared.schemas import ProfileFilter, ProfileForm, ProfileView, text, tier

MANDATE_KINDS = ("equity", "licence", "option", "research-collaboration", "acquisition")
INVESTOR_KINDS = ("investor", "corporate", "university", "government")


class InvestorForm(ProfileForm):
    record = "investor"
    kind = fields.String(validate=validate.OneOf(INVESTOR_KINDS), load_default="investor", **tier("public"))


class MandateForm(ProfileForm):
    record = "mandate"
    investor = text(64, required=True, **tier("public"))
    kind = fields.String(validate=validate.OneOf(MANDATE_KINDS), load_default="equity", **tier("public"))


class MandateView(ProfileView):
    investor = fields.String(**tier("public"))


class MandateFilter(ProfileFilter):
    investor = fields.String(validate=validate.Length(max=64))
