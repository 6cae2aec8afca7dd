"""A rehearsal as one picture: the canary's share, its success rate, failed requests. Pure.

SVG 1.1 with its own style sheet, for light and dark pages alike; it needs nothing from outside.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from xml.sax.saxutils import escape

from rehearsal.output.text import canary_time
from rehearsal.recording.snapshot import Snapshot

_WIDTH, _LEFT, _RIGHT = 960, 70, 20
_TOP, _GAP, _PANEL = 78, 26, 96
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 }
.title { font-size: 15px; font-weight: 600; fill: #111 }
.band { fill: #00000008 } .axis { stroke: #bbb } .goal { stroke: #999; stroke-dasharray: 4 3 }
.weight { fill: #2f6fde33; stroke: #2f6fde; stroke-width: 1.5 }
.success { fill: none; stroke: #1a8f4c; stroke-width: 1.5 }
.error { fill: #d0342c }
@media (prefers-color-scheme: dark) {
  svg { background: #14171c } text { fill: #b8bec8 } .title { fill: #f2f4f7 }
  .band { fill: #ffffff0a } .axis { stroke: #4a515c } .goal { stroke: #7d8694 }
}
"""

Point = tuple[float, float]


@dataclass(frozen=True)
class _Panel:
    """One row of the picture: a scale from 0 to `most` between two heights."""

    title: str
    index: int
    most: float

    @property
    def bottom(self) -> float:
        return _TOP + self.index * (_PANEL + _GAP) + _PANEL

    def y(self, value: float) -> float:
        return self.bottom - _PANEL * min(value, self.most) / self.most


def picture(title: str, snapshots: Sequence[Snapshot], success_goal: float | None) -> str:
    """The SVG of a run, from snapshots in order; an empty frame when there are none."""
    start_s = snapshots[0].time_s if snapshots else 0.0
    span_s = max(1.0, snapshots[-1].time_s - start_s) if snapshots else 1.0

    def x(time_s: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (time_s - start_s) / span_s

    most = max((m.canary_weight for m in snapshots), default=0)
    failed = [(m.time_s, m.failures - before.failures) for before, m in pairwise(snapshots)]
    weight = _Panel("canary weight %", 0, max(20.0, most * 1.15))
    success = _Panel("success rate %", 1, 100.0)
    errors = _Panel("failed requests", 2, max(4.0, *(n for _, n in failed), 0.0) if failed else 4.0)
    parts = [
        *_bands(snapshots, x, errors.bottom),
        *(part for panel in (weight, success, errors) for part in _frame(panel)),
        _weights(snapshots, x, weight),
        *_successes(snapshots, x, success),
        *_bars(failed, x, errors),
        *([] if success_goal is None else [_line("goal", success.y(success_goal))]),
    ]
    height = round(errors.bottom + 34)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}"'
        f' role="img" aria-label="{escape(title)}"><style>{_STYLE}</style>'
        f'<text class="title" x="{_LEFT}" y="22">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _bands(
    snapshots: Sequence[Snapshot], x: Callable[[float], float], bottom: float
) -> Iterable[str]:
    steps = [list(group) for _, group in groupby(snapshots, key=lambda m: m.step)]
    for number, step in enumerate(steps):
        left, right = x(step[0].time_s), x(step[-1].time_s)
        if number % 2 == 0:
            yield (
                f'<rect class="band" x="{left:.1f}" y="{_TOP - 10}"'
                f' width="{right - left:.1f}" height="{bottom - _TOP + 10:.1f}"/>'
            )
        label, y = f"{number + 1}. {step[0].step}", _TOP - 16 - 14 * (number % 2)
        yield f'<text x="{left + 3:.1f}" y="{y}">{escape(label)}</text>'
        moment = canary_time(step[0].time_s)
        yield f'<text x="{left + 3:.1f}" y="{bottom + 18:.1f}">{moment}</text>'


def _frame(panel: _Panel) -> Iterable[str]:
    yield _line("axis", panel.bottom)
    yield f'<text x="8" y="{panel.y(panel.most) + 10:.1f}">{panel.most:.0f}</text>'
    yield f'<text x="8" y="{panel.bottom:.1f}">0</text>'
    yield f'<text x="{_LEFT + 3}" y="{panel.y(panel.most) + 10:.1f}">{panel.title}</text>'


def _line(kind: str, y: float) -> str:
    return f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _weights(snapshots: Sequence[Snapshot], x: Callable[[float], float], panel: _Panel) -> str:
    corners: list[Point] = []
    for before, after in pairwise(snapshots):
        y = panel.y(before.canary_weight)
        corners += [(x(before.time_s), y), (x(after.time_s), y)]
    if not corners:
        return ""
    closed = [(corners[0][0], panel.bottom), *corners, (corners[-1][0], panel.bottom)]
    return f'<path class="weight" d="{_path(closed)}Z"/>'


def _successes(
    snapshots: Sequence[Snapshot], x: Callable[[float], float], panel: _Panel
) -> Iterable[str]:
    for known, group in groupby(snapshots, key=lambda m: m.success_percent is not None):
        points = [(x(m.time_s), panel.y(m.success_percent or 0.0)) for m in group]
        if known and len(points) > 1:
            yield f'<path class="success" d="{_path(points)}"/>'


def _bars(
    failed: Iterable[tuple[float, int]], x: Callable[[float], float], panel: _Panel
) -> Iterable[str]:
    for time_s, count in failed:
        if count > 0:
            top = panel.y(count)
            yield (
                f'<rect class="error" x="{x(time_s) - 1.5:.1f}" y="{top:.1f}" width="3"'
                f' height="{panel.bottom - top:.1f}"/>'
            )


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
