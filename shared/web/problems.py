"""RFC 9457 problem details: one shape for every refusal, in the reader's language, with both texts
beside it.
"""

from threading import Lock
from typing import Any

import structlog
from apispec import BasePlugin
from flask import Response, current_app, g, request
from flask_smorest import Api, Blueprint
from marshmallow import INCLUDE, Schema, fields
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from shared.errors import DomainError, FieldError, say
from shared.ids import new_id
from shared.refusals import TEXTS
from shared.schemas import Coded
from shared.text import as_json
from shared.views import TextsView

log = structlog.get_logger()
STATUS_CODES = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "not-json",
    422: "invalid",
}
MARSHMALLOW = {
    "Missing data for required field.": "required",
    "Field may not be null.": "required",
    "Unknown field.": "unknown-key",
    "Not a valid string.": "not-text",
    "Not a valid integer.": "not-number",
    "Not a valid number.": "not-number",
    "Not a valid boolean.": "not-boolean",
    "Not a valid date.": "not-a-day",
    "Not a valid list.": "not-list",
    "Not a valid mapping type.": "not-object",
    "Invalid input type.": "not-object",
    "Invalid value.": "invalid-value",
}


PROBLEM_TYPE = "application/problem+json"
MOST_FAULTS = 100  # that one answer names


def language() -> str:
    """en or ja: `lang` in the address, else what the reader's browser prefers."""
    asked = request.args.get("lang")
    if asked in ("en", "ja"):
        return asked
    return request.accept_languages.best_match(["en", "ja"]) or "en"


def problem(
    status: int,
    code: str,
    params: dict | None = None,
    errors: list[FieldError] | None = None,
    more: dict | None = None,
    retry_s: int = 1,
) -> Response:
    """The answer to a refusal, with `more` members of its own."""
    lang, params = language(), params or {}
    document: dict[str, Any] = {
        "type": f"urn:nakodo:problem:{code}",
        "title": say(code, lang, **params),
        "status": status,
        "code": code,
        "messages": {"en": say(code, "en", **params), "ja": say(code, "ja", **params)},
    }
    if errors:
        document["errors"] = [
            {
                "field": e.field,
                "code": e.code,
                "message": e.text(lang),
                "messages": {"en": e.text("en"), "ja": e.text("ja")},
                **({"nearest": e.params["nearest"]} if e.params.get("nearest") else {}),
            }
            for e in errors[:MOST_FAULTS]
        ]
        if len(errors) > MOST_FAULTS:
            document["more_errors"] = len(errors) - MOST_FAULTS
    if "request_id" in g:
        document["request_id"] = g.request_id
    if status >= 500:
        document["id"] = g.get("problem_id") or new_id()
    answer = Response(as_json(document | (more or {})), status, mimetype=PROBLEM_TYPE)
    answer.headers["Content-Language"] = lang
    answer.vary.add("Accept-Language")
    if status in (429, 503):
        answer.headers["Retry-After"] = str(retry_s)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def flat(messages: Any, path: str = "") -> list[FieldError]:
    """The nested messages of a form as one list of failing fields."""
    if isinstance(messages, dict):
        skip = ("json", "query", "_schema") if not path else ("_schema",)
        return [
            e
            for k, m in messages.items()
            for e in flat(m, path if k in skip else f"{path}.{k}".strip("."))
        ]
    found = []
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Coded):
            found.append(FieldError(path, message.code, message.params))
        elif isinstance(message, str) and message.startswith("Longer than maximum"):
            found.append(FieldError(path, "too-long", {"max": message.rstrip(".").split()[-1]}))
        else:
            code = MARSHMALLOW.get(message, message if message in TEXTS else "invalid-value")
            found.append(FieldError(path, code, {"message": message}))
    return found


class FaultView(Schema):
    """One failing field."""

    field = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)
    messages = fields.Nested(TextsView, required=True)
    nearest = fields.List(fields.String())


class Problem(Schema):
    """Problem details (RFC 9457), which may carry more than is listed here."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    messages = fields.Nested(TextsView, required=True)
    errors = fields.List(fields.Nested(FaultView))
    more_errors = fields.Integer(
        metadata={"description": f"How many faults there are beyond the {MOST_FAULTS} of errors"}
    )
    id = fields.String(metadata={"description": "Finds our log line, where the fault is ours"})
    request_id = fields.String(
        metadata={
            "description": (
                "Names the request in every log line about it; also the header X-Request-Id"
            )
        }
    )


class Examples(BasePlugin):
    """Puts a form's `example` into its document (a test sends it), each summary on one line."""

    def operation_helper(self, path=None, operations=None, **_) -> None:
        """A docstring's line ends are its file's, not its reader's."""
        for operation in (operations or {}).values():
            for part in ("summary", "description"):
                if part in operation:
                    operation[part] = " ".join(operation[part].split())

    def schema_helper(self, name, definition, schema=None, **_):
        example = getattr(schema, "example", None)
        return {"examples": [example]} if example else {}


class ProblemApi(Api):
    """flask-smorest's API with our problem details, keeping the headers (Allow, Retry-After) that
    it would drop.

    It describes itself when first asked: half of a start's work, and few processes are ever asked.
    """

    ERROR_SCHEMA = Problem

    def __init__(self, app, **options):
        self._undescribed: list[tuple[str, Blueprint]] = []
        self._describing = Lock()
        super().__init__(app, **options)

    def register_blueprint(self, blp: Blueprint, **options) -> None:
        name = options.get("name", blp.name)
        self._app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        self._app.register_blueprint(blp, **options)
        self._undescribed.append((name, blp))

    def _openapi_json(self) -> Response:
        with self._describing:
            for name, blp in self._undescribed:
                blp.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
                self.spec.tag({"name": name, "description": blp.description})
            self._undescribed.clear()
        return super()._openapi_json()

    def _register_responses(self):
        """Documents refusals under the type they are sent with."""
        plain, self.DEFAULT_RESPONSE_CONTENT_TYPE = self.DEFAULT_RESPONSE_CONTENT_TYPE, PROBLEM_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = plain

    def handle_http_exception(self, error: HTTPException):
        status = error.code or 500
        data = getattr(error, "data", None) or {}
        errors = flat(data["messages"]) if data.get("messages") else []
        if status == 422 and any(e.code == "bad-json" for e in errors):
            status, errors = 400, []
        code = STATUS_CODES.get(status, "internal" if status >= 500 else "bad-request")
        made = problem(status, code, {"max": current_app.config["MAX_CONTENT_LENGTH"]}, errors)
        for name, value in error.get_headers(request.environ):
            if name.lower() in ("allow", "retry-after", "www-authenticate"):
                made.headers[name] = value
        return made


def install(app) -> None:
    """Maps domain errors, a database that is away, and the unexpected, each in one place."""

    @app.errorhandler(DomainError)
    def _domain(error: DomainError):
        return problem(
            error.status,
            error.code,
            error.params,
            error.errors,
            retry_s=getattr(error, "retry_after", 1),
        )

    @app.errorhandler(OperationalError)
    def _database(error: OperationalError):
        log.warning("database unavailable", error=str(error.orig))
        return problem(503, "unavailable")

    @app.errorhandler(Exception)
    def _unexpected(error: Exception):
        if isinstance(error, HTTPException):
            return error
        g.problem_id = new_id()
        log.exception("unexpected error", id=g.problem_id, path=request.path, method=request.method)
        return problem(500, "internal")
