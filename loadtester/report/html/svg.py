"""The few shapes that the charts are drawn with. What is put into them is escaped by `Markup`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

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


_CHART = Markup(
    '<div class="wide"><svg viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}</svg></div>'
)
_ROW = Markup(
    '<line class="grid" x1="{:g}" x2="{:g}" y1="{:.1f}" y2="{:.1f}"/>'
    '<text class="tick" x="{:g}" y="{:.1f}" text-anchor="end">{}</text>'
)
_COLUMN = Markup(
    '<line class="grid" x1="{:.1f}" x2="{:.1f}" y1="{:g}" y2="{:g}"/>'
    '<text class="tick" x="{:.1f}" y="{:g}" text-anchor="middle">{}</text>'
)
_LINE = Markup('<polyline class="line {}" points="{}"/>')
_DOT = Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="4">{}</circle>')
_BAR = Markup('<rect class="bar {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
_HOVER = Markup(
    '<rect class="hover" x="{:.1f}" y="{:g}" width="{:.1f}" height="{:g}"><title>{}</title></rect>'
)
_TITLE = Markup("<title>{}</title>")
_METER = Markup(
    '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
    '<rect class="{}" width="{:.2f}" height="8"/></svg>'
)
_LEGEND = Markup('<ul class="legend">{}</ul>')
_ENTRY = Markup('<li><i class="{}"></i>{}</li>')
_WORDS = Markup("<li>{}</li>")
_NOTHING = Markup()


def chart(frame: Frame, label: str, shapes: Iterable[Markup]) -> Markup:
    """A chart that grows with the page and scrolls on a phone; `label` is for the blind."""
    return _CHART.format(frame.width, frame.height, label, _NOTHING.join(shapes))


def rows(frame: Frame, scale: Scale, name: Callable[[float], str]) -> Markup:
    """Horizontal grid lines with their values at the left."""
    lines = []
    for tick in scale.ticks():
        y = scale(tick)
        lines.append(_ROW.format(frame.left, frame.end, y, y, frame.left - 8, y + 4, name(tick)))
    return _NOTHING.join(lines)


def columns(frame: Frame, ticks: Iterable[tuple[float, str]]) -> Markup:
    """Vertical grid lines at pixels, with their names below."""
    below = frame.base + 19
    return _NOTHING.join(
        _COLUMN.format(x, x, frame.top, frame.base, x, below, name) for x, name in ticks
    )


def line(points: Sequence[Point], css: str) -> Markup:
    """A line through points; a lone one is a dot."""
    if len(points) == 1:
        return dot(points[0], css)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return _LINE.format(css, path) if points else _NOTHING


def dot(point: Point, css: str, title: str = "") -> Markup:
    """A dot, with a word when the pointer rests on it."""
    return _DOT.format(css, *point, _TITLE.format(title) if title else _NOTHING)


def bar(x: float, width: float, top: float, base: float, css: str) -> Markup:
    """An upright bar; nothing when it has no height."""
    return _BAR.format(css, x, top, width, base - top) if base - top > 0 else _NOTHING


def meter(share: float, css: str) -> Markup:
    """A bar across, filled up to a share (0..1)."""
    return _METER.format(css, 100 * share)


def hover(frame: Frame, x: float, width: float, title: str) -> Markup:
    """A strip of the plot that lights up under the pointer and says what is there."""
    return _HOVER.format(x, frame.top, width, frame.base - frame.top, title)


def legend(entries: Iterable[tuple[str, str]]) -> Markup:
    """What the colours mean: (class, words) pairs; words without a class stand by themselves."""
    items = (_ENTRY.format(css, words) if css else _WORDS.format(words) for css, words in entries)
    return _LEGEND.format(_NOTHING.join(items))
