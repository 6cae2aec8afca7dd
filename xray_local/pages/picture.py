"""The map and one trace in a single SVG file, for reports. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from xml.sax.saxutils import escape

from xray_local.pages import wording
from xray_local.pages.outcomes import counted
from xray_local.pages.service_map import map_svg
from xray_local.pages.timeline import Row, rows, ticks
from xray_local.service_graph import ServiceGraph
from xray_local.trace import Trace

_WIDTH, _LEFT, _STATE, _TIME, _BARS, _RIGHT = 960.0, 16.0, 330.0, 480.0, 500.0, 16.0
_LINE, _TOP, _MOST_ROWS, _MOST_FRAMES = 24.0, 62.0, 40, 3
_STYLE = """
.xray-trace > text { text-anchor: start } .xray-trace > text.end { text-anchor: end }
.xray-trace .grid { stroke: var(--x-edge); stroke-opacity: .35 }
.xray-trace rect.bar { fill: var(--x-own) } .xray-trace { --x-own: #3f7fd6 }
.xray-trace rect.error { fill: var(--x-error) } .xray-trace rect.fault { fill: var(--x-fault) }
.xray-trace rect.throttle { fill: var(--x-throttle) }
"""
_PAPER = """
.xray-paper { fill: #fff } .xray-title { fill: #16202c; font: 600 15px system-ui, sans-serif }
@media (prefers-color-scheme: dark) { .xray-paper { fill: #161b22 } .xray-title { fill: #e9eef4 } }
"""
_VIEW = re.compile(r'viewBox="0 0 (\d+) (\d+)" width="\d+" height="\d+"')


def traces_svg(graph: ServiceGraph, trace: Trace | None, title: str = "") -> str:
    """The map, and beneath it the timeline of a trace if there is one; 960 px wide."""
    drawn = [map_svg(graph)]
    if trace is not None:
        drawn.append(trace_svg(trace))
    return stacked(drawn, title)


def stacked(pictures: Sequence[str], title: str = "") -> str:
    """SVG files beneath each other, each as wide as there is room, and no wider than it is."""
    parts: list[str] = []
    y = 40.0 if title else 0.0
    for svg in pictures:
        match = _VIEW.search(svg)
        if match is None:
            continue
        width, height = float(match[1]), float(match[2])
        scale = min(1.0, _WIDTH / width)
        box = (
            f'x="{(_WIDTH - width * scale) / 2:.1f}" y="{y:.1f}" {match[0].partition(" width")[0]}'
        )
        size = f'width="{width * scale:.1f}" height="{height * scale:.1f}"'
        parts.append(f"{svg[: match.start()]}{box} {size}{svg[match.end() :]}")
        y += height * scale
    heading = _text(_LEFT, 26, "xray-title", wording.printable(title, 200), 15) if title else ""
    paper = f'<style>{_PAPER}</style><rect class="xray-paper" width="100%" height="100%"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img"'
        f' aria-label="{escape(wording.printable(title or "Traces", 200), {chr(34): "&quot;"})}"'
        f' viewBox="0 0 {_WIDTH:.0f} {y:.0f}" width="{_WIDTH:.0f}" height="{y:.0f}">'
        f"{paper}{heading}{''.join(parts)}</svg>"
    )


def trace_svg(trace: Trace) -> str:
    """The timeline of a trace as an SVG file, with the cause of its failure."""
    shown = list(islice(rows(trace), _MOST_ROWS))
    causes = list(_causes(trace))
    more = len(trace.by_id) - len(shown)
    bottom = _TOP + len(shown) * _LINE
    height = bottom + (len(causes) + bool(more)) * 18 + 14
    parts = [*_head(trace), *_grid(trace, bottom)]
    for i, row in enumerate(shown):
        parts += _row(row, _TOP + i * _LINE)
    notes = [*causes, *([("", f"and {counted(more, 'more span')}")] if more else [])]
    for i, (kind, text) in enumerate(notes):
        parts.append(_text(_LEFT, bottom + 16 + i * 18, kind, text, 12))
    label = f"Trace {trace.xray_id}: {counted(len(trace.by_id), 'span')}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="xray-map xray-trace" role="img"'
        f' aria-label="{label}" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="{_WIDTH:.0f}"'
        f' height="{height:.0f}"><style>{_STYLE}</style>{"".join(parts)}</svg>'
    )


def _head(trace: Trace) -> Iterator[str]:
    request = f"{trace.root.http.method} {trace.root.http.url or trace.root.name}".strip()
    title = f"Trace {trace.xray_id}"
    yield _text(_LEFT, 22, "name", title, 13)
    x = _LEFT + wording.width_px(title, 13 * 1.09) + 16
    yield _text(x, 22, "", wording.fitted(request, _WIDTH - x - _RIGHT, 12), 12)


def _grid(trace: Trace, bottom: float) -> Iterator[str]:
    wide = _WIDTH - _BARS - _RIGHT
    for share, name in ticks(trace.duration_s):
        x = _BARS + share * wide
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="36" y2="{bottom:.0f}"/>'
        kind = "end" if share > 0.9 else ""
        yield _text(x - 4 if kind else x + 4, 47, kind, name, 11)


def _row(row: Row, top: float) -> Iterator[str]:
    wide = _WIDTH - _BARS - _RIGHT
    indent = _LEFT + row.indent * 12
    name, beside = row.names
    room = _STATE - indent - 8
    said = wording.fitted(name, room, 12.5 * 1.09)
    yield _text(indent, top + 15, "name", said, 12.5)
    after = indent + wording.width_px(said, 12.5 * 1.09) + 6
    if beside and _STATE - after > 60:
        yield _text(after, top + 15, "", wording.fitted(beside, _STATE - after - 8, 11), 11)
    health = row.span.health.value
    kind = {"ok": "", "fault": "bad"}.get(health, "warn")
    yield _text(_STATE, top + 15, kind, wording.fitted(row.state, 88, 12), 12)
    yield _text(_TIME, top + 15, "end", row.duration, 12)
    x, width = _BARS + row.left * wide, max(2.0, row.width * wide)
    colour = "" if health == "ok" else f" {health}"
    yield (
        f'<rect class="bar{colour}" x="{min(x, _WIDTH - _RIGHT - 2):.1f}" y="{top + 5:.1f}"'
        f' width="{min(width, max(2.0, _WIDTH - _RIGHT - x)):.1f}" height="13" rx="2"/>'
    )


def _causes(trace: Trace) -> Iterator[tuple[str, str]]:
    """The first exception that was recorded, and where it was raised."""
    for span in trace.spans:
        for one in span.exceptions[:1]:
            said = ": ".join(part for part in (one.type, one.message) if part)
            yield "bad", wording.fitted(f"cause: {said}", _WIDTH - 2 * _LEFT, 13)
            for frame in one.stack[:_MOST_FRAMES]:
                where = f"{frame.path}{f':{frame.line}' if frame.line else ''}"
                text = f"at {frame.label or '?'}  {where}"
                yield "", wording.fitted(text, _WIDTH - 2 * _LEFT, 12)
            return


def _text(x: float, y: float, kind: str, text: str, size_px: float) -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" font-size="{size_px:g}">{escape(text)}</text>'
