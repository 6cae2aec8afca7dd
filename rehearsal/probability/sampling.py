"""Rollouts drawn at random, with Prometheus' own arithmetic over their series. Pure but for dice.

Every scrape of every pod is kept as Prometheus would have it; a check asks `rate` and
`histogram_quantile` of the series in its window, and compares as Flagger does. Nothing of `exact`
is used but the plan and the streams: each of the two is a check of the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from random import Random

from commons.units import US_PER_MS, US_PER_S
from rehearsal.flagger.controller.checks import limits
from rehearsal.probability.arrivals import Piece, Stream, pieces_of
from rehearsal.probability.checks import Check, DurationCheck, FailingCheck, ShareCheck
from rehearsal.probability.cutting import Part
from rehearsal.probability.distributions import binomial_table, poisson_table
from rehearsal.probability.durations import Durations
from rehearsal.probability.exact import End
from rehearsal.probability.model import Latency
from rehearsal.probability.plan import Plan, Position
from rehearsal.probability.pods import Pod, Window
from rehearsal.probability.timeline import Burst, LoadTimeline, Scrapes, microseconds

_FEW = 12
"""Up to so many requests are put into buckets one by one."""


@dataclass(frozen=True)
class Rollout:
    """One run that was drawn: how it ended, when, and how many of users' requests failed."""

    end: End
    time_s: float
    failed_requests: int


_Key = tuple[tuple[int, ...], tuple[Burst, ...], float, float]
_Cut = tuple[tuple[int, Piece, float], ...]
"""The pieces of an interval: when each ends, what it brings, and how much of that is users'."""


@dataclass(frozen=True)
class Sampler:
    """Draws rollouts of one stream; the checks are all there are, in Flagger's order.

    Without a latency nothing is known of durations, and their checks pass.
    """

    plan: Plan
    interval_s: float
    checks: tuple[Check, ...]
    loads: LoadTimeline
    stream: Stream
    latency: Latency | None = None

    def rollout(self, scrapes: Scrapes, randomness: Random) -> Rollout:
        """One run; the scrapes stand as given against the ticks."""
        horizon_s = self.stream.setting.horizon_s
        if not self.plan.positions:
            return Rollout("stuck", horizon_s, 0)
        run = _Run(self, scrapes, randomness)
        at, failed, tick, failures = 0, 0, 0, 0
        while (tick + 1) * self.interval_s <= horizon_s:
            position = self.plan.positions[at]
            failures += run.interval(tick, position)
            tick += 1
            if position.asks != "free" and failed >= self.plan.limit:
                return Rollout("rolled back", tick * self.interval_s, failures)
            if position.asks == "check" and not run.passes(tick):
                failed += 1
            elif position.following is None:
                return Rollout("promoted", tick * self.interval_s, failures)
            elif position.following <= at and not self._can_fail(position.following, at):
                break
            else:
                at = position.following
        return Rollout("stuck", horizon_s, failures)

    def _can_fail(self, start: int, end: int) -> bool:
        around = self.plan.positions[start : end + 1]
        return bool(self.judged) and any(position.asks == "check" for position in around)

    @cached_property
    def durations(self) -> Durations | None:
        return Durations(self.latency) if self.latency else None

    @cached_property
    def judged(self) -> tuple[Check, ...]:
        """The checks that may fail."""
        return tuple(
            check for check in self.checks if self.latency or not isinstance(check, DurationCheck)
        )

    @cached_property
    def bounds_s(self) -> tuple[float, ...]:
        """Every bound of a histogram that a check asks."""
        measured = [check for check in self.judged if isinstance(check, DurationCheck)]
        return tuple(sorted({bound for check in measured for bound in check.bounds_s}))

    @cached_property
    def bucket_shares(self) -> list[float]:
        """How requests fall into the buckets; nothing where no check asks."""
        if self.durations is None or not self.bounds_s:
            return []
        return self.durations.bucket_shares(self.bounds_s)

    @cached_property
    def sums(self) -> bool:
        """Whether a check asks for the mean."""
        return any(isinstance(c, DurationCheck) and c.quantile is None for c in self.judged)

    @cached_property
    def windows_us(self) -> tuple[int, ...]:
        return tuple(c.window_us for c in self.judged if not isinstance(c, FailingCheck))

    @cached_property
    def cuts(self) -> dict[_Key, _Cut]:
        """Intervals cut before."""
        return {}

    @cached_property
    def cumulative_shares(self) -> list[float]:
        return list(accumulate(self.bucket_shares))


class _Run:
    """The series of one rollout while it goes on."""

    def __init__(self, sampler: Sampler, scrapes: Scrapes, randomness: Random) -> None:
        self._sampler = sampler
        self._stream = sampler.stream
        self._scrapes = scrapes
        self._randomness = randomness
        self._interval_us = microseconds(sampler.interval_s)
        buckets = len(sampler.bucket_shares)
        self._pods = [Pod([0] * buckets) for _ in range(sampler.stream.setting.replicas)]
        if not scrapes.every_us:
            for pod in self._pods:
                pod.scrape(0)

    def interval(self, tick: int, position: Position) -> int:
        """Let an interval pass; how many of users' requests failed in it."""
        at_us, failures = tick * self._interval_us, 0
        for end_us, piece, users in self._cut(tick, position):
            failures += self._arrive(piece, users)
            if piece.scraped:
                for pod in self._pods:
                    pod.scrape((at_us + end_us) // US_PER_MS)
        elsewhere = position.exposed_share - position.canary_share
        mean = self._stream.traffic_per_s * self._sampler.interval_s * elsewhere
        return failures + self._poisson(mean * self._stream.error_share)

    def passes(self, tick: int) -> bool:
        """Whether all checks pass, asked at a tick."""
        return all(self._passes(check, tick * self._interval_us) for check in self._sampler.judged)

    def _cut(self, tick: int, position: Position) -> _Cut:
        at_us = tick * self._interval_us
        samples = tuple(time - at_us for time in self._samples(at_us))
        bursts = self._sampler.loads.after(tick)
        key = samples, bursts, position.canary_share, position.copied_share
        found = self._sampler.cuts.get(key)
        if found is None:
            part = Part((0, self._interval_us), samples, 0)
            shares = position.canary_share, position.copied_share
            pieces = pieces_of(part, bursts, self._stream, *shares)
            spans = list(pairwise(sorted({0, self._interval_us, *samples})))
            per_us = self._stream.traffic_per_s * position.canary_share / US_PER_S
            found = tuple(
                (high, piece, (high - low) * per_us)
                for (low, high), piece in zip(spans, pieces, strict=True)
            )
            self._sampler.cuts[key] = found
        return found

    def _samples(self, at_us: int) -> list[int]:
        """When counters are looked at: at scrapes, or, if they are always, at windows' edges."""
        end_us = at_us + self._interval_us
        if self._scrapes.every_us:
            return self._scrapes.between(at_us, end_us)
        times = {end_us}
        for window_us in self._sampler.windows_us:
            start_us = end_us - window_us
            while start_us <= end_us:
                times.add(start_us)
                start_us += self._interval_us
        return sorted(time for time in times if at_us < time <= end_us)

    def _arrive(self, piece: Piece, users: float) -> int:
        """Requests of a piece at every pod; how many of users' among them failed."""
        pods, failed = len(self._pods), 0
        share = self._stream.error_share
        for pod in self._pods:
            good = self._poisson(piece.random * (1 - share) / pods)
            bad = self._poisson(piece.random * share / pods)
            even = self._whole(piece.even / pods)
            bad_even = self._binomial(even, share)
            good += even - bad_even + self._whole(piece.safe / pods)
            pod.good += good
            pod.bad += bad + bad_even
            self._measure(pod, good + bad + bad_even)
            failed += bad if piece.random else bad_even
        arrived = piece.random or piece.even
        return self._binomial(failed, min(1.0, users / arrived)) if failed else 0

    def _measure(self, pod: Pod, count: int) -> None:
        """Durations of requests, in the buckets that checks ask."""
        shares = self._sampler.bucket_shares
        if not shares or not count:
            return
        if self._sampler.sums and self._sampler.durations:
            pod.sum_s += self._sampler.durations.draw_sum_s(count, self._randomness)
        if count <= _FEW:
            cumulative, last = self._sampler.cumulative_shares, len(shares) - 1
            for _ in range(count):
                index = bisect_right(cumulative, self._randomness.random())
                pod.buckets[min(index, last)] += 1
            return
        left = 1.0
        for index, share in enumerate(shares):
            if share <= 0:
                continue
            inside = self._binomial(count, round(min(1.0, share / left), 12))
            pod.buckets[index] += inside
            count, left = count - inside, left - share
            if not count:
                return
        pod.buckets[-1] += count

    def _passes(self, check: Check, at_us: int) -> bool:
        if isinstance(check, FailingCheck):
            return False
        continuous = not self._scrapes.every_us
        start_ms, end_ms = (at_us - check.window_us) // US_PER_MS, at_us // US_PER_MS
        window = Window(self._pods, start_ms, end_ms, continuous=continuous)
        if isinstance(check, ShareCheck):
            return _share_passes(check, window)
        value = (
            window.mean_s()
            if check.quantile is None
            else window.quantile_s(check.quantile, self._sampler.bounds_s)
        )
        return value is not None and check.passes(value / check.unit_s)

    def _poisson(self, mean: float) -> int:
        return poisson_table(mean).draw(self._randomness) if mean > 0 else 0

    def _binomial(self, count: int, share: float) -> int:
        if count == 0 or share <= 0:
            return 0
        return binomial_table(count, share).draw(self._randomness)

    def _whole(self, count: float) -> int:
        """A whole number around a count."""
        whole = int(count + 1e-9)
        rest = count - whole
        return whole + (rest > 1e-9 and self._randomness.random() < rest)


def _share_passes(check: ShareCheck, window: Window) -> bool:
    rates = window.success_share(needs_failures=check.needs_failures)
    if rates is None:
        return False
    good, bad = rates
    if check.metric.is_builtin and not check.metric.query:
        return limits.success_rate(check.metric, good / (good + bad) * 100) is None
    return check.passes(good, bad)


__all__ = ["Rollout", "Sampler", "Sequence"]
