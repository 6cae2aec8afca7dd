"""Counts: Poisson and binomial probabilities, and drawing from them. Pure.

A distribution of a count is a list: entry k is the chance of exactly k, the last one that of its
index or more, for where a check has already failed it does not matter by how much.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from operator import add
from random import Random
from typing import TypeVar

Chances = list[float]
Key = TypeVar("Key")

_SPREAD = 9.0
"""Standard deviations around the mean that are looked at; what is beyond is below 1e-15."""
_FEW = 40.0
"""Room for the long tails of small means."""
_LARGE_MEAN = 1000.0


def poisson(mean: float, most: int) -> Chances:
    """How likely 0, 1, ... are; the last entry, at `most` or earlier, is a tail."""
    table = poisson_table(mean)
    return _capped(table.first, table.chances, most)


def binomial(count: int, share: float, most: int) -> Chances:
    """As `poisson`, of the successes in `count` trials."""
    table = binomial_table(count, share)
    return _capped(table.first, table.chances, most)


def in_units(chances: Chances, unit: int) -> Chances:
    """The distribution in units: a count between two of them is shared, so that the mean stays."""
    if unit == 1 or len(chances) == 1:
        return chances
    result = [0.0] * (-(-(len(chances) - 1) // unit) + 1)
    for count, chance in enumerate(chances):
        if not chance:
            continue
        lower, over = divmod(count, unit)
        result[lower] += chance * (1 - over / unit)
        if over:
            result[lower + 1] += chance * over / unit
    return result


def convolve(one: Chances, other: Chances, most: int) -> Chances:
    """The distribution of a sum, its tail gathered at `most`."""
    if len(one) == 1 or len(other) == 1:
        scale, kept = (one[0], other) if len(one) == 1 else (other[0], one)
        return [scale * chance for chance in kept]
    length = min(most + 1, len(one) + len(other) - 1)
    result = [0.0] * length
    for i, first in enumerate(one):
        if first:
            for j, second in enumerate(other, i):
                result[j if j < length else -1] += first * second
    return result


def add_chances(into: dict[Key, Chances], key: Key, chances: Chances) -> None:
    """Add the chances of 0, 1, ... to those that are there under a key."""
    before = into.get(key)
    if before is None:
        into[key] = chances
        return
    longer, shorter = (before, chances) if len(before) >= len(chances) else (chances, before)
    into[key] = [*map(add, longer, shorter), *longer[len(shorter) :]]


def _capped(first: int, chances: Sequence[float], most: int) -> Chances:
    if first >= most:
        return [0.0] * most + [math.fsum(chances)]
    result = [0.0] * first + list(chances[: most + 1 - first])
    if first + len(chances) > most + 1:
        result[-1] += math.fsum(chances[most + 1 - first :])
    return result


class Table:
    """A distribution over `first`, `first + 1`, ..., with its sums."""

    def __init__(self, first: int, chances: Sequence[float]) -> None:
        total = math.fsum(chances)
        self.first = first
        self.chances = [chance / total for chance in chances]
        self.sums = list(accumulate(self.chances))
        self.sums[-1] = 1.0

    def at_least(self, count: int) -> float:
        """The chance of `count` or more."""
        index = count - self.first
        if index <= 0:
            return 1.0
        return max(0.0, 1.0 - self.sums[index - 1]) if index <= len(self.sums) else 0.0

    def quantile(self, share: float) -> int:
        """The least count whose chance of not being exceeded is `share`."""
        return self.first + min(bisect_left(self.sums, share), len(self.sums) - 1)

    def draw(self, randomness: Random) -> int:
        """A count at random."""
        return self.first + bisect_left(self.sums, randomness.random())


@lru_cache(maxsize=8192)
def poisson_table(mean: float) -> Table:
    """The Poisson distribution of this mean."""
    reach = _SPREAD * math.sqrt(mean) + _FEW
    first, last = max(0, int(mean - reach)), int(mean + reach) + 1
    if mean == 0:
        return Table(0, [1.0])
    chance = math.exp(first * math.log(mean) - mean - math.lgamma(first + 1))
    if first == 0 or chance > 0:
        chances = [chance]
        for k in range(first + 1, last + 1):
            chance *= mean / k
            chances.append(chance)
        return _trimmed(first, chances)
    logs = (k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(first, last + 1))
    return _trimmed(first, [math.exp(value) for value in logs])


def poisson_at_least(mean: float, count: int) -> float:
    """The chance that a Poisson count is `count` or more.

    From means of a thousand on by the normal distribution, mended for its skewness (Cornish and
    Fisher): within 0.0001 of the sum, and no dearer for large means.
    """
    if mean < _LARGE_MEAN:
        return poisson_table(mean).at_least(count)
    deviation = math.sqrt(mean)
    z = (count - 0.5 - mean) / deviation
    if abs(z) > _SPREAD:
        return 0.0 if z > 0 else 1.0
    return math.erfc((z - (z * z - 1) / (6 * deviation)) / math.sqrt(2)) / 2


def poisson_reach(mean: float) -> int:
    """A count that a Poisson count of this mean does not exceed."""
    return int(mean + _SPREAD * math.sqrt(mean) + _FEW) + 1


@lru_cache(maxsize=8192)
def binomial_table(count: int, share: float) -> Table:
    """The binomial distribution of `count` trials that succeed with chance `share`."""
    if share <= 0 or count == 0:
        return Table(0, [1.0])
    if share >= 1:
        return Table(count, [1.0])
    mean = count * share
    reach = _SPREAD * math.sqrt(mean) + _FEW
    first, last = max(0, int(mean - reach)), min(count, int(mean + reach) + 1)
    log_yes, log_no, whole = math.log(share), math.log1p(-share), math.lgamma(count + 1)
    logs = (
        whole - math.lgamma(k + 1) - math.lgamma(count - k + 1) + k * log_yes + (count - k) * log_no
        for k in range(first, last + 1)
    )
    return _trimmed(first, [math.exp(value) for value in logs])


def _trimmed(first: int, chances: list[float]) -> Table:
    """Without the ends that nothing will ever reach."""
    least = max(chances) * 1e-17
    low = next(i for i, chance in enumerate(chances) if chance > least)
    high = next(i for i in range(len(chances) - 1, -1, -1) if chances[i] > least)
    return Table(first + low, chances[low : high + 1])
