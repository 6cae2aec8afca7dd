"""A rate that swings around a mean, as days do: `100,50,10m`."""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Self

from commons.durations import format_duration_ns
from commons.units import NS_PER_S
from commons.values import shown
from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.notation import (
    check_rate,
    parse_positive_ns,
    parse_rate,
    render_rate,
)

_STEPS = 64
_TURN = 2 * math.pi


@dataclass(frozen=True)
class Sine(Schedule):
    """rate(t) = mean + amplitude * sin(2 pi t / period), for ever.

    Over a whole period the swing cancels out, so whole periods are counted off exactly, with
    fractions; only the place within one period is found in floating point, by Newton's method
    kept inside a shrinking bracket. The error is below a nanosecond per second of period,
    and does not grow with the run.
    """

    kind: ClassVar[str] = "sine"
    syntax: ClassVar[str] = "MEAN,AMPLITUDE,PERIOD"

    mean_rps: Fraction
    amplitude_rps: Fraction
    period_ns: int
    _per_period: Fraction = field(init=False, repr=False, compare=False)
    _swing: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.mean_rps <= 0:
            raise PlanError("sine: the mean rate must be above 0")
        if self.amplitude_rps > self.mean_rps:
            raise PlanError("sine: the amplitude must not exceed the mean; rates are not negative")
        check_rate(self.mean_rps + self.amplitude_rps, "sine, at its height")
        object.__setattr__(self, "_per_period", self.mean_rps * self.period_ns / NS_PER_S)
        object.__setattr__(self, "_swing", float(self.amplitude_rps / self.mean_rps))

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """`100,50,10m`."""
        parts = text.split(",")
        if len(parts) != 3:
            raise PlanError(f"sine {shown(text)}: write MEAN,AMPLITUDE,PERIOD, e.g. 100,50,10m")
        mean, amplitude = (parse_rate(part, "sine") for part in parts[:2])
        return cls(mean, amplitude, parse_positive_ns(parts[2], "sine"))

    def planned_ns(self, i: int) -> int:
        """Whole periods, and the place within the last one."""
        periods, rest = divmod(i * self._per_period.denominator, self._per_period.numerator)
        place = self._place(rest / self._per_period.numerator, self._swing)
        return periods * self.period_ns + min(int(place * self.period_ns), self.period_ns - 1)

    @staticmethod
    def _place(share: float, swing: float) -> float:
        """x in 0..1 where x + swing * (1 - cos(2 pi x)) / (2 pi) == share."""
        low, high, x = 0.0, 1.0, share
        for _ in range(_STEPS):
            miss = x + swing * (1.0 - math.cos(_TURN * x)) / _TURN - share
            if miss > 0:
                high = x
            else:
                low = x
            slope = 1.0 + swing * math.sin(_TURN * x)
            guess = x - miss / slope if slope > 1e-9 else low
            if not low < guess < high:
                guess = (low + high) / 2
            if guess == x or high - low < 1e-18:
                break
            x = guess
        return x

    def scaled(self, factor: Fraction) -> "Sine":
        """A shorter period, the same rates."""
        return Sine(self.mean_rps, self.amplitude_rps, max(1, int(self.period_ns / factor)))

    def describe(self) -> str:
        """`sine:MEAN,AMPLITUDE,PERIOD`."""
        rates = f"{render_rate(self.mean_rps)},{render_rate(self.amplitude_rps)}"
        return f"sine:{rates},{format_duration_ns(self.period_ns)}"
