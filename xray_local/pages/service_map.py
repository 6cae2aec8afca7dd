"""The service map as SVG: a node is a ring of what became of its requests. Pure.

In a node stand the average response time and the requests in a minute; under it its name, type and
99th percentile, and what failed, for colours alone tell not everybody. It is drawn from left to
right, or downwards where there is little room beside. What is drawn is bounded, and says so.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from xray_local.pages import wording
from xray_local.pages.layout import Layout, lay_out
from xray_local.pages.map_geometry import Boxes, Point, curve, point_along, point_on_rim
from xray_local.pages.outcomes import TYPES, counted, description, edge_description, failures
from xray_local.service_graph import CLIENT, Edge, Node, ServiceGraph, Statistics
from xray_local.spans import Health

Direction = Literal["right", "down"]

MOST_NODES = 48
MOST_EDGES = 120
_BOLD = 1.09
_LONG = 1_700
"""Beyond this a map is scrolled in a page, for its text would become too small."""
_LEAST_SHARE = 0.02
"""Of a ring, so that one failure among thousands is seen."""
_ORDER = (Health.OK, Health.ERROR, Health.THROTTLE, Health.FAULT)


@dataclass(frozen=True)
class _Measures:
    """Sizes in px. `pitch` is from layer to layer, `step` from node to node in a layer."""

    radius: float
    stroke: float
    pitch: float
    step: float
    label: float
    """How wide a name may be."""
    name_px: float
    small_px: float
    line: float
    margin: float


_RIGHT = _Measures(35, 8, 216, 172, 168, 13, 11.5, 15, 16)
_DOWN = _Measures(30, 7, 208, 122, 118, 12, 11, 14, 8)


@cache
def style_sheet() -> str:
    """What a page that holds maps without a style of their own needs."""
    return (Path(__file__).parent / "static" / "map.css").read_text()


def map_svg(
    graph: ServiceGraph,
    *,
    direction: Direction = "right",
    link: Callable[[str], str] | None = None,
    with_style: bool = True,
) -> str:
    """The map as an SVG element, for a file or a page.

    `link` gives the address of a node's traces. Without `with_style` the page must have
    `style_sheet()` already.
    """
    return _Drawing(graph, direction, link).svg(with_style)


class _Drawing:
    def __init__(
        self, graph: ServiceGraph, direction: Direction, link: Callable[[str], str] | None
    ) -> None:
        self._graph = graph
        self._is_down = direction == "down"
        self._size = _DOWN if self._is_down else _RIGHT
        self._link = link
        nodes = sorted(graph.nodes.values(), key=lambda n: (n.name != CLIENT, -n.statistics.count))
        kept = {node.name for node in nodes[:MOST_NODES]}
        self._nodes = [node for node in graph.nodes.values() if node.name in kept]
        between = [e for e in graph.sorted_edges if e.caller in kept and e.callee in kept]
        busiest = sorted(between, key=lambda e: -e.statistics.count)[:MOST_EDGES]
        self._edges = sorted(busiest, key=between.index) if len(between) > MOST_EDGES else between
        self._layout = self._laid_out()
        self._boxes = Boxes()
        self._above, self._below = self._overhang()
        seconds = max(1.0, graph.end_s - graph.start_s)
        self._minutes = seconds / 60

    def _laid_out(self) -> Layout:
        names = [node.name for node in sorted(self._nodes, key=lambda n: n.name != CLIENT)]
        return lay_out(names, [(edge.caller, edge.callee) for edge in self._edges])

    def svg(self, with_style: bool) -> str:
        if not self._nodes:
            nothing = _text(180, 36, 13, "name", "No requests in this time")
            return self._frame(360, 64, [nothing], with_style)
        width, height = self._extent()
        for node in self._nodes:
            self._take_room(node)
        edges = [part for edge in self._edges for part in self._edge(edge)]
        labels = [part for edge in self._edges for part in self._edge_label(edge)]
        nodes = [part for node in self._nodes for part in self._node(node)]
        return self._frame(
            width, height, [*edges, *nodes, *labels, *self._rest(height)], with_style
        )

    def _frame(self, width: float, height: float, parts: list[str], with_style: bool) -> str:
        name = (
            f"Service map: {counted(len(self._graph.nodes), 'node')},"
            f" {counted(len(self._graph.edges), 'connection')},"
            f" {counted(self._graph.traces, 'trace')}"
        )
        role, long = "group" if self._link else "img", " long" if width > _LONG else ""
        style = f"<style>{style_sheet()}</style>" if with_style else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="xray-map{long}" role="{role}"'
            f' aria-label="{name}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
            f' height="{height:.0f}">{style}'
            f'<rect class="paper" width="100%" height="100%" rx="8"/>{"".join(parts)}</svg>'
        )

    def _extent(self) -> Point:
        size = self._size
        across = self._layout.width * size.step
        along = (self._layout.layers - 1) * size.pitch
        note = 22 if self._hidden() else 0
        if self._is_down:
            width = max(across + size.label, 344) + 2 * size.margin
            lines = max(len(self._lines(node)) for node in self._nodes)
            block = 2 * (size.radius + size.stroke) + lines * size.line
            return width, along + block + 2 * size.margin + note
        height = self._above + across + self._below + 2 * size.margin + note
        return along + size.label + 2 * size.margin, height

    def _overhang(self) -> Point:
        """How far a map to the right reaches above its first position, and below its last."""
        size, half = self._size, self._layout.width / 2
        rim = size.radius + size.stroke
        above, below = [0.0], [0.0]
        for node in self._nodes:
            _, position = self._layout.nodes[node.name]
            loop = 24 if (node.name, node.name) in self._graph.edges else 6
            text = len(self._lines(node)) * size.line + 6
            above.append(rim + loop - (position + half) * size.step)
            below.append(rim + text - (half - position) * size.step)
        passed = [place for way in self._layout.edges.values() for place in way[1:-1]]
        if passed:
            above.append(2.4 * size.line - (min(p for _, p in passed) + half) * size.step)
            below.append(size.line - (half - max(p for _, p in passed)) * size.step)
        return max(above), max(below)

    def _at(self, layer: float, position: float) -> Point:
        """The centre of a place."""
        size, (width, _) = self._size, self._extent()
        along = size.margin + layer * size.pitch
        across = (position + self._layout.width / 2) * size.step
        if self._is_down:
            return width / 2 + position * size.step, along + size.radius + size.stroke
        return along + size.label / 2, size.margin + self._above + across

    def _center(self, name: str) -> Point:
        return self._at(*self._layout.nodes[name])

    def _lines(self, node: Node) -> list[tuple[str, str]]:
        """What stands under a node, with its class; the name first."""
        size = self._size
        lines = [
            ("name", t) for t in wording.two_lines(node.name, size.label, size.name_px * _BOLD)
        ]
        kind = TYPES.get(node.type, wording.printable(node.type, 60))
        statistics = node.statistics
        if kind:
            lines.append(("", wording.fitted(kind, size.label, size.small_px)))
        if statistics.count > 1:
            lines.append(("", f"p99 {wording.duration(statistics.durations.quantile_s(0.99))}"))
        lines += [("bad" if "fault" in said else "warn", said) for said in failures(statistics)]
        return lines

    def _take_room(self, node: Node) -> None:
        x, y = self._center(node.name)
        size = self._size
        around = 2 * size.radius + size.stroke
        self._boxes.force(x, y, around, around)
        lines = self._lines(node)
        widest = max(wording.width_px(text, size.name_px * _BOLD) for _, text in lines)
        height = len(lines) * size.line + 4
        self._boxes.force(x, y + around / 2 + 4 + height / 2, widest, height)

    def _node(self, node: Node) -> Iterator[str]:
        x, y = self._center(node.name)
        size, statistics = self._size, node.statistics
        label = wording.printable(description(node, self._minutes), 500)
        opened, closed = "<g>", "</g>"
        if self._link is not None and node.name != CLIENT:
            address = quoteattr(wording.printable(self._link(node.name)))
            opened, closed = f"<a href={address} aria-label={quoteattr(label)}>", "</a>"
        yield f"{opened}<title>{escape(label)}</title>"
        yield f'<circle class="disc" cx="{x:.1f}" cy="{y:.1f}" r="{size.radius:g}"/>'
        yield from _ring(x, y, size, statistics)
        if statistics.count:
            average = wording.short_duration(statistics.durations.mean_s)
            yield _text(x, y - 1, size.name_px, "time", average)
            said = self._amount(statistics)
            yield _text(x, y + size.small_px + 2, size.small_px - 1, "", said)
        elif node.name == CLIENT:
            yield _text(x, y + 4, size.name_px, "time", "client")
        top = y + size.radius + size.stroke / 2 + 4
        for i, (kind, text) in enumerate(self._lines(node)):
            px = size.name_px if kind == "name" else size.small_px
            yield _text(x, top + (i + 0.8) * size.line, px, kind, text)
        yield closed

    def _amount(self, statistics: Statistics) -> str:
        """Requests in a minute; of a single trace, how many there were."""
        if self._graph.traces == 1:
            return counted(statistics.count, "call")
        return wording.rate(statistics.count / self._minutes)

    def _way(self, edge: Edge) -> list[Point]:
        """From the rim of the caller to that of the callee, by the places in between."""
        size = self._size
        x, y = self._center(edge.caller)
        if edge.caller == edge.callee:
            return []
        passed = self._layout.edges[edge.caller, edge.callee]
        middle = [self._at(*place) for place in passed[1:-1]]
        to_x, to_y = self._center(edge.callee)
        rim = size.radius + size.stroke / 2
        first, last = passed[0][0], passed[-1][0]
        if self._is_down:
            under = rim + 4 + len(self._lines(self._graph.nodes[edge.caller])) * size.line + 4
            ends = ((x, y + under), (to_x, to_y - rim - 8))
            if first > last:
                under = rim + 4 + len(self._lines(self._graph.nodes[edge.callee])) * size.line + 12
                ends = ((x, y - rim - 2), (to_x, to_y + under))
        else:
            side = 1 if first < last else -1
            ends = ((x + side * (rim + 2), y), (to_x - side * (rim + 8), to_y))
        return [ends[0], *middle, ends[1]]

    def _edge(self, edge: Edge) -> Iterator[str]:
        statistics = edge.statistics
        failing = " failing" if statistics.fault * 20 > statistics.count else ""
        width = 1.4 + min(3.0, math.log10(1 + statistics.count / self._minutes))
        title = f"<title>{escape(edge_description(edge, self._minutes))}</title>"
        way = self._way(edge)
        path = self._loop(edge.caller) if not way else curve(way, is_down=self._is_down)
        yield (
            f'<g>{title}<path class="edge{failing}" stroke-width="{width:.1f}" d="{path}"/>'
            f"{self._tip(edge, way, failing)}</g>"
        )

    def _tip(self, edge: Edge, way: Sequence[Point], failing: str) -> str:
        if not way:
            x, y = self._center(edge.caller)
            x, y, dx, dy = x + 10, y - self._size.radius - 6, 0.0, 1.0
        else:
            (x, y), (from_x, from_y) = way[-1], way[-2]
            is_ahead = (y > from_y) if self._is_down else (x > from_x)
            side = 1.0 if is_ahead else -1.0
            dx, dy = (0.0, side) if self._is_down else (side, 0.0)
        points = ((x + 7 * dx, y + 7 * dy), (x - 5 * dy, y - 5 * dx), (x + 5 * dy, y + 5 * dx))
        corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        return f'<polygon class="tip{failing}" points="{corners}"/>'

    def _loop(self, name: str) -> str:
        x, y = self._center(name)
        top = y - self._size.radius - self._size.stroke / 2
        over = f"{x - 26:.1f} {top - 28:.1f} {x + 26:.1f} {top - 28:.1f}"
        return f"M{x - 10:.1f} {top:.1f}C{over} {x + 10:.1f} {top - 4:.1f}"

    def _edge_label(self, edge: Edge) -> Iterator[str]:
        """The rate where there is room for it along the way; the title says it anyway."""
        statistics, size = edge.statistics, self._size
        if self._graph.traces == 1 and statistics.count == 1:
            return
        lines = [self._amount(statistics)]
        if statistics.fault:
            lines.append(f"{wording.percent(statistics.fault / statistics.count)} faults")
        width = max(wording.width_px(text, size.small_px * _BOLD) for text in lines)
        height = len(lines) * size.line
        way = self._way(edge)
        if not way:
            return
        lift = 0.0 if self._is_down else height / 2 + 5
        for place in (0.5, 0.4, 0.6, 0.3, 0.7):
            x, y = point_along(way, place, is_down=self._is_down)
            y -= lift
            if not self._boxes.take(x, y, width, height):
                continue
            for i, text in enumerate(lines):
                kind = "on bad" if i else "on"
                top = y + (i - (len(lines) - 1) / 2) * size.line + size.small_px * 0.36
                yield _text(x, top, size.small_px, kind, text)
            return

    def _hidden(self) -> str:
        nodes = len(self._graph.nodes) - len(self._nodes)
        edges = len(self._graph.edges) - len(self._edges)
        if not nodes and not edges:
            return ""
        return f"and {counted(nodes, 'node')}, {counted(edges, 'connection')} with fewer requests"

    def _rest(self, height: float) -> Iterator[str]:
        if said := self._hidden():
            width, _ = self._extent()
            yield _text(width / 2, height - 10, self._size.small_px, "", said)


def ring_shares(statistics: Statistics) -> list[tuple[Health, float]]:
    """The parts of a ring, in order; each that is there is wide enough to be seen."""
    shares = [(health, statistics.share(health)) for health in _ORDER]
    seen = [(health, max(share, _LEAST_SHARE)) for health, share in shares if share > 0]
    total = sum(share for _, share in seen)
    return [(health, share / total) for health, share in seen]


def _ring(x: float, y: float, size: _Measures, statistics: Statistics) -> Iterator[str]:
    parts = ring_shares(statistics)
    width = f'stroke-width="{size.stroke:g}"'
    if len(parts) < 2:
        kind = parts[0][0].value if parts else "none"
        width = width if parts else 'stroke-width="2"'
        yield (
            f'<circle class="ring {kind}" {width} cx="{x:.1f}" cy="{y:.1f}" r="{size.radius:g}"/>'
        )
        return
    at = 0.0
    for health, share in parts:
        ax, ay = point_on_rim(x, y, size.radius, at)
        bx, by = point_on_rim(x, y, size.radius, at + share)
        arc = f"A{size.radius:g} {size.radius:g} 0 {int(share > 0.5)} 1 {bx:.2f} {by:.2f}"
        yield f'<path class="ring {health.value}" {width} d="M{ax:.2f} {ay:.2f}{arc}"/>'
        at += share


def _text(x: float, y: float, size_px: float, kind: str, text: str) -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" font-size="{size_px:g}">{escape(text)}</text>'
