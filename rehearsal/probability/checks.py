"""What the metrics of a Canary judge: shares of requests, and durations. Values only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import rehearsal.flagger.controller  # noqa: F401  before providers, which it imports in turn
from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.providers import queries_of

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class ShareCheck:
    """A check of the share of requests that succeed.

    `least` and `most` are the shares of 1 that pass, both inclusive. `needs_failures` is the plain
    ratio of failures to all: it has no value before the first failure was counted.
    """

    metric: Metric
    window_us: int
    least: float | None
    most: float | None = None
    needs_failures: bool = False

    def passes(self, good: float, bad: float) -> bool:
        """Whether so many counted requests pass; none at all are no values, and fail."""
        if good + bad <= 0:
            return False
        low, high = self.good_range(bad)
        return low <= good <= high

    def good_range(self, bad: float) -> tuple[float, float]:
        """From how many to how many successes pass beside so many failures."""
        low, high = 0.0, math.inf
        if self.least is not None and self.least > 0 and bad:
            low = math.inf if self.least >= 1 else bad * self.least / (1 - self.least)
        if self.most is not None and self.most < 1:
            high = bad * self.most / (1 - self.most) if self.most >= 0 else -1.0
        return low * (1 - _TOLERANCE), high * (1 + _TOLERANCE)

    def most_bad(self, good: float) -> float:
        """How many failures may pass beside so many successes."""
        if self.least is None or self.least <= 0:
            return math.inf
        return good * (1 - self.least) / self.least


@dataclass(frozen=True)
class DurationCheck:
    """A check of how long requests take: a quantile of a histogram, or, without one, their mean.

    `bounds_s` are the histogram's finite bounds. `unit_s` is how many seconds the query's unit is.
    """

    metric: Metric
    window_us: int
    quantile: float | None
    bounds_s: tuple[float, ...]
    unit_s: float
    provider: str = ""

    def passes(self, value: float) -> bool:
        """Whether what the query answers, in its own unit, is within Flagger's limits."""
        if not self.provider:
            return limits.custom(self.metric, value) is None
        duration_ns = queries_of(self.provider).duration_ns(value)
        return limits.duration(self.metric, duration_ns) is None


@dataclass(frozen=True)
class FailingCheck:
    """A check that can only fail, and why."""

    metric: Metric
    reason: str


Check = ShareCheck | DurationCheck | FailingCheck


def describe(check: ShareCheck | DurationCheck) -> str:
    """What a check judges, in words."""
    if isinstance(check, ShareCheck):
        return "the share of requests that fail"
    if check.quantile is None:
        return "the mean duration of requests"
    return f"the {check.quantile:g} quantile of the duration of requests"
