"""What clients may send of placements."""

from marshmallow import fields, validate

from shared.schemas import Form, Instant, codes, text

AMOUNTS = fields.List(
    fields.Integer(validate=validate.Range(0, 10_000)), validate=validate.Length(1, 24)
)
NAME = fields.String(validate=validate.Length(1, 64))
WISH = fields.Integer(validate=validate.Range(0, 100))


class PlaceWindowForm(Form):
    """A time over which places are given, first and last day included."""

    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)


WINDOWS = {"validate": validate.Length(1, 24)}
CAPACITY = {"keys": NAME, "values": AMOUNTS, "validate": validate.Length(1, 10)}
NEEDS = {
    "keys": NAME,
    "values": fields.Integer(validate=validate.Range(0, 1000)),
    "validate": validate.Length(1, 10),
}
NUMBERS = fields.List(
    fields.Integer(validate=validate.Range(0, 23)), validate=validate.Length(1, 24)
)
RANKED = fields.List(NAME, validate=validate.Length(max=500))


class HostingForm(Form):
    """Sites asked for room over windows that do not cross; until when their managers and the
    startups may say what they want.
    """

    example = {"windows": [{"starts_on": "2027-04-01", "ends_on": "2027-09-30"}], "sites": []}

    windows = fields.List(fields.Nested(PlaceWindowForm), required=True, **WINDOWS)
    sites = fields.List(NAME, required=True, validate=validate.Length(max=100))
    until = Instant()


class HostForm(Form):
    """A site's answer: room by resource, one number a window; whom it wants, the most wanted
    first.
    """

    capacity = fields.Dict(**CAPACITY)
    wants = RANKED


class PlaceWishForm(Form):
    """Where a startup wants to be, the most wanted first; what it needs (one seat if not stated);
    in which windows it can (by number).
    """

    sites = fields.List(NAME, required=True, validate=validate.Length(max=100))
    needs = fields.Dict(**NEEDS)
    windows = NUMBERS


class PlaceSiteForm(Form):
    """A site: room by resource, one number a window; whom it wants, 0 to 100. What is left out is
    as the site itself has answered.
    """

    site = text(64, required=True)
    hub = fields.String(validate=codes("geography"))
    capacity = fields.Dict(**CAPACITY)
    wants = fields.Dict(keys=NAME, values=WISH, validate=validate.Length(max=500))


class PlaceStartupForm(Form):
    """What one startup needs (one seat if not stated), in which windows (by number), where it wants
    to be (0 to 100), of what kinds it is.
    """

    needs = fields.Dict(**NEEDS)
    windows = NUMBERS
    wants = fields.Dict(keys=NAME, values=WISH, validate=validate.Length(max=500))
    tags = fields.List(text(64), validate=validate.Length(max=20))


class PinForm(Form):
    startup = text(64, required=True)
    site = text(64, required=True)
    window = fields.Integer(allow_none=True, validate=validate.Range(0, 23))


class FloorForm(Form):
    """At least so many of a kind, at a site or hub, or anywhere."""

    tag = text(64, required=True)
    at = fields.String(allow_none=True, load_default=None, validate=validate.Length(1, 64))
    least = fields.Integer(required=True, validate=validate.Range(1, 1000))


class PlacementForm(Form):
    """A plan to be computed for everybody accepted in the call; windows, sites and wishes not given
    are those asked for and answered.
    """

    name = text(200, required=True)
    windows = fields.List(fields.Nested(PlaceWindowForm), **WINDOWS)
    sites = fields.List(fields.Nested(PlaceSiteForm), validate=validate.Length(1, 100))
    startups = fields.Dict(
        keys=NAME,
        values=fields.Nested(PlaceStartupForm),
        load_default=dict,
        validate=validate.Length(max=500),
    )
    pins = fields.List(fields.Nested(PinForm), load_default=list, validate=validate.Length(max=500))
    bans = fields.List(
        fields.List(NAME, validate=validate.Length(2, 2)),
        load_default=list,
        validate=validate.Length(max=5000),
    )
    floors = fields.List(
        fields.Nested(FloorForm), load_default=list, validate=validate.Length(max=50)
    )
    depart_from = text(36)
    stable = fields.Boolean(load_default=False)
    limit_s = fields.Float(load_default=10.0, validate=validate.Range(0.5, 300))
    seed = fields.Integer(load_default=1, validate=validate.Range(0, 2**31 - 1))


class SeatForm(Form):
    site = text(64, required=True)
    window = fields.Integer(load_default=0, validate=validate.Range(0, 23))


class ComparisonQuery(Form):
    other = text(36, required=True)
