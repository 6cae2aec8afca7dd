"""What a test would need that looks at every request, and may stop at any. Pure.

A canary looks a few times, at fixed moments, and compares each window with a limit. Three tests of
the same two promises (a healthy build is seldom rolled back, a broken one nearly always) show how
far that is from what the requests could tell:

**fixed**       the least number of requests after which a limit on their failures keeps both;
**SPRT**        Wald's sequential probability ratio test, the fastest there is on average;
**anytime**     a mixture SPRT: one test martingale against every share up to the healthy one, one
                against every share from the broken one on, each a mixture of likelihood ratios over
                a grid. Its promises hold however often it is looked at, and for every share beyond.
                (Robbins 1970; Howard, Ramdas et al. 2021, "Time-uniform confidence sequences".)

The numbers are exact: the count of failures is followed request by request until it meets a bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from rehearsal.probability.distributions import binomial_table

MOST_REQUESTS = 60_000
"""How long a test is followed."""

_NEGLIGIBLE = 1e-12
_GRID = 1.35
"""The ratio of neighbours in a mixture's grid."""


@dataclass(frozen=True)
class Hypotheses:
    """Shares of failures and the promises about them: a test's two errors are `alpha`, `beta`.

    A build that fails `healthy` of its requests is rolled back with a chance of at most `alpha`,
    one that fails `broken` is missed with at most `beta`.
    """

    healthy: float
    broken: float
    alpha: float
    beta: float


@dataclass(frozen=True)
class Need:
    """What a test does with builds: chances of a rollback, and requests until it knows.

    `unfinished` is the larger share of tests that have not ended after `MOST_REQUESTS`.
    """

    name: str
    spared: float
    caught: float
    requests_healthy: float
    requests_broken: float
    unfinished: float = 0.0


class SequentialTest(Protocol):
    """Bounds on the count of failures; both only ever rise."""

    def rolls_back(self, requests: int, failures: int) -> bool:
        """Whether so many failures are too many."""
        ...

    def promotes(self, requests: int, failures: int) -> bool:
        """Whether so few failures are few enough."""
        ...


def needs(hypotheses: Hypotheses) -> tuple[Need, ...]:
    """All three tests."""
    sprt, anytime = Sprt(hypotheses), MixtureSprt(hypotheses)
    found = [
        _followed("SPRT", sprt, hypotheses),
        _followed("anytime-valid", anytime, hypotheses),
    ]
    fixed = fixed_test(hypotheses)
    return (*([fixed] if fixed else []), *found)


def fixed_test(hypotheses: Hypotheses) -> Need | None:
    """The least number of requests with which one look keeps both promises."""
    low, high = 0, 1
    while (found := _limit(hypotheses, high)) is None:
        low, high = high, high * 2
        if high > MOST_REQUESTS * 4:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if (better := _limit(hypotheses, middle)) is None:
            low = middle
        else:
            high, found = middle, better
    spared, caught = found
    return Need("fixed", spared, caught, high, high)


def _limit(hypotheses: Hypotheses, requests: int) -> tuple[float, float] | None:
    """Chances of a rollback at the least limit that spares, if it catches as well."""
    healthy = binomial_table(requests, hypotheses.healthy)
    limit = healthy.quantile(1 - hypotheses.alpha) + 1
    caught = binomial_table(requests, hypotheses.broken).at_least(limit)
    return (healthy.at_least(limit), caught) if caught >= 1 - hypotheses.beta else None


class Sprt:
    """Wald's test: a line for each verdict, at the logarithms of the odds of the two errors."""

    def __init__(self, hypotheses: Hypotheses) -> None:
        healthy, broken = hypotheses.healthy, hypotheses.broken
        self._failure = math.log(broken / healthy)
        self._success = math.log1p(-broken) - math.log1p(-healthy)
        self._upper = math.log((1 - hypotheses.beta) / hypotheses.alpha)
        self._lower = math.log(hypotheses.beta / (1 - hypotheses.alpha))

    def rolls_back(self, requests: int, failures: int) -> bool:
        return self._ratio(requests, failures) >= self._upper

    def promotes(self, requests: int, failures: int) -> bool:
        return self._ratio(requests, failures) <= self._lower

    def _ratio(self, requests: int, failures: int) -> float:
        return failures * self._failure + (requests - failures) * self._success


class MixtureSprt:
    """Two mixtures of likelihood ratios, each against all shares on one side."""

    def __init__(self, hypotheses: Hypotheses) -> None:
        self._above = _Mixture(hypotheses.healthy, _grid(hypotheses.healthy, 0.9))
        self._below = _Mixture(
            hypotheses.broken, _grid(hypotheses.healthy / 10, hypotheses.broken / _GRID)
        )
        self._upper = -math.log(hypotheses.alpha)
        self._lower = -math.log(hypotheses.beta)

    def rolls_back(self, requests: int, failures: int) -> bool:
        return self._above.evidence(requests, failures) >= self._upper

    def promotes(self, requests: int, failures: int) -> bool:
        return self._below.evidence(requests, failures) >= self._lower


class _Mixture:
    """The logarithm of the mean likelihood ratio of some shares against one."""

    def __init__(self, against: float, shares: list[float]) -> None:
        self._terms = [
            (math.log(share / against), math.log1p(-share) - math.log1p(-against))
            for share in shares
        ]

    def evidence(self, requests: int, failures: int) -> float:
        successes = requests - failures
        logs = [failures * failed + successes * passed for failed, passed in self._terms]
        most = max(logs)
        return most + math.log(math.fsum(math.exp(log - most) for log in logs) / len(logs))


def _grid(low: float, high: float) -> list[float]:
    """Shares above `low`, up to `high`, at equal ratios."""
    shares = []
    share = low * _GRID
    while share <= high * (1 + 1e-9):
        shares.append(share)
        share *= _GRID
    return shares or [high]


def _followed(name: str, test: SequentialTest, hypotheses: Hypotheses) -> Need:
    spared, healthy, left = follow(test, hypotheses.healthy)
    caught, broken, late = follow(test, hypotheses.broken)
    return Need(name, spared, caught, healthy, broken, max(left, late))


def follow(test: SequentialTest, share: float) -> tuple[float, float, float]:
    """Chance of a rollback, mean number of requests, and the chance of no end at all.

    The count of failures is followed request by request; it moves between the two bounds.
    """
    chances, least = [1.0], 0
    most, rolled_back, requests = 0, 0.0, 0.0
    for count in range(1, MOST_REQUESTS + 1):
        requests += math.fsum(chances)
        after = [0.0] * (len(chances) + 1)
        for index, chance in enumerate(chances):
            after[index] += chance * (1 - share)
            after[index + 1] += chance * share
        while after and test.promotes(count, least):
            after.pop(0)
            least += 1
        most = max(most, least)
        while not test.rolls_back(count, most) and most <= least + len(after):
            most += 1
        while after and least + len(after) - 1 >= most:
            rolled_back += after.pop()
        chances = after
        if math.fsum(chances) < _NEGLIGIBLE:
            return rolled_back, requests, 0.0
    return rolled_back, requests, math.fsum(chances)
