"""Prometheus' two quantiles: of values, and out of the cumulative buckets of a histogram. Pure.

In a histogram the rank is looked up in the cumulative counts and the value taken linearly inside
its bucket; a rank in the +Inf bucket gives the last finite bound (prometheus/promql/quantile.go).
"""

import math
from collections.abc import Iterable, Sequence


def quantile(q: float, values: Sequence[float]) -> float:
    """The q-quantile of values, interpolated; NaN of nothing, infinite for a q out of 0 to 1."""
    if not values or math.isnan(q):
        return math.nan
    if q < 0 or q > 1:
        return math.copysign(math.inf, q - 0.5)
    ordered = sorted(values, key=lambda v: (not math.isnan(v), v))
    rank = q * (len(ordered) - 1)
    low = max(0, math.floor(rank))
    high = min(len(ordered) - 1, low + 1)
    weight = rank - math.floor(rank)
    return ordered[low] * (1 - weight) + ordered[high] * weight


def histogram_quantile(q: float, buckets: Iterable[tuple[float, float]]) -> float:
    """The q-quantile of (upper bound, cumulative count) pairs; NaN where nothing was counted."""
    bounds, counts = _merged(buckets)
    if not bounds or not math.isinf(bounds[-1]) or math.isnan(q):
        return math.nan
    if q < 0 or q > 1:
        return math.copysign(math.inf, q - 0.5)
    if len(bounds) < 2 or counts[-1] == 0 or math.isnan(counts[-1]):
        return math.nan
    return _interpolate(q * counts[-1], bounds, counts)


def _interpolate(rank: float, bounds: list[float], counts: list[float]) -> float:
    index = next((i for i, count in enumerate(counts[:-1]) if count >= rank), len(counts) - 1)
    if index == len(bounds) - 1:
        return bounds[-2]
    if index == 0 and bounds[0] <= 0:
        return bounds[0]
    low = bounds[index - 1] if index else 0.0
    below = counts[index - 1] if index else 0.0
    inside = counts[index] - below
    return low + (bounds[index] - low) * ((rank - below) / inside if inside else math.nan)


def _merged(buckets: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Bounds that ascend, with counts that do: equal bounds are summed, falling counts held up."""
    bounds, counts = list[float](), list[float]()
    for bound, count in sorted(buckets, key=lambda bucket: bucket[0]):
        if bounds and bounds[-1] == bound:
            counts[-1] += count
        else:
            bounds.append(bound)
            counts.append(count)
    for index in range(1, len(counts)):
        counts[index] = max(counts[index], counts[index - 1])
    return bounds, counts
