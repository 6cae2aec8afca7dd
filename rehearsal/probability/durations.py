"""How long responses take, as chances of a histogram's buckets and as draws. Pure.

A build's durations are log-normal, as those of services mostly are, given by two of their
quantiles: with median m and 99th percentile p, ln(duration) is normal around ln(m) with a standard
deviation of ln(p / m) / 2.326.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from statistics import NormalDist

from rehearsal.probability.model import Latency

_NORMAL = NormalDist()
_P99 = _NORMAL.inv_cdf(0.99)
_FEW = 200
"""Up to so many durations are drawn one by one; the sum of more is taken to be normal."""


class Durations:
    """The distribution of one build's durations."""

    def __init__(self, latency: Latency) -> None:
        self._latency = latency
        self._middle = math.log(latency.p50_s)
        self._spread = math.log(latency.p99_s / latency.p50_s) / _P99

    def within(self, bound_s: float) -> float:
        """The share of responses that take no longer than a bound."""
        slow = self._latency.slow_share
        quick = 1.0 if math.isinf(bound_s) else self._quick_within(bound_s)
        return quick * (1 - slow) + (slow if self._latency.slow_s <= bound_s else 0.0)

    def bucket_shares(self, bounds_s: Sequence[float]) -> list[float]:
        """The share of responses in each bucket; the last one has no upper bound."""
        below = [0.0, *(self.within(bound) for bound in bounds_s), 1.0]
        return [high - low for low, high in pairwise(below)]

    @property
    def mean_s(self) -> float:
        """The mean of a duration."""
        quick = math.exp(self._middle + self._spread**2 / 2)
        return quick * (1 - self._latency.slow_share) + (
            self._latency.slow_s * self._latency.slow_share
        )

    def draw_sum_s(self, count: int, randomness: Random) -> float:
        """The sum of so many durations."""
        if count <= _FEW:
            return math.fsum(self._draw_s(randomness) for _ in range(count))
        mean, deviation = self.mean_s, math.sqrt(self._variance)
        return max(0.0, randomness.gauss(count * mean, deviation * math.sqrt(count)))

    def _quick_within(self, bound_s: float) -> float:
        if bound_s <= 0:
            return 0.0
        if self._spread == 0:
            return 1.0 if self._latency.p50_s <= bound_s else 0.0
        return _NORMAL.cdf((math.log(bound_s) - self._middle) / self._spread)

    @property
    def _variance(self) -> float:
        slow = self._latency.slow_share
        squares = math.exp(2 * self._middle + 2 * self._spread**2) * (1 - slow)
        return squares + self._latency.slow_s**2 * slow - self.mean_s**2

    def _draw_s(self, randomness: Random) -> float:
        if self._latency.slow_share and randomness.random() < self._latency.slow_share:
            return self._latency.slow_s
        return math.exp(randomness.gauss(self._middle, self._spread))
