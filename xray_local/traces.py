"""Traces: segments of one trace id, and the map of services that calls draw. Pure.

A segment whose parent is a subsegment of another service's segment is that service's callee; one
without a parent was called by a client (AWS X-Ray developer guide, "Service graph").
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from xray_local.segment import Segment

CLIENT = "client"


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
    """All segments so far; a later document replaces an earlier one of its id."""

    def __init__(self) -> None:
        self._segments: dict[tuple[str, str], Segment] = {}

    def add(self, segment: Segment) -> None:
        self._segments[segment.trace_id, segment.id] = segment

    def __len__(self) -> int:
        return len({trace_id for trace_id, _ in self._segments})

    def trace(self, trace_id: str) -> list[Segment]:
        """The segments of a trace, the earliest first."""
        found = (s for (trace, _), s in self._segments.items() if trace == trace_id)
        return sorted(found, key=lambda segment: segment.start_s)

    def edges(self) -> list[Edge]:
        """The service map: who called whom, the busiest last level by name."""
        calls: dict[tuple[str, str], list[Segment]] = defaultdict(list)
        owners = {
            (trace, part.id): segment.name
            for (trace, _), segment in self._segments.items()
            for part in segment.walk()
        }
        for segment in self._segments.values():
            caller = owners.get((segment.trace_id, segment.parent_id or ""), CLIENT)
            calls[caller, segment.name].append(segment)
        return [_edge(*pair, calls[pair]) for pair in sorted(calls, key=_client_first)]

    def longest(self) -> list[Segment]:
        """A trace worth showing: of those that cross most services, the slowest faulty one."""
        traces = {trace_id for trace_id, _ in self._segments}
        return max((self.trace(t) for t in traces), key=_interest, default=[])


def _interest(trace: list[Segment]) -> tuple[int, bool, float]:
    names = {segment.name for segment in trace}
    return len(names), any(s.fault for s in trace), sum(s.duration_s for s in trace)


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
