"""What clients may send to and see of consultations, mentors, office hours and the ledger of
indicators.
"""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.programs.kpis import COUNTS, KINDS
from services.programs.planning.figures import TOTAL, UNITS, WINDOWS
from services.programs.schemas.calls import TopicField
from services.programs.schemas.reviews import WindowForm
from services.programs.support import AGENCIES
from shared.judgement.money import MINOR_DIGITS
from shared.schemas import Coded, Form, NameForm, codes, known_zone, text, tier


class ConsultationForm(Form):
    """A startup's question, the agency it lies with, who handles it and until when."""

    example = {
        "startup": "mihon-therapeutics",
        "topic": "Potency assay before the pre-IND meeting",
        "agency": "pmda",
        "handler": "Kari Hanako",
        "due": "2027-03-31",
    }

    startup = text(64, required=True)
    cohort = text(64)
    topic = text(1000, required=True)
    agency = fields.String(required=True, validate=validate.OneOf(AGENCIES))
    handler = text(200, required=True)
    due = fields.Date(required=True)


class ConsultationChange(Form):
    topic = text(1000)
    agency = fields.String(validate=validate.OneOf(AGENCIES))
    handler = text(200)
    due = fields.Date()
    state = fields.String(validate=validate.OneOf(["open", "done", "dropped"]))
    outcome = text(4000)


class ConsultationsQuery(Form):
    state = fields.String(validate=validate.OneOf(["open", "done", "dropped"]))
    startup = text(64)
    cohort = text(64)
    agency = fields.String(validate=validate.OneOf(AGENCIES))


class ConsultationView(Schema):
    id = fields.String(**tier("private"))
    cohort = fields.String(allow_none=True, **tier("private"))
    startup = fields.String(**tier("private"))
    topic = fields.String(**tier("private"))
    agency = fields.String(**tier("private"))
    handler = fields.String(**tier("private"))
    due = fields.String(**tier("private"))
    state = fields.String(**tier("private"))
    outcome = fields.String(allow_none=True, **tier("private"))
    opened_on = fields.String(**tier("private"))
    closed_on = fields.String(allow_none=True, **tier("private"))
    late = fields.Boolean(**tier("private"))
    version = fields.Integer(**tier("private"))


class MentorForm(Form):
    """A mentor: fields they know, languages, hub, and companies they may not advise (ids or
    names).
    """

    example = {
        "name": "Kari Jiro (invented)",
        "expertise": ["cell-therapy"],
        "languages": ["en", "ja"],
        "hub": "hub-boston-cambridge",
    }

    name = text(200, required=True)
    affiliation = text(200)
    expertise = TopicField(load_default=list)
    languages = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z]{2}\Z")),
        load_default=list,
        validate=validate.Length(max=10),
    )
    hub = fields.String(validate=codes("geography"))
    interests = fields.List(text(200), load_default=list, validate=validate.Length(max=100))


class MentorChange(Form):
    """A JSON merge patch of a mentor; `left` takes them off, free hours go with them."""

    name = text(200)
    affiliation = text(200)
    expertise = TopicField()
    languages = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z]{2}\Z")), validate=validate.Length(max=10)
    )
    hub = fields.String(validate=codes("geography"))
    interests = fields.List(text(200), validate=validate.Length(max=100))
    left = fields.Boolean()


class HoursForm(Form):
    """Times a mentor offers, each with its offset; `zone` is where the mentor is."""

    slots = fields.List(fields.Nested(WindowForm), required=True, validate=validate.Length(1, 200))
    zone = fields.String(load_default="Asia/Tokyo", validate=known_zone)


class HourBooking(Form):
    cohort = text(64, required=True)


class HourLog(Form):
    minutes = fields.Integer(required=True, validate=validate.Range(1, 1440))
    note = text(2000)


class BaselineForm(Form):
    """Where a figure started, with its source; without a source there is no baseline."""

    amount = fields.Integer(required=True)
    as_of = fields.Date(required=True)
    source = text(1000, required=True)


class IndicatorForm(Form):
    """What is counted, as data."""

    name = fields.Nested(NameForm, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))
    counts = fields.String(load_default="ledger", validate=validate.OneOf(COUNTS))
    baseline = fields.Nested(BaselineForm, allow_none=True)
    target = fields.Integer(allow_none=True, validate=validate.Range(0, 10**15))


class EntryForm(Form):
    """One thing that happened: to whom, when, how much (minor units of its currency), and what
    shows it.

    `same` names the thing itself (a financing round, an agreement): entered again, by whomever and
    in whichever cohort, it is refused.
    """

    cohort = text(64, required=True)
    indicator = text(40, required=True)
    startup = text(64, required=True)
    on = fields.Date(required=True)
    amount = fields.Integer(load_default=1, validate=validate.Range(1, 10**15))
    currency = fields.String(validate=validate.OneOf(sorted(MINOR_DIGITS)))
    evidence = text(1000, required=True)
    same = text(200)

    @validates_schema
    def shown(self, data, **_):
        if not data.get("evidence", "").strip():
            raise ValidationError(Coded("required"), "evidence")


class EntriesQuery(Form):
    cohort = text(64, required=True)


class WithdrawalForm(Form):
    reason = text(1000, required=True)


class ReportQuery(Form):
    until = fields.Date()
    public = fields.Boolean(
        load_default=False, metadata={"description": "As it may be published: small counts hidden"}
    )
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "xlsx", "pdf"]))


class FigureQuery(Form):
    indicator = text(40, required=True)
    hub = text(64)
    window = fields.String(validate=validate.OneOf([*WINDOWS, TOTAL]))
    until = fields.Date()
