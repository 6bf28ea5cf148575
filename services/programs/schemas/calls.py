"""What clients may send to and see of calls and applications."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.programs.rules import BULK, STEPS
from shared.schemas import Coded, Form, Instant, MappingField, NameForm, codes, patch_of, text, tier
from shared.vocabulary import vocabulary

KEY = validate.Regexp(r"[a-z][a-z0-9_-]{0,39}\Z")


class TopicField(fields.List):
    """Codes of therapeutic areas or modalities."""

    def __init__(self, **kwargs):
        super().__init__(fields.String(validate=topic), validate=validate.Length(max=20), **kwargs)


def topic(value: str) -> None:
    """A code of an area or a modality; an unknown one gets the nearest."""
    if value not in vocabulary("modality"):
        codes("therapeutic_area")(value)


class HubForm(Form):
    hub = fields.String(required=True, validate=codes("geography"))
    places = fields.Integer(required=True, validate=validate.Range(1, 500))


class CriterionForm(Form):
    key = fields.String(required=True, validate=KEY)
    en = text(200, required=True)
    ja = text(200, required=True)
    weight = fields.Float(required=True, validate=validate.Range(0, 100))


class QuestionForm(Form):
    """A question of one call: `limit` in characters for texts, `choices` for choices; `audience`
    office keeps the answer from reviewers.
    """

    key = fields.String(required=True, validate=KEY)
    en = text(500, required=True)
    ja = text(500, required=True)
    type = fields.String(
        load_default="text", validate=validate.OneOf(["text", "number", "choice", "yes-no"])
    )
    limit = fields.Integer(load_default=1000, validate=validate.Range(1, 10_000))
    choices = fields.List(text(200), load_default=list, validate=validate.Length(max=50))
    required = fields.Boolean(load_default=True)
    audience = fields.String(
        load_default="reviewers", validate=validate.OneOf(["office", "reviewers"])
    )


class CallForm(Form):
    """A call: who may apply, for how many places in which hubs, until when (with its offset), and
    what it asks.
    """

    example = {
        "program": "mihon-programme",
        "name": {"en": "Kari call 2027 (invented)", "ja": "カリ公募2027（架空）"},
        "capacity": 20,
        "hubs": [
            {"hub": "hub-boston-cambridge", "places": 12},
            {"hub": "hub-san-diego", "places": 8},
        ],
        "opens_at": "2026-11-01T00:00:00+09:00",
        "deadline": "2027-01-15T17:00:00+09:00",
        "questions": [
            {
                "key": "plan",
                "en": "What do you want to do in the US?",
                "ja": "米国での計画をお書きください",
                "limit": 2000,
            }
        ],
    }

    id = fields.String(validate=validate.Regexp(r"[a-z0-9][a-z0-9-]{1,62}\Z"))
    program = text(64, required=True)
    kind = fields.String(
        load_default="cohort",
        validate=validate.OneOf(["cohort", "rolling-support", "consultation"]),
    )
    name = fields.Nested(NameForm, required=True)
    applicants = fields.List(
        fields.String(validate=validate.OneOf(["company", "team", "person"])),
        load_default=lambda: ["company"],
        validate=validate.Length(1, 3),
    )
    capacity = fields.Integer(required=True, validate=validate.Range(1, 2000))
    hubs = fields.List(fields.Nested(HubForm), load_default=list, validate=validate.Length(max=20))
    criteria = fields.List(
        fields.Nested(CriterionForm), load_default=list, validate=validate.Length(max=20)
    )
    questions = fields.List(
        fields.Nested(QuestionForm), load_default=list, validate=validate.Length(max=50)
    )
    opens_at = Instant(required=True)
    deadline = Instant()
    starts_on = fields.Date()
    ends_on = fields.Date()
    state = fields.String(load_default="open", validate=validate.OneOf(["draft", "open"]))


class CallChange(Form):
    """A JSON merge patch of a call."""

    name = fields.Nested(patch_of(NameForm))
    capacity = fields.Integer(validate=validate.Range(1, 2000))
    hubs = fields.List(fields.Nested(HubForm), validate=validate.Length(max=20))
    criteria = fields.List(fields.Nested(CriterionForm), validate=validate.Length(max=20))
    questions = fields.List(fields.Nested(QuestionForm), validate=validate.Length(max=50))
    opens_at = Instant()
    deadline = Instant(allow_none=True)
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    state = fields.String(validate=validate.OneOf(["draft", "open", "closed"]))


class ApplicationForm(Form):
    """An application, as far as it has come; gaps are listed when it is submitted."""

    kind = fields.String(
        load_default="company", validate=validate.OneOf(["company", "team", "person"])
    )
    name = text(200, required=True)
    hubs = fields.List(text(64), validate=validate.Length(max=20))
    topics = TopicField()
    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.Raw(allow_none=True),
        validate=validate.Length(max=200),
    )


class ApplicationChange(Form):
    name = text(200)
    hubs = fields.List(text(64), validate=validate.Length(max=20))
    topics = TopicField()
    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.Raw(allow_none=True),
        validate=validate.Length(max=200),
    )


class ApplicantStep(Form):
    act = fields.String(required=True, validate=validate.OneOf(["submit", "recall", "withdraw"]))


class ApplicationsQuery(Form):
    state = fields.String(validate=validate.OneOf(list(STEPS)))
    check = fields.String(
        validate=validate.Length(1, 80),
        metadata={"description": "A rule and its result, such as field:unknown"},
    )
    q = fields.String(validate=validate.Length(1, 200))


class BoardQuery(ApplicationsQuery):
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 2000))
    after = fields.String(
        validate=validate.Length(1, 64),
        metadata={"description": "The last receipt of the page before"},
    )


class MovedForm(Form):
    id = text(36, required=True)
    version = fields.Integer(
        metadata={
            "description": "As read: somebody else's change since then refuses the whole batch"
        }
    )


class MoveForm(Form):
    """Applications moved together, all or none."""

    act = fields.String(required=True, validate=validate.OneOf(list(BULK)))
    applications = fields.List(
        fields.Nested(MovedForm), required=True, validate=validate.Length(1, 2000)
    )


class FindingForm(Form):
    """An officer's own finding on a rule, with what it rests on."""

    state = fields.String(
        required=True, validate=validate.OneOf(["pass", "fail", "unknown", "review"])
    )
    note = text(1000, required=True)
    evidence = text(1000)


class AnnouncementForm(Form):
    at = Instant(metadata={"description": "When applicants may read the results; now if left out"})


class ImportForm(Form):
    """Beside the file: which column means what (JSON), or the name it was saved under, and whether
    to do it.
    """

    mapping = MappingField()
    saved = fields.String(validate=validate.Length(1, 80))
    apply = fields.Boolean(load_default=False)
    partly = fields.Boolean(load_default=False)
    sheet = text(200)
    heading_row = fields.Integer(validate=validate.Range(1, 1_048_576))


class SubmitterForm(Form):
    person = text(128, required=True)


class ReasonForm(Form):
    """What the applicant reads with the result."""

    en = text(2000)
    ja = text(2000)

    @validates_schema
    def some(self, data, **_):
        if not data:
            raise ValidationError(Coded("required"), "en")


def subject(value: str) -> None:
    if "\n" in value:
        raise ValidationError(Coded("not-one-line"))


class MessageForm(Form):
    """A letter in both languages; `{name}`, `{call}`, `{receipt}` and `{reason}` are filled in."""

    subject_en = fields.String(required=True, validate=[validate.Length(1, 200), subject])
    subject_ja = fields.String(required=True, validate=[validate.Length(1, 200), subject])
    text_en = text(5000, required=True)
    text_ja = text(5000, required=True)


class MessagesForm(Form):
    """The letters with the results, by outcome."""

    accepted = fields.Nested(MessageForm)
    waitlisted = fields.Nested(MessageForm)
    declined = fields.Nested(MessageForm)


class TableQuery(Form):
    format = fields.String(load_default="xlsx", validate=validate.OneOf(["csv", "xlsx"]))


class CallView(Schema):
    id = fields.String(**tier("network"))
    program = fields.String(**tier("network"))
    owner = fields.String(**tier("network"))
    kind = fields.String(**tier("network"))
    name = fields.Dict(**tier("network"))
    applicants = fields.List(fields.String(), **tier("network"))
    capacity = fields.Integer(**tier("network"))
    hubs = fields.List(fields.Dict(), **tier("network"))
    questions = fields.List(fields.Dict(), **tier("network"))
    criteria = fields.List(fields.Dict(), **tier("private"))
    state = fields.String(**tier("network"))
    version = fields.Integer(**tier("network"))
    opens_at = fields.String(**tier("network"))
    deadline = fields.String(allow_none=True, **tier("network"))
    starts_on = fields.String(allow_none=True, **tier("network"))
    ends_on = fields.String(allow_none=True, **tier("network"))
    announced = fields.Boolean(**tier("network"))
    announced_at = fields.String(allow_none=True, **tier("private"))
    messages = fields.Dict(allow_none=True, **tier("private"))


class ApplicationView(Schema):
    """An application; `checks` is the newest of each rule, with value, evidence, checker and
    date.
    """

    id = fields.String(**tier("private"))
    cohort = fields.String(**tier("private"))
    kind = fields.String(**tier("private"))
    startup = fields.String(allow_none=True, **tier("private"))
    name = fields.String(**tier("private"))
    hubs = fields.List(fields.String(), **tier("private"))
    answers = fields.Dict(**tier("private"))
    receipt = fields.String(allow_none=True, **tier("private"))
    checks = fields.Dict(**tier("private"))
    state = fields.String(**tier("private"))
    legal = fields.List(fields.String(), **tier("private"))
    version = fields.Integer(**tier("private"))
    made_at = fields.String(**tier("private"))
    submitted_at = fields.String(allow_none=True, **tier("private"))
    log = fields.List(fields.Dict(), **tier("private"))
    topics = fields.List(fields.String(), **tier("private"))
    submitter = fields.String(allow_none=True, **tier("private"))
    reason = fields.Dict(allow_none=True, **tier("private"))
    imported = fields.Boolean(**tier("private"))
    interview = fields.Dict(allow_none=True, **tier("private"))
