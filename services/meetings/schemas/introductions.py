"""What clients may send to and see of introductions and meetings."""

from marshmallow import Schema, fields, validate

from services.meetings.rules import ACCEPT, CLOSE, DECLINE, STEPS, WITHDRAW
from services.meetings.words import OUTCOMES
from shared.schemas import Form, Instant, known_zone, text, tier


class IntroductionForm(Form):
    """Who should meet: asked by one side, or proposed to both by an officer, who may offer to
    attend.
    """

    example = {
        "startup": "mihon-therapeutics",
        "mandate": "mihon-ventures-equity",
        "note": "Your CAR-T data fits our fund.",
    }

    startup = fields.String(required=True, validate=validate.Length(1, 64))
    mandate = fields.String(required=True, validate=validate.Length(1, 64))
    note = text(2000, metadata={"description": "Read by whoever is asked"})
    attends = fields.Boolean(
        load_default=False, metadata={"description": "An officer's offer to sit in"}
    )


class IntroductionsQuery(Form):
    lang = fields.String(validate=validate.OneOf(["en", "ja"]))
    startup = fields.String(validate=validate.Length(1, 64))
    mandate = fields.String(validate=validate.Length(1, 64))
    state = fields.String(
        validate=validate.OneOf(["rests", *(s for s in STEPS if "rest" not in s)])
    )
    waiting = fields.Boolean(metadata={"description": "Only what waits for your answer"})


class StepForm(Form):
    example = {"act": "accept"}

    act = fields.String(required=True, validate=validate.OneOf([ACCEPT, DECLINE, WITHDRAW, CLOSE]))


class RemarkForm(Form):
    example = {"text": "Would the meeting be about the US trial alone?"}

    text = text(2000, required=True)


class OutcomeForm(Form):
    example = {"outcome": "met", "note": "Second meeting in January"}

    outcome = fields.String(required=True, validate=validate.OneOf(list(OUTCOMES)))
    note = text(2000)


class BudgetQuery(Form):
    org = fields.String(
        validate=validate.Length(1, 64),
        metadata={"description": "For staff: another organisation's"},
    )


class GrantForm(Form):
    example = {"org": "mihon-ventures", "extra": 3, "reason": "Partnering week in Boston"}

    org = fields.String(required=True, validate=validate.Length(1, 64))
    extra = fields.Integer(required=True, validate=validate.Range(1, 50))
    reason = text(500, required=True)


class OfferForm(Form):
    """Times the other side may choose from, each with its offset; `zone` is where you are."""

    example = {
        "slots": ["2026-12-01T09:00:00+09:00"],
        "minutes": 30,
        "zone": "Asia/Tokyo",
        "place": "https://meet.example/room",
    }

    slots = fields.List(Instant(), required=True, validate=validate.Length(1, 5))
    minutes = fields.Integer(load_default=30, validate=validate.Range(15, 240))
    zone = fields.String(required=True, validate=known_zone)
    place = text(1000)


class AgreementForm(Form):
    example = {"starts_at": "2026-12-01T09:00:00+09:00", "zone": "America/New_York"}

    starts_at = Instant(required=True)
    zone = fields.String(required=True, validate=known_zone)


class RemarkView(Schema):
    id = fields.String(**tier("introduced"))
    mine = fields.Boolean(**tier("introduced"))
    side = fields.String(**tier("introduced"))
    text = fields.String(**tier("introduced"))
    at = fields.String(**tier("introduced"))


class OutcomeView(Schema):
    id = fields.String(**tier("private"))
    outcome = fields.String(**tier("private"))
    text = fields.String(**tier("private"))
    note = fields.String(allow_none=True, **tier("private"))
    at = fields.String(**tier("private"))


class MeetingView(Schema):
    """Times offered, or the one agreed; `legal` are the reader's steps."""

    id = fields.String(**tier("introduced"))
    introduction = fields.String(**tier("introduced"))
    state = fields.String(**tier("introduced"))
    version = fields.Integer(**tier("introduced"))
    slots = fields.List(fields.String(), **tier("introduced"))
    minutes = fields.Integer(**tier("introduced"))
    place = fields.String(allow_none=True, **tier("introduced"))
    zones = fields.Dict(**tier("introduced"))
    mine = fields.Boolean(**tier("introduced"))
    starts_at = fields.String(allow_none=True, **tier("introduced"))
    legal = fields.List(fields.String(), **tier("introduced"))


class IntroductionView(Schema):
    """An introduction as the reader's side may know it; `contact` only once both have accepted, and
    under consent.
    """

    id = fields.String(**tier("private"))
    startup = fields.String(**tier("private"))
    mandate = fields.String(**tier("private"))
    investor = fields.String(**tier("private"))
    names = fields.Dict(**tier("private"))
    asked_by = fields.String(**tier("private"))
    side = fields.String(**tier("private"))
    state = fields.String(**tier("private"))
    text = fields.String(**tier("private"))
    version = fields.Integer(**tier("private"))
    legal = fields.List(fields.String(), **tier("private"))
    note = fields.String(allow_none=True, **tier("private"))
    attends = fields.Boolean(**tier("private"))
    asked_at = fields.String(**tier("private"))
    expires_at = fields.String(**tier("private"))
    introduced_at = fields.String(**tier("private"))
    closed_at = fields.String(**tier("private"))
    contact = fields.Dict(allow_none=True, **tier("introduced"))
    own_contact = fields.Dict(**tier("private"))
    remarks = fields.List(fields.Nested(RemarkView), **tier("introduced"))
    outcomes = fields.List(fields.Nested(OutcomeView), **tier("private"))
    due = fields.Integer(allow_none=True, **tier("private"))
    meetings = fields.List(fields.Nested(MeetingView), **tier("introduced"))


class BudgetView(Schema):
    """Requests for introductions this week."""

    allowed = fields.Integer(**tier("private"))
    granted = fields.Integer(**tier("private"))
    used = fields.Integer(**tier("private"))
    left = fields.Integer(**tier("private"))
    resets_at = fields.String(**tier("private"))


class GrantView(Schema):
    id = fields.String(**tier("private"))
    org = fields.String(**tier("private"))
    week = fields.String(**tier("private"))
    extra = fields.Integer(**tier("private"))
    reason = fields.String(**tier("private"))
