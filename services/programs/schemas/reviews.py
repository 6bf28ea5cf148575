"""What clients may send to and see of rounds, the panel, reviews, interviews and minutes."""

from marshmallow import Schema, fields, validate

from services.programs.schemas.calls import KEY, TopicField
from shared.schemas import Form, Instant, NameForm, known_zone, patch_of, text, tier


class RubricForm(Form):
    """A criterion reviewers score from 1 to `levels`."""

    key = fields.String(required=True, validate=KEY)
    en = text(200, required=True)
    ja = text(200, required=True)
    weight = fields.Float(required=True, validate=validate.Range(0, 100))
    levels = fields.Integer(load_default=5, validate=validate.Range(2, 10))


class RoundForm(Form):
    """A round: what is scored, what reviewers do not see (`name`, `startup`, `hubs`,
    `answers.KEY`), by how many each application is read.
    """

    example = {
        "kind": "documents",
        "name": {"en": "Documents", "ja": "書類審査"},
        "rubric": [
            {"key": "science", "en": "Science", "ja": "科学性", "weight": 2},
            {"key": "team", "en": "Team", "ja": "チーム", "weight": 1},
        ],
        "blind": ["name", "startup"],
        "per_application": 3,
        "due": "2027-02-15T17:00:00+09:00",
    }

    kind = fields.String(
        load_default="documents", validate=validate.OneOf(["documents", "interview"])
    )
    name = fields.Nested(NameForm, required=True)
    rubric = fields.List(fields.Nested(RubricForm), required=True, validate=validate.Length(1, 20))
    blind = fields.List(text(60), load_default=list, validate=validate.Length(max=60))
    per_application = fields.Integer(load_default=3, validate=validate.Range(1, 20))
    due = Instant(required=True)


class RoundChange(Form):
    name = fields.Nested(patch_of(NameForm))
    rubric = fields.List(fields.Nested(RubricForm), validate=validate.Length(1, 20))
    blind = fields.List(text(60), validate=validate.Length(max=60))
    per_application = fields.Integer(validate=validate.Range(1, 20))
    due = Instant()
    state = fields.String(validate=validate.OneOf(["open", "closed"]))


class ReviewerForm(Form):
    """A reviewer: fields they know, how many applications they take, and whom they may not judge
    (ids or names).
    """

    name = text(200, required=True)
    affiliation = text(200)
    expertise = TopicField(load_default=list)
    interests = fields.List(text(200), load_default=list, validate=validate.Length(max=100))
    most = fields.Integer(load_default=30, validate=validate.Range(1, 500))


class ReviewerChange(Form):
    name = text(200)
    affiliation = text(200)
    expertise = TopicField()
    interests = fields.List(text(200), validate=validate.Length(max=100))
    most = fields.Integer(validate=validate.Range(1, 500))


class AllocationForm(Form):
    """Which applications to share out; all of the round's if left out."""

    applications = fields.List(text(36), validate=validate.Length(1, 2000))


class AssignmentForm(Form):
    application = text(36, required=True)
    reviewer = text(36, required=True)


class ReviewForm(Form):
    """Scores by criterion, and a comment for the committee alone."""

    scores = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.Raw(),
        required=True,
        validate=validate.Length(max=50),
    )
    comment = text(4000)


class RecusalForm(Form):
    reason = text(1000, required=True)


class WindowForm(Form):
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)


class SlotsForm(Form):
    """Times a panel sits, each with its offset; `zone` is where the interview is held."""

    slots = fields.List(fields.Nested(WindowForm), required=True, validate=validate.Length(1, 200))
    zone = fields.String(load_default="Asia/Tokyo", validate=known_zone)
    place = text(400, required=True)
    panel = fields.List(text(36), required=True, validate=validate.Length(1, 20))


class BookingForm(Form):
    """The application that comes at this time; null frees it."""

    application = fields.String(required=True, allow_none=True, validate=validate.Length(1, 36))


class MinutesForm(Form):
    """Minutes; with a round, its list is kept as it lies on the table."""

    held_on = fields.Date(required=True)
    present = fields.List(text(200), required=True, validate=validate.Length(1, 100))
    notes = text(10_000, required=True)
    round = text(36)


class RankingQuery(Form):
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "csv", "xlsx"]))


class RoundView(Schema):
    id = fields.String(**tier("private"))
    cohort = fields.String(**tier("private"))
    kind = fields.String(**tier("private"))
    name = fields.Dict(**tier("private"))
    rubric = fields.List(fields.Dict(), **tier("private"))
    blind = fields.List(fields.String(), **tier("private"))
    per_application = fields.Integer(**tier("private"))
    due = fields.String(**tier("private"))
    state = fields.String(**tier("private"))
    version = fields.Integer(**tier("private"))
    counts = fields.Dict(**tier("private"))
    late = fields.Boolean(**tier("private"))
    job = fields.Dict(allow_none=True, **tier("private"))
