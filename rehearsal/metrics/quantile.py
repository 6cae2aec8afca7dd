"""Prometheus' `histogram_quantile`: a quantile out of cumulative buckets. Pure.

The rank is looked up in the cumulative counts and the value taken linearly inside its bucket; a
rank in the +Inf bucket gives the last finite bound (prometheus/promql/quantile.go).
"""

import math
from collections.abc import Iterable


def histogram_quantile(q: float, buckets: Iterable[tuple[float, float]]) -> float:
    """The q-quantile of (upper bound, cumulative count) pairs; NaN where nothing was counted."""
    ordered = sorted(buckets)
    if q < 0 or q > 1:
        return math.copysign(math.inf, q - 0.5)
    if len(ordered) < 2 or not math.isinf(ordered[-1][0]):
        return math.nan
    counts = _monotonic(count for _, count in ordered)
    if counts[-1] == 0:
        return math.nan
    return _interpolate(q * counts[-1], [bound for bound, _ in ordered], counts)


def _interpolate(rank: float, bounds: list[float], counts: list[float]) -> float:
    index = next(i for i, count in enumerate(counts) if count >= rank)
    if index == len(bounds) - 1:
        return bounds[-2]
    if index == 0 and bounds[0] <= 0:
        return bounds[0]
    low = bounds[index - 1] if index else 0.0
    below = counts[index - 1] if index else 0.0
    inside = counts[index] - below
    return low + (bounds[index] - low) * ((rank - below) / inside if inside else 1.0)


def _monotonic(counts: Iterable[float]) -> list[float]:
    highest, result = 0.0, []
    for count in counts:
        highest = max(highest, count)
        result.append(highest)
    return result
