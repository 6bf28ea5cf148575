"""Forms and views that several services share: names, facts, legal entities. Unknown fields are
refused.
"""

import difflib
import json
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from zoneinfo import available_timezones

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    pre_load,
    validate,
    validates_schema,
)

from shared.addresses import BadAddress, judged
from shared.judgement.fields import TIERS, check
from shared.vocabulary import vocabulary

ALL_ZONES = available_timezones()
STRANGERS = 20  # names that no field has, told one by one


class Coded(str):
    """A validation message that carries a code of `shared.errors` and its parameters."""

    def __new__(cls, code: str, **params):
        message = super().__new__(cls, code)
        message.code, message.params = code, params
        return message


def longest(field: fields.Field) -> int | None:
    """How many parts a list or an object of this field may have, by its validator."""
    return next((v.max for v in field.validators if isinstance(v, validate.Length)), None)


def overlong(field: fields.Field, value) -> int | None:
    """How many parts a list or an object in `value` may have, where one has more."""
    if not isinstance(value, (list, dict)):
        return None
    most = longest(field)
    if most is not None and len(value) > most:
        return most
    part = field.inner if isinstance(field, fields.List) else getattr(field, "value_field", None)
    parts = value.values() if isinstance(value, dict) else value
    found = (overlong(part, one) for one in parts) if part is not None else ()
    return next((most for most in found if most is not None), None)


class Form(Schema):
    """What clients may send: strict at the door, with the nearest name for a field that does not
    exist.
    """

    class Meta:
        unknown = RAISE

    @pre_load
    def _within_bounds(self, data, **_):
        """Refuses a list longer than it may be, and names by the hundred that no field has, before
        any part of them is looked at: small bodies may not cost much.
        """
        if not isinstance(data, Mapping):
            return data
        faults: dict = {}
        for name, field in self.fields.items():
            most = overlong(field, data.get(name)) if isinstance(data, dict) else None
            if most is not None:
                faults[name] = [Coded("too-many", max=most)]
        known = {field.data_key or name for name, field in self.fields.items()}
        strangers = [key for key in data if key not in known]
        if len(strangers) > STRANGERS:
            faults |= {key: [self.error_messages["unknown"]] for key in strangers[:STRANGERS]}
        if faults:
            raise ValidationError(faults)
        return data

    def handle_error(self, error: ValidationError, data, **_):
        unknown = [
            k for k, v in error.messages_dict.items() if v == [self.error_messages["unknown"]]
        ]
        for key in unknown:
            near = difflib.get_close_matches(str(key), list(self.fields), 3, 0.5)
            error.messages_dict[key] = [Coded("unknown-key", nearest=near)]


class Address(fields.String):
    """A field for a mail address: loaded as it is kept, refused with the reason."""

    def __init__(self, **kwargs):
        super().__init__(**{"metadata": {"format": "email"}} | kwargs)

    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return judged(text)
        except BadAddress as bad:
            raise ValidationError(Coded(bad.code, given=bad.given)) from bad


class Instant(fields.AwareDateTime):
    """A time with its offset, within the centuries that every zone and database can hold."""

    def _deserialize(self, value, attr, data, **kwargs):
        found = super()._deserialize(value, attr, data, **kwargs)
        if not 1900 <= found.year <= 2200:
            raise ValidationError(Coded("instant-range"))
        return found


class MappingField(fields.String):
    """Headings of somebody's table to meanings, as JSON in a form beside a file; nothing: None."""

    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            found = json.loads(text) if text else None
        except (ValueError, RecursionError) as error:
            raise ValidationError(Coded("bad-mapping")) from error
        if found is not None and not (
            isinstance(found, dict) and all(isinstance(v, str) for v in found.values())
        ):
            raise ValidationError(Coded("bad-mapping"))
        return found


def known_zone(value: str) -> None:
    """Refuses what is no time zone of the IANA database."""
    if value not in ALL_ZONES:
        raise ValidationError(Coded("unknown-zone", given=value[:80]))


def text(limit: int, **kwargs) -> fields.String:
    return fields.String(validate=validate.Length(1, limit), **kwargs)


def tier(name: str) -> dict:
    """Field metadata that declares a disclosure tier; a test refuses a view field without one."""
    assert name in TIERS
    return {"metadata": {"tier": name}}


def codes(name: str):
    """A validator for codes of one vocabulary; an unknown code gets the nearest ones."""
    words = vocabulary(name)

    def known(value: str) -> None:
        if value not in words:
            raise ValidationError(
                Coded(
                    "unknown-code", given=value[:80], vocabulary=name, nearest=words.nearest(value)
                )
            )

    return known


class NameForm(Form):
    en = text(200, **tier("public"))
    ja = text(200, **tier("public"))
    kana = text(200, **tier("public"))


@lru_cache
def patch_of(form: type[Form]) -> type[Form]:
    """An object inside a merge patch: nothing is required of it, and null takes a member out."""
    members = {name: copy(field) for name, field in form._declared_fields.items()}
    for field in members.values():
        field.required, field.allow_none = False, True
    return type(f"{form.__name__.removesuffix('Form')}Patch", (Form,), members)


class FormerNameForm(Form):
    en = text(200, **tier("public"))
    ja = text(200, **tier("public"))
    until = text(16, **tier("public"))


class LegalEntityForm(Form):
    """A legal person behind the organisation; `roles` of issuer, operating, ip-holder, applicant,
    employer.
    """

    name = text(200, required=True, **tier("public"))
    form = fields.String(
        validate=validate.OneOf(["KK", "GK", "Inc", "LLC", "LPS", "Ltd", "other"]), **tier("public")
    )
    jurisdiction = fields.String(validate=codes("geography"), **tier("public"))
    corporate_number = text(13, **tier("public"))
    ein = text(20, **tier("network"))
    lei = text(20, **tier("public"))
    valid_from = text(16, **tier("public"))
    valid_to = text(16, **tier("public"))
    roles = fields.List(
        fields.String(
            validate=validate.OneOf(["issuer", "operating", "ip-holder", "applicant", "employer"])
        ),
        validate=validate.Length(max=5),
        **tier("public"),
    )


class AssetForm(Form):
    example = {"id": "rb-201", "name": "RB-201"}

    id = text(64, required=True, **tier("public"))
    name = text(200, required=True, **tier("public"))
    lead = fields.Boolean(load_default=False, **tier("public"))
    facet = fields.String(validate=validate.OneOf(["asset", "platform", "both"]), **tier("public"))


class SourceForm(Form):
    kind = fields.String(
        validate=validate.OneOf(["web", "document", "self-declared", "dataset"]),
        required=True,
        **tier("public"),
    )
    id = text(64, **tier("public"))
    title = text(400, **tier("public"))
    publisher = text(400, **tier("public"))
    url = text(1000, **tier("public"))
    as_of = text(16, **tier("public"))
    note = text(1000, **tier("public"))


class FactForm(Form):
    """A dated statement: what, since when, says who. `as_of` defaults to today, the source to
    self-declared.
    """

    field = text(64, required=True, **tier("public"))
    value = fields.Raw(required=True, allow_none=False, **tier("public"))
    as_of = text(16, **tier("public"))
    source = fields.Nested(SourceForm, **tier("public"))
    asset = text(64, **tier("public"))
    valid_from = text(16, **tier("public"))
    valid_to = text(16, **tier("public"))
    replaces = fields.List(fields.Raw(), validate=validate.Length(max=20), **tier("public"))
    list = fields.String(validate=codes("list_mode"), **tier("public"))
    window = fields.String(validate=codes("window_mode"), **tier("public"))
    detail = fields.Dict(keys=fields.String(), validate=validate.Length(max=20), **tier("public"))
    partner_org = text(64, **tier("public"))
    verified = text(64, **tier("public"))
    note = text(2000, **tier("public"))
    proposed = fields.Boolean(**tier("private"))
    answers = text(
        36,
        metadata={
            "tier": "public",
            "description": "Of a startup's fact: the question (`asks`) it answers",
        },
    )
    tier = fields.String(validate=validate.OneOf(TIERS), **tier("public"))

    @validates_schema
    def _flat_detail(self, data, **_):
        for key, value in (data.get("detail") or {}).items():
            if not isinstance(value, (str, int, float, bool)) or len(str(value)) > 400:
                raise ValidationError(Coded("not-text"), f"detail.{key}")


class FactView(FactForm):
    id = fields.String(**tier("public"))


class FactChange(Form):
    """Of a fact: who sees it from now on, or the last day on which it held."""

    valid_to = text(16, **tier("public"))
    tier = fields.String(validate=validate.OneOf(TIERS), **tier("public"))

    @validates_schema
    def _something(self, data, **_):
        if len(data) != 1:
            raise ValidationError(Coded("required"), "tier")


class FactsForm(Form):
    facts = fields.List(
        fields.Nested(FactForm), required=True, validate=validate.Length(1, 200), **tier("public")
    )


class ProfileForm(Form):
    """A new profile. `id` is made from the English name where none is given; POST publishes unless
    state is draft.
    """

    id = text(64, **tier("public"))
    name = fields.Nested(NameForm, **tier("public"))
    aliases = fields.List(text(200), validate=validate.Length(max=50), **tier("public"))
    former_names = fields.List(
        fields.Nested(FormerNameForm), validate=validate.Length(max=50), **tier("public")
    )
    legal_entities = fields.List(
        fields.Nested(LegalEntityForm), validate=validate.Length(max=50), **tier("public")
    )
    note = text(4000, **tier("public"))
    state = fields.String(validate=validate.OneOf(["draft", "published"]), **tier("public"))
    facts = fields.List(
        fields.Nested(FactForm), validate=validate.Length(max=1000), **tier("public")
    )
    origin = fields.String(
        validate=validate.OneOf(["public-sources", "self-declared", "invented"]), **tier("public")
    )
    owner = text(64, **tier("public"))
    name_evidence = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        validate=validate.Length(max=20),
        **tier("public"),
    )

    record = "startup"

    def handle_error(self, error: ValidationError, data, **more):
        """Lists wrong values of facts beside wrong shapes, so that one answer names everything."""
        super().handle_error(error, data, **more)
        facts = data.get("facts") if isinstance(data, dict) else None
        if not isinstance(error.messages_dict.get("facts", {}), dict):  # no list, or too long a one
            return
        for i, fact in enumerate(facts if isinstance(facts, list) else []):
            if (
                not isinstance(fact, dict)
                or not isinstance(fact.get("field"), str)
                or fact.get("value") is None
            ):
                continue
            for fault in check(fact["field"], fact["value"], self.record):
                told = error.messages_dict.setdefault("facts", {})
                if isinstance(told, dict):
                    told.setdefault(i, {}).setdefault(fault.path, []).append(
                        Coded(fault.code, **fault.params)
                    )


class ProfileChange(Form):
    """A JSON merge patch: fields left out stay; facts have their own address."""

    name = fields.Nested(patch_of(NameForm), **tier("public"))
    aliases = fields.List(text(200), validate=validate.Length(max=50), **tier("public"))
    former_names = fields.List(
        fields.Nested(FormerNameForm), validate=validate.Length(max=50), **tier("public")
    )
    legal_entities = fields.List(
        fields.Nested(LegalEntityForm), validate=validate.Length(max=50), **tier("public")
    )
    note = text(4000, allow_none=True, **tier("public"))
    state = fields.String(validate=validate.OneOf(["draft", "published"]), **tier("public"))


class ProfileView(Schema):
    """A profile as its reader may see it."""

    id = fields.String(**tier("public"))
    kind = fields.String(**tier("public"))
    state = fields.String(**tier("public"))
    origin = fields.String(**tier("public"))
    owner = fields.String(**tier("public"))
    version = fields.Integer(**tier("public"))
    name = fields.Nested(NameForm, **tier("public"))
    aliases = fields.List(fields.String(), **tier("public"))
    former_names = fields.List(fields.Nested(FormerNameForm), **tier("public"))
    legal_entities = fields.List(fields.Nested(LegalEntityForm), **tier("public"))
    name_evidence = fields.Dict(**tier("public"))
    assets = fields.List(fields.Nested(AssetForm), **tier("public"))
    note = fields.String(**tier("public"))
    facts = fields.List(fields.Nested(FactView), **tier("public"))
    created_at = fields.DateTime(**tier("public"))
    updated_at = fields.DateTime(**tier("public"))


class Paging(Form):
    lang = fields.String(
        validate=validate.OneOf(["en", "ja"]), metadata={"description": "Language of messages"}
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(validate=validate.Length(max=200))
    fields_ = fields.String(
        data_key="fields",
        validate=validate.Length(max=400),
        metadata={"description": "Comma-separated names of the fields wanted"},
    )


class ProfileFilter(Paging):
    """Filters of profile lists; `q` looks in names."""

    q = fields.String(validate=validate.Length(1, 200))
    modality = fields.String(validate=codes("modality"))
    area = fields.String(validate=codes("therapeutic_area"))
    place = fields.String(validate=codes("geography"))
    kind = fields.String(validate=validate.Length(max=64))
    origin = fields.String(validate=validate.OneOf(["public-sources", "self-declared", "invented"]))
    state = fields.String(validate=validate.OneOf(["draft", "published", "withdrawn"]))


class SeenBy(Paging):
    seen_by = fields.String(
        validate=validate.OneOf(["public", "network"]),
        metadata={
            "description": (
                "For the owner: as everybody sees it (public), or as signed-in investors,"
                " programmes and sites do (network)"
            )
        },
    )


class LimitQuery(Form):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class PairForm(Form):
    a = text(64, required=True)
    b = text(64, required=True)


class MergeForm(Form):
    winner = text(64, required=True, metadata={"description": "The profile that stays"})
    loser = text(64, required=True, metadata={"description": "The profile that is merged into it"})


@lru_cache
def page_of(view: type[Schema]) -> type[Schema]:
    """The document of a list: its `items`, and the cursor of the following page where there is
    one.
    """
    shown = {"items": fields.List(fields.Nested(view), required=True), "next": fields.String()}
    return type(f"{view.__name__.removesuffix('View')}Page", (Schema,), shown)
