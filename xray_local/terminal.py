"""The service map and one trace as lines for a terminal, as wide as it is. Pure.

The map is a tree: callees stand beneath their callers, each once; a bar shows what became of its
requests. Colours are for terminals that want them; without them signs say the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from xray_local.pages import wording
from xray_local.pages.outcomes import TYPES, counted, failures
from xray_local.service_graph import CLIENT, Edge, ServiceGraph, Statistics
from xray_local.spans import Health, Span
from xray_local.trace import Trace

LEAST_WIDTH = 40
MOST_ROWS = 60
MOST_NODES = 60
_MOST_DEPTH = 12
_LEAST_BAR = 8
_SIGNS = {Health.OK: "━", Health.ERROR: "╍", Health.THROTTLE: "┅", Health.FAULT: "█"}
_COLOURS = {Health.OK: "32", Health.ERROR: "33", Health.THROTTLE: "35", Health.FAULT: "31"}
_RESET = "\x1b[0m"


@dataclass(frozen=True)
class Terminal:
    """How wide lines may be, in cells, and whether they are coloured."""

    width: int = 100
    is_coloured: bool = False

    @property
    def cells(self) -> int:
        return max(self.width, LEAST_WIDTH)

    def paint(self, text: str, health: Health) -> str:
        """Text in the colour of an outcome."""
        if not self.is_coloured or not text:
            return text
        return f"\x1b[{_COLOURS[health]}m{text}{_RESET}"


def map_lines(graph: ServiceGraph, terminal: Terminal) -> list[str]:
    """The map; each line as wide as the terminal at most."""
    if not graph.nodes:
        return ["  no requests were recorded"]
    rows = list(_tree(graph))
    longest = max(cell_len(f"{indent}{wording.printable(name, 200)}") for indent, name, _ in rows)
    label = min(longest, terminal.cells - 4 - _LEAST_BAR)
    room = terminal.cells - label - 6 - _LEAST_BAR
    columns = [_figures(graph, name) for _, name, _ in rows]
    figures = next(
        (f for f in map(_aligned, zip(*columns, strict=True)) if _widest(f) <= room), None
    )
    figures = figures or [""] * len(rows)
    bar = min(24, terminal.cells - label - 6 - _widest(figures))
    lines = []
    for (indent, name, is_again), said in zip(rows, figures, strict=True):
        known = wording.printable(name, 200) + (" (above)" if is_again else "")
        start = f"  {_cells(indent + known, label)}  "
        if is_again or name == CLIENT:
            lines.append(_cut(f"  {indent}{known}", terminal.cells))
            continue
        drawn = _bar(graph.nodes[name].statistics, bar, terminal)
        lines.append(f"{start}{drawn}  {said}".rstrip())
    if len(graph.nodes) > len({name for _, name, _ in rows}):
        lines.append(_cut("  and more services with fewer requests", terminal.cells))
    return lines


def _tree(graph: ServiceGraph) -> Iterator[tuple[str, str, bool]]:
    """Indent, name, and whether it stood there before; callees of most requests first."""
    onward: dict[str, list[Edge]] = {}
    for edge in graph.sorted_edges:
        onward.setdefault(edge.caller, []).append(edge)
    called = {edge.callee for edge in graph.edges.values() if edge.caller != edge.callee}
    roots = [name for name in graph.nodes if name == CLIENT or name not in called]
    seen: set[str] = set()
    for first in [*sorted(roots, key=lambda name: name != CLIENT), *graph.nodes]:
        if first in seen:
            continue
        waiting = [("", first, "")]
        while waiting and len(seen) < MOST_NODES:
            indent, name, below = waiting.pop()
            yield indent, name, name in seen
            if name in seen:
                continue
            seen.add(name)
            callees = [
                e.callee for e in sorted(onward.get(name, ()), key=_calls) if e.callee != name
            ]
            for i, callee in enumerate(callees):
                is_last = i == 0
                branch, rest = ("└ ", "  ") if is_last else ("├ ", "│ ")
                waiting.append((f"{below[-2 * _MOST_DEPTH :]}{branch}", callee,
                                f"{below[-2 * _MOST_DEPTH :]}{rest}"))  # fmt: skip


def _calls(edge: Edge) -> int:
    return edge.statistics.count


def _figures(graph: ServiceGraph, name: str) -> list[list[str]]:
    """What is said of a node in columns: all of it first, then ever less."""
    node, statistics = graph.nodes[name], graph.nodes[name].statistics
    minutes = max(1.0, graph.end_s - graph.start_s) / 60
    if not statistics.count:
        return [[], [], [], [], []]
    rate = wording.rate(statistics.count / minutes)
    average = f"avg {wording.duration(statistics.durations.mean_s)}"
    p99 = f"p99 {wording.duration(statistics.durations.quantile_s(0.99))}"
    outcomes = failures(statistics) or ["all ok"]
    kind = f"({TYPES[node.type]})" if node.type in TYPES else ""
    return [
        [rate, average, p99, ", ".join(outcomes), kind],
        [rate, average, p99, ", ".join(outcomes)],
        [rate, average, outcomes[0]],
        [average, outcomes[0]],
        [outcomes[0]],
    ]


def _aligned(rows: Sequence[list[str]]) -> list[str]:
    """Columns of equal width."""
    wide = [max(map(cell_len, cells)) for cells in zip(*filter(None, rows), strict=True)]
    return ["  ".join(map(set_cell_size, row, wide)).rstrip() if row else "" for row in rows]


def _widest(lines: Sequence[str]) -> int:
    return max(map(cell_len, lines))


def _bar(statistics: Statistics, width: int, terminal: Terminal) -> str:
    """Shares of the outcomes, the failing ones last; each that is there has a cell at least."""
    order = (Health.OK, Health.ERROR, Health.THROTTLE, Health.FAULT)
    cells = {h: max(1, round(statistics.share(h) * width)) for h in order if statistics.share(h)}
    if not cells:
        return " " * width
    widest = max(cells, key=lambda health: cells[health])
    cells[widest] += width - sum(cells.values())
    return "".join(terminal.paint(_SIGNS[h] * n, h) for h, n in cells.items())


def trace_lines(trace: Trace, terminal: Terminal) -> list[str]:
    """The timeline of a trace, with the cause of its failure."""
    request = f"{trace.root.http.method} {trace.root.http.url or trace.root.name}".strip()
    title = f"  {trace.xray_id}  {wording.printable(request, 300)}"
    lines = [_cut(title, terminal.cells)]
    rows = [row for _, row in zip(range(MOST_ROWS), trace.walk(), strict=False)]
    labels = [f"{'  ' * min(d, _MOST_DEPTH)}{_name(trace, s)}" for s, d in rows]
    label = min(max(map(cell_len, labels)), max(14, terminal.cells // 3))
    bar = terminal.cells - label - 28
    for (span, _), name in zip(rows, labels, strict=True):
        state = f"{_state(span):<12}"
        start = f"    {_cells(name, label)} {terminal.paint(state, span.health)}"
        took = wording.short_duration(span.duration_s) if span.is_complete else "..."
        lines.append(f"{start}{took[:8]:>8} {_span_bar(trace, span, bar, terminal)}".rstrip())
    if len(trace.by_id) > len(rows):
        lines.append(f"    and {counted(len(trace.by_id) - len(rows), 'more span')}")
    return [*lines, *_causes(trace, terminal)]


def _name(trace: Trace, span: Span) -> str:
    """The service where work enters one, else what the span itself is called."""
    is_entry = trace.enters_service(span)
    return wording.printable((is_entry and trace.services.get(span.span_id)) or span.name, 100)


def _span_bar(trace: Trace, span: Span, width: int, terminal: Terminal) -> str:
    if width < 6:
        return ""
    length_s = max(trace.duration_s, 1e-9)
    left = min(1.0, max(0.0, (span.start_s - trace.start_s) / length_s))
    share = min(1.0 - left, span.duration_s / length_s)
    at = min(width - 1, int(left * width))
    cells = min(width - at, max(1, round(share * width)))
    return " " * at + terminal.paint(_SIGNS[span.health] * cells, span.health)


def _state(span: Span) -> str:
    word = "..." if not span.is_complete else span.health.value
    return f"{word} {span.http.status}" if span.http.status else word


def _causes(trace: Trace, terminal: Terminal) -> Iterator[str]:
    """The first exception that was recorded, and where it was raised."""
    for span in trace.spans:
        for exception in span.exceptions[:1]:
            parts = (exception.type, exception.message)
            said = wording.printable(": ".join(part for part in parts if part), 500)
            yield _cut(f"    cause: {said}", terminal.cells)
            for frame in exception.stack[:3]:
                where = f"{frame.path}{f':{frame.line}' if frame.line else ''}"
                line = wording.printable(f"{frame.label or '?'}  {where}", 300)
                yield _cut(f"      at {line}", terminal.cells)
            return


def _cells(text: str, width: int) -> str:
    """Exactly so many cells: padded, or cut with a sign that says so."""
    return set_cell_size(_cut(text, width), width)


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""
