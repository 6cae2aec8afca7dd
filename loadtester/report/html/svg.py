"""The few shapes that the charts are drawn with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from loadtester.report.html.scales import Scale

Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """The plotting area of a chart, in pixels of its view box."""

    width: float = 1040
    height: float = 300
    left: float = 62
    right: float = 14
    top: float = 14
    bottom: float = 30

    @property
    def end(self) -> float:
        """The right edge of the plot."""
        return self.width - self.right

    @property
    def base(self) -> float:
        """The lower edge of the plot."""
        return self.height - self.bottom


def chart(frame: Frame, label: str, shapes: Iterable[str]) -> str:
    """A chart that grows with the page and scrolls on a phone; `label` is for the blind."""
    view = f"0 0 {frame.width:g} {frame.height:g}"
    body = "".join(shapes)
    svg = f'<svg viewBox="{view}" role="img" aria-label="{escape(label)}">{body}</svg>'
    return f'<div class="wide">{svg}</div>'


def rows(frame: Frame, scale: Scale, name: Callable[[float], str]) -> str:
    """Horizontal grid lines with their values at the left."""
    lines = []
    for tick in scale.ticks():
        y = scale(tick)
        lines.append(
            f'<line class="grid" x1="{frame.left:g}" x2="{frame.end:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{frame.left - 8:g}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(name(tick))}</text>"
        )
    return "".join(lines)


def columns(frame: Frame, ticks: Iterable[tuple[float, str]]) -> str:
    """Vertical grid lines at pixels, with their names below."""
    return "".join(
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.top:g}" y2="{frame.base:g}"/>'
        f'<text class="tick" x="{x:.1f}" y="{frame.base + 19:g}" text-anchor="middle">'
        f"{escape(name)}</text>"
        for x, name in ticks
    )


def line(points: Sequence[Point], css: str) -> str:
    """A line through points; a lone one is a dot."""
    if len(points) == 1:
        return dot(points[0], css)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="line {css}" points="{path}"/>' if points else ""


def dot(point: Point, css: str, title: str = "") -> str:
    """A dot, with a word when the pointer rests on it."""
    inner = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<circle class="dot {css}" cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="4">{inner}</circle>'
    )


def bar(x: float, width: float, top: float, base: float, css: str) -> str:
    """An upright bar; nothing when it has no height."""
    if base - top <= 0:
        return ""
    return (
        f'<rect class="bar {css}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}"'
        f' height="{base - top:.1f}"/>'
    )


def hover(frame: Frame, x: float, width: float, title: str) -> str:
    """A strip of the plot that lights up under the pointer and says what is there."""
    return (
        f'<rect class="hover" x="{x:.1f}" y="{frame.top:g}" width="{width:.1f}"'
        f' height="{frame.base - frame.top:g}"><title>{escape(title)}</title></rect>'
    )


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """What the colours mean: (class, words) pairs; words without a class stand by themselves."""
    items = (
        "<li>" + (f'<i class="{css}"></i>' if css else "") + escape(words) + "</li>"
        for css, words in entries
    )
    return f'<ul class="legend">{"".join(items)}</ul>'
