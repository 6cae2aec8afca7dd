"""A constant rate: arrival i is due at i/rate, exactly."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Self

from commons.units import NS_PER_S
from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.notation import parse_rate, render_rate


@dataclass(frozen=True)
class Constant(Schedule):
    """`rate_rps` arrivals per second, the first at 0.

    The rate is a fraction, so 7/3 or 333.333 per second accumulate no error: each planned
    time is the exact instant rounded down to a nanosecond.
    """

    kind: ClassVar[str] = "constant"
    syntax: ClassVar[str] = "RATE"

    rate_rps: Fraction
    _scaled_period: int = field(init=False, repr=False, compare=False)
    _scale: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.rate_rps <= 0:
            raise PlanError(f"a rate must be above 0, not {self.rate_rps}")
        object.__setattr__(self, "_scaled_period", NS_PER_S * self.rate_rps.denominator)
        object.__setattr__(self, "_scale", self.rate_rps.numerator)

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """`100`."""
        return cls(parse_rate(text, "constant"))

    def planned_ns(self, i: int) -> int:
        """i/rate, rounded down."""
        return i * self._scaled_period // self._scale

    def arrivals_by(self, t_ns: int) -> int:
        """Those whose exact instant, rounded down, is no later."""
        return ((t_ns + 1) * self._scale - 1) // self._scaled_period + 1 if t_ns >= 0 else 0

    def describe(self) -> str:
        """`constant:RATE`."""
        return f"constant:{render_rate(self.rate_rps)}"
