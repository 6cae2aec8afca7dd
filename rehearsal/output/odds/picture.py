"""The chance of a rollback over the error rate, a line per traffic: one SVG. Pure.

SVG 1.1 with its own style sheet, for light and dark pages alike; it needs nothing from outside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from rehearsal.output.odds.report import rate
from rehearsal.probability.curves import ERROR_SHARES, Curve

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 960, 460, 64, 150, 46, 48
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 }
.title { font-size: 15px; font-weight: 600; fill: #111 }
.grid { stroke: #ddd } .healthy { fill: #18794e14 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.c0 { stroke: #2f6fde } .c1 { stroke: #d2691e } .c2 { stroke: #18794e }
.c3 { stroke: #7a55c7 } .c4 { stroke: #c02a37 } .c5 { stroke: #5d6876 }
@media (prefers-color-scheme: dark) {
  svg { background: #14171c } text { fill: #b8bec8 } .title { fill: #f2f4f7 }
  .grid { stroke: #2a323d } .healthy { fill: #4cc38a1f }
  .c0 { stroke: #6aa3ff } .c1 { stroke: #ff9a52 } .c2 { stroke: #4cc38a }
  .c3 { stroke: #b394f4 } .c4 { stroke: #ff6b76 } .c5 { stroke: #97a3b2 }
}
"""
_COLOURS = 6
_TICKS = (0.0001, 0.001, 0.01, 0.1, 1.0)


@dataclass(frozen=True)
class _Plot:
    """The plotting area: a logarithmic scale of error shares, a linear one of chances."""

    def x(self, share: float) -> float:
        low, high = math.log(ERROR_SHARES[0]), math.log(ERROR_SHARES[-1])
        part = (math.log(max(share, ERROR_SHARES[0])) - low) / (high - low)
        return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)

    def y(self, chance: float) -> float:
        return _HEIGHT - _BOTTOM - chance * (_HEIGHT - _TOP - _BOTTOM)


def draw_curves(title: str, curves: Mapping[float, Curve], healthy: float) -> str:
    """The SVG; curves by traffic. Builds up to `healthy` are shaded: there a rollback is wrong."""
    plot = _Plot()
    parts = [
        *_healthy(plot, healthy),
        *_grid(plot),
        *(part for part in _lines(plot, curves)),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' aria-label="{escape(title, {chr(34): "&quot;"})}"><style>{_STYLE}</style>'
        f'<text class="title" x="{_LEFT}" y="24">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _healthy(plot: _Plot, healthy: float) -> Iterable[str]:
    right = plot.x(healthy)
    yield (
        f'<rect class="healthy" x="{_LEFT}" y="{_TOP}" width="{max(0.0, right - _LEFT):.1f}"'
        f' height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        f'<text x="{_LEFT + 6}" y="{_TOP + 16}">healthy</text>'
    )


def _grid(plot: _Plot) -> Iterable[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for chance in (0, 0.25, 0.5, 0.75, 1):
        y = plot.y(chance)
        yield f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{100 * chance:.0f} %</text>'
    for share in _TICKS:
        x = plot.x(share)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        label = f"{100 * share:g} %"
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
    middle = (_LEFT + right) / 2
    yield (
        f'<text x="{middle:.0f}" y="{_HEIGHT - 10}" text-anchor="middle">requests that fail</text>'
        f'<text x="{_LEFT}" y="{_TOP - 8}">chance of a rollback</text>'
    )


def _lines(plot: _Plot, curves: Mapping[float, Curve]) -> Iterable[str]:
    for index, (traffic, curve) in enumerate(curves.items()):
        colour = f"c{index % _COLOURS}"
        path = "L".join(f"{plot.x(share):.1f} {plot.y(chance):.1f}" for share, chance in curve)
        yield f'<path class="line {colour}" d="M{path}"/>'
        x, y = _WIDTH - _RIGHT + 16, _TOP + 10 + 22 * index
        yield f'<line class="line {colour}" x1="{x}" x2="{x + 24}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{x + 32}" y="{y + 4}">{escape(rate(traffic))}</text>'
