"""A constant rate: arrival i is due at i/rate, exactly."""

from dataclasses import dataclass
from fractions import Fraction

from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule


@dataclass(frozen=True)
class Constant(Schedule):
    """`rate_rps` arrivals per second, the first at 0.

    The rate is a fraction, so 7/3 or 333.333 per second accumulate no error: each planned
    time is the exact instant rounded down to a nanosecond.
    """

    rate_rps: Fraction

    def __post_init__(self) -> None:
        if self.rate_rps <= 0:
            raise PlanError(f"a rate must be positive, not {self.rate_rps}")
        per_s = self.rate_rps
        object.__setattr__(self, "_num", 1_000_000_000 * per_s.denominator)
        object.__setattr__(self, "_den", per_s.numerator)

    def planned_ns(self, i: int) -> int:
        """i/rate, rounded down."""
        num: int = self._num  # type: ignore[attr-defined]
        den: int = self._den  # type: ignore[attr-defined]
        return i * num // den

    def describe(self) -> str:
        """`constant:RATE`."""
        return f"constant:{float(self.rate_rps):.12g}"
