"""Spans to OTLP's, as other viewers take them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from commons.units import NS_PER_S
from xray_local.spans import Http, Kind, Source, Span, SpanException

_KINDS = {
    Kind.INTERNAL: OtlpSpan.SPAN_KIND_INTERNAL,
    Kind.SERVER: OtlpSpan.SPAN_KIND_SERVER,
    Kind.CLIENT: OtlpSpan.SPAN_KIND_CLIENT,
    Kind.PRODUCER: OtlpSpan.SPAN_KIND_PRODUCER,
    Kind.CONSUMER: OtlpSpan.SPAN_KIND_CONSUMER,
}
_ORIGIN = "aws.xray.origin"


def write_request(spans: Iterable[tuple[Span, str]]) -> ExportTraceServiceRequest:
    """One message of complete spans, each with the name of its service."""
    request = ExportTraceServiceRequest()
    ordered = sorted(spans, key=_resource_key)
    for (service, origin), some in groupby(ordered, _resource_key):
        group = request.resource_spans.add()
        _put(group.resource.attributes, {"service.name": service or "unknown_service"})
        if origin:
            _put(group.resource.attributes, {_ORIGIN: origin})
        scope = group.scope_spans.add()
        scope.scope.name = "xray_local"
        scope.spans.extend(_written(span) for span, _ in some)
    return request


def _resource_key(pair: tuple[Span, str]) -> tuple[str, str]:
    return pair[1], pair[0].origin


def _written(span: Span) -> OtlpSpan:
    written = OtlpSpan(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=_span_id(span.span_id),
        parent_span_id=_span_id(span.parent_id) if span.parent_id else b"",
        name=span.name,
        kind=_KINDS[span.kind],
        start_time_unix_nano=round(span.start_s * NS_PER_S),
        end_time_unix_nano=round((span.end_s or span.start_s) * NS_PER_S),
    )
    if span.fault or (span.error and span.kind is Kind.CLIENT):
        written.status.code = Status.STATUS_CODE_ERROR
    _put(written.attributes, {**_attributes(span), **span.annotations})
    for one in span.exceptions:
        event = written.events.add(
            name="exception", time_unix_nano=round((span.end_s or span.start_s) * NS_PER_S)
        )
        _put(event.attributes, _exception(one))
    return written


def _span_id(text: str) -> bytes:
    """Eight bytes; of an id of another form, eight that stand for it."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = text.encode()
    return found[:8].ljust(8, b"\0")


def _attributes(span: Span) -> dict[str, Any]:
    if span.source is Source.OTLP:
        return {}
    found: dict[str, Any] = _http(span.http, span.kind)
    if span.user:
        found["user.id"] = span.user
    if span.peer:
        found["peer.service"] = span.peer
    return found


def _http(http: Http, kind: Kind) -> dict[str, Any]:
    client = kind is Kind.CLIENT
    found = {
        "http.request.method": http.method,
        "url.full": http.url,
        "http.response.status_code": http.status,
        "http.response.body.size": http.content_length_bytes,
        "user_agent.original": http.user_agent,
        "client.address": "" if client else http.client_ip,
    }
    return {key: value for key, value in found.items() if value}


def _exception(one: SpanException) -> dict[str, str]:
    lines = [f"    at {f.label or '?'} ({f.path}:{f.line}:1)" for f in one.stack]
    found = {"exception.type": one.type, "exception.message": one.message}
    if lines:
        found["exception.stacktrace"] = "\n".join([f"{one.type}: {one.message}", *lines])
    return found


def _put(target: Any, attributes: Mapping[str, Any]) -> None:
    for key, value in attributes.items():
        pair = target.add(key=key)
        if isinstance(value, bool):
            pair.value.bool_value = value
        elif isinstance(value, int) and -(2**63) <= value < 2**63:
            pair.value.int_value = value
        elif isinstance(value, int | float):
            pair.value.double_value = value
        else:
            pair.value.string_value = str(value)
