"""Prometheus' `rate` and `increase`: how fast a counter rises inside a window. Pure.

A window seldom begins and ends on a scrape, so Prometheus extrapolates the rise between the first
and the last sample to the window's edges: all the way where an edge is nearer than 1.1 mean gaps,
half a mean gap beyond the sample otherwise, and never back past the moment where the counter
would have been zero (prometheus/promql/functions.go, extrapolatedRate). A counter that falls was
reset, and its fall is added back. Fewer than two samples say nothing.
"""

from collections.abc import Sequence

Point = tuple[float, float]


def increase(points: Sequence[Point], start_s: float, end_s: float) -> float | None:
    """The extrapolated rise over a window; None with fewer than two samples."""
    if len(points) < 2:
        return None
    rise = _rise(points)
    sampled_s = points[-1][0] - points[0][0]
    gap_s = sampled_s / (len(points) - 1)
    to_start_s = points[0][0] - start_s
    if rise > 0 and points[0][1] >= 0:
        to_start_s = min(to_start_s, sampled_s * points[0][1] / rise)
    reached_s = sampled_s + _reach(to_start_s, gap_s) + _reach(end_s - points[-1][0], gap_s)
    return rise * reached_s / sampled_s


def rate(points: Sequence[Point], start_s: float, end_s: float) -> float | None:
    """The rise per second of the window."""
    total = increase(points, start_s, end_s)
    return None if total is None else total / (end_s - start_s)


def _rise(points: Sequence[Point]) -> float:
    rise, before = 0.0, points[0][1]
    for _, value in points[1:]:
        rise += value if value < before else value - before
        before = value
    return rise


def _reach(edge_s: float, gap_s: float) -> float:
    return edge_s if edge_s < gap_s * 1.1 else gap_s / 2
