"""From values to pixels, linear or logarithmic, with round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Maps `low`..`high` onto `start`..`end` pixels."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value, kept within the scale."""
        low, high, at = map(self._warp, (self.low, self.high, self._within(value)))
        share = (at - low) / (high - low) if high > low else 0.0
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Some five to ten round values within the scale."""
        return log_ticks(self.low, self.high) if self.is_log else linear_ticks(self.high)

    def _within(self, value: float) -> float:
        return max(self.low, min(self.high, value))

    def _warp(self, value: float) -> float:
        return math.log10(value) if self.is_log else value


def time_scale(values_ns: Iterable[float], start: float, end: float) -> Scale:
    """A scale for latencies: logarithmic when they span more than a factor of 30."""
    positive = [value for value in values_ns if value > 0]
    low, high = min(positive, default=1.0), max(positive, default=1e6)
    if high > 30 * low:
        return Scale(_round_down(low), _round_up(high), start, end, is_log=True)
    return Scale(0.0, _round_up(high * 1.02), start, end)


def linear_ticks(high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, from 0 up."""
    if high <= 0:
        return [0.0]
    step = next(s for s in _round_steps(high / 10) if high / s <= 6)
    return [k * step for k in range(math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with their doubles and fives when there are few of them."""
    decades = math.log10(high / low)
    factors = (1, 2, 5) if decades <= 3 else (1,)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    ticks = (factor * 10.0**power for power in range(first, last + 1) for factor in factors)
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]


def _round_up(value: float) -> float:
    return next(step for step in _round_steps(value) if step >= value * 0.999)


def _round_down(value: float) -> float:
    return max(step for step in _round_steps(value / 10) if step <= value * 1.001)


def _round_steps(near: float) -> list[float]:
    power = math.floor(math.log10(near))
    return [factor * 10.0**p for p in range(power, power + 3) for factor in (1, 2, 5)]
