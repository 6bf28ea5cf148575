"""Traces: from a request through outbox, log and consumer to the rows it came to. Off, and nothing
of it loaded, unless NAKODO_TRACES names a collector.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any, Protocol


class Tracer(Protocol):
    """What `shared/spans.py` is for those who speak of spans without loading any tracing."""

    def span(
        self, name: str, parent: str | None, links: Sequence[str], attributes: dict
    ) -> AbstractContextManager: ...

    def done(self, name: str, parent: str | None, began_ns: int, attributes: dict) -> None: ...

    def traceparent(self) -> str | None: ...


class _Current:
    tracer: Tracer | None = None


def start(collector: str | None) -> None:
    """Sends spans to a collector (OTLP over HTTP) from now on. Raises ModuleNotFoundError without
    the extra `tracing`.
    """
    if collector is not None:
        use(import_module("shared.spans").to(collector))


def use(tracer: Tracer | None) -> None:
    _Current.tracer = tracer


def on() -> bool:
    return _Current.tracer is not None


def span(
    name: str, parent: str | None = None, links: Sequence[str] = (), **attributes: Any
) -> AbstractContextManager:
    """A span around a block: under `parent` (a traceparent), else under the current one."""
    tracer = _Current.tracer
    return nullcontext() if tracer is None else tracer.span(name, parent, links, attributes)


def within(name: str, **attributes: Any) -> AbstractContextManager:
    """As `span`, but only inside another: loops that look for work every second tell nothing."""
    return nullcontext() if traceparent() is None else span(name, **attributes)


def done(name: str, parent: str | None, began_ns: int, **attributes: Any) -> None:
    """A span that began at `began_ns` and ends now."""
    if _Current.tracer is not None:
        _Current.tracer.done(name, parent, began_ns, attributes)


def traceparent() -> str | None:
    """Where we are, as W3C Trace Context writes it; None outside any span."""
    return _Current.tracer and _Current.tracer.traceparent()
