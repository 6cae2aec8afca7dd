"""Is B slower than A, or is it noise? Intervals for the change of quantiles between two runs.

A quantile of a run is an order statistic: had the same load been drawn again and again from what
was measured, the q-quantile would have fallen on the share U of the measured distribution, where
U follows Beta(qn, (1 - q)n + 1). Drawing U for either run, looking both up and dividing gives the
distribution of the change without assuming any shape of latencies. It is the ordinary
bootstrap of a quantile, without the resampling (Efron 1979; David & Nagaraja, Order Statistics).

Requests of one run are not independent, though: a slow second makes thousands of them slow. So n
is replaced by n divided by the design effect, the factor by which the share below the quantile
varies more from one second to the next than independent requests would (Kish 1965; Woodruff 1952
for quantiles). What no single pair of runs can show is how much runs differ among themselves;
repeat them, or merge several, where that matters.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from commons.units import NS_PER_S
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.timeline import Timeline
from loadtester.thresholds.measures.failures import failures

QUANTILES = ((0.5, 20), (0.9, 50), (0.99, 500), (0.999, 5_000))
"""Quantiles compared, each only where both runs have so many samples."""
DRAWS = 2_000
FEWEST_SLOTS = 5
"""Below so many seconds, how they differ among themselves cannot be told."""


class Change(StrEnum):
    """What may be said of one quantile."""

    SLOWER = "slower"
    FASTER = "faster"
    SMALL = "within the tolerance"
    """A change there is, but not one the tolerance allows to be called so."""
    NOISE = "no significant change"


@dataclass(frozen=True)
class Row:
    """The change of one quantity from A to B, with its interval."""

    name: str
    before: float
    after: float
    difference: float
    """What was measured: relative for latencies, absolute for shares."""
    low: float
    high: float
    """Bounds of the difference."""
    change: Change


@dataclass(frozen=True)
class Comparison:
    """Two runs held against each other."""

    quantiles: tuple[Row, ...]
    """In seconds, their differences relative."""
    failures: Row | None
    """As shares of all requests; None where either run had none."""
    confidence: float
    """That all the intervals together are right."""
    is_short: bool
    """Whether either run was too short to see how its seconds differ: the intervals are then
    those of independent requests, and too narrow."""

    @property
    def slower(self) -> bool:
        """Whether B is slower, beyond noise and tolerance, in any quantile, or fails more."""
        rows = [*self.quantiles, *([self.failures] if self.failures else [])]
        return any(row.change is Change.SLOWER for row in rows)


def compare(
    a: RunResult, b: RunResult, *, confidence: float = 0.95, tolerance: float = 0.05, seed: int = 0
) -> Comparison:
    """Hold run B against run A.

    `tolerance` is the relative change that is of no concern. The confidence is shared out among
    the rows (Bonferroni), so that looking at five of them does not find five times the noise.
    """
    times_a, times_b = _times(a), _times(b)
    fewest = min(times_a.count, times_b.count)
    wanted = [q for q, enough in QUANTILES if fewest >= enough]
    level = 1 - (1 - confidence) / (len(wanted) + 1)
    dice = random.Random(seed)
    rows = []
    for q in wanted:
        draws_a, draws_b = (
            _draws(run, times, q, dice) for run, times in ((a, times_a), (b, times_b))
        )
        low, high = _interval([y / x - 1 for x, y in zip(draws_a, draws_b, strict=True)], level)
        before, after = max(1, times_a.quantile(q)) / NS_PER_S, times_b.quantile(q) / NS_PER_S
        change = _change(low, high, tolerance)
        rows.append(Row(f"p{q * 100:g}", before, after, after / before - 1, low, high, change))
    is_short = any(len(_filled(run.timeline)) < FEWEST_SLOTS for run in (a, b))
    return Comparison(tuple(rows), _failures(a, b, level, dice), confidence, is_short)


def design_effect(timeline: Timeline, q: float) -> float:
    """How much more the share below the q-quantile varies between seconds than chance alone."""
    slots = _filled(timeline)
    if len(slots) < FEWEST_SLOTS:
        return 1.0
    everything = Histogram()
    for slot in slots:
        everything.merge(slot)
    value_ns, total = everything.quantile(q), everything.count
    below = [(slot.count_at_most(value_ns), slot.count) for slot in slots]
    share = sum(count for count, _ in below) / total
    chance = share * (1 - share) * total
    if chance <= 0:
        return 1.0
    scatter = sum((count - share * size) ** 2 for count, size in below)
    return max(1.0, scatter * len(slots) / (len(slots) - 1) / chance)


def _filled(timeline: Timeline) -> list[Histogram]:
    return [slot.response_time for slot in timeline if slot.response_time]


def _times(run: RunResult) -> Histogram:
    """Of the requests that have a time; the others are compared as failures."""
    return run.latency.times


def _draws(run: RunResult, times: Histogram, q: float, dice: random.Random) -> list[float]:
    """Where the quantile might have fallen, in nanoseconds."""
    effective = max(1.0, times.count / design_effect(run.timeline, q))
    rank = q * effective
    shares = sorted(dice.betavariate(rank, effective - rank + 1) for _ in range(DRAWS))
    values = _look_up(times, shares)
    dice.shuffle(values)
    return values


def _look_up(times: Histogram, shares: Sequence[float]) -> list[float]:
    """The value at each of the shares, which ascend; evenly spread within a bucket."""
    total, seen, values = times.count, 0, list[float]()
    for (low, high), count in times:
        upto = (seen + count) / total
        while len(values) < len(shares) and shares[len(values)] <= upto:
            within = (shares[len(values)] * total - seen) / count
            values.append(max(1.0, low + (high - low) * within))
        seen += count
    return values + [float(max(1, times.max_ns))] * (len(shares) - len(values))


def _failures(a: RunResult, b: RunResult, level: float, dice: random.Random) -> Row | None:
    """The change of the share of failures, from Jeffreys' posterior of either."""
    if not (a.ended and b.ended):
        return None
    draws = [_share(b, dice) - _share(a, dice) for _ in range(DRAWS)]
    low, high = _interval(draws, level)
    before, after = failures(a) / a.ended, failures(b) / b.ended
    change = _change(low, high, 0.0)
    return Row("failures", before, after, after - before, low, high, change)


def _share(run: RunResult, dice: random.Random) -> float:
    failed, all_ended = failures(run), run.ended
    return dice.betavariate(failed + 0.5, all_ended - failed + 0.5)


def _interval(draws: Sequence[float], level: float) -> tuple[float, float]:
    ordered = sorted(draws)
    cut = math.floor((1 - level) / 2 * len(ordered))
    return ordered[cut], ordered[-1 - cut]


def _change(low: float, high: float, tolerated: float) -> Change:
    if low > tolerated:
        return Change.SLOWER
    if high < -tolerated:
        return Change.FASTER
    return Change.NOISE if low <= 0 <= high else Change.SMALL
