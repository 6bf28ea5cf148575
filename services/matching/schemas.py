"""What clients may ask of the matching service and what they see."""

from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.judgement.fields import FIELDS, check
from shared.schemas import Coded, FactForm, Form, clean, codes, text, tier

MANDATE_FIELDS = tuple(f for f, d in FIELDS.items() if "mandate" in d.of)


class AskingQuery(Form):
    """Language, date and scope of an answer; `min_version=startup/regcell:5` waits for what follows from a write."""

    lang = fields.String(validate=validate.OneOf(["en", "ja"]))
    as_of = fields.Date()
    invented = fields.Boolean(load_default=False)
    min_version = fields.List(
        fields.String(validate=validate.Regexp(r"^(startup|investor|mandate|site|provider|program)/[A-Za-z0-9._-]{1,100}:\d{1,9}$")),
        load_default=list,
    )


class FeedQuery(AskingQuery):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    new = fields.Boolean(load_default=False, metadata={"description": "Only what is new or changed since you last marked it seen"})


class StartupQuery(AskingQuery):
    startup = fields.String(required=True, validate=[validate.Length(1, 200), clean])


class GatesQuery(AskingQuery):
    partner = fields.String(validate=[validate.Length(1, 200), clean])


class SearchQuery(AskingQuery):
    q = fields.String(required=True, validate=[validate.Length(1, 200), clean])
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 50))


class PreviewForm(Form):
    """A mandate as it might be: own weights, facts that replace those of the fields they name, fields left out."""

    example = {"mandate": "mihon-ventures-equity", "weights": {"modality": 2.0, "stage": 0.5}}

    mandate = fields.String(required=True, validate=[validate.Length(1, 200), clean])
    weights = fields.Dict(keys=fields.String(), values=fields.Raw(), load_default=None)
    facts = fields.List(fields.Nested(FactForm), load_default=list, validate=validate.Length(max=200))
    without = fields.List(fields.String(validate=validate.OneOf(MANDATE_FIELDS)), load_default=list)

    @validates_schema(skip_on_field_errors=True)
    def _values(self, data, **_):
        told = [("weights", f) for f in (check("criterion_weights", data["weights"], "mandate") if data["weights"] is not None else [])]
        told += [(f"facts.{i}", fault) for i, f in enumerate(data["facts"]) for fault in check(f["field"], f["value"], "mandate")]
        errors = {}
        for where, fault in told:
            errors.setdefault(f"{where}.{fault.path}", []).append(Coded(fault.code, **fault.params))
        if errors:
            raise ValidationError(errors)


class AsksQuery(AskingQuery):
    startup = fields.String(validate=[validate.Length(1, 200), clean])


class AskForm(Form):
    """A gate of a pair that is unknown; `named` shows the startup who asks."""

    example = {"startup": "regcell", "mandate": "mihon-ventures-equity", "gate": "cheque"}

    startup = fields.String(required=True, validate=[validate.Length(1, 200), clean])
    mandate = fields.String(required=True, validate=[validate.Length(1, 64), clean])
    gate = fields.String(required=True, validate=codes("gate"))
    named = fields.Boolean(load_default=False)


class AskView(Schema):
    """A question: to the startup with how many wait for its answer, to who asked with what became of it."""

    id = fields.String(**tier("network"))
    startup = fields.String(**tier("network"))
    gate = fields.String(**tier("network"))
    field = fields.String(**tier("network"))
    label = fields.String(**tier("network"))
    text = fields.String(**tier("network"))
    state = fields.String(**tier("network"))
    opened_at = fields.String(**tier("network"))
    mandates = fields.Integer(**tier("network"))
    by = fields.List(fields.String(), **tier("network"))
    mandate = fields.String(**tier("network"))
    named = fields.Boolean(**tier("network"))
    claimed = fields.Boolean(**tier("network"))
    asked_at = fields.String(**tier("network"))
    expires_at = fields.String(**tier("network"))
    answered_at = fields.String(allow_none=True, **tier("network"))


class RulesQuery(AskingQuery):
    startup = fields.String(required=True, validate=[validate.Length(1, 200), clean])
    investor = fields.String(validate=[validate.Length(1, 200), clean], metadata={"description": "An investor or mandate"})
    stake = fields.Float(validate=validate.Range(0, 100, min_inclusive=False), metadata={"description": "Percent it would take"})
    cheque = fields.Integer(validate=validate.Range(1, 10**13), metadata={"description": "What a certified investor would put in"})
    currency = fields.String(load_default="JPY", validate=validate.OneOf(["JPY", "USD", "EUR"]))


class FindingView(Schema):
    """What a rule says, on which day, by which version of it and from which facts."""

    rule = fields.String(**tier("network"))
    title = fields.String(**tier("network"))
    outcome = fields.String(**tier("network"))
    text = fields.String(**tier("network"))
    version = fields.String(**tier("network"))
    in_force_since = fields.String(**tier("network"))
    source = fields.Dict(**tier("network"))
    counsel = fields.String(allow_none=True, **tier("network"))
    facts = fields.List(fields.Dict(), **tier("network"))
    on = fields.String(**tier("network"))
    note = fields.String(**tier("network"))


class EntryForm(Form):
    name = text(200, required=True)
    aliases = fields.List(text(200), validate=validate.Length(max=50))
    corporate_number = text(13)
    lei = text(20)
    ein = text(20)


class WatchlistForm(Form):
    """One published version of a list, such as 1260h or omb; its entries name legal entities."""

    example = {
        "list": "example-list",
        "title": "Example list (invented)",
        "published": "2026-11-01",
        "source": "https://list.example/2026-11-01",
        "entries": [{"name": "Kumo Biologics Ltd (invented)", "aliases": ["Kumo"]}],
    }

    list = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,31}$"))
    title = text(200, required=True)
    published = fields.Date(required=True)
    source = text(1000, required=True)
    entries = fields.List(fields.Nested(EntryForm), required=True, validate=validate.Length(1, 20_000))


class WatchlistView(Schema):
    id = fields.String(**tier("network"))
    list = fields.String(**tier("network"))
    title = fields.String(**tier("network"))
    published = fields.String(**tier("network"))
    state = fields.String(**tier("network"))
    source = fields.String(**tier("network"))
    entries = fields.Integer(**tier("network"))
    loaded_at = fields.String(**tier("network"))
    in_force = fields.Boolean(**tier("network"))
    changed = fields.List(fields.String(), metadata={"tier": "private", "description": "Startups for which the result is another now"})


class PlanForm(Form):
    """In which zone the week begins (Monday at six), and how many items an edition holds at most."""

    example = {"zone": "America/New_York", "most": 10}

    zone = fields.String(required=True, validate=validate.OneOf(sorted(available_timezones())))
    most = fields.Integer(load_default=10, validate=validate.Range(1, 50))
    digest = fields.Boolean(load_default=True, metadata={"description": "Whether the owners of the team get the week by mail"})


class EditionView(Schema):
    """A week's feed as it was fixed."""

    mandate = fields.String(**tier("private"))
    week = fields.String(**tier("private"))
    made_at = fields.String(**tier("private"))
    items = fields.List(fields.Nested(lambda: MatchView()), **tier("private"))


class WeekView(Schema):
    mandate = fields.String(**tier("private"))
    week = fields.String(**tier("private"))
    made_at = fields.String(**tier("private"))
    items = fields.Integer(**tier("private"))


class DecisionsQuery(AskingQuery):
    mandate = fields.String(validate=validate.Length(1, 64))
    startup = fields.String(validate=validate.Length(1, 64))
    state = fields.String(validate=validate.OneOf(["advance", "hold", "pass", "returned"]))
    ageing = fields.Boolean(metadata={"description": "Advanced, given to somebody, and left alone for two weeks"})


class DecisionForm(Form):
    """A step: a pass has a reason, a hold says until when or until what; what a pass or hold waits for brings the pair back."""

    example = {
        "startup": "celaid-therapeutics",
        "mandate": "mihon-ventures-equity",
        "state": "hold",
        "condition": "ind-cleared",
        "until": "2027-11-01",
    }

    startup = fields.String(required=True, validate=[validate.Length(1, 200), clean])
    mandate = fields.String(required=True, validate=[validate.Length(1, 64), clean])
    state = fields.String(required=True, validate=validate.OneOf(["advance", "hold", "pass"]))
    reason = fields.String(validate=codes("pass_reason"))
    note = text(2000)
    until = fields.Date()
    condition = fields.String(validate=validate.OneOf(["ind-cleared", "round-opened", "lead-found", "exposure-resolved"]))
    told = fields.Boolean(
        load_default=False, metadata={"description": "The startup may read the state and the coded reason, never the note"}
    )


class OnboardingForm(Form):
    """What goes with a list of companies a team knows: nothing is written unless `apply` is true."""

    mandate = fields.String(required=True, validate=[validate.Length(1, 64), clean])
    apply = fields.Boolean(load_default=False)


class ExportQuery(Form):
    format = fields.String(load_default="csv", validate=validate.OneOf(["csv", "xlsx"]))
    crm = fields.String(
        validate=validate.OneOf(["hubspot", "salesforce"]), metadata={"description": "Headings this CRM's import maps by itself"}
    )
    lang = fields.String(validate=validate.OneOf(["en", "ja"]))


class AssignmentForm(Form):
    person = fields.String(required=True, allow_none=True, validate=validate.Length(1, 128))


class DecisionView(Schema):
    """Where a pair stands; `legal` are the steps that may follow."""

    id = fields.String(**tier("private"))
    startup = fields.String(**tier("private"))
    mandate = fields.String(**tier("private"))
    state = fields.String(**tier("private"))
    version = fields.Integer(**tier("private"))
    reason = fields.String(allow_none=True, **tier("private"))
    reason_text = fields.String(allow_none=True, **tier("private"))
    note = fields.String(allow_none=True, **tier("private"))
    told = fields.Boolean(**tier("private"))
    condition = fields.String(allow_none=True, **tier("private"))
    condition_text = fields.String(allow_none=True, **tier("private"))
    until = fields.String(allow_none=True, **tier("private"))
    by = fields.String(allow_none=True, **tier("private"))
    at = fields.String(**tier("private"))
    assigned_to = fields.String(allow_none=True, **tier("private"))
    legal = fields.List(fields.String(), **tier("private"))
    returned = fields.Dict(**tier("private"))


class VoteForm(Form):
    example = {"vote": "advance", "note": "Strong CMC story"}

    vote = fields.String(required=True, validate=validate.OneOf(["advance", "hold", "pass"]))
    note = text(1000)


class CommentForm(Form):
    example = {"text": "Met them at BIO Japan; worth a second look."}

    text = text(4000, required=True)


class DeclarationForm(Form):
    """One's own interest in a startup: a conflict recuses."""

    example = {"interest": "none"}

    interest = fields.String(required=True, validate=validate.OneOf(["none", "conflict"]))
    note = text(1000)


class PolicyForm(Form):
    example = {"declare": True}

    declare = fields.Boolean(required=True, metadata={"description": "Interests are declared before a pair is read in detail"})


class HandOverForm(Form):
    giver = fields.String(required=True, validate=validate.Length(1, 128))
    taker = fields.String(required=True, validate=validate.Length(1, 128))


class ExpertForm(Form):
    """A colleague without an account: a link to the non-confidential brief, and up to three questions."""

    example = {"name": "Head of CMC", "questions": ["Is the process ready for GMP?"]}

    name = text(100, required=True)
    questions = fields.List(text(500), required=True, validate=validate.Length(1, 3))


class ExpertAnswer(Form):
    example = {"answers": ["Yes, with a closed system."], "verdict": "positive"}

    answers = fields.List(text(4000), required=True, validate=validate.Length(1, 3))
    verdict = fields.String(required=True, validate=validate.OneOf(["positive", "mixed", "negative"]))


class BriefQuery(AskingQuery):
    format = fields.String(load_default="pdf", validate=validate.OneOf(["pdf", "json"]))


class SearchForm(Form):
    """A search to keep: areas, modalities and places include what lies under them; every part must hold."""

    example = {"name": "CAR-T in Japan", "modalities": ["car-t"], "places": ["jp"]}

    name = text(100, required=True)
    areas = fields.List(fields.String(validate=codes("therapeutic_area")), validate=validate.Length(max=20))
    modalities = fields.List(fields.String(validate=codes("modality")), validate=validate.Length(max=20))
    places = fields.List(fields.String(validate=codes("geography")), validate=validate.Length(max=20))
    text = text(200)
    raising = fields.Boolean()


class SearchView(Schema):
    id = fields.String(**tier("private"))
    name = fields.String(**tier("private"))
    query = fields.Dict(**tier("private"))
    count = fields.Integer(**tier("private"))
    startups = fields.List(fields.Dict(), **tier("private"))


class MissionForm(Form):
    """What a mandate looks for until a day; startups of these areas and modalities come first in its editions."""

    example = {"title": "Allogeneic cell therapy for solid tumours", "modalities": ["car-t"], "until": "2026-12-31", "published": True}

    title = text(300, required=True)
    areas = fields.List(fields.String(validate=codes("therapeutic_area")), load_default=list, validate=validate.Length(max=20))
    modalities = fields.List(fields.String(validate=codes("modality")), load_default=list, validate=validate.Length(max=20))
    until = fields.Date(required=True)
    published = fields.Boolean(load_default=False, metadata={"description": "Read by every startup"})


class MissionView(Schema):
    mandate = fields.String(**tier("network"))
    title = fields.String(**tier("network"))
    areas = fields.List(fields.String(), **tier("network"))
    modalities = fields.List(fields.String(), **tier("network"))
    until = fields.String(**tier("network"))
    published = fields.Boolean(**tier("network"))


class VerdictForm(Form):
    key = fields.String(required=True, validate=validate.Length(1, 100))
    verdict = fields.String(required=True, validate=validate.OneOf(["accepted", "rejected"]))


class FunnelQuery(Form):
    quarter = fields.String(required=True, validate=validate.Regexp(r"20\d\d-Q[1-4]\Z"), metadata={"description": "Such as 2026-Q4"})
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "xlsx"]))
    lang = fields.String(validate=validate.OneOf(["en", "ja"]))


class TeamView(Schema):
    """What a team has said about a pair among itself."""

    votes = fields.List(fields.Dict(), **tier("private"))
    comments = fields.List(fields.Dict(), **tier("private"))
    experts = fields.List(fields.Dict(), **tier("private"))


class GateView(Schema):
    gate = fields.String(**tier("network"))
    state = fields.String(**tier("network"))
    hard = fields.Boolean(**tier("network"))
    rule = fields.String(**tier("network"))
    value = fields.String(**tier("network"))
    threshold = fields.String(**tier("network"))
    source = fields.String(**tier("network"))
    as_of = fields.String(**tier("network"))
    text = fields.String(**tier("network"))


class ContributionView(Schema):
    criterion = fields.String(**tier("network"))
    side = fields.String(**tier("network"))
    points = fields.Float(**tier("network"))
    text = fields.String(**tier("network"))


class MatchView(Schema):
    """One pair; the points of its contributions sum to log_odds exactly."""

    state = fields.String(**tier("network"))
    startup = fields.String(**tier("network"))
    mandate = fields.String(**tier("network"))
    investor = fields.String(**tier("network"))
    asset = fields.String(**tier("network"))
    fit = fields.Float(**tier("network"))
    rank = fields.Integer(**tier("network"))
    of = fields.Integer(**tier("network"))
    log_odds = fields.Float(**tier("network"))
    confidence = fields.Float(**tier("network"))
    names = fields.Dict(**tier("network"))
    origin = fields.Dict(**tier("network"))
    listed = fields.Boolean(**tier("network"))
    gates = fields.List(fields.Nested(GateView), **tier("network"))
    contributions = fields.List(fields.Nested(ContributionView), **tier("network"))
    reasons = fields.Dict(**tier("network"))
    unknowns = fields.List(fields.Dict(), **tier("network"))
    change = fields.Dict(**tier("network"))
    versions = fields.Dict(**tier("network"))
    news = fields.Dict(allow_none=True, **tier("network"))
    lane = fields.String(**tier("network"))
    decision = fields.Dict(metadata={"tier": "private", "description": "To the startup: what the investor lets it know of its decision"})
    returned = fields.Dict(**tier("private"))
