"""What clients may send of placements."""

from marshmallow import fields, validate

from shared.schemas import Form, codes, text

AMOUNTS = fields.List(fields.Integer(validate=validate.Range(0, 10_000)), validate=validate.Length(1, 24))
NAME = fields.String(validate=validate.Length(1, 64))
WISH = fields.Integer(validate=validate.Range(0, 100))


class PlaceSiteForm(Form):
    """A site: room by resource, one number a window; whom it wants, 0 to 100."""

    site = text(64, required=True)
    hub = fields.String(required=True, validate=codes("geography"))
    capacity = fields.Dict(keys=NAME, values=AMOUNTS, required=True, validate=validate.Length(1, 10))
    wants = fields.Dict(keys=NAME, values=WISH)


class PlaceStartupForm(Form):
    """What one startup needs (one seat if not stated), in which windows (by number), where it wants to be (0 to 100), of what kinds it is."""

    needs = fields.Dict(keys=NAME, values=fields.Integer(validate=validate.Range(0, 1000)), validate=validate.Length(1, 10))
    windows = fields.List(fields.Integer(validate=validate.Range(0, 23)), validate=validate.Length(1, 24))
    wants = fields.Dict(keys=NAME, values=WISH)
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
    """A plan to be computed for everybody accepted in the call."""

    name = text(200, required=True)
    windows = fields.List(text(80), required=True, validate=validate.Length(1, 24))
    sites = fields.List(fields.Nested(PlaceSiteForm), required=True, validate=validate.Length(1, 100))
    startups = fields.Dict(keys=NAME, values=fields.Nested(PlaceStartupForm), load_default=dict)
    pins = fields.List(fields.Nested(PinForm), load_default=list, validate=validate.Length(max=500))
    bans = fields.List(fields.List(NAME, validate=validate.Length(2, 2)), load_default=list, validate=validate.Length(max=5000))
    floors = fields.List(fields.Nested(FloorForm), load_default=list, validate=validate.Length(max=50))
    depart_from = text(36)
    stable = fields.Boolean(load_default=False)
    limit_s = fields.Float(load_default=10.0, validate=validate.Range(0.5, 300))
    seed = fields.Integer(load_default=1, validate=validate.Range(0, 2**31 - 1))


class SeatForm(Form):
    site = text(64, required=True)
    window = fields.Integer(load_default=0, validate=validate.Range(0, 23))


class ComparisonQuery(Form):
    other = text(36, required=True)
