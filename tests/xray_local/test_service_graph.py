import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xray_local.documents import document, store_of, trace_id
from xray_local.service_graph import CLIENT, MAX_NODES, OTHERS, REMOTE, Histogram, service_graph
from xray_local.spans import Health

CALL = {"id": "c1", "name": "detail", "start_time": 1.0, "end_time": 1.01, "namespace": "remote"}
FRONT = document("Frontend", "f1", subsegments=[CALL])
DETAIL = document("Detail", "d1", parent="c1", fault=True)


def _edges(*documents: dict[str, object]) -> list[tuple[str, str, int, int]]:
    graph = service_graph(store_of(*documents).traces())
    return [
        (e.caller, e.callee, e.statistics.count, e.statistics.fault) for e in graph.sorted_edges
    ]


def test_a_callee_is_found_through_its_caller_s_subsegment() -> None:
    expected = [(CLIENT, "Frontend", 1, 0), ("Frontend", "Detail", 1, 1)]
    assert _edges(FRONT, DETAIL) == expected
    assert _edges(DETAIL, FRONT) == expected


def test_a_callee_that_sent_nothing_is_inferred() -> None:
    graph = service_graph(store_of(FRONT).traces())
    assert [(e.caller, e.callee) for e in graph.sorted_edges] == [
        (CLIENT, "Frontend"),
        ("Frontend", "detail"),
    ]
    assert graph.nodes["detail"].type == REMOTE


def test_the_same_ids_in_another_trace_are_others() -> None:
    edges = _edges(FRONT, DETAIL | {"trace_id": trace_id(2)})
    assert (CLIENT, "Detail", 1, 1) in edges


def test_subsegments_sent_apart_are_no_services_and_their_callees_have_a_caller() -> None:
    call = document("detail.flagger", "c1", parent="f1", type="subsegment", namespace="remote")
    edges = _edges(call, DETAIL, document("Frontend", "f1"))
    assert [edge[:2] for edge in edges] == [(CLIENT, "Frontend"), ("Frontend", "Detail")]


def test_subsegments_that_are_each_other_s_parents_have_no_service() -> None:
    one = document("a", "c1", parent="c2", type="subsegment")
    two = document("b", "c2", parent="c1", type="subsegment")
    assert [edge[:2] for edge in _edges(one, two, DETAIL)] == [(CLIENT, "Detail")]


def test_how_calls_ended_and_how_long_they_took() -> None:
    endings: list[dict[str, Any]] = [
        {},
        {"error": True},
        {"error": True, "throttle": True},
        {"fault": True},
    ]
    documents = [
        document("D", "d", trace_id=trace_id(n), end_time=1.0 + (n + 1) / 100, **ending)
        for n, ending in enumerate(endings)
    ]
    graph = service_graph(store_of(*documents).traces())
    node = graph.nodes["D"]
    counts = node.statistics
    assert (counts.ok, counts.error, counts.throttle, counts.fault) == (1, 1, 1, 1)
    assert counts.share(Health.THROTTLE) == 0.25
    assert counts.durations.mean_s == pytest.approx(0.025)
    assert counts.durations.quantile_s(0.99) == pytest.approx(0.04, rel=0.07)
    assert (node.is_root, graph.traces) == (True, 4)
    assert graph.start_s == 1.0
    assert graph.end_s == pytest.approx(1.04)


def test_what_is_in_progress_does_not_count_yet() -> None:
    running = document("D", "d", in_progress=True)
    assert _edges(running) == []


def test_names_without_end_share_a_node() -> None:
    documents = [document(f"D{n}", "d", trace_id=trace_id(n)) for n in range(MAX_NODES + 10)]
    graph = service_graph(store_of(*documents).traces())
    assert len(graph.nodes) == MAX_NODES + 1
    assert graph.nodes[OTHERS].statistics.count == 11


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0.01, 1))
def test_a_quantile_is_right_to_a_bucket(values: list[float], q: float) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = sorted(values)[math.ceil(q * len(values)) - 1]
    assert histogram.count == len(values) == sum(count for _, count in histogram.buckets)
    assert histogram.quantile_s(q) <= max(values)
    assert histogram.quantile_s(q) == pytest.approx(exact, rel=0.13, abs=2e-6)
