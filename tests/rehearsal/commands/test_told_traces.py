from xml.etree import ElementTree

from rich.cells import cell_len

from rehearsal.commands.told_traces import draw_recent, draw_traced, find_traced, told_traces
from rehearsal.live.traces import CollectedTraces
from tests.xray_local.pages.samples import START_S, rehearsed


def _rolled_back() -> CollectedTraces:
    traces = CollectedTraces(0.0, lambda: START_S + 5)
    for number in range(1, 30):
        traces.store.add(rehearsed(number, 2).spans)
        traces.store.add(rehearsed(number + 100, 3, status=500, length_ms=30.0 + number).spans)
    traces.rollback_s = (START_S, START_S + 5)
    return traces


def test_the_map_and_the_slowest_failing_trace_as_wide_as_the_terminal() -> None:
    for width in (72, 140):
        lines = list(told_traces(_rolled_back(), width))
        assert lines[1] == "Service map of the rollback: 58 sampled traces"
        assert "The slowest failing trace of the rollback" in lines
        assert max(map(cell_len, lines)) <= width
        assert any("cause: FaultInjected" in line for line in lines)
        assert rehearsed(129, 3).xray_id in "\n".join(lines)


def test_without_a_rollback_it_is_the_rehearsal_s() -> None:
    traces = _rolled_back()
    traces.rollback_s = None
    traces.store.count_malformed("json")
    traces.store.dropped["age"] = 2
    lines = list(told_traces(traces, 100))
    assert lines[1].startswith("Service map of the rehearsal: 58")
    assert "A trace worth a look" in lines
    assert lines[-2:] == [
        "  1 message could not be read as spans",
        "  2 earlier traces dropped to bound the memory",
    ]


def test_nothing_was_traced() -> None:
    traces = CollectedTraces(0.0)
    assert list(told_traces(traces, 80))[-1] == "  no requests were recorded"
    assert draw_traced(find_traced(traces)) == draw_recent(traces) == ""


def test_the_picture_is_the_same() -> None:
    traces = _rolled_back()
    for svg in (draw_traced(find_traced(traces)), draw_recent(traces)):
        assert "Product-Detail-V3" in svg
        ElementTree.fromstring(svg)
    assert "Service map of the rollback" in draw_traced(find_traced(traces))
