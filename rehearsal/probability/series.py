"""Counters as Prometheus shows them, and how `rate` extrapolates what it saw of them. Pure.

A counter of a status appears with the first request of that status, already at 1 or more; `rate`
only sees what is added later. So everything up to the first scrape that shows a series is lost to
every check: of few failures, often all.

What was seen is extrapolated: over a window of a minute with scrapes every 15 seconds, 45 seconds
stand for 60. Were that factor always the same, a ratio of two rates would not notice. But a series
that begins inside the window is extrapolated from its own, fewer samples, and none is extrapolated
back past the moment where it would have been zero; while failures are few, they weigh half as much
again as successes, or less than they should. (prometheus/promql/functions.go, extrapolatedRate;
`rehearsal.metrics.rate` has the same for points.)
"""

from __future__ import annotations

from typing import NamedTuple

MILLI = 1000
"""Means are kept in thousandths, as whole numbers: equal sums must be equal keys."""

_NEAR_EDGE = 1.1
_DIGITS = 5
"""Binary digits that are kept of the value of a series of successes."""


class Series(NamedTuple):
    """A counter at the first scrape that the next checks look at (`value`, 0 if it did not exist).

    One that was born later has its `first` value at the scrape `born_us`, relative to the last
    tick. Of one that is not born yet, `first` is what it has counted since the last scrape: the
    next one will show it.
    """

    value: int = 0
    first: int = 0
    born_us: int | None = None

    @property
    def exists(self) -> bool:
        """Whether it is born."""
        return self.value > 0 or self.born_us is not None

    def grown(self, counted: int, most: int) -> Series:
        """With a later first scrape, before which so many were counted; values end at `most`."""
        if not self.exists:
            return self
        return Series(min(most, (self.value or self.first) + counted))

    def shifted(self, interval_us: int) -> Series:
        """As seen from the next tick."""
        if self.born_us is None:
            return self
        return self._replace(born_us=self.born_us - interval_us)


UNBORN = Series()


def coarse(count: int) -> int:
    """A count to within two percent, so that nearly equal ones are equal."""
    exponent = count.bit_length() - _DIGITS
    return count if exponent <= 0 else round(count / 2**exponent) << exponent


class Extrapolation(NamedTuple):
    """From a time with samples to a window's edges; not back past where `value` would be zero."""

    sampled_us: float
    to_start_us: float
    to_end_us: float
    value: float

    def factor(self, rise: float) -> float:
        """What `rate` makes of a rise, as a multiple of it."""
        sampled_us, to_start_us, to_end_us, value = self
        if rise > 0:
            to_zero_us = sampled_us * value / rise
            if to_zero_us < to_start_us:
                to_start_us = to_zero_us
        return (sampled_us + to_start_us + to_end_us) / sampled_us


_ALL_SEEN = Extrapolation(1.0, 0.0, 0.0, 0.0)


class Sight(NamedTuple):
    """What a check looks at, relative to a tick: its window's edges, its first and last scrape.

    `every_us` is the time between scrapes, 0 where all is seen.
    """

    start_us: int
    end_us: int
    first_us: int
    last_us: int
    every_us: int

    def factor(self, series: Series, before: int, rise: float) -> float:
        """What `rate` makes of a rise, as a multiple of it; 0 where it sees none.

        `before` was counted by the series between its birth and the first scrape of this window.
        """
        seen = self.extrapolation(series, before)
        return 0.0 if seen is None else seen.factor(rise)

    def extrapolation(self, series: Series, before: int) -> Extrapolation | None:
        """The same for any rise; None where `rate` sees none."""
        if not self.every_us:
            return _ALL_SEEN
        if series.value or (series.born_us is not None and series.born_us <= self.first_us):
            since_us, value = self.first_us, (series.value or series.first) + before
        elif series.born_us is not None:
            since_us, value = series.born_us, series.first
        else:
            return None
        sampled_us = self.last_us - since_us
        if sampled_us <= 0:
            return None
        to_start_us = self._reach(since_us - self.start_us)
        to_end_us = self._reach(self.end_us - self.last_us)
        return Extrapolation(sampled_us, to_start_us, to_end_us, value)

    @property
    def zero_share(self) -> float:
        """Below which share of its rise a first value shortens the extrapolation."""
        if not self.every_us:
            return 0.0
        return (self.first_us - self.start_us) / (self.last_us - self.first_us)

    def _reach(self, edge_us: int) -> float:
        return edge_us if edge_us < self.every_us * _NEAR_EDGE else self.every_us / 2
