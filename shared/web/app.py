"""The app skeleton every service is made of."""

import gzip
import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial

from flask import Flask, Response, current_app, g, request
from flask_smorest import Blueprint
from gunicorn.http.errors import ParseException
from sqlalchemy.orm import Session
from werkzeug.routing import BaseConverter, Rule

from shared import audit, named, personal
from shared.access import Revocations
from shared.auth import Actor, Keys
from shared.budget import Budget
from shared.clock import Clock
from shared.db import Database
from shared.errors import DomainError, Unauthorized
from shared.gauges import Gauges
from shared.settings import Settings
from shared.web import problems, stalled, watched
from shared.web.answers import answer
from shared.web.door import YEAR_S, Door
from shared.web.health import health_routes, table_gauges
from shared.web.reader import Reader

# of every service: no field, form or route has another way in
Blueprint.ARGUMENTS_PARSER = Reader()
LARGEST_BODY = 1_000_000
LARGEST_FILE = {
    "imports": 5_000_000,
    "proposals": 5_000_000,
    "watchlists": 5_000_000,
    "documents": 21_000_000,
}
DEEPEST = 30


class SlugConverter(BaseConverter):
    regex = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


class LateRule(Rule):
    """A route that compiles how its address is built when one is first wanted: a third of a start's
    work, and services seldom want any.
    """

    def _compile_builder(self, append_unknown: bool = True):
        compiled = cache(partial(super()._compile_builder, append_unknown))
        return lambda rule, **values: compiled()(rule, **values)


class BadJson(DomainError):
    status, code = 400, "bad-json"


class NotJson(DomainError):
    status, code = 415, "not-json"


def make_app(
    name: str,
    settings: Settings,
    db: Database | None,
    clock: Clock,
    blueprints: Iterable[Blueprint],
    checks: Callable[[], dict] = dict,
) -> Flask:
    """A Flask app with tokens, problem details, figures, OpenAPI, and the given blueprints."""
    app = Flask(name, static_folder=None)
    app.url_rule_class = LateRule
    app.wsgi_app = Door(app.wsgi_app, settings)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        API_TITLE=f"Nakodo {name}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "security": [{"token": []}],
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
                }
            },
        },
    )
    app.url_map.converters["slug"] = SlugConverter
    app.url_map.strict_slashes = False
    app.extensions["nakodo"] = {
        "name": name,
        "settings": settings,
        "db": db,
        "clock": clock,
        "keys": Keys(settings.jwks),
        "checks": checks,
        "budget": Budget(),
    }
    app.extensions["nakodo"]["revocations"] = Revocations(db) if db is not None else None
    gauges = app.extensions["nakodo"]["gauges"] = Gauges(name)
    if db is not None:
        table_gauges(gauges, name, db)
    watched.install(app, gauges)
    problems.install(app)
    app.before_request(_read_body_strictly)
    app.after_request(_finish)
    api = problems.ProblemApi(app, spec_kwargs={"extra_plugins": [problems.Examples()]})
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_blueprint(health_routes())
    if db is not None:
        _own_routes(app)
    return app


def _own_routes(app: Flask) -> None:
    """What every service with a database answers its sisters and administrators."""
    app.add_url_rule("/audit", view_func=_audit)
    app.add_url_rule("/internal/people/<slug:person>", view_func=_person)
    app.add_url_rule("/internal/named/<any(find, erase):act>", view_func=_named, methods=["POST"])
    stalled.install(app, reading, transaction, current_actor)


def part(name: str):
    """One of the app's parts: db, clock, settings, keys."""
    return current_app.extensions["nakodo"][name]


def current_actor() -> Actor:
    """The actor of this request's token. Raises Unauthorized without a valid one."""
    if "actor" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized()
        g.actor = part("keys").actor(token.strip(), part("clock").now())
        if part("revocations") is not None:
            part("revocations").refuse(g.actor)
    return g.actor


@contextmanager
def transaction(actor: Actor) -> Iterator[Session]:
    with part("db").transaction(actor) as session:
        yield session


@contextmanager
def reading(actor: Actor) -> Iterator[Session]:
    with part("db").reading(actor) as session:
        yield session


def _audit() -> Response:
    """The newest rows of this service's audit trail, of one `subject` or all; for
    administrators.
    """
    actor = current_actor()
    actor.need("administrator")
    with reading(actor) as session:
        return answer({"items": audit.trail(session, request.args.get("subject"), 200)})


def _person(person: str) -> Response:
    """What this service keeps about a person; for the accounts service, when they ask for a
    copy.
    """
    actor = current_actor()
    actor.need("service")
    with reading(actor) as session:
        return answer({"items": personal.held(session, person)})


def _named(act: str) -> Response:
    """Where this service names somebody without an account, or that they are named no longer; for
    the accounts service.
    """
    actor, form = current_actor(), request.get_json()
    actor.need("service")
    texts, owner = form["texts"], form["owner"]
    if act == "find":
        with reading(actor) as session:
            return answer({"items": named.find(session, part("db").models, texts, owner)})
    with transaction(actor) as session:
        count = named.erase(session, part("db").models, texts, owner)
    part("db").scrub()
    return answer({"count": count})


def _read_body_strictly() -> None:
    """Refuses what is not UTF-8 JSON of finite numbers and moderate depth, before any form looks at
    it.
    """
    if request.method not in ("POST", "PUT", "PATCH"):
        return
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise NotJson()
    file = (
        LARGEST_FILE.get(request.path.rsplit("/", 1)[-1])
        if request.mimetype == "multipart/form-data"
        else None
    )
    request.max_content_length = file or LARGEST_BODY
    try:
        body = request.get_data()
    except (OSError, ParseException) as error:  # a body that never came whole, or in broken chunks
        raise BadJson() from error
    if file or request.blueprint == "portal":
        return
    # OAuth 2 has it so
    if not body or (
        request.blueprint == "tokens" and request.mimetype == "application/x-www-form-urlencoded"
    ):
        return
    if not (request.mimetype == "application/json" or request.mimetype.endswith("+json")):
        raise NotJson()
    try:
        document = json.loads(
            body.decode("utf-8"),
            parse_float=_finite,
            parse_constant=_refuse,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as error:
        raise BadJson() from error
    if _depth(document) > DEEPEST:
        raise BadJson()


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _once(pairs: list[tuple]) -> dict:
    """An object whose keys stand there once: of two, readers would each take another."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refuse(text: str) -> None:
    raise ValueError(text)


def _depth(document) -> int:
    deepest, queue = 0, [(document, 1)]
    while queue:
        value, depth = queue.pop()
        deepest = max(deepest, depth)
        if isinstance(value, dict):
            queue += [(v, depth + 1) for v in value.values()]
        elif isinstance(value, list):
            queue += [(v, depth + 1) for v in value]
    return deepest


def _finish(response: Response) -> Response:
    """Security headers on everything; gzip for larger texts where the client takes it."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.scheme == "https":
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
    response.headers.setdefault(
        "Cache-Control", "no-store" if request.method != "GET" else "private, no-cache"
    )
    if (
        response.direct_passthrough
        or response.status_code in (204, 304)
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return response
    body = response.get_data()
    if len(body) > 1400 and "Content-Encoding" not in response.headers:
        response.set_data(gzip.compress(body, 4))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        tag, _ = response.get_etag()
        if tag:
            response.set_etag(tag, weak=True)
    return response
