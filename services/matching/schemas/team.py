"""What clients may send to and see of a team: votes, interests, links, searches, missions."""

from marshmallow import Schema, fields, validate

from services.matching.schemas.matches import AskingQuery
from shared.schemas import Form, codes, text, tier


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

    declare = fields.Boolean(
        required=True,
        metadata={"description": "Interests are declared before a pair is read in detail"},
    )


class HandOverForm(Form):
    giver = fields.String(required=True, validate=validate.Length(1, 128))
    taker = fields.String(required=True, validate=validate.Length(1, 128))


class ExpertForm(Form):
    """A colleague without an account: a link to the non-confidential brief, and up to three
    questions.
    """

    example = {"name": "Head of CMC", "questions": ["Is the process ready for GMP?"]}

    name = text(100, required=True)
    questions = fields.List(text(500), required=True, validate=validate.Length(1, 3))


class ExpertAnswer(Form):
    example = {"answers": ["Yes, with a closed system."], "verdict": "positive"}

    answers = fields.List(text(4000), required=True, validate=validate.Length(1, 3))
    verdict = fields.String(
        required=True, validate=validate.OneOf(["positive", "mixed", "negative"])
    )


class BriefQuery(AskingQuery):
    format = fields.String(load_default="pdf", validate=validate.OneOf(["pdf", "json"]))


class SearchForm(Form):
    """A search to keep: areas, modalities and places include what lies under them; every part must
    hold.
    """

    example = {"name": "CAR-T in Japan", "modalities": ["car-t"], "places": ["jp"]}

    name = text(100, required=True)
    areas = fields.List(
        fields.String(validate=codes("therapeutic_area")), validate=validate.Length(max=20)
    )
    modalities = fields.List(
        fields.String(validate=codes("modality")), validate=validate.Length(max=20)
    )
    places = fields.List(
        fields.String(validate=codes("geography")), validate=validate.Length(max=20)
    )
    text = text(200)
    raising = fields.Boolean()


class SearchView(Schema):
    id = fields.String(**tier("private"))
    name = fields.String(**tier("private"))
    query = fields.Dict(**tier("private"))
    count = fields.Integer(**tier("private"))
    startups = fields.List(fields.Dict(), **tier("private"))


class MissionForm(Form):
    """What a mandate looks for until a day; startups of these areas and modalities come first in
    its editions.
    """

    example = {
        "title": "Allogeneic cell therapy for solid tumours",
        "modalities": ["car-t"],
        "until": "2026-12-31",
        "published": True,
    }

    title = text(300, required=True)
    areas = fields.List(
        fields.String(validate=codes("therapeutic_area")),
        load_default=list,
        validate=validate.Length(max=20),
    )
    modalities = fields.List(
        fields.String(validate=codes("modality")),
        load_default=list,
        validate=validate.Length(max=20),
    )
    until = fields.Date(required=True)
    published = fields.Boolean(
        load_default=False, metadata={"description": "Read by every startup"}
    )


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
    quarter = fields.String(
        validate=validate.Regexp(r"20\d\d-Q[1-4]\Z"),
        metadata={"description": "Such as 2026-Q4; without it, the one it is for the team"},
    )
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "xlsx"]))
    lang = fields.String(validate=validate.OneOf(["en", "ja"]))


class TeamView(Schema):
    """What a team has said about a pair among itself."""

    votes = fields.List(fields.Dict(), **tier("private"))
    comments = fields.List(fields.Dict(), **tier("private"))
    experts = fields.List(fields.Dict(), **tier("private"))
