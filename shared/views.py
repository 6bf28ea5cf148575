"""Views that several services answer with, and the rule of all of them: what a view names is always
there.
"""

from functools import lru_cache
from typing import ClassVar

from marshmallow import Schema, fields


class View(Schema):
    """What an operation answers. Every field is there in every answer, but for those it calls
    `optional`; one that may be empty says `allow_none`.
    """

    optional: ClassVar[tuple[str, ...]] = ()

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:
        field_obj.required = field_name not in self.optional


@lru_cache
def list_of(view: type[Schema]) -> type[View]:
    """The document of a whole list: its `items`."""
    name = view.__name__.removesuffix("View")
    return type(f"{name}List", (View,), {"items": fields.List(fields.Nested(view))})


class TextsView(View):
    """A text by language."""

    en = fields.String()
    ja = fields.String()


class NamesView(View):
    """The names of an organisation that are known."""

    optional = ("en", "ja", "kana")
    en = fields.String()
    ja = fields.String()
    kana = fields.String()


class CountView(View):
    count = fields.Integer()


class KeyView(View):
    """The key of a subject's private events, in hexadecimal digits."""

    subject = fields.String()
    key = fields.String()


class CandidateView(View):
    """A profile that may be of the same organisation as another."""

    id = fields.String()
    name = fields.Nested(NamesView)
    origin = fields.String()
    claimed = fields.Boolean()


class CommonView(View):
    """What two profiles have in common: a Corporate Number, or a name."""

    kind = fields.String()
    value = fields.String()


class DuplicateView(View):
    a = fields.Nested(CandidateView)
    b = fields.Nested(CandidateView)
    because = fields.List(fields.Nested(CommonView))


class MergeView(View):
    """What was decided about two profiles: merged, undone, or of two organisations."""

    id = fields.String()
    winner = fields.String()
    loser = fields.String()
    state = fields.String()
    made_by = fields.String()
    made_at = fields.DateTime()
    undone_at = fields.DateTime(allow_none=True)
