"""What the pods of a drawn rollout have counted, and what Prometheus has of it. Pure.

A series begins with its first value above zero, as those of Envoy and of client libraries with a
label for the status do. Where the view is continuous there is a value from the start on.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from rehearsal.metrics.quantile import histogram_quantile
from rehearsal.metrics.rate import rate
from rehearsal.metrics.series import Point


@dataclass
class Pod:
    """Counters since the pod's start, and their values at each scrape so far.

    `buckets` count each request once; `histograms` are cumulative, as Prometheus has them.
    """

    buckets: list[int]
    good: int = 0
    bad: int = 0
    sum_s: float = 0.0
    times_ms: list[int] = field(default_factory=list)
    goods: list[int] = field(default_factory=list)
    bads: list[int] = field(default_factory=list)
    histograms: list[tuple[int, ...]] = field(default_factory=list)
    sums_s: list[float] = field(default_factory=list)

    def scrape(self, time_ms: int) -> None:
        """Keep the counters as they are now."""
        self.times_ms.append(time_ms)
        self.goods.append(self.good)
        self.bads.append(self.bad)
        if self.buckets:
            self.histograms.append(tuple(accumulate(self.buckets)))
            self.sums_s.append(self.sum_s)


class Window:
    """The series of all pods from `start_ms` to `end_ms`, as range selectors see them."""

    def __init__(
        self, pods: Sequence[Pod], start_ms: int, end_ms: int, *, continuous: bool
    ) -> None:
        self._pods = pods
        self._start_ms = max(0, start_ms) if continuous else start_ms
        self._end_ms = end_ms
        self._continuous = continuous
        times_ms = pods[0].times_ms
        first = bisect_left if continuous else bisect_right
        self._low = first(times_ms, self._start_ms)
        self._high = bisect_right(times_ms, end_ms)
        self._times_ms = times_ms[self._low : self._high]

    def success_share(self, *, needs_failures: bool) -> tuple[float, float] | None:
        """Rates of successes and failures; None where the query has no value."""
        good = self._sum(self._counter(pod.goods) for pod in self._pods)
        bad = self._sum(self._counter(pod.bads) for pod in self._pods)
        needed = bad if needs_failures else good
        if needed is None or (good or 0.0) + (bad or 0.0) == 0:
            return None
        return good or 0.0, bad or 0.0

    def quantile_s(self, q: float, bounds_s: Sequence[float]) -> float | None:
        """`histogram_quantile` of the rates of the buckets; None where it has no value."""
        cumulative: list[tuple[float, float]] = []
        for index, bound in enumerate((*bounds_s, math.inf)):
            summed = self._sum(self._below(pod, index) for pod in self._pods)
            if summed is None:
                return None
            cumulative.append((bound, summed))
        value = histogram_quantile(q, cumulative)
        return None if math.isnan(value) else value

    def mean_s(self) -> float | None:
        """The rate of the sum over the rate of the count; None where it has no value."""
        last = len(self._pods[0].buckets) - 1
        count = self._sum(self._below(pod, last) for pod in self._pods)
        total = self._sum(self._counter(pod.sums_s) for pod in self._pods)
        return total / count if total is not None and count else None

    def _counter(self, values: Sequence[float]) -> Iterator[Point]:
        """The samples of a counter, from its first value above zero on."""
        inside = values[self._low : self._high]
        for time_ms, value in zip(self._times_ms, inside, strict=True):
            if value > 0 or self._continuous:
                yield time_ms, float(value)

    def _below(self, pod: Pod, index: int) -> Iterator[Point]:
        """The samples of a cumulative bucket, from the first request in any bucket on."""
        inside = pod.histograms[self._low : self._high]
        for time_ms, values in zip(self._times_ms, inside, strict=True):
            if self._continuous or values[-1]:
                yield time_ms, float(values[index])

    def _sum(self, series: Iterable[Iterable[Point]]) -> float | None:
        """The sum of the rates; None where no series has two samples."""
        found = None
        for points in series:
            risen = rate(list(points), self._start_ms, self._end_ms)
            if risen is not None:
                found = risen if found is None else found + risen
        return found
