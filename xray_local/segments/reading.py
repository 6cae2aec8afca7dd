"""Segment documents to spans. Pure.

A datagram is a header line, `{"format": "json", "version": 1}`, and one document: a segment with
the subsegments inside it, or a subsegment sent apart from it. The AWS distribution of OpenTelemetry
sends lines of its own to the same port; they are counted as another format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xray_local.checking import (
    MOST_DEPTH,
    MOST_NAME,
    as_object,
    load_json,
    object_or_empty,
    printable,
    required_id,
    required_text,
    required_time_s,
    scalars_of,
    text_of,
    whole_of,
)
from xray_local.errors import MalformedError
from xray_local.spans import Http, Kind, Span, SpanException, StackFrame, w3c_trace_id

MOST_DOCUMENT_BYTES = 65_507
_HEADERS = frozenset(
    (b'{"format": "json", "version": 1}', b'{"format":"json","version":1}')
)  # fmt: skip
"""As the SDKs write it."""
_MOST_EXCEPTIONS = 20
_MOST_FRAMES = 100


def read_datagram(datagram: bytes) -> tuple[Span, ...]:
    """The spans of a datagram, the outermost first. Raises MalformedError."""
    header, newline, body = datagram.partition(b"\n")
    if not newline or not body.strip():
        raise MalformedError("header", "no document after the header")
    if not _is_json_one(header):
        raise MalformedError("header", "the header is not that of format json, version 1")
    return read_document(body)


def read_document(text: bytes | str) -> tuple[Span, ...]:
    """The spans of a segment document, the outermost first. Raises MalformedError."""
    fields = as_object(load_json(text))
    written = text if isinstance(text, str) else text.decode("utf-8", "replace")
    spans = tuple(_Document(fields, written.strip()).spans())
    if len({span.span_id for span in spans}) < len(spans):
        raise MalformedError("id", "two parts of it have the same id")
    return spans


def _is_json_one(header: bytes) -> bool:
    if header in _HEADERS:
        return True
    try:
        fields = as_object(load_json(header))
    except MalformedError:
        return False
    version = fields.get("version")
    return str(fields.get("format")).lower() == "json" and version == 1 and version is not True


class _Document:
    """One document on its way to spans."""

    def __init__(self, fields: dict[str, object], text: str) -> None:
        self._fields = fields
        self._text = text
        trace_id = w3c_trace_id(required_text(fields, "trace_id"))
        if trace_id is None:
            raise MalformedError("id", "trace_id is not 1-8 digits-24 digits, all hexadecimal")
        self._trace_id = trace_id

    def spans(self) -> Iterator[Span]:
        is_apart = self._fields.get("type") == "subsegment"
        name = printable(required_text(self._fields, "name"), MOST_NAME)
        waiting = [(self._fields, 0, _parent(self._fields))]
        while waiting:
            fields, depth, parent = waiting.pop()
            if depth > MOST_DEPTH:
                raise MalformedError("depth", f"subsegments more than {MOST_DEPTH} deep")
            span = self._span(fields, parent, "" if is_apart else name, is_top=not depth)
            yield span
            parts = fields.get("subsegments") or ()
            if not isinstance(parts, list | tuple):
                raise MalformedError("type", "subsegments is not a list")
            below = [(as_object(part, "a subsegment"), depth + 1, span.span_id) for part in parts]
            waiting += reversed(below)

    def _span(self, fields: dict[str, object], parent: str, service: str, *, is_top: bool) -> Span:
        is_entry = is_top and bool(service)
        is_remote = fields.get("namespace") in ("remote", "aws")
        name = printable(required_text(fields, "name"), MOST_NAME)
        in_progress = bool(fields.get("in_progress"))
        return Span(
            trace_id=self._trace_id,
            span_id=required_id(fields, "id"),
            parent_id=parent,
            name=name,
            service=service,
            start_s=required_time_s(fields, "start_time"),
            end_s=None if in_progress else required_time_s(fields, "end_time"),
            kind=Kind.SERVER if is_entry else Kind.CLIENT if is_remote else Kind.INTERNAL,
            is_entry=is_entry,
            error=fields.get("error") is True,
            throttle=fields.get("throttle") is True,
            fault=fields.get("fault") is True,
            http=_http(fields.get("http")),
            exceptions=tuple(_exceptions(fields.get("cause"))),
            annotations=scalars_of(fields.get("annotations")),
            metadata=object_or_empty(fields.get("metadata")),
            user=text_of(fields.get("user"), MOST_NAME),
            origin=text_of(fields.get("origin"), MOST_NAME),
            peer=name if is_remote and not is_entry else "",
            document=self._text if is_top else "",
        )


def _parent(fields: Mapping[str, object]) -> str:
    return "" if fields.get("parent_id") is None else required_id(fields, "parent_id")


def _http(value: object) -> Http:
    http = object_or_empty(value)
    request, response = object_or_empty(http.get("request")), object_or_empty(http.get("response"))
    return Http(
        method=text_of(request.get("method"), 20),
        url=text_of(request.get("url")),
        status=whole_of(response.get("status"), 999),
        user_agent=text_of(request.get("user_agent")),
        client_ip=text_of(request.get("client_ip"), MOST_NAME),
        content_length_bytes=whole_of(response.get("content_length")),
    )


def _exceptions(cause: object) -> Iterator[SpanException]:
    """The exceptions of a cause; one that only names another's id has none of its own."""
    found = object_or_empty(cause).get("exceptions")
    for one in found[:_MOST_EXCEPTIONS] if isinstance(found, list) else ():
        fields = object_or_empty(one)
        stack = fields.get("stack")
        yield SpanException(
            type=text_of(fields.get("type"), MOST_NAME),
            message=text_of(fields.get("message")),
            stack=tuple(map(_frame, stack[:_MOST_FRAMES] if isinstance(stack, list) else ())),
            remote=fields.get("remote") is True,
            id=text_of(fields.get("id"), MOST_NAME),
        )


def _frame(value: object) -> StackFrame:
    fields = object_or_empty(value)
    return StackFrame(
        text_of(fields.get("path")), whole_of(fields.get("line")), text_of(fields.get("label"))
    )
