"""Bursts: many at once, then silence: `50/1s`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self

from commons.durations import format_duration_ns
from commons.units import NS_PER_S
from commons.values import shown
from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.notation import check_rate, parse_positive_ns

_SIZE = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Burst(Schedule):
    """`size` arrivals at the same instant, every `every_ns`, the first at 0."""

    kind: ClassVar[str] = "burst"
    syntax: ClassVar[str] = "SIZE/EVERY"

    size: int
    every_ns: int

    def __post_init__(self) -> None:
        if self.size < 1 or self.every_ns < 1:
            raise PlanError("burst: the size must be at least 1 and the time between above 0")
        check_rate(Fraction(self.size * NS_PER_S, self.every_ns), "burst")

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """`50/1s`."""
        size, slash, every = text.partition("/")
        if not slash or not _SIZE.fullmatch(size.strip()):
            raise PlanError(f"burst {shown(text)}: write SIZE/EVERY, e.g. 50/1s")
        return cls(int(size), parse_positive_ns(every, "burst"))

    def planned_ns(self, i: int) -> int:
        """All of a burst at its instant."""
        return i // self.size * self.every_ns

    def describe(self) -> str:
        """`burst:SIZE/EVERY`."""
        return f"burst:{self.size}/{format_duration_ns(self.every_ns)}"
