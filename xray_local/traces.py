"""Traces: segments of one trace id, and the map of services that calls draw. Pure.

A segment whose parent is a subsegment of another service's segment is that service's callee; one
without a parent was called by a client (AWS X-Ray developer guide, "Service graph"). What is kept
is bounded: beyond `max_parts` segments and subsegments the trace that began first goes, and is
counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xray_local.segment import Segment

CLIENT = "client"
MAX_PARTS = 200_000


@dataclass(frozen=True)
class Edge:
    """Calls from one service to another, as the callee recorded them."""

    caller: str
    callee: str
    calls: int
    faults: int
    errors: int
    mean_s: float


class Traces:
    """The segments of the latest traces; a later document replaces an earlier one of its id.

    `dropped` counts the traces that went to keep within `max_parts`.
    """

    def __init__(self, max_parts: int = MAX_PARTS) -> None:
        self._max_parts = max_parts
        self._traces: dict[str, dict[str, Segment]] = {}
        self._parts = 0
        self.dropped = 0

    def add(self, segment: Segment) -> None:
        trace = self._traces.setdefault(segment.trace_id, {})
        if segment.id in trace:
            self._parts -= _size(trace[segment.id])
        trace[segment.id] = segment
        self._parts += _size(segment)
        while self._parts > self._max_parts:
            self._drop_first()

    def _drop_first(self) -> None:
        gone = self._traces.pop(next(iter(self._traces)))
        self._parts -= sum(map(_size, gone.values()))
        self.dropped += 1

    def __len__(self) -> int:
        return len(self._traces)

    def trace(self, trace_id: str) -> list[Segment]:
        """The segments of a trace, the earliest first."""
        found = self._traces.get(trace_id, {}).values()
        return sorted(found, key=lambda segment: segment.start_s)

    def edges(self) -> list[Edge]:
        """The service map: who called whom, the calls of clients first."""
        calls: dict[tuple[str, str], list[Segment]] = defaultdict(list)
        for trace in self._traces.values():
            for caller, segment in _calls(trace):
                calls[caller, segment.name].append(segment)
        return [_edge(*pair, calls[pair]) for pair in sorted(calls, key=_client_first)]

    def telling(self) -> list[Segment]:
        """A trace worth showing: of those that cross most services, the slowest with a fault."""
        best = max(self._traces.values(), key=_interest, default={})
        return sorted(best.values(), key=lambda segment: segment.start_s)


def _calls(trace: dict[str, Segment]) -> Iterator[tuple[str, Segment]]:
    homes = {part.id: segment for segment in trace.values() for part in segment.walk()}
    for segment in trace.values():
        if not segment.apart:
            yield _caller(segment, homes), segment


def _caller(segment: Segment, homes: dict[str, Segment]) -> str:
    """The service that made the call: up from subsegments sent apart to the segment they are of."""
    home = homes.get(segment.parent_id or "")
    seen = set()
    while home is not None and home.apart and home.id not in seen:
        seen.add(home.id)
        home = homes.get(home.parent_id or "")
    return CLIENT if home is None or home.apart else home.name


def _size(segment: Segment) -> int:
    return sum(1 for _ in segment.walk())


def _interest(trace: dict[str, Segment]) -> tuple[int, bool, float]:
    segments = trace.values()
    names = {segment.name for segment in segments if not segment.apart}
    faulty = any(segment.fault for segment in segments)
    return len(names), faulty, max(segment.duration_s for segment in segments)


def _client_first(pair: tuple[str, str]) -> tuple[bool, str, str]:
    return pair[0] != CLIENT, *pair


def _edge(caller: str, callee: str, segments: Iterable[Segment]) -> Edge:
    called = list(segments)
    return Edge(
        caller=caller,
        callee=callee,
        calls=len(called),
        faults=sum(s.fault for s in called),
        errors=sum(s.error for s in called),
        mean_s=sum(s.duration_s for s in called) / len(called),
    )
