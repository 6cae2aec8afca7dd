"""The latest traces, by id: bounded in number, bytes and age, the oldest first out. Pure.

A complete span replaces the one in progress of its id, and a later complete one an earlier; one in
progress never replaces a complete one, for datagrams overtake each other. What is lost is counted:
what was malformed by kind, what was dropped by the bound that it exceeded.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from xray_local.spans import Health, Span
from xray_local.trace import Trace

_SPAN_BYTES = 700
"""What a span takes beside its document and attributes."""

MOST_SPANS_PER_TRACE = 10_000

Listener = Callable[[Sequence[Span]], None]


@dataclass(frozen=True)
class Limits:
    """How much is kept."""

    traces: int = 10_000
    size_bytes: int = 256 * 1024 * 1024
    age_s: float = 6 * 3600.0


class _Record:
    __slots__ = ("arrived_s", "first_s", "size_bytes", "spans", "trace")

    def __init__(self, arrived_s: float, first_s: float) -> None:
        self.arrived_s = arrived_s
        self.first_s = first_s
        self.size_bytes = 0
        self.spans: dict[str, Span] = {}
        self.trace: Trace | None = None


class TraceStore:
    """Traces in the order in which each was first heard of. `version` grows with every change.

    `clock` gives seconds since the epoch.
    """

    def __init__(
        self, limits: Limits | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock
        self.version = 0
        self.size_bytes = 0
        self.spans_received = 0
        self.malformed: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        """Traces (for `spans`: spans) that went, by bound: traces, bytes, age, spans."""
        self._records: dict[str, _Record] = {}
        self._listeners: list[Listener] = []
        self._forgetters: list[Callable[[str], None]] = []

    def listen(self, added: Listener, dropped: Callable[[str], None] | None = None) -> None:
        """Call `added` with spans as they are kept, `dropped` with the id of a trace that goes."""
        self._listeners.append(added)
        if dropped is not None:
            self._forgetters.append(dropped)

    def __len__(self) -> int:
        return len(self._records)

    def add(self, spans: Sequence[Span], arrived_s: float | None = None) -> None:
        """Keep spans; they may be of several traces, and arrive now unless it is said when."""
        self.spans_received += len(spans)
        at_s = self.clock() if arrived_s is None else arrived_s
        kept = [span for span in spans if self._keep(span, at_s)]
        if not kept:
            return
        self.version += 1
        for listener in self._listeners:
            listener(kept)
        self._drop_beyond_limits()

    def _keep(self, span: Span, arrived_s: float) -> bool:
        record = self._records.get(span.trace_id)
        if record is None:
            record = self._records[span.trace_id] = _Record(arrived_s, span.start_s)
        known = record.spans.get(span.span_id)
        if known is not None and known.is_complete and not span.is_complete:
            return False
        if known is None and len(record.spans) >= MOST_SPANS_PER_TRACE:
            self.dropped["spans"] += 1
            return False
        grown = _size_bytes(span) - (_size_bytes(known) if known else 0)
        record.spans[span.span_id] = span
        record.size_bytes += grown
        record.first_s = min(record.first_s, span.start_s)
        record.trace = None
        self.size_bytes += grown
        return True

    def _drop_beyond_limits(self) -> None:
        while len(self._records) > self.limits.traces:
            self._drop_oldest("traces")
        while self.size_bytes > self.limits.size_bytes and len(self._records) > 1:
            self._drop_oldest("bytes")
        self.drop_aged()

    def drop_aged(self) -> None:
        """Let go of what is older than the limit."""
        before_s = self.clock() - self.limits.age_s
        while self._records and next(iter(self._records.values())).arrived_s < before_s:
            self._drop_oldest("age")

    def _drop_oldest(self, reason: str) -> None:
        trace_id = next(iter(self._records))
        self.size_bytes -= self._records.pop(trace_id).size_bytes
        self.dropped[reason] += 1
        self.version += 1
        for forget in self._forgetters:
            forget(trace_id)

    def trace(self, trace_id: str) -> Trace | None:
        """The trace of an id of 32 digits."""
        record = self._records.get(trace_id)
        return None if record is None else _trace(trace_id, record)

    def traces(self, start_s: float = 0.0, end_s: float = float("inf")) -> Iterator[Trace]:
        """The traces that began in `[start_s, end_s)`, the latest heard of first."""
        for trace_id in reversed(list(self._records)):
            record = self._records.get(trace_id)
            if record is not None and start_s <= record.first_s < end_s:
                yield _trace(trace_id, record)

    def count_malformed(self, kind: str) -> None:
        """Count what could not be read."""
        self.malformed[kind] += 1


def _trace(trace_id: str, record: _Record) -> Trace:
    if record.trace is None:
        record.trace = Trace(trace_id, record.spans.values())
    return record.trace


def _size_bytes(span: Span) -> int:
    frames = sum(len(one.stack) for one in span.exceptions)
    attributes = len(span.annotations) + len(span.metadata)
    return _SPAN_BYTES + 2 * len(span.document) + 100 * (frames + attributes)


def most_interesting(traces: Iterable[Trace]) -> Trace | None:
    """A trace worth showing: of those across most services, one with a fault, the slowest."""
    return max(traces, key=_interest, default=None)


def slowest_failing(traces: Iterable[Trace]) -> Trace | None:
    """Of the traces with a fault, the one that took longest; None when none has one."""
    failing = (trace for trace in traces if trace.health is Health.FAULT)
    return max(failing, key=lambda trace: trace.duration_s, default=None)


def _interest(trace: Trace) -> tuple[int, bool, float]:
    services = {trace.services[span.span_id] for span in trace.entries}
    return len(services), any(span.fault for span in trace.entries), trace.duration_s
