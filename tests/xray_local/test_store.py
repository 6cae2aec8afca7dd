from collections.abc import Sequence
from typing import Any

from tests.xray_local.documents import document, spans_of, store_of, stored, trace_id
from xray_local.spans import Span
from xray_local.store import MOST_SPANS_PER_TRACE, Limits, TraceStore, most_interesting

FRONT = document("Frontend", "f", subsegments=[document("call", "c", namespace="remote")])


def test_a_later_document_replaces_an_earlier_one() -> None:
    store = store_of(document("Detail", "d"), document("Detail", "d", fault=True))
    (trace,) = store.traces()
    assert [span.fault for span in trace.spans] == [True]


def test_what_is_complete_is_not_replaced_by_what_was_in_progress() -> None:
    running: dict[str, Any] = document("Detail", "d", in_progress=True)
    del running["end_time"]
    for order in ([running, document("Detail", "d")], [document("Detail", "d"), running]):
        (trace,) = store_of(*order).traces()
        assert [span.is_complete for span in trace.spans] == [True]


def test_parts_of_a_trace_may_come_in_any_order_and_pieces() -> None:
    detail = document("Detail", "d", "c")
    first = next(store_of(FRONT, detail).traces())
    second = next(store_of(detail, FRONT).traces())
    assert first.spans == second.spans
    assert first.services == second.services


def test_the_number_of_traces_is_bounded_the_first_goes_first_and_is_counted() -> None:
    documents = [FRONT | {"trace_id": trace_id(n)} for n in range(5)]
    store = store_of(*documents, *documents[2:], limits=Limits(traces=3))
    assert (len(store), store.dropped) == (3, {"traces": 2})
    assert stored(store, trace_id(1)) is None
    assert stored(store, trace_id(2)) is not None


def test_bytes_are_bounded_and_return_to_nothing() -> None:
    store = store_of(limits=Limits(size_bytes=100_000))
    for number in range(200):
        big = document("Detail", "d", trace_id=trace_id(number), metadata={"x": "x" * 5_000})
        store.add(spans_of(big))
        assert store.size_bytes <= 100_000
    assert store.dropped["bytes"] == 200 - len(store)
    store.limits = Limits(traces=0)
    store.add(spans_of(FRONT))
    assert (len(store), store.size_bytes) == (0, 0)


def test_age_is_bounded() -> None:
    now_s = [0.0]
    store = TraceStore(Limits(age_s=10), clock=lambda: now_s[0])
    store.add(spans_of(document("Detail", "d", trace_id=trace_id(1))))
    now_s[0] = 9.0
    store.add(spans_of(document("Detail", "d", trace_id=trace_id(2))))
    assert len(store) == 2
    now_s[0] = 11.0
    store.drop_aged()
    assert (len(store), store.dropped) == (1, {"age": 1})


def test_spans_of_one_trace_are_bounded() -> None:
    store = store_of()
    for number in range(0, MOST_SPANS_PER_TRACE + 100, 100):
        parts = [document("p", f"{number}-{part}") for part in range(99)]
        store.add(spans_of(document("Detail", f"{number}", subsegments=parts)))
    (trace,) = store.traces()
    assert len(trace.spans) == MOST_SPANS_PER_TRACE
    assert store.dropped == {"spans": 100}


def test_traces_of_a_time_the_latest_first() -> None:
    store = store_of(
        *(document("D", "d", trace_id=trace_id(n), start_time=n, end_time=n) for n in range(5))
    )
    assert [trace.start_s for trace in store.traces(1.0, 4.0)] == [3.0, 2.0, 1.0]


def test_those_who_listen_hear_of_what_is_kept_and_what_goes() -> None:
    heard: list[Sequence[Span]] = []
    gone: list[str] = []
    store = store_of(limits=Limits(traces=1))
    store.listen(heard.append, gone.append)
    store.add(spans_of(document("D", "d", trace_id=trace_id(1))))
    store.add(spans_of(document("D", "d", trace_id=trace_id(2))))
    assert [len(spans) for spans in heard] == [1, 1]
    assert gone == [f"{1:08x}{1:024x}"]


def test_the_version_grows_with_changes_alone() -> None:
    store = store_of(document("D", "d"))
    before = store.version
    running = document("D", "d", in_progress=True)
    store.add(spans_of(running))
    assert store.version == before
    store.add(spans_of(document("D", "d")))
    assert store.version > before


def test_the_trace_worth_showing_crosses_most_services() -> None:
    alone = document("Detail", "x", trace_id=trace_id(9), end_time=9.0, fault=True)
    store = store_of(alone, FRONT, document("Detail", "d", "c"))
    chosen = most_interesting(store.traces())
    assert chosen is not None
    assert chosen.root.name == "Frontend"
    assert most_interesting([]) is None
