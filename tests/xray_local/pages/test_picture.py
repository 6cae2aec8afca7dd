from xml.etree import ElementTree

import pytest

from tests.xray_local.pages.samples import hostile_traces, rehearsed, span
from xray_local.pages.picture import trace_svg, traces_svg
from xray_local.service_graph import ServiceGraph, service_graph
from xray_local.trace import Trace


def _words(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]


def test_the_map_and_the_trace_stand_in_one_picture() -> None:
    trace = rehearsed(1, 3, status=500)
    words = _words(traces_svg(service_graph([trace]), trace, "The rollback"))
    assert words[0] == "The rollback"
    assert words.count("Product-Detail-V3") == 2
    assert f"Trace {trace.xray_id}" in words
    assert "cause: FaultInjected: status 500 was injected" in words
    assert "Fault 502" in words


def test_parts_keep_within_the_picture_and_off_each_other() -> None:
    trace = rehearsed(1, 2)
    root = ElementTree.fromstring(traces_svg(service_graph([trace]), trace))
    boxes = [[float(part.get(n, "0")) for n in ("x", "y", "width", "height")]
             for part in root if part.tag.endswith("}svg")]  # fmt: skip
    (x, y, wide, high), (_, other_y, other_wide, other_high) = boxes
    assert x >= 0
    assert max(wide, other_wide) <= 960
    assert y + high <= other_y + 0.1
    assert other_y + other_high <= float(root.get("height", "0")) + 1


def test_without_a_trace_there_is_the_map() -> None:
    assert _words(traces_svg(ServiceGraph(), None)) == ["No requests in this time"]


def test_a_long_trace_is_cut_and_counted() -> None:
    spans = [span(n, "part", parent=n - 1) for n in range(1, 101)]
    assert "and 60 more spans" in _words(trace_svg(Trace("1" * 32, spans)))


@pytest.mark.slow
def test_whatever_is_sent_the_picture_is_well_formed() -> None:
    traces = list(hostile_traces())
    for trace in traces:
        svg = traces_svg(service_graph([trace]), trace, "<&\x00")
        assert len(svg) < 300_000
        ElementTree.fromstring(svg)
