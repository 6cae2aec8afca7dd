import re

import pytest
from rich.cells import cell_len

from tests.xray_local.pages.samples import hostile_traces, rehearsed, span
from xray_local.service_graph import ServiceGraph, service_graph
from xray_local.terminal import MOST_NODES, MOST_ROWS, Terminal, map_lines, trace_lines
from xray_local.trace import Trace

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
TRACES = [rehearsed(1, 2), rehearsed(2, 2), rehearsed(3, 3, status=500, length_ms=40.0)]


def test_the_map_is_a_tree_of_who_called_whom() -> None:
    lines = map_lines(service_graph(TRACES), Terminal(140))
    names = [re.split(r"\s{2,}|[━█]", line.strip("│└├ "))[0] for line in lines]
    assert names == [
        "client", "gateway", "Frontend-Node", "frontend.flagger",
        "detail-primary.flagger", "Product-Detail-V2", "detail-canary.flagger", "Product-Detail-V3",
    ]  # fmt: skip
    assert lines[5].count("━") > 10
    assert "all ok" in lines[5]
    assert "█" in lines[-1]
    assert "━" not in lines[-1]
    assert "(proxy)" in lines[1]


def test_the_trace_has_bars_and_a_cause() -> None:
    lines = trace_lines(TRACES[2], Terminal(120))
    assert lines[0].startswith("  1-00000000-0000000000000000000000")
    assert [line.split()[0] for line in lines[1:6]] == [
        "gateway", "Frontend-Node", "frontend.flagger", "detail-canary.flagger",
        "Product-Detail-V3",
    ]  # fmt: skip
    assert "fault 502" in lines[1]
    assert len(lines[5].partition("█")[0]) > len(lines[1].partition("█")[0])
    assert lines[6:] == [
        "    cause: FaultInjected: status 500 was injected",
        "      at handle  detail_service/app.py:61",
        "      at ?  edge.py:12",
    ]


@pytest.mark.no_cover
@pytest.mark.parametrize("width", [1, 40, 72, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for is_coloured in (False, True):
        terminal = Terminal(width, is_coloured)
        for traces in (TRACES, list(hostile_traces())):
            lines = map_lines(service_graph(traces), terminal)
            lines += [line for trace in traces for line in trace_lines(trace, terminal)]
            for line in lines:
                plain = ESCAPE.sub("", line)
                assert cell_len(plain) <= max(40, width)
                assert plain.isprintable()


def test_colours_only_where_they_are_wanted() -> None:
    graph = service_graph(TRACES)
    coloured = "\n".join(map_lines(graph, Terminal(100, is_coloured=True)))
    assert "\x1b[31m" in coloured
    assert ESCAPE.sub("", coloured) == "\n".join(map_lines(graph, Terminal(100)))


def test_calls_in_a_circle_are_shown_once() -> None:
    spans = [span(1, "a"), span(2, "b", parent=1), span(3, "a", parent=2)]
    lines = map_lines(service_graph([Trace("1" * 32, spans)]), Terminal(100))
    assert [("(above)" in line) for line in lines] == [False, False, False, True]


def test_more_than_can_be_shown_is_said() -> None:
    spans = [span(1, "hub")] + [span(n, f"leaf {n}", parent=1) for n in range(2, 300)]
    trace = Trace("1" * 32, spans)
    lines = map_lines(service_graph([trace]), Terminal(100))
    assert len(lines) == MOST_NODES + 1
    assert "more services" in lines[-1]
    assert trace_lines(trace, Terminal(100))[-1] == f"    and {299 - MOST_ROWS} more spans"


def test_nothing_was_recorded() -> None:
    assert map_lines(ServiceGraph(), Terminal()) == ["  no requests were recorded"]
