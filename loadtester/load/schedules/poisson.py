"""Poisson arrivals: many users who know nothing of each other."""

import math
import random
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import ClassVar, Self

from commons.units import NS_PER_S
from loadtester.load.errors import PlanError
from loadtester.load.limits import MAX_DRAWN_RATE_RPS
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.notation import parse_rate, render_rate

BLOCK = 4096


@dataclass(frozen=True)
class Poisson(Schedule):
    """Gaps drawn from the exponential distribution of mean 1/rate, by the seed alone.

    The gaps come in blocks, each with a generator seeded by (seed, block), so any arrival can
    be found from any process. Only the block last asked for and the start of each block
    before it are remembered.
    """

    kind: ClassVar[str] = "poisson"
    syntax: ClassVar[str] = "RATE"
    in_order: ClassVar[bool] = True

    rate_rps: Fraction
    seed: int = 0
    _starts: list[int] = field(init=False, repr=False, compare=False, default_factory=lambda: [0])
    _block: dict[int, "array[int]"] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        if self.rate_rps <= 0:
            raise PlanError(f"a rate must be above 0, not {self.rate_rps}")
        if self.rate_rps > MAX_DRAWN_RATE_RPS:
            raise PlanError(f"poisson: a rate is at most {MAX_DRAWN_RATE_RPS:,} per second")

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """`100`."""
        return cls(parse_rate(text, "poisson"), seed)

    def planned_ns(self, i: int) -> int:
        """The sum of the first i + 1 gaps."""
        number, place = divmod(i, BLOCK)
        block = self._block.get(number)
        if block is None:
            block = self._load(number)
        return block[place]

    def _load(self, number: int) -> "array[int]":
        while len(self._starts) <= number:
            last = len(self._starts) - 1
            self._starts.append(self._arrivals(last)[-1])
        block = self._arrivals(number)
        self._block.clear()
        self._block[number] = block
        return block

    def _arrivals(self, number: int) -> "array[int]":
        draw = random.Random(f"{self.seed}/{number}").random
        mean_ns, log = float(NS_PER_S / self.rate_rps), math.log
        gaps = [round(-log(1.0 - draw()) * mean_ns) for _ in range(BLOCK)]
        gaps[0] += self._starts[number]
        return array("q", accumulate(gaps))

    def arrivals_by(self, t_ns: int) -> int:
        """Whole blocks by where they start, and the place within the last one."""
        while self._starts[-1] <= t_ns:
            self._load(len(self._starts))
        number = max(0, bisect_right(self._starts, t_ns) - 1)
        return number * BLOCK + bisect_right(self._load(number), t_ns)

    def describe(self) -> str:
        """`poisson:RATE`; the seed is the plan's."""
        return f"poisson:{render_rate(self.rate_rps)}"
