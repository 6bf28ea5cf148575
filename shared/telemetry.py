"""Logs: one JSON line per fact on stderr, with the request and trace it belongs to. Local variables
never appear: they may hold secrets.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.contextvars import get_contextvars

from shared import tracing


def _trace(_logger, _method: str, line: dict) -> dict:
    parent = tracing.traceparent()
    return line if parent is None else line | {"trace_id": parent.split("-")[1]}


def passed_on() -> dict[str, str]:
    """The headers by which a call to another service belongs to the request and the trace it was
    made for.
    """
    told = {
        "X-Request-Id": get_contextvars().get("request_id"),
        "traceparent": tracing.traceparent(),
    }
    return {name: value for name, value in told.items() if value}


def configure(level: str, to: TextIO | None = None) -> None:
    """Sets up logging for this process; `level` as in the standard library, `to` standard error
    unless said.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            getattr(logging, level.upper(), logging.WARNING)
        ),
        logger_factory=structlog.PrintLoggerFactory(to or sys.stderr),
    )
