import pytest

from tests.xray_local.pages.markup import well_formed
from tests.xray_local.pages.samples import CAUSE, hostile_traces, rehearsed, span
from xray_local.pages.timeline import MOST_ROWS, detail, rows, state, ticks, timeline_html
from xray_local.spans import Kind, Span
from xray_local.trace import Trace


def _trace(*spans: Span) -> Trace:
    return Trace("1" * 32, spans)


def test_rows_stand_beneath_their_callers_on_one_axis() -> None:
    found = list(rows(rehearsed(1, 2, length_ms=10.0)))
    assert [row.depth for row in found] == [0, 1, 2, 3, 4]
    assert [round(row.left, 2) for row in found] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert [round(row.width, 2) for row in found] == [1.0, 0.9, 0.8, 0.7, 0.6]
    assert len({row.colour for row in found}) == 5


def test_parts_of_one_service_have_one_colour() -> None:
    parts = _trace(span(1, "a"), span(2, "query", parent=1, service="", kind=Kind.INTERNAL))
    assert [(row.colour, row.service_name) for row in rows(parts)] == [(0, "a"), (0, "a")]


@pytest.mark.parametrize(
    ("length_s", "names"),
    [
        (0.1, ["0 ms", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"]),
        (0.0000012, ["0 ms", "0.0002 ms", "0.0004 ms", "0.0006 ms", "0.0008 ms", "0.001 ms",
                     "0.0012 ms"]),
        (7.0, ["0 ms", "2,000 ms", "4,000 ms", "6,000 ms"]),
        (0.0, ["0 ms"]),
        (float("inf"), ["0 ms"]),
    ],
)  # fmt: skip
def test_the_axis_has_round_moments(length_s: float, names: list[str]) -> None:
    found = ticks(length_s)
    assert [name for _, name in found] == names
    assert all(0 <= share <= 1.000001 for share, _ in found)


def test_states() -> None:
    assert state(span(1, "a", status=429)) == "Throttle 429"
    assert state(span(1, "a", status=503)) == "Fault 503"
    assert state(span(1, "a", status=0)) == "OK"
    assert state(span(1, "a", length_ms=None)) == "in progress"


def test_everything_that_is_known_unfolds() -> None:
    last = list(rows(rehearsed(1, 3, status=500)))[-1]
    known = detail(last)
    assert known.causes == (
        ("FaultInjected: status 500 was injected",
         "at handle  detail_service/app.py:61\nat ?  edge.py:12"),
    )  # fmt: skip
    assert ("Request", "GET http://detail.flagger:3000/catalogDetail") in (known.overview)
    assert ("Response", "500") in known.overview
    assert known.annotations == (("version", "3"),)
    assert '"vendors": [' in known.metadata
    assert known.raw == '{\n  "name": "sent"\n}'


def test_the_page_says_it_all() -> None:
    checker = well_formed(timeline_html(rehearsed(1, 3, status=500), is_open=True))
    for words in ("Product-Detail-V3", "Fault 502", "FaultInjected", "ABC.com", "sent", "10.0 ms"):
        assert words in checker.text


def test_the_first_cause_stands_open_where_it_is_asked_for() -> None:
    trace = rehearsed(1, 3, status=500)
    assert "<details open>" in timeline_html(trace, is_open=True)
    assert "<details open>" not in timeline_html(trace)


def test_a_long_trace_is_cut_and_counted() -> None:
    spans = [span(1, "root"), *(span(n, "leaf", parent=1) for n in range(2, 2_000))]
    html = timeline_html(_trace(*spans))
    assert html.count("<summary") == MOST_ROWS
    assert f"and {1_999 - MOST_ROWS:,} more spans" in html


def test_large_documents_do_not_make_a_page_larger_than_its_bound() -> None:
    document = '{"x": "' + "y" * 60_000 + '"}'
    spans = [span(n, "a", document=document, exceptions=(CAUSE,) * 20) for n in range(1, 400)]
    html = timeline_html(_trace(*spans))
    assert len(html) < 2_000_000
    assert "This trace is large" in html


@pytest.mark.slow
def test_whatever_is_sent_the_timeline_is_well_formed() -> None:
    for trace in hostile_traces():
        checker = well_formed(timeline_html(trace, is_open=True))
        assert not set(checker.met) & {"script", "iframe"}
        assert "49" not in checker.text.split()


def test_metadata_too_deep_to_be_shown() -> None:
    deep: dict[str, object] = {}
    for _ in range(3_000):
        deep = {"x": deep}
    assert "nested too deeply" in timeline_html(_trace(span(1, "a", metadata=deep)))
