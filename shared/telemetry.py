"""Logs: one JSON line per fact on stderr, with plain tracebacks. Local variables never appear: they may hold secrets."""

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Sets up logging for this process; `level` as in the standard library."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.WARNING)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
