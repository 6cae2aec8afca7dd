"""The chance that checks pass, given what was counted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from rehearsal.probability.checks import ShareCheck
from rehearsal.probability.cutting import Step
from rehearsal.probability.distributions import Chances
from rehearsal.probability.groups import (
    Group,
    Slots,
    chance_of_passing,
    joined,
    total,
)
from rehearsal.probability.series import Series, Sight

_RATIO_STEPS = 500
"""How finely the weight of failures against successes is told apart."""


class Open(NamedTuple):
    """A state within an interval, but for the failures in the slot that leaves (`leaving`)."""

    bad: Series
    good: Series
    slots: Slots
    leaving: Group


class _View(NamedTuple):
    """One check at a tick, and where the slot that leaves stands to its window."""

    check: int
    sight: Sight
    is_inside: bool
    is_before: bool


class _Seen(NamedTuple):
    """What one check sees but for the failures in the slot that leaves: all its verdict needs.

    `good` and `good_factor` are of the successes, `bad` and `bad_before` counts of failures inside
    the window and before it.
    """

    view: _View
    good: Group
    good_factor: float
    series: Series
    bad: int
    bad_before: int


class Judge:
    """Judges states at a tick. Failures are counted in units of `unit`, up to `most` of them."""

    def __init__(self, checks: Sequence[ShareCheck], most: int, unit: int) -> None:
        self._checks = tuple(checks)
        self._most = most
        self._unit = unit
        self._rows: dict[_Seen, Chances] = {}
        self._chances: dict[tuple[int, Group], dict[tuple[int, int], float]] = {}

    def passing(self, state: Open, counts: int, step: Step, vector: int) -> Chances:
        """The chances that all checks pass, by the number of failures in the slot that leaves."""
        passes = [1.0] * counts
        for index, sight in enumerate(step.sights):
            if sight is None:
                return [0.0] * counts
            if self._checks[index].needs_failures and not state.bad.exists:
                return [0.0] * counts
            window, earlier = step.windows[index], step.earlier[index]
            view = _View(index, sight, vector in window, vector in earlier)
            inside = self._total(state.slots, window, vector)
            before = self._total(state.slots, earlier, vector)
            one = self._passes(state, inside, before, view, counts)
            passes = list(map(mul, passes, one))
        return passes

    def _total(self, slots: Slots, chosen: Sequence[int], vector: int) -> Group:
        return total([slots[slot] for slot in chosen if slot != vector], self._most)

    def _passes(
        self, state: Open, inside: Group, before: Group, view: _View, counts: int
    ) -> Chances:
        """The chances that one check passes, by the number of failures in the slot that leaves."""
        good = joined(inside, state.leaving, self._most) if view.is_inside else inside
        good_before = before.good + (state.leaving.good if view.is_before else 0)
        good_factor = view.sight.factor(state.good, good_before, good.good)
        if not good_factor:
            return [0.0] * counts
        bare = good._replace(bad=0)
        seen = _Seen(view, bare, round(good_factor, 4), state.bad, inside.bad, before.bad)
        row = self._rows.get(seen)
        if row is None or len(row) < counts:
            row = self._rows[seen] = self._row(seen, counts)
        return row[:counts] if len(row) > counts else row

    def _row(self, seen: _Seen, counts: int) -> Chances:
        """The chances with 0, 1, ... failures in the slot that leaves."""
        view, series, good_factor = seen.view, seen.series, seen.good_factor
        known = self._chances.setdefault((view.check, seen.good), {})
        if not view.is_inside and not view.is_before:
            counts, repeats = 1, counts
        else:
            repeats = 1
        row = []
        seen_bad = view.sight.extrapolation(series, seen.bad_before)
        for count in range(counts):
            bad = seen.bad + count if view.is_inside else seen.bad
            if view.is_before:
                seen_bad = view.sight.extrapolation(series, seen.bad_before + count)
            factor = 1.0 if not bad else seen_bad.factor(bad) if seen_bad else 0.0
            key = bad, round(factor / good_factor * _RATIO_STEPS)
            chance = known.get(key)
            if chance is None:
                chance = known[key] = self._chance(view.check, seen.good, *key)
            row.append(chance)
        return row * repeats

    def _chance(self, check: int, good: Group, bad: int, steps: int) -> float:
        """The chance that a check passes with so many failures beside the successes."""
        counted = good._replace(bad=bad * self._unit)
        return chance_of_passing(self._checks[check], counted, steps / _RATIO_STEPS)
