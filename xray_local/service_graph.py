"""The service map: who called whom, how often, how long, and how it ended. Pure.

A node's numbers are those its own entries recorded; an edge's are those of the callee, or, where
the callee sent nothing, of the caller's span (X-Ray developer guide, "Service graph"). A callee
that sent nothing is inferred from the caller's span; its type is "remote".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from xray_local.spans import Health, Kind, Span
from xray_local.trace import Trace

CLIENT = "client"
REMOTE = "remote"
STEPS_PER_DECADE = 20
_LEAST_S = 1e-6
MAX_NODES = 1_000
OTHERS = "(others)"


class Histogram:
    """Durations in buckets of equal ratio, 20 to a decade: a value is known to 6 %."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.count = 0
        self.total_s = 0.0
        self.most_s = 0.0

    def add(self, duration_s: float) -> None:
        step = math.floor(math.log10(max(duration_s, _LEAST_S)) * STEPS_PER_DECADE)
        self._counts[step] = self._counts.get(step, 0) + 1
        self.count += 1
        self.total_s += duration_s
        self.most_s = max(self.most_s, duration_s)

    def include(self, other: Histogram) -> None:
        """Count what another has counted as well."""
        for step, count in other._counts.items():
            self._counts[step] = self._counts.get(step, 0) + count
        self.count += other.count
        self.total_s += other.total_s
        self.most_s = max(self.most_s, other.most_s)

    @property
    def mean_s(self) -> float:
        return self.total_s / self.count if self.count else 0.0

    @property
    def buckets(self) -> tuple[tuple[float, int], ...]:
        """The middle of each bucket in seconds and its count, the shortest first."""
        return tuple((_middle_s(step), self._counts[step]) for step in sorted(self._counts))

    def quantile_s(self, q: float) -> float:
        """The duration that a share `q` of them does not exceed; 0 when there are none."""
        below, wanted = 0, q * self.count
        for middle_s, count in self.buckets:
            below += count
            if below >= wanted:
                return min(middle_s, self.most_s)
        return 0.0


def _middle_s(step: int) -> float:
    return float(10 ** ((step + 0.5) / STEPS_PER_DECADE))


@dataclass
class Statistics:
    """How many ended how, and how long they took."""

    ok: int = 0
    error: int = 0
    throttle: int = 0
    fault: int = 0
    durations: Histogram = field(default_factory=Histogram)

    @property
    def count(self) -> int:
        return self.ok + self.error + self.throttle + self.fault

    def add(self, span: Span) -> None:
        """Count a span that has ended."""
        match span.health:
            case Health.FAULT:
                self.fault += 1
            case Health.THROTTLE:
                self.throttle += 1
            case Health.ERROR:
                self.error += 1
            case Health.OK:
                self.ok += 1
        self.durations.add(span.duration_s)

    def include(self, other: Statistics) -> None:
        """Count what another has counted as well."""
        self.ok += other.ok
        self.error += other.error
        self.throttle += other.throttle
        self.fault += other.fault
        self.durations.include(other.durations)

    def share(self, health: Health) -> float:
        """The share of 1 that ended so."""
        return float(getattr(self, health)) / self.count if self.count else 0.0


@dataclass
class Node:
    """A service, or the clients of the first ones."""

    name: str
    type: str = ""
    is_root: bool = False
    statistics: Statistics = field(default_factory=Statistics)
    start_s: float = math.inf
    end_s: float = 0.0


@dataclass
class Edge:
    """Calls from one service to another."""

    caller: str
    callee: str
    statistics: Statistics = field(default_factory=Statistics)
    start_s: float = math.inf
    end_s: float = 0.0


@dataclass
class ServiceGraph:
    """Nodes by name, and edges by caller and callee. `start_s` and `end_s` bound what was seen."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    traces: int = 0

    @property
    def start_s(self) -> float:
        return min((node.start_s for node in self.nodes.values()), default=0.0)

    @property
    def end_s(self) -> float:
        return max((node.end_s for node in self.nodes.values()), default=0.0)

    @property
    def sorted_edges(self) -> tuple[Edge, ...]:
        """The calls of clients first, then by name."""
        return tuple(
            self.edges[key] for key in sorted(self.edges, key=lambda k: (k[0] != CLIENT, *k))
        )


def service_graph(traces: Iterable[Trace]) -> ServiceGraph:
    """The map of these traces; spans in progress count when they have ended."""
    graph = ServiceGraph()
    for trace in traces:
        graph.traces += 1
        _add(graph, trace)
    return graph


def _add(graph: ServiceGraph, trace: Trace) -> None:
    services = trace.services
    called: set[str] = set()
    for span in trace.entries:
        above = trace.parent(span)
        caller = (services[above.span_id] if above else "") or CLIENT
        if above is not None:
            called.add(above.span_id)
        _count(graph, caller, services[span.span_id], span, span.origin)
    for span in trace.by_id.values():
        if span.peer and span.kind in (Kind.CLIENT, Kind.PRODUCER) and span.span_id not in called:
            _count(graph, services[span.span_id] or CLIENT, span.peer, span, REMOTE)


def _count(graph: ServiceGraph, caller: str, callee: str, span: Span, type_: str) -> None:
    if not span.is_complete:
        return
    source = _node(graph, caller, CLIENT if caller == CLIENT else "")
    target = _node(graph, callee, type_)
    if caller == CLIENT:
        target.is_root = True
    edge = graph.edges.setdefault((source.name, target.name), Edge(source.name, target.name))
    for part in (target, edge):
        part.statistics.add(span)
        part.start_s = min(part.start_s, span.start_s)
        part.end_s = max(part.end_s, span.end_s or span.start_s)
    source.start_s = min(source.start_s, span.start_s)
    source.end_s = max(source.end_s, span.end_s or span.start_s)


def _node(graph: ServiceGraph, name: str, type_: str) -> Node:
    if name not in graph.nodes and len(graph.nodes) >= MAX_NODES:
        name = OTHERS
    node = graph.nodes.setdefault(name, Node(name))
    if type_ and (type_ != REMOTE or not node.type):
        node.type = type_
    return node
