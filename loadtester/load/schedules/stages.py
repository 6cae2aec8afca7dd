"""Stages of constant or linearly changing rate: `10..200/30s,200/2m,200..0/10s`.

Within a stage of D nanoseconds from rate p to rate q the number of arrivals up to t is
N(t) = p t + (q - p) t^2 / (2 D), in suitable units, and arrival n of the stage is due at the
largest t with N(t) <= n. Multiplied by their common denominator these are integers,

    A t^2 + B t <= C        with A = q - p, B = 2 D p, C = 2 D n (in ns and scaled rates),

and the largest integer t follows from an integer square root, without a float: the planned
nanosecond is exact however far into the run, and however odd the rates. What a stage leaves
over (10.5 arrivals) is carried into the next, so no arrival is lost at the seams.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, isqrt
from typing import ClassVar, Self

from commons.durations import format_duration_ns
from commons.units import NS_PER_S
from commons.values import shown
from loadtester.load.errors import PlanError
from loadtester.load.limits import MAX_DURATION_NS, MAX_STAGES
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.notation import parse_positive_ns, parse_rate, render_rate


@dataclass(frozen=True)
class Stage:
    """From one rate to another, in arrivals per second, over a while."""

    from_rps: Fraction
    to_rps: Fraction
    duration_ns: int

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """`RATE/DURATION` or `FROM..TO/DURATION`. PlanError if it is neither."""
        rates, slash, duration = text.rpartition("/")
        if not slash:
            raise PlanError(f"{where} {shown(text)}: write RATE/DURATION or FROM..TO/DURATION")
        low, dots, high = rates.partition("..")
        first = parse_rate(low, where)
        last = parse_rate(high, where) if dots else first
        return cls(first, last, parse_positive_ns(duration, where))

    @property
    def arrivals(self) -> Fraction:
        """How many, not necessarily whole."""
        return (self.from_rps + self.to_rps) * self.duration_ns / (2 * NS_PER_S)

    def inverse_ns(self, n: Fraction) -> int:
        """The largest nanosecond by which no more than n arrivals are due, 0 <= n < arrivals."""
        unit = self.from_rps.denominator * self.to_rps.denominator
        p = self.from_rps.numerator * self.to_rps.denominator
        q = self.to_rps.numerator * self.from_rps.denominator
        a, b = q - p, 2 * self.duration_ns * p
        c = 2 * self.duration_ns * unit * NS_PER_S * n.numerator // n.denominator
        if a == 0:
            return c // b
        if a > 0:
            return (isqrt(b * b + 4 * a * c) - b) // (2 * a)
        square = max(0, b * b + 4 * a * c)
        root = isqrt(square)
        root += root * root < square
        return (b - root) // (-2 * a)

    def describe(self) -> str:
        """`RATE/DURATION` or `FROM..TO/DURATION`."""
        rates = render_rate(self.from_rps)
        if self.to_rps != self.from_rps:
            rates += f"..{render_rate(self.to_rps)}"
        return f"{rates}/{format_duration_ns(self.duration_ns)}"


@dataclass(frozen=True)
class Stages(Schedule):
    """One stage after the other; the schedule ends with the last."""

    kind: ClassVar[str] = "stages"
    syntax: ClassVar[str] = "FROM..TO/DURATION,RATE/DURATION,..."

    stages: tuple[Stage, ...]
    _before: tuple[Fraction, ...] = field(init=False, repr=False, compare=False)
    _first: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _starts_ns: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        before, starts_ns = [Fraction(0)], [0]
        for stage in self.stages:
            before.append(before[-1] + stage.arrivals)
            starts_ns.append(starts_ns[-1] + stage.duration_ns)
        if starts_ns[-1] > MAX_DURATION_NS:
            raise PlanError("stages: together they are longer than a year")
        if before[-1] <= 0:
            raise PlanError("stages: at least one stage needs a rate above 0")
        object.__setattr__(self, "_before", tuple(before))
        object.__setattr__(self, "_first", tuple(map(ceil, before)))
        object.__setattr__(self, "_starts_ns", tuple(starts_ns))

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """`10..200/30s,200/2m,200..0/10s`."""
        parts = text.split(",", MAX_STAGES)
        if len(parts) > MAX_STAGES:
            raise PlanError(f"stages: there are more than {MAX_STAGES:,}")
        return cls(tuple(Stage.parse(p.strip(), f"stage {k}") for k, p in enumerate(parts, 1)))

    def planned_ns(self, i: int) -> int | None:
        """Where the integral of the rate reaches i; None beyond the last stage."""
        if i >= self._before[-1]:
            return None
        at = bisect_right(self._first, i) - 1
        return self._starts_ns[at] + self.stages[at].inverse_ns(i - self._before[at])

    @property
    def duration_ns(self) -> int:
        """All stages together."""
        return self._starts_ns[-1]

    def scaled(self, factor: Fraction) -> "Stages":
        """Each stage shortened, its rates as they are."""
        return Stages(
            tuple(
                Stage(s.from_rps, s.to_rps, max(1, int(s.duration_ns / factor)))
                for s in self.stages
            )
        )

    def describe(self) -> str:
        """`stages:` and the stages."""
        return "stages:" + ",".join(stage.describe() for stage in self.stages)
