"""What clients may send of partnering days."""

from marshmallow import ValidationError, fields, validate, validates_schema

from services.meetings.schemas.introductions import OutcomeForm
from shared.schemas import Coded, Form, Instant, NameForm, known_zone, patch_of, text

PARTY = fields.String(validate=validate.Length(1, 64))
PAIRS = fields.List(
    fields.List(PARTY, validate=validate.Length(2, 2)), validate=validate.Length(max=2000)
)
SLOT = fields.Integer(validate=validate.Range(0, 63))


class SlotForm(Form):
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)


class DayForm(Form):
    """A day: its slots, each with its offset; how many rooms and interpreters there are in each;
    until when wishes come; how long ago is met before.
    """

    example = {
        "name": {"en": "Kari Partnering Day (invented)", "ja": "カリ・パートナリングデー（架空）"},
        "zone": "America/New_York",
        "slots": [
            {"starts_at": "2027-03-10T09:00:00-05:00", "ends_at": "2027-03-10T09:25:00-05:00"}
        ],
        "rooms": 10,
        "interpreters": 3,
        "requests_until": "2027-03-01T17:00:00+09:00",
    }

    id = fields.String(validate=validate.Regexp(r"[a-z0-9][a-z0-9-]{1,62}\Z"))
    name = fields.Nested(NameForm, required=True)
    zone = fields.String(required=True, validate=known_zone)
    slots = fields.List(fields.Nested(SlotForm), required=True, validate=validate.Length(1, 64))
    rooms = fields.Integer(required=True, validate=validate.Range(1, 200))
    interpreters = fields.Integer(load_default=0, validate=validate.Range(0, 200))
    met_days = fields.Integer(load_default=365, validate=validate.Range(0, 3650))
    requests_until = Instant(required=True)


class DayChangeForm(Form):
    """What may still be put right before a day is published."""

    name = fields.Nested(patch_of(NameForm))
    rooms = fields.Integer(validate=validate.Range(1, 200))
    interpreters = fields.Integer(validate=validate.Range(0, 200))
    met_days = fields.Integer(validate=validate.Range(0, 3650))
    requests_until = Instant()


class RulesForm(Form):
    """Pairs (startup, mandate) that must meet, and that must not."""

    musts = PAIRS
    bans = PAIRS


class InviteForm(Form):
    """Who comes: startups, and investors by mandate; those on the list already stay as they are."""

    startups = fields.List(PARTY, load_default=list, validate=validate.Length(max=500))
    mandates = fields.List(PARTY, load_default=list, validate=validate.Length(max=500))


class PersonForm(Form):
    name = text(200, required=True)
    role = text(200, required=True)
    decides = fields.Boolean(load_default=False)


class PresenceForm(Form):
    """Who sits at the table with what say, when you are away (slots, from 0), how many meetings you
    take, whether you need an interpreter.
    """

    people = fields.List(fields.Nested(PersonForm), validate=validate.Length(1, 10))
    away = fields.List(SLOT, validate=validate.Length(max=64))
    most = fields.Integer(validate=validate.Range(1, 64))
    interpreter = fields.Boolean()


class WishesForm(Form):
    """Whom you want to meet, the most wanted first."""

    wishes = fields.List(PARTY, required=True, validate=validate.Length(max=100))


class ScheduleForm(Form):
    limit_s = fields.Float(load_default=10.0, validate=validate.Range(0.5, 120))
    seed = fields.Integer(load_default=1, validate=validate.Range(0, 2**31 - 1))


NEEDED = {
    "slot": ("slot",),
    "room": ("slot", "room"),
    "interpreter": ("slot",),
    "attendee": ("party",),
    "nothing": (),
}


class LossForm(Form):
    """What is lost: a whole slot; a room or an interpreter from a slot on; somebody who does not
    come, or leaves at a slot; or nothing new: it is mended as it stands.
    """

    what = fields.String(required=True, validate=validate.OneOf(list(NEEDED)))
    slot = SLOT
    room = fields.Integer(validate=validate.Range(0, 199))
    party = PARTY

    @validates_schema
    def whole(self, data, **_):
        missing = [name for name in NEEDED.get(data.get("what"), ()) if data.get(name) is None]
        if missing:
            raise ValidationError({name: [Coded("required")] for name in missing})


class MoveForm(Form):
    """Another slot, or whether it stays whatever happens."""

    slot = SLOT
    pinned = fields.Boolean()


class CameForm(Form):
    startup = fields.Boolean(required=True)
    investor = fields.Boolean(required=True)


class DayOutcomeForm(OutcomeForm):
    """What came of a meeting of the day."""

    example = None  # it would need a day that is over
