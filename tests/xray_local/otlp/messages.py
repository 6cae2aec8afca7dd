"""OTLP messages for tests, made with OpenTelemetry's own classes."""

from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

START_NS = 1_700_000_000_000_000_000
KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}


def set_attributes(target: Any, attributes: dict[str, Any]) -> None:
    """Add plain values to a repeated KeyValue field."""
    for key, value in attributes.items():
        pair: KeyValue = target.add(key=key)
        if isinstance(value, bool):
            pair.value.bool_value = value
        elif isinstance(value, int):
            pair.value.int_value = value
        elif isinstance(value, float):
            pair.value.double_value = value
        elif isinstance(value, list):
            for one in value:
                pair.value.array_value.values.add(string_value=one)
        else:
            pair.value.string_value = value


def request_of(
    *spans: OtlpSpan, service: str = "shop", **resource: Any
) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    set_attributes(group.resource.attributes, {"service.name": service, **resource})
    scoped = group.scope_spans.add()
    scoped.scope.name = "tests"
    scoped.spans.extend(spans)
    return request


def otlp_span(
    number: int = 1,
    attributes: dict[str, Any] | None = None,
    *,
    parent: int = 0,
    kind: str = "server",
    failed: bool = False,
    events: tuple[tuple[str, dict[str, Any]], ...] = (),
) -> OtlpSpan:
    """A span of 10 ms in trace 1."""
    span = OtlpSpan(
        trace_id=(1).to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        name=f"span {number}",
        kind=KINDS[kind],  # type: ignore[arg-type]
        start_time_unix_nano=START_NS,
        end_time_unix_nano=START_NS + 10_000_000,
    )
    set_attributes(span.attributes, attributes or {})
    for name, fields in events:
        event = span.events.add(name=name)
        set_attributes(event.attributes, fields)
    if failed:
        span.status.code = 2  # type: ignore[assignment]
    return span
