"""Every request seen from outside: its id, its trace, and under its route's template how long it
took and how it was answered.
"""

import re
import time
from contextlib import ExitStack

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bound_contextvars

from shared import tracing
from shared.gauges import Gauges
from shared.ids import new_id

log = structlog.get_logger()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def install(app: Flask, gauges: Gauges) -> None:
    """Watches every request of an app; of an address that is no route, or a method of a stranger's
    invention, no name is kept.
    """

    @app.before_request
    def _begin() -> None:
        told = request.headers.get("X-Request-Id", "")
        g.began, g.request_id, g.seen = (
            time.monotonic(),
            told if SANE.fullmatch(told) else new_id(),
            ExitStack(),
        )
        g.seen.enter_context(bound_contextvars(request_id=g.request_id, service=gauges.service))
        method, route = _named()
        seen = {
            "http.request.method": method,
            "http.route": route,
            "nakodo.service": gauges.service,
            "nakodo.request": g.request_id,
        }
        g.seen.enter_context(
            tracing.span(f"{method} {route}", request.headers.get("traceparent"), **seen)
        )

    @app.after_request
    def _end(response: Response) -> Response:
        seconds, (method, route) = time.monotonic() - g.began, _named()
        gauges.request(method, route, response.status_code, seconds)
        log.info(
            "answered",
            method=method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )
        response.headers["X-Request-Id"] = g.request_id
        return response

    @app.teardown_request
    def _forget(_error: BaseException | None) -> None:
        # a request that never began, as a test makes one to set a session, has nothing to end
        if "seen" in g:
            g.seen.close()


def _named() -> tuple[str, str]:
    """The method and the route of this request as its documentation names it, `none` where there is
    none.
    """
    method = request.method if request.method in METHODS else "other"
    return method, re.sub(
        r"<(?:\w+:)?(\w+)>", r"{\1}", request.url_rule.rule
    ) if request.url_rule is not None else "none"
