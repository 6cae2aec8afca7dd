from typing import Any

from tests.xray_local.documents import datagram, document
from xray_local.segment import parse
from xray_local.traces import CLIENT, Edge, Traces


def _traces(*documents: dict[str, Any]) -> Traces:
    traces = Traces()
    for fields in documents:
        segment = parse(datagram(fields))
        assert segment is not None
        traces.add(segment)
    return traces


CALL = {"id": "c1", "name": "detail", "start_time": 1.0, "end_time": 1.01, "namespace": "remote"}
FRONT = document("Frontend", "f1", subsegments=[CALL])
DETAIL = document("Detail", "d1", parent="c1", fault=True)


def test_a_callee_is_found_through_its_caller_s_subsegment() -> None:
    edges = _traces(FRONT, DETAIL).edges()
    assert [(e.caller, e.callee, e.faults) for e in edges] == [
        (CLIENT, "Frontend", 0),
        ("Frontend", "Detail", 1),
    ]


def test_the_order_of_arrival_does_not_matter() -> None:
    assert _traces(DETAIL, FRONT).edges() == _traces(FRONT, DETAIL).edges()


def test_the_same_ids_in_another_trace_are_others() -> None:
    other = document("Detail", "d1", parent="c1", trace_id="1-other")
    edges = _traces(FRONT, other).edges()
    assert ("client", "Detail") in [(e.caller, e.callee) for e in edges]


def test_calls_are_counted_and_averaged() -> None:
    first = document("Detail", "d1", trace_id="1-a", end_time=1.01)
    second = document("Detail", "d2", trace_id="1-b", end_time=1.03, error=True)
    (edge,) = _traces(first, second).edges()
    assert edge == Edge(CLIENT, "Detail", 2, 0, 1, edge.mean_s)
    assert abs(edge.mean_s - 0.02) < 1e-9


def test_a_later_document_replaces_an_earlier_one() -> None:
    traces = _traces(document("Detail", "d1"), document("Detail", "d1", fault=True))
    assert [(e.calls, e.faults) for e in traces.edges()] == [(1, 1)]


def test_the_trace_worth_showing_crosses_most_services() -> None:
    alone = document("Detail", "x", trace_id="1-alone", end_time=9.0, fault=True)
    traces = _traces(alone, FRONT, DETAIL)
    assert len(traces) == 2
    assert [segment.name for segment in traces.telling()] == ["Frontend", "Detail"]


def test_subsegments_sent_apart_are_no_services_and_their_callees_have_a_caller() -> None:
    front = document("Frontend", "f1")
    call = document("detail.flagger", "c1", parent="f1", type="subsegment", namespace="remote")
    edges = _traces(call, DETAIL, front).edges()
    assert [(e.caller, e.callee) for e in edges] == [(CLIENT, "Frontend"), ("Frontend", "Detail")]


def test_subsegments_that_are_each_other_s_parents_have_no_service() -> None:
    one = document("a", "c1", parent="c2", type="subsegment")
    two = document("b", "c2", parent="c1", type="subsegment")
    edges = _traces(one, two, DETAIL).edges()
    assert [(e.caller, e.callee) for e in edges] == [(CLIENT, "Detail")]


def test_memory_is_bounded_the_first_trace_goes_first_and_is_counted() -> None:
    traces = Traces(max_parts=4)
    for number in range(3):
        segment = parse(datagram({**FRONT, "trace_id": f"1-{number}"}))
        assert segment is not None
        traces.add(segment)
        traces.add(segment)
    assert (len(traces), traces.dropped) == (2, 1)
    assert traces.trace("1-0") == []
    assert [segment.name for segment in traces.trace("1-2")] == ["Frontend"]
