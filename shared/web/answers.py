"""Answers: JSON documents with ETags, sparse fields, and pages with cursors."""

import difflib
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from shared.errors import FieldError, Invalid, PreconditionRequired
from shared.text import as_json

KINDS = {
    "csv": "text/csv",
    "ics": "text/calendar",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def answer(
    document: Any, status: int = 200, version: int | str | None = None, location: str | None = None
) -> Response:
    """A JSON answer; with a version it carries an ETag and honours If-None-Match."""
    made = Response(as_json(document, separators=(",", ":")), status, mimetype="application/json")
    if version is not None:
        made.set_etag(str(version))
    if location:
        made.headers["Location"] = location
    return (
        made.make_conditional(request)
        if request.method == "GET" and version is not None and request.if_none_match
        else made
    )


FILE = {"type": "string", "format": "binary"}


def gives_file(blp: Blueprint, *kinds: str) -> Callable[[Callable], Callable]:
    """Describes an operation that answers with a file, of one of these kinds."""

    def described(handle: Callable) -> Callable:
        for kind in kinds[1:]:
            handle = blp.alt_response(200, schema=FILE, content_type=KINDS[kind])(handle)
        return blp.response(200, FILE, content_type=KINDS[kinds[0]])(handle)

    return described


def as_file(content: bytes | str, name: str, inline: bool = False) -> Response:
    """A file to keep, or to be shown in the browser; its kind follows the ending of its name. No
    cache keeps it.
    """
    made = Response(content, mimetype=KINDS[name.rpartition(".")[2]])
    made.headers["Content-Disposition"] = (
        f'{"inline" if inline else "attachment"}; filename="{name}"'
    )
    made.headers["Cache-Control"] = "no-store"
    return made


def named_fields(wanted: str | None, known: Iterable[str]) -> frozenset[str] | None:
    """The fields asked for as "a,b", the id among them; None: all. Raises Invalid for one that no
    such record has.
    """
    if not wanted:
        return None
    names, known = {n.strip() for n in wanted.split(",")}, sorted(known)
    strange = sorted(names - set(known))
    if strange:
        nearest = difflib.get_close_matches(strange[0], known, 3, 0.5)
        raise Invalid(
            errors=[
                FieldError("fields", "unknown-key", {"given": strange[0][:80], "nearest": nearest})
            ]
        )
    return frozenset(names | {"id"})


def sparse(document: dict, wanted: frozenset[str] | None) -> dict:
    """Only the fields asked for."""
    return document if wanted is None else {k: v for k, v in document.items() if k in wanted}


def page(items: list[dict], next_key: str | None, wanted: frozenset[str] | None = None) -> Response:
    """One page of a list; `next` is the cursor of the following page, absent on the last."""
    document: dict[str, Any] = {"items": [sparse(i, wanted) for i in items]}
    if next_key is not None:
        document["next"] = urlsafe_b64encode(next_key.encode()).decode().rstrip("=")
    return answer(document)


def cursor_key(cursor: str | None) -> str | None:
    """The key inside a cursor. Raises Invalid for one that was not issued here."""
    if cursor is None:
        return None
    try:
        key = b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except ValueError as error:
        raise Invalid("bad-cursor") from error
    if not key.isprintable():
        raise Invalid("bad-cursor")
    return key


def expected_version(required: bool = True) -> int | None:
    """The version named by If-Match; a weak tag counts as its version. Raises PreconditionRequired
    without one.
    """
    header = request.headers.get("If-Match", "").strip()
    if header == "*" or (not header and not required):
        return None
    tag = header.removeprefix("W/").strip('"')
    if not header:
        raise PreconditionRequired()
    return int(tag) if tag.isdigit() and len(tag) < 10 else -1
