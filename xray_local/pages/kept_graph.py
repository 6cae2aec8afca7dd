"""The service map of a store, kept up to date in blocks of traces. Pure but for its clock.

Going through ten thousand traces takes longer than a page may; so maps are kept of blocks of some
hundred traces, in the order in which they came, and made anew where a block has changed. That ends
when a request's share of time is used up: the newest blocks come first, and it is said how many
traces are still to be counted.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from xray_local.service_graph import Edge, Node, ServiceGraph, service_graph
from xray_local.spans import Span
from xray_local.store import TraceStore
from xray_local.trace import Trace

BLOCK = 200
BUDGET_S = 0.05


@dataclass
class _Block:
    ids: dict[str, None] = field(default_factory=dict)
    start_s: float = math.inf
    end_s: float = 0.0
    graph: ServiceGraph | None = None


@dataclass(frozen=True)
class Counted:
    """A map, and how many traces of its time it does not count yet."""

    graph: ServiceGraph
    uncounted: int = 0


class KeptGraph:
    """The map of a store's traces. `cpu_s` is the time that this thread has worked."""

    def __init__(
        self,
        store: TraceStore,
        budget_s: float = BUDGET_S,
        cpu_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._store = store
        self._budget_s = budget_s
        self._cpu_s = cpu_s
        self._blocks: dict[int, _Block] = {}
        self._block_of: dict[str, int] = {}
        self._taken = 0
        for trace in reversed(list(store.traces())):
            self._take(trace.id, trace.start_s)
        store.listen(self._added, self._dropped)

    def _added(self, spans: Sequence[Span]) -> None:
        for span in spans:
            self._take(span.trace_id, span.start_s)

    def _take(self, trace_id: str, start_s: float) -> None:
        number = self._block_of.get(trace_id)
        if number is None:
            number = self._block_of[trace_id] = self._taken // BLOCK
            self._taken += 1
        block = self._blocks.setdefault(number, _Block())
        block.ids[trace_id] = None
        block.start_s, block.end_s = min(block.start_s, start_s), max(block.end_s, start_s)
        block.graph = None

    def _dropped(self, trace_id: str) -> None:
        number = self._block_of.pop(trace_id, None)
        if number is None:
            return
        block = self._blocks[number]
        block.ids.pop(trace_id, None)
        block.graph = None
        if not block.ids:
            del self._blocks[number]

    def graph(self, start_s: float = 0.0, end_s: float = math.inf) -> Counted:
        """The map of the traces that began in `[start_s, end_s)`."""
        deadline_s = self._cpu_s() + self._budget_s
        found: list[ServiceGraph] = []
        uncounted = 0
        for number in sorted(self._blocks, reverse=True):
            block = self._blocks[number]
            if block.end_s < start_s or block.start_s >= end_s:
                continue
            is_whole = start_s <= block.start_s and block.end_s < end_s
            if block.graph is None or not is_whole:
                if found and self._cpu_s() > deadline_s:
                    uncounted += len(block.ids)
                    continue
                self._count(block, start_s, end_s, found, is_whole=is_whole)
            else:
                found.append(block.graph)
        return Counted(merged(found), uncounted)

    def _count(
        self,
        block: _Block,
        start_s: float,
        end_s: float,
        found: list[ServiceGraph],
        *,
        is_whole: bool,
    ) -> None:
        traces = self._traces(block)
        if is_whole:
            block.graph = service_graph(traces)
            found.append(block.graph)
        else:
            found.append(service_graph(t for t in traces if start_s <= t.start_s < end_s))

    def _traces(self, block: _Block) -> Iterable[Trace]:
        for trace_id in block.ids:
            if (trace := self._store.trace(trace_id)) is not None:
                yield trace


def merged(graphs: Iterable[ServiceGraph]) -> ServiceGraph:
    """One map of several; the numbers of each part are those of all together."""
    whole = ServiceGraph()
    for graph in graphs:
        whole.traces += graph.traces
        for node in graph.nodes.values():
            mine = whole.nodes.setdefault(node.name, Node(node.name))
            mine.type = node.type or mine.type
            mine.is_root = mine.is_root or node.is_root
            _include(mine, node)
        for pair, edge in graph.edges.items():
            _include(whole.edges.setdefault(pair, Edge(*pair)), edge)
    return whole


def _include(mine: Node | Edge, other: Node | Edge) -> None:
    mine.statistics.include(other.statistics)
    mine.start_s = min(mine.start_s, other.start_s)
    mine.end_s = max(mine.end_s, other.end_s)
