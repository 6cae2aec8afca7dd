"""The traces of a rehearsal in words and as a picture: its map, and one trace worth a look."""

from collections.abc import Iterator

from rehearsal.live.traces import CollectedTraces
from rehearsal.output.reports.traced import Traced
from xray_local.pages import map_svg, traces_svg
from xray_local.pages.outcomes import counted
from xray_local.terminal import Terminal, map_lines, trace_lines

_RECENT_S = 20.0


def told_traces(traces: CollectedTraces, width: int) -> Iterator[str]:
    """Lines of at most `width` cells: the map, the slowest failing trace, what was lost."""
    graph, chosen = traces.chosen()
    terminal = Terminal(width)
    yield ""
    yield f"Service map of {_what(traces)}: {counted(graph.traces, 'sampled trace')}"
    yield from map_lines(graph, terminal)
    if chosen is not None:
        found = "The slowest failing trace of the rollback"
        yield found if traces.rollback_s else "A trace worth a look"
        yield from trace_lines(chosen, terminal)
    store = traces.store
    if malformed := store.malformed.total():
        yield f"  {counted(malformed, 'message')} could not be read as spans"
    if dropped := store.dropped.total():
        yield f"  {counted(dropped, 'earlier trace')} dropped to bound the memory"


def find_traced(traces: CollectedTraces) -> Traced | None:
    """The same as a value, None where nothing was traced."""
    graph, chosen = traces.chosen()
    return Traced(graph, chosen, traces.rollback_s is not None) if graph.traces else None


def draw_traced(traced: Traced | None) -> str:
    """The same as an SVG, "" where nothing was traced."""
    if traced is None:
        return ""
    what = "the rollback" if traced.is_of_rollback else "the rehearsal"
    return traces_svg(traced.graph, traced.trace, f"Service map of {what}")


def draw_recent(traces: CollectedTraces) -> str:
    """The map of the last seconds, "" where nothing was traced."""
    graph = traces.recent(_RECENT_S)
    return map_svg(graph) if graph.traces else ""


def _what(traces: CollectedTraces) -> str:
    return "the rollback" if traces.rollback_s else "the rehearsal"
