"""Bursts: many at once, then silence: `50/1s`."""

from dataclasses import dataclass
from typing import ClassVar, Self

from commons.durations import format_duration_ns
from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.notation import parse_positive_ns


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

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """`50/1s`."""
        size, slash, every = text.partition("/")
        if not slash or not size.strip().isdecimal():
            raise PlanError(f"burst {text!r}: write SIZE/EVERY, e.g. 50/1s")
        return cls(int(size), parse_positive_ns(every, "burst"))

    def planned_ns(self, i: int) -> int:
        """All of a burst at its instant."""
        return i // self.size * self.every_ns

    def describe(self) -> str:
        """`burst:SIZE/EVERY`."""
        return f"burst:{self.size}/{format_duration_ns(self.every_ns)}"
