"""Latency by quantile, stretched logarithmically towards the slowest request."""

import math

from commons.units import NS_PER_S
from loadtester.load.measuring.histogram import Histogram
from loadtester.report.base import Report
from loadtester.report.html.scales import Scale, time_scale
from loadtester.report.html.svg import (
    Frame,
    Point,
    chart,
    columns,
    dot,
    hover,
    legend,
    line,
    rows,
)
from loadtester.report.units import human_time
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.verdict import Judgement

TICKS = (0.0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
STRIPS = 48
FINEST_PX = 0.7


def latency_by_quantile(report: Report) -> str:
    """One line for service time, and one for response time when there was a schedule."""
    result, frame = report.result, Frame()
    curves = [("service", "from the send", result.service_time)]
    if result.is_open:
        curves.append(("response", "from the planned moment", result.response_time))
    headline = curves[-1][2]
    edges = [edge for _, _, times in curves for edge in (times.min_ns, times.max_ns)]
    up = time_scale(edges, frame.base, frame.top)
    across = Scale(0.0, max(1.0, math.log10(max(1, headline.count))), frame.left, frame.end)
    shapes = [rows(frame, up, human_time), columns(frame, _ticks(across))]
    shapes += [line(_curve(times, across, up), name) for name, _, times in curves]
    shapes += _strips(frame, across, [(name, times) for name, _, times in curves])
    shapes += [mark for judgement in report.judgements for mark in _promise(judgement, across, up)]
    names = [(name, f"{name} time, {words}") for name, words, _ in reversed(curves)]
    if any(_quantile(judgement) is not None for judgement in report.judgements):
        names += [("kept", "a bound that was kept"), ("broken", "a bound that was not")]
    return chart(frame, "Latency by quantile", shapes) + legend(names)


def _depth(share: float) -> float:
    """How many nines: 0 at 0 %, 1 at 90 %, 2 at 99 %."""
    return -math.log10(1 - share) if share < 1 else math.inf


def _ticks(across: Scale) -> list[tuple[float, str]]:
    ticks = [share for share in TICKS if _depth(share) <= across.high + 1e-9]
    return [(across(_depth(share)), f"{share * 100:.10g}%") for share in ticks]


def _curve(times: Histogram, across: Scale, up: Scale) -> list[Point]:
    points: list[Point] = []
    seen, total = 0, times.count
    for (_, high), count in times:
        start, seen = seen, seen + count
        y = up(min(high, times.max_ns))
        for share in (start / total, seen / total):
            x = across(_depth(share))
            if not points or max(abs(x - points[-1][0]), abs(y - points[-1][1])) > FINEST_PX:
                points.append((x, y))
    return points


def _strips(frame: Frame, across: Scale, curves: list[tuple[str, Histogram]]) -> list[str]:
    width = (frame.end - frame.left) / STRIPS
    strips = []
    for k in range(STRIPS):
        share = 1 - 10 ** -(across.high * (k + 0.5) / STRIPS)
        words = [f"{share * 100:.5g}% of requests within"]
        words += [f"{name} time: {human_time(times.quantile(share))}" for name, times in curves]
        strips.append(hover(frame, frame.left + k * width, width, "\n".join(words)))
    return strips


def _promise(judgement: Judgement, across: Scale, up: Scale) -> list[str]:
    share = _quantile(judgement)
    if share is None:
        return []
    words = f"{judgement.threshold}: {judgement.measured}"
    point = (across(_depth(share)), up(judgement.threshold.bound * NS_PER_S))
    return [dot(point, "kept" if judgement.ok else "broken", words)]


def _quantile(judgement: Judgement) -> float | None:
    name = judgement.threshold.measure
    if judgement.threshold.unit is not Unit.SECONDS or not name.startswith("p"):
        return None
    return float(name[1:]) / 100
