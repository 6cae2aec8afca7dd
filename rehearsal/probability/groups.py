"""Counted requests of a stretch of time, and the chance that a check of them passes. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rehearsal.probability.checks import ShareCheck
from rehearsal.probability.distributions import binomial_table, in_units, poisson_table
from rehearsal.probability.series import MILLI

_UNLIKELY = 1e-9


class Group(NamedTuple):
    """What was counted: failures, and what is known of the successes, in thousandths.

    `mean` is of those that arrive at random and succeed; `even` are all that arrive evenly and meet
    the fault, `safe` those that never fail. `any_good` is whether there is at least one success.
    """

    bad: int = 0
    any_good: bool = False
    mean: int = 0
    even: int = 0
    safe: int = 0

    @property
    def weight(self) -> int:
        """Roughly how many requests, to share out failures by."""
        return self.mean + self.even

    @property
    def good(self) -> int:
        """Roughly how many successes."""
        return self.mean + self.even + self.safe


NOTHING = Group()

Slots = tuple[Group, ...]
"""Counts that later sums tell apart."""


def joined(one: Group, other: Group, most: int) -> Group:
    """The counts of both; failures from `most` on are all alike."""
    bad = one.bad + other.bad
    return Group(
        bad if bad < most else most,
        one.any_good or other.any_good,
        one.mean + other.mean,
        one.even + other.even,
        one.safe + other.safe,
    )


def total(groups: Sequence[Group], most: int) -> Group:
    """The counts of all."""
    result = groups[0] if groups else NOTHING
    for group in groups[1:]:
        result = joined(result, group, most)
    return result


def shared_out(slots: Slots, count: int, unit: int) -> Iterator[tuple[Slots, float]]:
    """Failures put into slots at random, in proportion to their requests; the first without any.

    They are counted in units of `unit`, but each goes its own way.
    """
    whole = sum(group.weight for group in slots)
    choices: list[tuple[Slots, int, float]] = [((), count, 1.0)]
    for index, group in enumerate(slots):
        is_last = index == len(slots) - 1
        share = 1.0 if is_last or not whole else group.weight / whole
        whole -= group.weight
        choices = list(_chosen(choices, group, share, unit))
    for chosen, _, chance in choices:
        yield chosen, chance


def _chosen(
    choices: list[tuple[Slots, int, float]], group: Group, share: float, unit: int
) -> Iterator[tuple[Slots, int, float]]:
    """Every choice with a slot more, which gets some of the failures that are left."""
    for chosen, left, chance in choices:
        for taken, likely in _taken(left, share, unit):
            if chance * likely > _UNLIKELY:
                yield (*chosen, group._replace(bad=taken)), left - taken, chance * likely


@lru_cache(maxsize=8192)
def _taken(units: int, share: float, unit: int) -> tuple[tuple[int, float], ...]:
    """How many of so many units are taken when each failure is with this chance."""
    table = binomial_table(units * unit, share)
    if unit == 1:
        return tuple(enumerate(table.chances, table.first))
    chances = in_units([0.0] * table.first + table.chances, unit)
    return tuple((count, chance) for count, chance in enumerate(chances) if chance)


def coarsened(slots: Slots, unit: int) -> Iterator[tuple[Slots, float]]:
    """Failures moved to the nearest multiples of a unit, such that their means stay."""
    choices: list[tuple[Slots, float]] = [((), 1.0)]
    for group in slots:
        lower, over = divmod(group.bad, unit)
        nearest = [(lower, 1 - over / unit), (lower + 1, over / unit)]
        choices = [
            ((*chosen, group._replace(bad=count * unit)), chance * likely)
            for chosen, chance in choices
            for count, likely in nearest
            if likely
        ]
    yield from choices


def chance_of_passing(check: ShareCheck, counted: Group, ratio: float) -> float:
    """The chance that a check passes with so many failures, over the successes there may be.

    A failure weighs `ratio` times what a success does, by what `rate` makes of them.
    """
    if not counted.any_good and not counted.bad:
        return 0.0
    weight = counted.weight
    failed_even = counted.bad * MILLI * counted.even / weight if weight else 0.0
    fixed = 0.0
    if counted.any_good:
        fixed = (counted.safe + max(0.0, counted.even - failed_even)) / MILLI
    low, high = check.good_range(counted.bad * ratio)
    surely = counted.any_good and fixed < 1
    return _poisson_between(counted.mean / MILLI, low - fixed, high - fixed, surely)


def _poisson_between(mean: float, low: float, high: float, at_least_one: bool) -> float:
    """The chance of a Poisson count within limits, perhaps given that it is not zero."""
    if high < 0 or math.isinf(low):
        return 0.0
    if low <= 0 and math.isinf(high):
        return 1.0
    table = poisson_table(mean)
    least = max(0, math.ceil(low - 1e-6))
    over = 0.0 if math.isinf(high) else table.at_least(math.floor(high + 1e-6) + 1)
    if at_least_one and mean > 0:
        return max(0.0, (table.at_least(max(1, least)) - over) / -math.expm1(-mean))
    return max(0.0, table.at_least(least) - over)
