"""Spans to segment documents, as BatchGetTraces returns them. Pure.

A span that came as a document goes out as it came. Spans of another format become one document per
entry into a service, with what is below it inside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from xray_local.spans import Http, Kind, Source, Span, SpanException, xray_trace_id
from xray_local.trace import Trace

_MOST_DEPTH = 64


def documents_of(trace: Trace) -> Iterator[tuple[str, str]]:
    """The id and the JSON text of every document of a trace, the earliest first."""
    for span in trace.spans:
        if span.source is Source.XRAY:
            if span.document:
                yield span.span_id, span.document
        elif trace.enters_service(span) or trace.parent(span) is None:
            yield span.span_id, json.dumps(_segment(trace, span))


def _segment(trace: Trace, span: Span) -> dict[str, Any]:
    fields = _fields(trace, span, 0)
    fields |= {"trace_id": xray_trace_id(span.trace_id), "name": span.service or span.name}
    if span.parent_id:
        fields["parent_id"] = span.parent_id
    if span.origin:
        fields["origin"] = span.origin
    if span.user:
        fields["user"] = span.user
    return fields


def _fields(trace: Trace, span: Span, depth: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": span.span_id, "name": span.name, "start_time": span.start_s}
    if span.end_s is None:
        fields["in_progress"] = True
    else:
        fields["end_time"] = span.end_s
    for key in ("fault", "error", "throttle"):
        if getattr(span, key):
            fields[key] = True
    if span.kind in (Kind.CLIENT, Kind.PRODUCER):
        fields |= {"namespace": "remote", "name": span.peer or span.name}
    if http := _http(span.http):
        fields["http"] = http
    if span.exceptions:
        fields["cause"] = {"exceptions": [_exception(one) for one in span.exceptions]}
    if span.annotations:
        fields["annotations"] = dict(span.annotations)
    if span.metadata:
        fields["metadata"] = dict(span.metadata)
    below = [] if depth >= _MOST_DEPTH else list(_below(trace, span))
    if below:
        fields["subsegments"] = [_fields(trace, one, depth + 1) for one in below]
    return fields


def _below(trace: Trace, span: Span) -> Iterator[Span]:
    return (one for one in trace.children(span) if not trace.enters_service(one))


def _http(http: Http) -> Mapping[str, Any]:
    request = {"method": http.method, "url": http.url, "user_agent": http.user_agent}
    request |= {"client_ip": http.client_ip}
    response = {"status": http.status, "content_length": http.content_length_bytes}
    parts = {
        "request": {key: value for key, value in request.items() if value},
        "response": {key: value for key, value in response.items() if value},
    }
    return {key: value for key, value in parts.items() if value}


def _exception(one: SpanException) -> dict[str, Any]:
    stack = [{"path": f.path, "line": f.line, "label": f.label} for f in one.stack]
    fields = {"id": one.id, "type": one.type, "message": one.message, "remote": one.remote}
    return {**fields, "stack": stack}
