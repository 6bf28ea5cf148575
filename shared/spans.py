"""OpenTelemetry, loaded only where traces are asked for (the extra `tracing`)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

WIRE = TraceContextTextMapPropagator()


class Spans:
    """A tracer whose parents are traceparents, as headers and events carry them."""

    def __init__(self, processor: SpanProcessor):
        self.provider = TracerProvider(resource=Resource.create({"service.name": "nakodo"}))
        self.provider.add_span_processor(processor)
        self._tracer = self.provider.get_tracer("nakodo")

    @contextmanager
    def span(
        self, name: str, parent: str | None, links: Sequence[str], attributes: dict
    ) -> Iterator[None]:
        found = [trace.get_current_span(_context(link)).get_span_context() for link in links]
        with self._tracer.start_as_current_span(
            name, _context(parent), links=[Link(c) for c in found], attributes=attributes
        ):
            yield

    def done(self, name: str, parent: str | None, began_ns: int, attributes: dict) -> None:
        self._tracer.start_span(
            name, _context(parent), start_time=began_ns, attributes=attributes
        ).end()

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        WIRE.inject(carrier)
        return carrier.get("traceparent")


def _context(parent: str | None) -> Context | None:
    return None if parent is None else WIRE.extract({"traceparent": parent})


def to(collector: str) -> Spans:
    return Spans(BatchSpanProcessor(OTLPSpanExporter(endpoint=collector)))
