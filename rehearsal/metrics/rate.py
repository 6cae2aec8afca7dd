"""What a Prometheus makes of the samples of one window (`rate` and its kin). Pure.

A window seldom begins and ends on a scrape, so Prometheus extrapolates the rise between the first
and the last sample to the window's edges: all the way where an edge is nearer than 1.1 mean gaps,
half a mean gap beyond the sample otherwise, and never back past the moment where a counter would
have been zero (prometheus/promql/functions.go, extrapolatedRate). A counter that falls was reset,
and its fall is added back. Fewer than two samples say nothing.

Times are milliseconds; rates are per second.
"""

from collections.abc import Sequence

from rehearsal.metrics.series import MS_PER_S, Point


def increase(points: Sequence[Point], start_ms: int, end_ms: int) -> float | None:
    """The extrapolated rise of a counter over a window; None with fewer than two samples."""
    if len(points) < 2:
        return None
    return _extrapolated(points, _rise(points), start_ms, end_ms, is_counter=True)


def rate(points: Sequence[Point], start_ms: int, end_ms: int) -> float | None:
    """The rise of a counter per second of the window."""
    total = increase(points, start_ms, end_ms)
    return None if total is None else total / ((end_ms - start_ms) / MS_PER_S)


def delta(points: Sequence[Point], start_ms: int, end_ms: int) -> float | None:
    """The extrapolated change of a gauge over a window."""
    if len(points) < 2:
        return None
    change = points[-1][1] - points[0][1]
    return _extrapolated(points, change, start_ms, end_ms, is_counter=False)


def instant_rate(points: Sequence[Point], start_ms: int, end_ms: int) -> float | None:
    """`irate`: the rise per second between the last two samples."""
    del start_ms, end_ms
    if len(points) < 2:
        return None
    (before_ms, before), (last_ms, last) = points[-2:]
    rise = last if last < before else last - before
    return rise / ((last_ms - before_ms) / MS_PER_S)


def instant_delta(points: Sequence[Point], start_ms: int, end_ms: int) -> float | None:
    """`idelta`: the difference between the last two samples."""
    del start_ms, end_ms
    return None if len(points) < 2 else points[-1][1] - points[-2][1]


def regression(points: Sequence[Point], zero_ms: int) -> tuple[float, float] | None:
    """Slope per second and value at `zero_ms` of the least-squares line; None below two samples."""
    if len(points) < 2:
        return None
    values = [value for _, value in points]
    if all(value == values[0] for value in values):
        return 0.0, values[0]
    times_s = [(at_ms - zero_ms) / MS_PER_S for at_ms, _ in points]
    count, sum_x, sum_y = len(points), sum(times_s), sum(values)
    sum_xy = sum(x * y for x, y in zip(times_s, values, strict=True))
    covariance = sum_xy - sum_x * sum_y / count
    slope = covariance / (sum(x * x for x in times_s) - sum_x * sum_x / count)
    return slope, sum_y / count - slope * sum_x / count


def _extrapolated(
    points: Sequence[Point], change: float, start_ms: int, end_ms: int, *, is_counter: bool
) -> float:
    sampled_ms = float(points[-1][0] - points[0][0])
    gap_ms = sampled_ms / (len(points) - 1)
    to_start_ms = _reach(points[0][0] - start_ms, gap_ms)
    if is_counter and change > 0 and points[0][1] >= 0:
        to_start_ms = min(to_start_ms, sampled_ms * points[0][1] / change)
    to_end_ms = _reach(end_ms - points[-1][0], gap_ms)
    return change * ((sampled_ms + to_start_ms + to_end_ms) / sampled_ms)


def _rise(points: Sequence[Point]) -> float:
    rise, before = points[-1][1] - points[0][1], points[0][1]
    for _, value in points[1:]:
        if value < before:
            rise += before
        before = value
    return rise


def _reach(edge_ms: float, gap_ms: float) -> float:
    return edge_ms if edge_ms < gap_ms * 1.1 else gap_ms / 2
