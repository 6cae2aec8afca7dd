from hypothesis import given
from hypothesis import strategies as st

from tests.xray_local.documents import document, trace_of
from xray_local.spans import Health, Span
from xray_local.trace import Trace


def test_the_parts_of_a_trace_in_their_order() -> None:
    call = document("detail.flagger", "c", start_time=1.002, namespace="remote")
    trace = trace_of(
        document("Detail", "d", "c", start_time=1.004, end_time=1.009, fault=True),
        document("Frontend", "f", subsegments=[call]),
    )
    assert [(span.name, depth) for span, depth in trace.walk()] == [
        ("Frontend", 0),
        ("detail.flagger", 1),
        ("Detail", 2),
    ]
    assert trace.services == {"f": "Frontend", "c": "Frontend", "d": "Detail"}
    assert [span.name for span in trace.entries] == ["Frontend", "Detail"]
    assert (trace.root.name, trace.health, trace.is_partial) == ("Frontend", Health.FAULT, False)
    assert trace.response_time_s == trace.root.duration_s
    assert trace.xray_id.startswith("1-")


def test_a_trace_is_partial_while_something_is_missing() -> None:
    assert trace_of(document("Detail", "d", "nobody")).is_partial
    running = {"name": "a", "id": "a", "start_time": 1.0, "in_progress": True}
    assert trace_of(document("x", "x") | running).is_partial


def test_subsegments_that_are_each_other_s_parents_have_no_service() -> None:
    one = document("a", "c1", "c2", type="subsegment")
    two = document("b", "c2", "c1", type="subsegment")
    trace = trace_of(one, two)
    assert trace.services == {"c1": "", "c2": ""}
    assert trace.entries == ()
    assert [depth for _, depth in trace.walk()] == [0, 1]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"),
            st.sampled_from(["", *"abcdefg"]),
            st.booleans(),
            st.floats(0, 10),
            st.none() | st.floats(0, 20),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_span_is_walked_once_however_the_ids_are_tied(
    rows: list[tuple[str, str, bool, float, float | None]],
) -> None:
    spans = [
        Span("0" * 32, id_, parent, id_, id_ if entry else "", start_s, end_s, is_entry=entry)
        for id_, parent, entry, start_s, end_s in rows
    ]
    trace = Trace("0" * 32, spans)
    walked = [span.span_id for span, _ in trace.walk()]
    assert sorted(walked) == sorted({span.span_id for span in spans})
    assert set(trace.services) == set(walked)
    assert trace.duration_s >= 0
    assert trace.root in spans
    assert trace.health in Health
