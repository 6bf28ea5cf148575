"""The one door for what clients send: every text of a body, form, query or header field is cleaned
before a form looks at it.
"""

from typing import Any

from flask import Request, request
from marshmallow import Schema
from webargs import core
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from shared.errors import FieldError, Invalid
from shared.text import BadText, cleaned

UNNAMED = ("json", "json_or_form", "query", "querystring", "form")


class Reader(FlaskParser):
    """Reads arguments as webargs does and cleans them; faults are named by field, all at once."""

    # the schema decides: ours refuse
    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": None}

    def pre_load(self, location_data: Any, *, schema: Schema, req: Request, location: str) -> Any:
        if location not in UNNAMED or location_data is core.missing:
            return location_data
        if isinstance(location_data, MultiDictProxy):
            values = location_data.data
            clean = clean_document({name: values.getlist(name) for name in values})
            pairs = [(name, value) for name, held in clean.items() for value in held]
            return self._makeproxy(type(values)(pairs), schema)
        return clean_document(location_data)


def clean_document(document: Any) -> Any:
    """The document with every text and name in it cleaned. Raises Invalid with each field that
    holds what no text may hold.
    """
    faults: list[FieldError] = []
    made = _clean(document, "", faults)
    if faults:
        raise Invalid(errors=faults)
    return made


def _clean(value: Any, path: str, faults: list[FieldError]) -> Any:
    if isinstance(value, str):
        try:
            return cleaned(value)
        except BadText as error:
            faults.append(FieldError(path, "bad-characters", error.params))
            return ""
    if isinstance(value, dict):
        return {
            _clean(k, path, faults): _clean(v, f"{path}.{k}".strip("."), faults)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_clean(v, f"{path}.{i}".strip("."), faults) for i, v in enumerate(value)]
    return value


def uploaded() -> tuple[str, bytes]:
    """Name and bytes of the file of an upload. Raises Invalid without one."""
    file = request.files.get("file")
    if file is None:
        raise Invalid(errors=[FieldError("file", "no-file", {})])
    try:
        return cleaned(file.filename or ""), file.read()
    except BadText as error:
        raise Invalid(errors=[FieldError("file", "bad-characters", error.params)]) from error
