"""What clients may send to and see of a reviewer's work: rules, watchlists, editions, decisions."""

from marshmallow import Schema, fields, validate

from services.matching.schemas.matches import AskingQuery, MatchView
from shared.schemas import Form, codes, known_zone, text, tier


class RulesQuery(AskingQuery):
    startup = fields.String(required=True, validate=validate.Length(1, 200))
    investor = fields.String(
        validate=validate.Length(1, 200), metadata={"description": "An investor or mandate"}
    )
    stake = fields.Float(
        validate=validate.Range(0, 100, min_inclusive=False),
        metadata={"description": "Percent it would take"},
    )
    cheque = fields.Integer(
        validate=validate.Range(1, 10**13),
        metadata={"description": "What a certified investor would put in"},
    )
    currency = fields.String(load_default="JPY", validate=validate.OneOf(["JPY", "USD", "EUR"]))


class FindingView(Schema):
    """What a rule says, on which day, by which version of it and from which facts; `says` is what
    dated texts say of it: state, when, date, text, source.
    """

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
    says = fields.List(fields.Dict(), **tier("network"))
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
    entries = fields.List(
        fields.Nested(EntryForm), required=True, validate=validate.Length(1, 20_000)
    )


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
    changed = fields.List(
        fields.String(),
        metadata={"tier": "private", "description": "Startups for which the result is another now"},
    )


class PlanForm(Form):
    """In which zone the week begins (Monday at six), and how many items an edition holds at
    most.
    """

    example = {"zone": "America/New_York", "most": 10}

    zone = fields.String(required=True, validate=known_zone)
    most = fields.Integer(load_default=10, validate=validate.Range(1, 50))
    digest = fields.Boolean(
        load_default=True,
        metadata={"description": "Whether the owners of the team get the week by mail"},
    )


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
    ageing = fields.Boolean(
        metadata={"description": "Advanced, given to somebody, and left alone for two weeks"}
    )


class DecisionForm(Form):
    """A step: a pass has a reason, a hold says until when or until what; what a pass or hold waits
    for brings the pair back.
    """

    example = {
        "startup": "celaid-therapeutics",
        "mandate": "mihon-ventures-equity",
        "state": "hold",
        "condition": "ind-cleared",
        "until": "2027-11-01",
    }

    startup = fields.String(required=True, validate=validate.Length(1, 200))
    mandate = fields.String(required=True, validate=validate.Length(1, 64))
    state = fields.String(required=True, validate=validate.OneOf(["advance", "hold", "pass"]))
    reason = fields.String(validate=codes("pass_reason"))
    note = text(2000)
    until = fields.Date()
    condition = fields.String(
        validate=validate.OneOf(["ind-cleared", "round-opened", "lead-found", "exposure-resolved"])
    )
    told = fields.Boolean(
        load_default=False,
        metadata={
            "description": "The startup may read the state and the coded reason, never the note"
        },
    )


class OnboardingForm(Form):
    """What goes with a list of companies a team knows: nothing is written unless `apply` is
    true.
    """

    mandate = fields.String(required=True, validate=validate.Length(1, 64))
    apply = fields.Boolean(load_default=False)


class ExportQuery(Form):
    format = fields.String(load_default="csv", validate=validate.OneOf(["csv", "xlsx"]))
    crm = fields.String(
        validate=validate.OneOf(["hubspot", "salesforce"]),
        metadata={"description": "Headings this CRM's import maps by itself"},
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
