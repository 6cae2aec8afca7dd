"""Spans as text of a database's row, and back. Pure.

The text is a JSON list of the fields in their order; a change of the fields of Span is a new
version of the database's schema (xray_local.database).
"""

from __future__ import annotations

import json
from typing import Any

from xray_local.spans import NO_HTTP, Http, Kind, Source, Span, SpanException, StackFrame


def write_row(span: Span) -> str:
    """The text of a span."""
    http = span.http
    return json.dumps(
        [
            span.trace_id, span.span_id, span.parent_id, span.name, span.service, span.start_s,
            span.end_s, span.kind.value, span.is_entry, span.error, span.throttle, span.fault,
            None if http is NO_HTTP else [http.method, http.url, http.status, http.user_agent,
                                          http.client_ip, http.content_length_bytes],
            [_exception(one) for one in span.exceptions], dict(span.annotations),
            dict(span.metadata), span.user, span.origin, span.peer, span.source.value,
            span.document,
        ]
    )  # fmt: skip


def read_row(text: str) -> Span:
    """The span of a text that `write_row` made. ValueError or TypeError for any other."""
    fields = json.loads(text)
    kind, http, exceptions, source = fields[7], fields[12], fields[13], fields[19]
    fields[7] = Kind(kind)
    fields[12] = NO_HTTP if http is None else Http(*http)
    fields[13] = tuple(map(_read_exception, exceptions))
    fields[19] = Source(source)
    return Span(*fields)


def _exception(one: SpanException) -> list[Any]:
    frames = [[frame.path, frame.line, frame.label] for frame in one.stack]
    return [one.type, one.message, frames, one.remote, one.id]


def _read_exception(fields: list[Any]) -> SpanException:
    type_, message, frames, remote, id_ = fields
    stack = tuple(StackFrame(*frame) for frame in frames)
    return SpanException(type_, message, stack, remote, id_)
