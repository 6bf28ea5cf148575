"""Wires the portal."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from nakodo_client import Client, Refused, Unreachable
from services.portal import (
    asks,
    board,
    calls,
    connections,
    coverage,
    day_people,
    days,
    desk,
    disclosure,
    duplicates,
    erasure,
    find,
    hosting,
    introductions,
    mandates,
    papers,
    passkeys,
    people,
    placing,
    reviewing,
    routes,
    stalled,
    support,
    team,
    triage,
    typed,
    watchlists,
    workshop,
)
from services.portal.pages import Tokens, portal
from shared.clock import Clock
from shared.service import Service
from shared.settings import Settings
from shared.web import make_app
from shared.web.door import by_tls

PAGES = (
    asks,
    board,
    calls,
    connections,
    coverage,
    day_people,
    days,
    desk,
    disclosure,
    duplicates,
    erasure,
    find,
    hosting,
    introductions,
    mandates,
    papers,
    passkeys,
    people,
    placing,
    reviewing,
    routes,
    stalled,
    support,
    team,
    triage,
    typed,
    watchlists,
    workshop,
)
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Pages(Environment):
    """Templates in which `w.items` is the item of that name wherever there is one, and a method of
    dict only where there is none.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        return (
            obj[attribute]
            if isinstance(obj, Mapping) and attribute in obj
            else super().getattr(obj, attribute)
        )


def lines(text: str) -> Markup:
    """A text with its line breaks, escaped; the only place that says what needs no escaping."""
    return Markup("<br>").join(text.split("\n"))


class Sessions(SecureCookieSessionInterface):
    """Session cookies that never travel in the clear where visitors come by TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return by_tls()


def create(
    settings: Settings,
    clock: Clock,
    client: Callable[[str, str, dict], Client],
    demo: Callable[[str], dict | None],
) -> Service:
    """The portal; `client(token, lang, headers)` speaks to the services, `demo(role)` is how an
    invented person signs in, None without a demo.
    """
    app = make_app("portal", settings, None, clock, [])
    app.jinja_environment = Pages
    app.root_path = str(Path(__file__).parent)
    app.secret_key = _secret(settings.data / "keys" / "portal.key")
    app.session_interface = Sessions()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_NAME="nakodo"
    )
    app.extensions["portal"] = {
        "client": client,
        "demo": demo,
        "tokens": Tokens(clock),
        "clock": clock,
    }
    for pages in PAGES:
        assert pages.portal is portal, "every page module hangs its pages on the one blueprint"
    app.register_blueprint(portal)
    app.register_error_handler(Refused, routes.refused)
    app.register_error_handler(Unreachable, routes.unreachable)
    app.register_error_handler(404, routes.missing)
    app.register_error_handler(Exception, routes.unexpected)
    app.register_error_handler(HTTPException, routes.unexpected)
    app.after_request(_policy)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["lines"] = lines
    return Service("portal", app)


def _policy(response):
    """Our own files alone: no script in a page, no outside asset, no framing. Pages are somebody's:
    nothing keeps them but static files.
    """
    response.headers["Content-Security-Policy"] = POLICY
    if request.endpoint != "portal.static":
        response.headers["Cache-Control"] = "no-store"
    response.vary.add("Cookie")
    return response


def _secret(path: Path) -> bytes:
    """The key that signs session cookies, made once, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(32))
    return path.read_bytes()
