"""Every request under its route's template: how long it took and how it was answered."""

import re
import time

from flask import Flask, Response, g, request

from shared.gauges import Gauges

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def install(app: Flask, gauges: Gauges) -> None:
    """Watches every request of an app; of an address that is no route, or a method of a stranger's invention, no name is kept."""

    @app.before_request
    def _begin() -> None:
        g.began = time.monotonic()

    @app.after_request
    def _end(response: Response) -> Response:
        method = request.method if request.method in METHODS else "other"
        gauges.request(method, template(), response.status_code, time.monotonic() - g.get("began", time.monotonic()))
        return response


def template() -> str:
    """The route of this request as its documentation names it, `none` where there is none."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", request.url_rule.rule) if request.url_rule is not None else "none"
