"""Operations on traces."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from xray_local.api.errors import invalid
from xray_local.api.parameters import Parameters, page_token
from xray_local.api.state import State
from xray_local.api.summaries import summary_of
from xray_local.checking import load_json
from xray_local.errors import MalformedError
from xray_local.segments.reading import MOST_DOCUMENT_BYTES, read_document
from xray_local.segments.writing import documents_of
from xray_local.spans import w3c_trace_id
from xray_local.trace import Trace

PAGE = 100
MOST_IDS = 5
_MOST_SCANNED = 100_000
_CODES = {"json": "ParseError", "type": "ParseError", "id": "InvalidId", "time": "InvalidTime",
          "depth": "ParseError", "size": "SegmentTooLarge"}  # fmt: skip


def put_trace_segments(state: State, request: Parameters) -> dict[str, Any]:
    """Keep segment documents; those that cannot be read are named, one by one."""
    unprocessed = []
    for document in request.texts("TraceSegmentDocuments"):
        try:
            if len(document) > MOST_DOCUMENT_BYTES:
                raise MalformedError("size", "the document is too large")
            state.store.add(read_document(document))
        except MalformedError as error:
            state.store.count_malformed(error.kind)
            code = _code(error)
            message = f"Invalid segment. ErrorCode: {code} ({error})"
            found = {"ErrorCode": code, "Message": message}
            unprocessed.append({**_id_of(document), **found})
    return {"UnprocessedTraceSegments": unprocessed}


def _code(error: MalformedError) -> str:
    return "InvalidTraceId" if "trace_id" in str(error) else _CODES.get(error.kind, "ParseError")


def _id_of(document: str) -> dict[str, str]:
    try:
        fields = load_json(document)
    except MalformedError:
        return {}
    found = fields.get("id") if isinstance(fields, dict) else None
    return {"Id": found[:100]} if isinstance(found, str) else {}


def get_trace_summaries(state: State, request: Parameters) -> dict[str, Any]:
    """A page of the traces in a range of time that satisfy a filter, newest first."""
    start_s, end_s = request.time_range_s()
    request.one_of("TimeRangeType", "TraceId", "Event", "Service")
    wanted = state.predicate(request.text("FilterExpression"))
    sampled = _sampler(request)
    processed = 0

    def matching() -> Iterator[Trace]:
        nonlocal processed
        for trace in _after(state.store.traces(start_s, end_s + 1e-6), request.page_start()):
            processed += 1
            if sampled(trace) and wanted(trace):
                yield trace

    state.store.drop_aged()
    page = list(islice(matching(), PAGE + 1))
    found: dict[str, Any] = {
        "TraceSummaries": [summary_of(trace) for trace in page[:PAGE]],
        "ApproximateTime": state.store.clock(),
        "TracesProcessedCount": processed,
    }
    return {**found, "NextToken": page_token(page[PAGE - 1].id)} if len(page) > PAGE else found


def _after(traces: Iterator[Trace], last: str) -> Iterator[Trace]:
    """Those that follow the last one of the page before; none where that one is gone, for then
    all that followed it are gone as well."""
    if last:
        next((trace for trace in traces if trace.id == last), None)
    return traces


def _sampler(request: Parameters) -> Callable[[Trace], bool]:
    """Which traces are looked at: all, unless a fixed share is asked for."""
    strategy = request.object("SamplingStrategy")
    share = strategy.fields.get("Value")
    if strategy.one_of("Name", "PartialScan", "FixedRate") == "PartialScan":
        return lambda trace: True
    if not request.truth("Sampling"):
        return lambda trace: True
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        raise invalid("SamplingStrategy.Value is not a number from 0 to 1")
    return lambda trace: zlib.crc32(trace.id.encode()) < share * 2**32


def batch_get_traces(state: State, request: Parameters) -> dict[str, Any]:
    """The documents of traces; ids of none are returned as unprocessed."""
    traces, missing = find_traces(state, request)
    return {"Traces": [_documents(trace) for trace in traces], "UnprocessedTraceIds": missing}


def find_traces(state: State, request: Parameters) -> tuple[list[Trace], list[str]]:
    """The traces of TraceIds, and those of the ids that there are none of."""
    ids = request.texts("TraceIds")
    if not ids or len(ids) > MOST_IDS:
        raise invalid(f"TraceIds must have from 1 to {MOST_IDS} items")
    state.store.drop_aged()
    found: list[Trace] = []
    missing: list[str] = []
    for text in dict.fromkeys(ids):
        trace_id = w3c_trace_id(text)
        if trace_id is None:
            raise invalid(f"Invalid trace id: {text[:50]}")
        trace = state.store.trace(trace_id)
        if trace is None:
            missing.append(text)
        else:
            found.append(trace)
    return found, missing


def _documents(trace: Trace) -> dict[str, Any]:
    segments = [{"Id": id_, "Document": document} for id_, document in documents_of(trace)]
    return {
        "Id": trace.xray_id,
        "Duration": round(trace.duration_s, 6),
        "LimitExceeded": False,
        "Segments": segments,
    }
