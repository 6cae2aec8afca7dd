"""Poisson arrivals: many users who know nothing of each other."""

import math
import random
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import ClassVar, Self

from commons.units import NS_PER_S
from loadtester.load.errors import PlanError
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

    rate_rps: Fraction
    seed: int = 0
    _starts: list[int] = field(init=False, repr=False, compare=False, default_factory=lambda: [0])
    _block: dict[int, "array[int]"] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        if self.rate_rps <= 0:
            raise PlanError(f"a rate must be above 0, not {self.rate_rps}")

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

    def describe(self) -> str:
        """`poisson:RATE`; the seed is the plan's."""
        return f"poisson:{render_rate(self.rate_rps)}"
