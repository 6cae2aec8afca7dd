"""OTLP's spans to spans. Pure.

What ended how follows the collector's X-Ray exporter: an HTTP status of 4xx is an error, 429 a
throttle as well, 5xx a fault, and a status of ERROR without one a fault.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from commons.units import NS_PER_S
from xray_local.checking import MOST_NAME, printable
from xray_local.errors import MalformedError
from xray_local.otlp import attributes as attribute
from xray_local.otlp.attributes import Attributes
from xray_local.otlp.stacks import frames_of
from xray_local.spans import Kind, Source, Span, SpanException

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

_KINDS = (
    Kind.INTERNAL,
    Kind.INTERNAL,
    Kind.SERVER,
    Kind.CLIENT,
    Kind.PRODUCER,
    Kind.CONSUMER,
)
_ERROR = 2
_LATEST_NS = 10**20
_MOST_EVENTS = 50
_NO_TRACE = bytes(16)
_NO_SPAN = bytes(8)


@dataclass
class Rejected:
    """Spans that could not be read, by kind; `text` is about the first."""

    kinds: Counter[str] = field(default_factory=Counter)
    text: str = ""

    def add(self, error: MalformedError) -> None:
        self.kinds[error.kind] += 1
        self.text = self.text or str(error)


@dataclass(frozen=True)
class _Resource:
    """What spans of one resource have in common."""

    service: str
    origin: str
    attributes: Attributes

    @classmethod
    def of(cls, attributes: Attributes) -> _Resource:
        service = attribute.text(attributes, "service.name") or "unknown_service"
        return cls(service[:MOST_NAME], attribute.origin(attributes), attributes)


def read_request(request: ExportTraceServiceRequest, rejected: Rejected) -> Iterator[Span]:
    """The spans of a request; those that cannot be read are counted in `rejected`."""
    for group in request.resource_spans:
        resource = _Resource.of(attribute.plain(group.resource.attributes))
        for scoped in group.scope_spans:
            scope = printable(scoped.scope.name, MOST_NAME)
            for span in scoped.spans:
                try:
                    yield _read(span, resource, scope)
                except MalformedError as error:
                    rejected.add(error)


def _read(span: OtlpSpan, resource: _Resource, scope: str) -> Span:
    trace_id, span_id = span.trace_id, span.span_id
    if len(trace_id) != 16 or trace_id == _NO_TRACE:
        raise MalformedError("id", "a trace id is not 16 bytes, or all zero")
    if len(span_id) != 8 or span_id == _NO_SPAN:
        raise MalformedError("id", "a span id is not 8 bytes, or all zero")
    start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
    if not 0 < start_ns < _LATEST_NS or end_ns >= _LATEST_NS:
        raise MalformedError("time", "a time is not one of nanoseconds since 1970")
    parent_id = span.parent_span_id
    if parent_id and len(parent_id) != 8:
        raise MalformedError("id", "the id of a parent is not 8 bytes")
    own = attribute.plain(span.attributes)
    http = attribute.http(own)
    kind = _KINDS[span.kind] if 0 <= span.kind < len(_KINDS) else Kind.INTERNAL
    is_error = 400 <= http.status < 500
    events = [
        {"name": printable(event.name, MOST_NAME), "attributes": attribute.plain(event.attributes),
         "timeUnixNano": event.time_unix_nano}
        for event in span.events[:_MOST_EVENTS]
    ]  # fmt: skip
    calls = kind is Kind.CLIENT or kind is Kind.PRODUCER
    name = printable(span.name, MOST_NAME) or "unnamed"
    return Span(
        trace_id=trace_id.hex(),
        span_id=span_id.hex(),
        parent_id=parent_id.hex() if parent_id != _NO_SPAN else "",
        name=name,
        service=resource.service,
        start_s=start_ns / NS_PER_S,
        end_s=end_ns / NS_PER_S if end_ns else None,
        kind=kind,
        is_entry=kind is Kind.SERVER or kind is Kind.CONSUMER,
        error=is_error,
        throttle=http.status == 429,
        fault=http.status >= 500 or (span.status.code == _ERROR and not is_error),
        http=http,
        exceptions=tuple(_exceptions(events)) if events else (),
        annotations=attribute.scalars(own),
        metadata={"resource": resource.attributes},
        user=attribute.text(own, "enduser.id", "user.id"),
        origin=resource.origin,
        peer=attribute.peer(own) or name if calls else "",
        source=Source.OTLP,
        document=_document(span, own, events, resource, scope),
    )


def _exceptions(events: list[dict[str, Any]]) -> Iterator[SpanException]:
    for event in events:
        if event["name"] == "exception":
            own = event["attributes"]
            yield SpanException(
                type=attribute.text(own, "exception.type"),
                message=attribute.text(own, "exception.message"),
                stack=frames_of(attribute.text(own, "exception.stacktrace")),
            )


def _document(span: OtlpSpan, own: Attributes, events: Any, resource: _Resource, scope: str) -> str:
    """The span as JSON, with its attributes as one object for the eye."""
    fields: dict[str, object] = {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "name": printable(span.name, MOST_NAME),
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": own,
        "status": {"code": span.status.code, "message": printable(span.status.message)},
        "resource": resource.attributes,
        "scope": scope,
    }
    if events:
        fields["events"] = events
    if span.links:
        fields["links"] = [
            {"traceId": link.trace_id.hex(), "spanId": link.span_id.hex()}
            for link in span.links[:_MOST_EVENTS]
        ]
    return json.dumps(fields)
