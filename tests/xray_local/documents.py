"""Segment documents as the services send them, and the spans they are."""

import json
from typing import Any

from xray_local.segments.reading import read_datagram
from xray_local.spans import Span, w3c_trace_id
from xray_local.store import Limits, TraceStore
from xray_local.trace import Trace

HEADER = b'{"format": "json", "version": 1}\n'
TRACE = "1-00000000-000000000000000000000001"


def trace_id(number: int) -> str:
    """The X-Ray trace id of a number."""
    return f"1-{number:08x}-{number:024x}"


def document(name: str, id_: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    """A finished segment of 10 ms in trace TRACE."""
    found = {"name": name, "id": id_, "trace_id": TRACE, "start_time": 1.0, "end_time": 1.01}
    return found | ({"parent_id": parent} if parent else {}) | more


def datagram(fields: dict[str, Any]) -> bytes:
    return HEADER + json.dumps(fields).encode()


def spans_of(*documents: dict[str, Any]) -> list[Span]:
    return [span for fields in documents for span in read_datagram(datagram(fields))]


def trace_of(*documents: dict[str, Any]) -> Trace:
    spans = spans_of(*documents)
    return Trace(spans[0].trace_id, spans)


def store_of(*documents: dict[str, Any], limits: Limits | None = None) -> TraceStore:
    store = TraceStore(limits, clock=lambda: 1_000.0)
    for fields in documents:
        store.add(spans_of(fields))
    return store


def stored(store: TraceStore, xray_id: str) -> Trace | None:
    return store.trace(w3c_trace_id(xray_id) or "")
