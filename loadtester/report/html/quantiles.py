"""Latency by quantile, stretched logarithmically towards the slowest request."""

import math

from markupsafe import Markup

from commons.units import NS_PER_S
from loadtester.load.measuring.latency import Latency
from loadtester.report.appendix import NO_RESPONSE
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
from loadtester.thresholds.measures.latency import quantile_of
from loadtester.thresholds.verdict import Judgement

TICKS = (0.0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
STRIPS = 48
FINEST_PX = 0.7


def latency_by_quantile(report: Report) -> Markup:
    """One line for service time, and one for response time when there was a schedule."""
    result, frame = report.result, Frame()
    curves = [("service", "from the send", result.service_latency)]
    if result.is_open:
        curves.append(("response", "from the planned moment", result.response_latency))
    headline = curves[-1][2]
    edges = [e for _, _, latency in curves for e in (latency.times.min_ns, latency.times.max_ns)]
    up = time_scale(edges, frame.base, frame.top)
    across = Scale(0.0, max(1.0, math.log10(max(1, headline.count))), frame.left, frame.end)
    shapes = [rows(frame, up, human_time), columns(frame, _ticks(across))]
    shapes += [line(_curve(latency, across, up), name) for name, _, latency in curves]
    shapes += _strips(frame, across, [(name, latency) for name, _, latency in curves])
    shapes += [mark for judgement in report.judgements for mark in _bound(judgement, across, up)]
    names = [(name, f"{name} time, {words}") for name, words, _ in reversed(curves)]
    if any(_quantile(judgement) is not None for judgement in report.judgements):
        names += [("mark passed", "a threshold that passed"), ("mark failed", "one that failed")]
    if headline.failed:
        names.append(("", "the rest: without a response"))
    return chart(frame, "Latency by quantile", shapes) + legend(names)


def _depth(share: float) -> float:
    """How many nines: 0 at 0 %, 1 at 90 %, 2 at 99 %."""
    return -math.log10(1 - share) if share < 1 else math.inf


def _ticks(across: Scale) -> list[tuple[float, str]]:
    ticks = [share for share in TICKS if _depth(share) <= across.high + 1e-9]
    return [(across(_depth(share)), f"{share * 100:.10g}%") for share in ticks]


def _curve(latency: Latency, across: Scale, up: Scale) -> list[Point]:
    """Up to the share of requests that have a time."""
    points: list[Point] = []
    seen, total = 0, latency.count
    for (_, high), count in latency.times:
        start, seen = seen, seen + count
        y = up(min(high, latency.times.max_ns))
        for share in (start / total, seen / total):
            x = across(_depth(share))
            if not points or max(abs(x - points[-1][0]), abs(y - points[-1][1])) > FINEST_PX:
                points.append((x, y))
    return points


def _strips(frame: Frame, across: Scale, curves: list[tuple[str, Latency]]) -> list[Markup]:
    width = (frame.end - frame.left) / STRIPS
    strips = []
    for k in range(STRIPS):
        share = 1 - 10 ** -(across.high * (k + 0.5) / STRIPS)
        words = [f"{share * 100:.5g}% of requests within"]
        words += [f"{name} time: {_time(latency.quantile_ns(share))}" for name, latency in curves]
        strips.append(hover(frame, frame.left + k * width, width, "\n".join(words)))
    return strips


def _bound(judgement: Judgement, across: Scale, up: Scale) -> list[Markup]:
    share = _quantile(judgement)
    if share is None:
        return []
    words = f"{judgement.threshold}: {judgement.measured}"
    point = (across(_depth(share)), up(judgement.threshold.bound * NS_PER_S))
    return [dot(point, "passed" if judgement.ok else "failed", words)]


def _quantile(judgement: Judgement) -> float | None:
    name = judgement.threshold.measure
    return quantile_of(name) if name.startswith("p") else None


def _time(value_ns: int | None) -> str:
    return NO_RESPONSE if value_ns is None else human_time(value_ns)
