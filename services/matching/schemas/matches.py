"""What clients may send to and see of matches: feeds, pairs, previews, questions."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.judgement.fields import FIELDS, check
from shared.schemas import Coded, FactForm, Form, codes, tier

MANDATE_FIELDS = tuple(f for f, d in FIELDS.items() if "mandate" in d.of)


class AskingQuery(Form):
    """Language, date and scope of an answer; `min_version=startup/regcell:5` waits for what follows
    from a write.
    """

    lang = fields.String(validate=validate.OneOf(["en", "ja"]))
    as_of = fields.Date()
    invented = fields.Boolean(load_default=False)
    min_version = fields.List(
        fields.String(
            validate=validate.Regexp(
                r"^(startup|investor|mandate|site|provider|program)/[A-Za-z0-9._-]{1,100}:\d{1,9}$"
            )
        ),
        load_default=list,
        validate=validate.Length(max=50),
    )


class FeedQuery(AskingQuery):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    new = fields.Boolean(
        load_default=False,
        metadata={"description": "Only what is new or changed since you last marked it seen"},
    )


class StartupQuery(AskingQuery):
    startup = fields.String(required=True, validate=validate.Length(1, 200))


class GatesQuery(AskingQuery):
    partner = fields.String(validate=validate.Length(1, 200))


class SearchQuery(AskingQuery):
    q = fields.String(required=True, validate=validate.Length(1, 200))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 50))


class PreviewForm(Form):
    """A mandate as it might be: own weights, facts that replace those of the fields they name,
    fields left out. With `investor` in place of `mandate`: a new one of the reader's own.
    """

    example = {"mandate": "mihon-ventures-equity", "weights": {"modality": 2.0, "stage": 0.5}}

    mandate = fields.String(validate=validate.Length(1, 200))
    investor = fields.String(validate=validate.Length(1, 64))
    weights = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        load_default=None,
        validate=validate.Length(max=100),
    )
    facts = fields.List(
        fields.Nested(FactForm), load_default=list, validate=validate.Length(max=200)
    )
    without = fields.List(
        fields.String(validate=validate.OneOf(MANDATE_FIELDS)),
        load_default=list,
        validate=validate.Length(max=100),
    )

    @validates_schema
    def _one_of_them(self, data, **_):
        if ("mandate" in data) == ("investor" in data):
            raise ValidationError(Coded("required"), "mandate")

    @validates_schema(skip_on_field_errors=True)
    def _values(self, data, **_):
        told = [
            ("weights", f)
            for f in (
                check("criterion_weights", data["weights"], "mandate")
                if data["weights"] is not None
                else []
            )
        ]
        told += [
            (f"facts.{i}", fault)
            for i, f in enumerate(data["facts"])
            for fault in check(f["field"], f["value"], "mandate")
        ]
        errors = {}
        for where, fault in told:
            errors.setdefault(f"{where}.{fault.path}", []).append(Coded(fault.code, **fault.params))
        if errors:
            raise ValidationError(errors)


class AsksQuery(AskingQuery):
    startup = fields.String(validate=validate.Length(1, 200))


class AskForm(Form):
    """A gate of a pair that is unknown; `named` shows the startup who asks."""

    example = {"startup": "regcell", "mandate": "mihon-ventures-equity", "gate": "cheque"}

    startup = fields.String(required=True, validate=validate.Length(1, 200))
    mandate = fields.String(required=True, validate=validate.Length(1, 64))
    gate = fields.String(required=True, validate=codes("gate"))
    named = fields.Boolean(load_default=False)


class AskView(Schema):
    """A question: to the startup with how many wait for its answer, to who asked with what became
    of it.
    """

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


class GateView(Schema):
    gate = fields.String(**tier("network"))
    state = fields.String(**tier("network"))
    hard = fields.Boolean(**tier("network"))
    rule = fields.String(**tier("network"))
    value = fields.String(**tier("network"))
    threshold = fields.String(**tier("network"))
    source = fields.String(**tier("network"))
    source_class = fields.String(
        metadata={"tier": "network", "description": "A slug of the vocabulary `source_class`"}
    )
    as_of = fields.String(**tier("network"))
    text = fields.String(**tier("network"))


class ContributionView(Schema):
    criterion = fields.String(**tier("network"))
    side = fields.String(**tier("network"))
    points = fields.Float(**tier("network"))
    text = fields.String(**tier("network"))


class WishView(Schema):
    """What a mandate wishes against what is known: `relation` is meets, near, outside, unstated (no
    wish) or unknown (no fact).
    """

    criterion = fields.String(**tier("network"))
    relation = fields.String(**tier("network"))
    wish = fields.String(allow_none=True, **tier("network"))
    wish_source = fields.String(allow_none=True, **tier("network"))
    wish_source_class = fields.String(allow_none=True, **tier("network"))
    wish_as_of = fields.String(allow_none=True, **tier("network"))
    fact = fields.String(allow_none=True, **tier("network"))
    source = fields.String(allow_none=True, **tier("network"))
    source_class = fields.String(allow_none=True, **tier("network"))
    as_of = fields.String(allow_none=True, **tier("network"))
    text = fields.String(**tier("network"))


class MatchView(Schema):
    """One pair; the points of its contributions sum to log_odds exactly."""

    state = fields.String(**tier("network"))
    startup = fields.String(**tier("network"))
    mandate = fields.String(**tier("network"))
    investor = fields.String(**tier("network"))
    asset = fields.String(**tier("network"))
    grade = fields.String(
        allow_none=True,
        metadata={
            "tier": "network",
            "description": "A, B or C, or null: the same in every list and on both sides",
        },
    )
    fit = fields.Float(
        metadata={
            "tier": "network",
            "description": "0 to 99 within the grade (A from 75, B from 50, C from 25), by which"
            " lists are sorted; not a rank",
        }
    )
    relations = fields.List(fields.Nested(WishView), **tier("network"))
    relationship = fields.Dict(
        allow_none=True,
        metadata={
            "tier": "network",
            "description": "Shareholder or in talks already: such a pair stands in no list",
        },
    )
    knowledge = fields.Dict(**tier("network"))
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
    decision = fields.Dict(
        metadata={
            "tier": "private",
            "description": "To the startup: what the investor lets it know of its decision",
        }
    )
    returned = fields.Dict(**tier("private"))


class PairsForm(Form):
    """Startups against mandates, sites or programmes: at most 2,500 pairs at once."""

    startups = fields.List(
        fields.String(validate=validate.Length(1, 64)),
        required=True,
        validate=validate.Length(1, 200),
    )
    others = fields.List(
        fields.String(validate=validate.Length(1, 64)),
        required=True,
        validate=validate.Length(1, 100),
    )


NAMES = fields.List(
    fields.String(validate=validate.Length(1, 64)),
    load_default=list,
    validate=validate.Length(max=500),
)


class PartiesForm(Form):
    """Startups and mandates by id."""

    startups = NAMES
    mandates = NAMES


class ApartForm(Form):
    """Pairs [startup, mandate]: as many as two hundred who wish for a hundred each."""

    pairs = fields.List(
        fields.List(fields.String(validate=validate.Length(1, 64)), validate=validate.Length(2, 2)),
        required=True,
        validate=validate.Length(max=20_000),
    )


class RelationView(Schema):
    """One relation to `other`; `stated`: the organisation asked about says so itself."""

    kind = fields.String()
    stated = fields.Boolean()
    other = fields.String()
    other_kind = fields.String()
    name = fields.Dict(keys=fields.String(), values=fields.String())
    text = fields.String()
    date = fields.String(allow_none=True)
    as_of = fields.String()
    note = fields.String(allow_none=True)
    verified = fields.String(allow_none=True)
    source = fields.Dict(allow_none=True)
    source_class = fields.String(
        metadata={"description": "A slug of the vocabulary `source_class`"}
    )


class RelationsView(Schema):
    items = fields.List(fields.Nested(RelationView), required=True)


class SignalsQuery(AskingQuery):
    since = fields.Date()
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class SubjectSignalsQuery(SignalsQuery):
    subject = fields.String(required=True, validate=validate.Length(1, 200))


class SignalView(Schema):
    """One dated event of `subject`, by the best source that tells it; the date keeps the precision
    of the text.
    """

    kind = fields.String(metadata={"description": "A slug of the vocabulary `signal`"})
    label = fields.String()
    date = fields.String()
    subject = fields.String()
    subject_kind = fields.String()
    name = fields.Dict(keys=fields.String(), values=fields.String())
    field = fields.String()
    text = fields.String()
    as_of = fields.String()
    note = fields.String(allow_none=True)
    verified = fields.String(allow_none=True)
    source = fields.Dict()
    source_class = fields.String(
        metadata={"description": "A slug of the vocabulary `source_class`"}
    )


class SignalsView(Schema):
    items = fields.List(fields.Nested(SignalView), required=True)


class CoverageQuery(AskingQuery):
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "xlsx"]))


class CoverageItem(Schema):
    """What is known of one organisation: counts of facts, and the fields asked for that nothing
    states.
    """

    id = fields.String()
    kind = fields.String()
    name = fields.String()
    claimed = fields.Boolean()
    matches = fields.Integer()
    faults = fields.Integer(metadata={"description": "How much there is to look up"})
    missing = fields.List(fields.String())
    known = fields.Integer()
    undated = fields.Integer()
    stale = fields.Integer()
    contradictory = fields.Integer()
    weak = fields.Integer(
        metadata={
            "description": "Values for which only a copy, an aggregator, a blog or hearsay stands"
        }
    )
    unconfirmed = fields.Integer(
        metadata={"description": "Facts that the organisation itself has not stated"}
    )


class CoverageView(Schema):
    items = fields.List(fields.Nested(CoverageItem), required=True)
