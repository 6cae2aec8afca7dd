from itertools import count

from tests.xray_local.pages.samples import START_S, rehearsed, store_of
from xray_local.pages.kept_graph import BLOCK, KeptGraph
from xray_local.service_graph import ServiceGraph, service_graph
from xray_local.store import Limits


def _numbers(graph: ServiceGraph) -> object:
    nodes = {
        n.name: (
            n.type,
            n.is_root,
            n.statistics.ok,
            n.statistics.fault,
            n.statistics.durations.buckets,
        )
        for n in graph.nodes.values()
    }
    edges = {pair: (e.statistics.count, e.start_s, e.end_s) for pair, e in graph.edges.items()}
    return graph.traces, nodes, edges, graph.start_s, graph.end_s


def test_it_is_the_map_of_all_traces() -> None:
    traces = [rehearsed(n, 2 + n % 2, status=500 if n % 5 == 0 else 200) for n in range(1, 451)]
    store = store_of(*traces)
    kept = KeptGraph(store, budget_s=1e9)
    assert _numbers(kept.graph().graph) == _numbers(service_graph(traces))
    store.add(rehearsed(999, 3).spans)
    store.add(rehearsed(7, 2, length_ms=99.0).spans)
    assert _numbers(kept.graph().graph) == _numbers(service_graph(store.traces()))


def test_a_range_cuts_through_blocks() -> None:
    traces = [rehearsed(n, 2) for n in range(1, 2 * BLOCK)]
    kept = KeptGraph(store_of(*traces), budget_s=1e9)
    start_s, end_s = START_S + 0.5, START_S + 3.0
    within = [trace for trace in traces if start_s <= trace.start_s < end_s]
    assert _numbers(kept.graph(start_s, end_s).graph) == _numbers(service_graph(within))
    assert kept.graph(end_s=1.0).graph.traces == 0


def test_what_is_dropped_is_on_it_no_longer() -> None:
    store = store_of(*(rehearsed(n, 2) for n in range(1, BLOCK + 50)), limits=Limits(traces=BLOCK))
    kept = KeptGraph(store, budget_s=1e9)
    for n in range(1_000, 1_000 + 2 * BLOCK):
        store.add(rehearsed(n, 3).spans)
    graph = kept.graph().graph
    assert graph.traces == BLOCK
    assert "Product-Detail-V2" not in graph.nodes


def test_without_time_the_newest_come_first_and_the_rest_is_counted() -> None:
    store = store_of(*(rehearsed(n, 2) for n in range(1, 5 * BLOCK + 1)))
    ticks = count()
    kept = KeptGraph(store, budget_s=1.5, cpu_s=lambda: float(next(ticks)))
    first = kept.graph()
    assert first.graph.traces + first.uncounted == 5 * BLOCK
    assert first.uncounted > 0
    assert first.graph.end_s == max(trace.end_s for trace in store.traces())
    for _ in range(5):
        last = kept.graph()
    assert (last.graph.traces, last.uncounted) == (5 * BLOCK, 0)
