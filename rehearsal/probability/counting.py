"""How many requests each check will have counted: exact distributions, tick by tick. Pure.

Between two ticks requests arrive at the canary in streams whose rates are known, so that in any
stretch of time failures and successes are independent Poisson counts (random arrivals) or binomial
ones (even arrivals). What makes it hard is what Prometheus shows of them: a check compares the last
scrape of its window with the first (`timeline`), a new series' first value is lost and its rise is
extrapolated otherwise than that of an old one (`series`), and a window may reach back beyond the
last tick.

**Overlap.** Where it does, two checks count some requests both. The interval is cut where windows
of later checks begin (`cutting`), and the stretches that a later check will count are kept in the
state, each with its own count. That is exact, and dear with many stretches of many counts. Beyond
`MOST_LEVELS` combinations only the sum of their failures is kept, and put back at random, in
proportion to the requests, when a tick must know which of them leave its window: as it is, but for
what the verdicts so far tell about where the failures were. Counts beyond `MOST_COUNTS` are kept to
multiples of a few. Where checks pass thousands of failures, as at ten thousands of requests a
second, all failures are counted in units of some (`distributions.in_units`), of which never more
than `MOST_UNITS` matter (`MOST_UNITS_OF_SUMS` where windows overlap much), so that time does not
grow with the traffic. Each of these is called approximate.

Of successes only the mean is kept, and whether there was any: a check with so many failures passes
with the chance that there were enough successes beside them. That is exact for every single check,
and altogether for even arrivals; for overlapping windows of random arrivals it neglects that a
surplus of successes is shared by two checks. How `rate` extrapolates the successes is likewise
taken from their means. Failures beyond what could ever pass are all alike, which keeps the counts
small.

The canary is one pod here: several have series of their own, too many states to keep.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import mul
from typing import NamedTuple

from rehearsal.probability.arrivals import Arrivals, Piece, Stream, pieces_of
from rehearsal.probability.checks import ShareCheck
from rehearsal.probability.cutting import Cuts, Part, Step
from rehearsal.probability.distributions import Chances, Key, add_chances, convolve
from rehearsal.probability.groups import NOTHING, Group, Slots, coarsened, joined, shared_out, total
from rehearsal.probability.judging import Judge, Open
from rehearsal.probability.series import MILLI, UNBORN, Series, coarse
from rehearsal.probability.timeline import Burst, Scrapes

MOST_LEVELS = 200
"""How many combinations of counts are kept apart; beyond, their sum must do."""
MOST_COUNTS = 120
"""How many counts of one stretch are kept apart; beyond, neighbours are joined."""
MOST_UNITS = 1000
"""How many counts of failures are told apart in all; beyond, they are counted by the dozen."""
MOST_UNITS_OF_SUMS = 60
"""As many where only the sum over several stretches is kept."""

_NEGLIGIBLE = 1e-8
_MOST_IF_NONE_PASSES = 2
_MOST_FACTOR = 1.2
"""How much less failures may weigh than successes."""


class Local(NamedTuple):
    """What the next checks will need of the past: the two series, and counts of stretches."""

    bad: Series
    good: Series
    slots: Slots


_States = dict[Open, Chances]
"""States within an interval, with the chances of 0, 1, ... failures in the slot that leaves."""

Verdicts = dict[Local, tuple[float, float]]
"""For each state after a tick: how likely it is with the checks passed, and with one failed."""


class Counter:
    """Leads a distribution of states from tick to tick; all checks must pass for a tick to."""

    def __init__(
        self,
        checks: Sequence[ShareCheck],
        stream: Stream,
        scrapes: Scrapes,
        interval_us: int,
        most_requests: float,
    ) -> None:
        """`most_requests` may reach the canary in an interval at most, on average."""
        self._checks = tuple(checks)
        self._stream = stream
        self._interval_us = interval_us
        self._continuous = not scrapes.every_us
        most_good = _most_good(checks, most_requests, interval_us)
        most_failures = _most_bad(checks, most_good)
        windows_us = [check.window_us for check in checks]
        self._cuts = Cuts(scrapes, interval_us, windows_us)
        kept = max(self._cuts.kept(0), self._cuts.kept(1))
        self._sums_only = kept > 1 and min(most_failures, MOST_COUNTS) ** kept > MOST_LEVELS
        most_units = MOST_UNITS_OF_SUMS if self._sums_only else MOST_UNITS
        self._dozen = -(-most_failures // most_units)
        self._most = -(-most_failures // self._dozen)
        zero_share = _zeroweight_share(checks, scrapes)
        any_passes = self._most > _MOST_IF_NONE_PASSES
        self._most_value = min(self._most, int(zero_share * self._most) + 2) if any_passes else 1
        self._most_good_value = int(zero_share * most_good + 2) * MILLI if any_passes else 1
        self._arrivals = Arrivals(
            stream, self._most, self._most_value, self._most_good_value, self._dozen
        )
        self._judge = Judge(self._checks, self._most, self._dozen)
        self._unit = 1 if kept == 0 else -(-self._most // MOST_COUNTS)
        self.is_exact = not self._sums_only and self._unit == 1 and self._dozen == 1

    @property
    def is_coarse(self) -> bool:
        """Whether overlapping windows hold more failures than can be followed well."""
        return self._sums_only and self._dozen > 1

    def start(self) -> Local:
        """The state at the detection: no series yet, and nothing counted."""
        series = Series(1) if self._continuous else UNBORN
        return Local(series, series, (NOTHING,) * self._cuts.kept(0))

    def advance(
        self,
        states: Mapping[Local, float],
        tick: int,
        bursts: Sequence[Burst],
        share: float,
        copied: float,
    ) -> Verdicts:
        """From a tick to the next one, at which the checks judge.

        Meanwhile the canary answers a share of the requests at the apex, and gets copies of some.
        """
        step = self._cuts.step(tick)
        vector = step.leaving[-1] if step.leaving else -1
        current = self._opened(states, step, vector)
        for part in step.early:
            pieces = pieces_of(part, bursts, self._stream, share, copied)
            home = step.homes[part.slot] if self._sums_only and part.slot >= 0 else part.slot
            current = self._count(current, part, pieces, vector, home)
        verdicts = self._verdicts(current, step, vector)
        for part in step.late:
            pieces = pieces_of(part, bursts, self._stream, share, copied)
            verdicts = self._count_late(verdicts, part, pieces)
        return self._bounded(verdicts)

    def _opened(self, states: Mapping[Local, float], step: Step, vector: int) -> _States:
        """The kept stretches in the slots of a step."""
        opened: _States = {}
        for (bad, good, kept), chance in states.items():
            for slots, likely in self._placed(kept, step):
                leaving = NOTHING
                if vector >= 0:
                    leaving = slots[vector]
                    slots = (*slots[:vector], NOTHING, *slots[vector + 1 :])
                key = Open(bad, good, slots, leaving._replace(bad=0))
                add_chances(opened, key, [0.0] * leaving.bad + [chance * likely])
        return opened

    def _placed(self, kept: Slots, step: Step) -> Iterable[tuple[Slots, float]]:
        slots = [NOTHING] * step.slots
        for group, slot in zip(kept, step.before, strict=True):
            slots[slot] = joined(slots[slot], group, self._most)
        if not self._sums_only or not kept:
            return [(tuple(slots), 1.0)]
        return self._shared_out(slots, kept[0].bad, step)

    def _shared_out(
        self, slots: list[Group], count: int, step: Step
    ) -> Iterator[tuple[Slots, float]]:
        """The sum of all failures, put where they may have been."""
        bare = [group._replace(bad=0) for group in slots]
        homes = sorted(set(step.homes))
        weighed = tuple(
            total([bare[slot] for slot in range(step.slots) if step.homes[slot] == home], 1)
            for home in homes
        )
        for placed, likely in shared_out(weighed, count, self._dozen):
            found = list(bare)
            for home, group in zip(homes, placed, strict=True):
                found[home] = bare[home]._replace(bad=group.bad)
            yield tuple(found), likely

    def _count(
        self, states: _States, part: Part, pieces: tuple[Piece, ...], vector: int, home: int
    ) -> _States:
        """One part further; its failures count in the slot that is their home."""
        after: _States = {}
        slot, arrivals = part.slot, self._arrivals
        for (bad, good, slots, leaving), chances in states.items():
            for moved_good, group, chance in arrivals.good(pieces, good):
                if slot < 0:
                    moved_good = self._grown_good(moved_good, group.good)
                for moved_bad, counts in arrivals.bad(pieces, bad):
                    if slot >= 0 and slot == vector:
                        key = Open(moved_bad, moved_good, slots, joined(leaving, group, self._most))
                        summed = convolve(chances, counts, self._most)
                        add_chances(after, key, [chance * likely for likely in summed])
                        continue
                    for grown, wider, likely in self._outcomes(
                        moved_bad, self._with(slots, slot, group), home, counts
                    ):
                        scale = chance * likely
                        key = Open(grown, moved_good, wider, leaving)
                        add_chances(after, key, [scale * one for one in chances])
        return after

    def _with(self, slots: Slots, slot: int, group: Group) -> Slots:
        """With a group more in a slot, if it has one."""
        if slot < 0 or group is NOTHING:
            return slots
        return (*slots[:slot], joined(slots[slot], group, self._most), *slots[slot + 1 :])

    def _outcomes(
        self, bad: Series, slots: Slots, slot: int, counts: Chances
    ) -> Iterator[tuple[Series, Slots, float]]:
        """With so many failures more, in a slot or, without one, in the value of the series."""
        if slot < 0:
            for count, likely in enumerate(counts):
                if likely > _NEGLIGIBLE:
                    yield bad.grown(count, self._most_value), slots, likely
            return
        before, after, most = slots[:slot], slots[slot + 1 :], self._most
        least, any_good, mean, even, safe = slots[slot]
        for count, likely in enumerate(counts, least):
            if likely > _NEGLIGIBLE:
                group = Group(count if count < most else most, any_good, mean, even, safe)
                yield bad, (*before, group, *after), likely

    def _grown_good(self, series: Series, counted: int) -> Series:
        grown = series.grown(counted, self._most_good_value)
        return grown._replace(value=coarse(grown.value))

    def _count_late(self, verdicts: Verdicts, part: Part, pieces: tuple[Piece, ...]) -> Verdicts:
        after: Verdicts = {}
        slot, arrivals = part.slot, self._arrivals
        home = 0 if self._sums_only and slot >= 0 else slot
        for (bad, good, slots), (passed, failed) in verdicts.items():
            for moved_good, group, chance in arrivals.good(pieces, good):
                if slot < 0:
                    moved_good = self._grown_good(moved_good, group.good)
                for moved_bad, counts in arrivals.bad(pieces, bad):
                    for grown, wider, likely in self._outcomes(
                        moved_bad, self._with(slots, slot, group), home, counts
                    ):
                        key, scale = Local(grown, moved_good, wider), chance * likely
                        _add(after, key, passed * scale, failed * scale)
        return after

    def _verdicts(self, states: _States, step: Step, vector: int) -> Verdicts:
        """The verdicts, and of the counts only what later checks will need."""
        verdicts: Verdicts = {}
        for state, chances in states.items():
            passes = self._judge.passing(state, len(chances), step, vector)
            left = total([state.slots[slot] for slot in step.leaving], self._most)
            good = state.good.shifted(self._interval_us)
            if self._grows(state.good, step):
                good = self._grown_good(state.good, left.good + state.leaving.good)
            passed = list(map(mul, chances, passes))
            sums = self._by_series(state.bad, left.bad, chances, passed, step)
            kept = self._kept(state.slots, step)
            for bad, one, whole in sums:
                _add(verdicts, Local(bad, good, kept), one, whole - one)
        return verdicts

    def _by_series(
        self, bad: Series, before: int, chances: Chances, passed: Chances, step: Step
    ) -> list[tuple[Series, float, float]]:
        """The series of failures as later checks see it, by what leaves; passed, and in all."""
        if not self._grows(bad, step):
            return [(bad.shifted(self._interval_us), sum(passed), sum(chances))]
        least = (bad.value or bad.first) + before
        apart = max(0, min(self._most_value - least, len(chances)))
        sums = [(Series(least + k), passed[k], chances[k]) for k in range(apart) if chances[k]]
        if apart < len(chances):
            last = Series(max(self._most_value, 1))
            sums.append((last, sum(passed[apart:]), sum(chances[apart:])))
        return sums

    def _grows(self, series: Series, step: Step) -> bool:
        """Whether later checks see it first with a value, and not as born among what they count."""
        if not series.exists:
            return False
        horizon_us = step.horizon_us
        return series.born_us is None or horizon_us is None or series.born_us <= horizon_us

    def _kept(self, slots: Slots, step: Step) -> Slots:
        """The stretches that later checks will count."""
        kept = [NOTHING] * step.kept
        for group, destination in zip(slots, step.after, strict=True):
            if destination >= 0:
                kept[destination] = joined(kept[destination], group, self._most)
        return tuple(kept)

    def _bounded(self, verdicts: Verdicts) -> Verdicts:
        """Without what will never happen, and without more counts than can be kept apart."""
        bounded: Verdicts = {}
        old = _mean_good(verdicts)
        means = _mean_slots(verdicts) if self._sums_only else ()
        for (bad, good, slots), (passed, failed) in verdicts.items():
            if passed + failed < _NEGLIGIBLE:
                continue
            if good.value:
                good = old
            if self._sums_only and slots:
                slots = _in_first(slots, means, self._most)
            if self._unit == 1:
                _add(bounded, Local(bad, good, slots), passed, failed)
                continue
            for nearest, likely in coarsened(slots, self._unit):
                _add(bounded, Local(bad, good, nearest), passed * likely, failed * likely)
        return bounded


def _mean_good(verdicts: Verdicts) -> Series:
    """The series of successes, where it is old, with its mean value."""
    weight, summed = 0.0, 0.0
    for (_, good, _), (passed, failed) in verdicts.items():
        if good.value:
            weight += passed + failed
            summed += (passed + failed) * good.value
    return Series(coarse(max(1, round(summed / weight)))) if weight else UNBORN


def _most_good(checks: Sequence[ShareCheck], most_requests: float, interval_us: int) -> float:
    """How many successes a check may count."""
    windows = max((check.window_us / interval_us for check in checks), default=1.0)
    mean = most_requests * max(1.0, windows)
    return mean + 6 * math.sqrt(mean) + 10


def _most_bad(checks: Sequence[ShareCheck], most_good: float) -> int:
    """From how many failures on every check fails, or how many there may be at all."""
    most = max((check.most_bad(most_good) for check in checks), default=0.0) * _MOST_FACTOR
    return int(min(most, most_good)) + 2


def _zeroweight_share(checks: Sequence[ShareCheck], scrapes: Scrapes) -> float:
    """The most that `Sight.zero_share` can be."""
    if not scrapes.every_us or not checks:
        return 0.0
    window_us = min(check.window_us for check in checks)
    return 1 / max(1, window_us // scrapes.every_us - 1)


def _mean_slots(verdicts: Verdicts) -> Slots:
    """The stretches with the means of their successes over all states."""
    weight = math.fsum(passed + failed for passed, failed in verdicts.values())
    sums: list[list[float]] = []
    for (_, _, slots), (passed, failed) in verdicts.items():
        sums = sums or [[0.0, 0.0, 0.0] for _ in slots]
        for summed, group in zip(sums, slots, strict=True):
            for index, value in enumerate(group[2:]):
                summed[index] += (passed + failed) / weight * value
    return tuple(Group(0, False, *(round(value) for value in summed)) for summed in sums)


def _in_first(slots: Slots, means: Slots, most: int) -> Slots:
    """All failures in the first stretch, and the successes at their means."""
    bad = min(most, sum(group.bad for group in slots))
    first, *rest = (
        mean._replace(any_good=group.any_good) if group.any_good else NOTHING
        for group, mean in zip(slots, means, strict=True)
    )
    return (first._replace(bad=bad), *rest)


def _add(verdicts: dict[Key, tuple[float, float]], key: Key, passed: float, failed: float) -> None:
    before = verdicts.get(key)
    verdicts[key] = (passed, failed) if before is None else (before[0] + passed, before[1] + failed)
