"""What Envoy counted of a cluster, and how its response times fall to its status codes.

Envoy counts requests by status code and times by histogram, but not one by the other, and its
histograms lag behind its counters by up to a flush. Other proxies label their histograms with the
code. So the times of a scrape are given to the codes that were counted since the one before, in
proportion, the oldest first. A request without a time, because no response ever came from above, is
given to the first bucket after a while: real gateways time their own error pages, which are quick.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from rehearsal.metrics.exposition import parse_value, samples
from rehearsal.metrics.series import NAME

_CLUSTER = "envoy_cluster_name"
_CODE = "envoy_response_code"
_REQUESTS = "envoy_cluster_upstream_rq"
_TIME = f"{_REQUESTS}_time"
STATISTICS = r"^cluster\.[^.]+\.upstream_rq_(\d+|time)$"
"""The statistics to ask Envoy for (`/stats/prometheus?filter=…`)."""

_SCRAPES_TO_WAIT = 3

Key = TypeVar("Key")


@dataclass
class EnvoyCounts:
    """One cluster's counters: requests by status code, and response times.

    `buckets` are cumulative by upper bound in milliseconds, with infinity for all; `sum_ms` is the
    sum of the times.
    """

    codes: dict[str, float] = field(default_factory=dict)
    buckets: dict[float, float] = field(default_factory=dict)
    sum_ms: float = 0.0

    @property
    def timed(self) -> float:
        """How many requests have a time."""
        return self.buckets.get(math.inf, 0.0)


def read_envoy(text: str) -> dict[str, EnvoyCounts]:
    """Counts by cluster, from Envoy's statistics in Prometheus' format."""
    found: dict[str, EnvoyCounts] = {}
    for sample in samples(text):
        labels = sample.labels
        cluster = labels.get(_CLUSTER)
        if cluster is None:
            continue
        counts = found.setdefault(cluster, EnvoyCounts())
        if labels[NAME] == _REQUESTS and _CODE in labels:
            counts.codes[labels[_CODE]] = sample.value
        elif labels[NAME] == f"{_TIME}_bucket":
            bound = parse_value(labels.get("le", ""))
            if bound is not None:
                counts.buckets[bound] = sample.value
        elif labels[NAME] == f"{_TIME}_sum":
            counts.sum_ms = sample.value
    return found


@dataclass
class RequestCounter:
    """Counts of one cluster over many scrapes, with the response times of each status code."""

    by_code: dict[str, EnvoyCounts] = field(default_factory=dict)
    total: EnvoyCounts = field(default_factory=EnvoyCounts)
    _untimed: deque[dict[str, float]] = field(default_factory=deque)
    _early: EnvoyCounts = field(default_factory=EnvoyCounts)

    def observe(self, counts: EnvoyCounts) -> None:
        """The counts of one more scrape; a count below the last one has begun anew."""
        new_codes = _rises(self.total.codes, counts.codes)
        times = self._new_times(counts)
        self.total = counts
        for code in new_codes:
            self.by_code.setdefault(
                code, EnvoyCounts({code: 0.0}, dict.fromkeys(counts.buckets, 0.0))
            )
        if any(new_codes.values()):
            self._untimed.append(dict(new_codes))
        self._give(times)
        while len(self._untimed) > _SCRAPES_TO_WAIT:
            for code, count in self._untimed.popleft().items():
                self._add(code, count, _at_once(count, counts.buckets))

    def _new_times(self, counts: EnvoyCounts) -> EnvoyCounts:
        """The times since the last scrape, with those that were ahead of their requests then."""
        rises = _rises(self.total.buckets, counts.buckets)
        early = self._early
        buckets = {bound: rise + early.buckets.get(bound, 0.0) for bound, rise in rises.items()}
        begun_anew = counts.timed < self.total.timed
        sum_ms = counts.sum_ms if begun_anew else counts.sum_ms - self.total.sum_ms
        return EnvoyCounts({}, buckets, max(0.0, sum_ms) + early.sum_ms)

    def _give(self, times: EnvoyCounts) -> None:
        left = times.timed
        while left > 0 and self._untimed:
            oldest = self._untimed[0]
            waiting = sum(oldest.values())
            share = min(1.0, left / waiting)
            for code, count in oldest.items():
                self._add(code, count * share, _part(times, count * share / times.timed))
                oldest[code] = count - count * share
            left -= waiting * share
            if share < 1.0:
                break
            self._untimed.popleft()
        unused = max(0.0, left) / times.timed if times.timed else 0.0
        self._early = _part(times, unused) if unused > 1e-9 else EnvoyCounts()

    def _add(self, code: str, count: float, times: EnvoyCounts) -> None:
        counts = self.by_code[code]
        counts.codes[code] += count
        counts.sum_ms += times.sum_ms
        for bound, rise in times.buckets.items():
            counts.buckets[bound] = counts.buckets.get(bound, 0.0) + rise


def _rises(before: Mapping[Key, float], now: Mapping[Key, float]) -> dict[Key, float]:
    return {key: value - _last(before.get(key, 0.0), value) for key, value in now.items()}


def _last(before: float, now: float) -> float:
    return before if before <= now else 0.0


def _part(times: EnvoyCounts, share: float) -> EnvoyCounts:
    buckets = {bound: count * share for bound, count in times.buckets.items()}
    return EnvoyCounts({}, buckets, times.sum_ms * share)


def _at_once(count: float, bounds: Iterable[float]) -> EnvoyCounts:
    return EnvoyCounts({}, dict.fromkeys((*bounds, math.inf), count))
