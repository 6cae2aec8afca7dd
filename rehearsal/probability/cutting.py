"""How an interval is cut, so that every part of it counts as a whole or not at all. Pure.

The check at the end of an interval counts what lies in its window; the windows of later checks may
begin in this interval, or before it. Cut at all those moments, each stretch (and each stretch kept
from before) belongs to a class: which of the checks now count it, and in which stretch of the next
interval's past it goes, if in any. Stretches of one class need not be told apart: they share a
slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from rehearsal.probability.series import Sight
from rehearsal.probability.timeline import Scrapes, Span


class Part(NamedTuple):
    """A stretch of an interval; `slot` is where it counts, -1 where only births matter."""

    span: Span
    scrapes: tuple[int, ...]
    slot: int


@dataclass(frozen=True)
class Step:
    """One interval; times are relative to the tick that begins it.

    `sights` has what each check looks at, None where it is too few scrapes; `windows` has the slots
    that it sums up, `earlier` those before its first scrape. `horizon_us` is the first scrape that
    later checks look at, None if that is yet to come.

    `before` has the slot of each stretch kept from the past. `early` parts are over when the checks
    judge, `late` ones follow.
    `after` has for each slot the stretch that is kept for later, -1 for none; late parts count in
    those.
    """

    before: tuple[int, ...]
    slots: int
    early: tuple[Part, ...]
    late: tuple[Part, ...]
    sights: tuple[Sight | None, ...]
    windows: tuple[tuple[int, ...], ...]
    earlier: tuple[tuple[int, ...], ...]
    horizon_us: int | None
    after: tuple[int, ...]
    kept: int

    @cached_property
    def homes(self) -> tuple[int, ...]:
        """For each slot the first that the same checks count, and that leaves or stays as it does.

        Whoever does not tell staying stretches apart may keep all of their failures there.
        """
        kinds = [
            (tuple(slot in window for window in self.windows), self.after[slot] < 0)
            for slot in range(self.slots)
        ]
        return tuple(kinds.index(kind) for kind in kinds)

    @cached_property
    def leaving(self) -> tuple[int, ...]:
        """The slots whose counts no later check needs."""
        return tuple(slot for slot, destination in enumerate(self.after) if destination < 0)


class Cuts:
    """The steps of a run: a step depends only on how far the last scrape is away."""

    def __init__(self, scrapes: Scrapes, interval_us: int, windows_us: Sequence[int]) -> None:
        self._scrapes = scrapes
        self._interval_us = interval_us
        self._windows_us = tuple(windows_us)
        self._steps: dict[int, Step] = {}

    def step(self, tick: int) -> Step:
        """The step from a tick to the next."""
        every_us = self._scrapes.every_us
        at_us = tick * self._interval_us
        offset_us = (at_us - self._scrapes.phase_us) % every_us if every_us else 0
        if offset_us not in self._steps:
            self._steps[offset_us] = self._cut(at_us)
        return self._steps[offset_us]

    def kept(self, tick: int) -> int:
        """How many stretches of the past later checks tell apart."""
        return len(self._starts(tick * self._interval_us))

    def _starts(self, at_us: int) -> list[int]:
        """When windows of later checks begin that reach back beyond a tick, relative to it."""
        starts = set()
        for window_us in self._windows_us:
            later_us = at_us + self._interval_us
            while later_us - window_us < at_us:
                window = self._scrapes.window(later_us, window_us)
                if window is not None and window[0] < at_us:
                    starts.add(window[0] - at_us)
                later_us += self._interval_us
        return sorted(starts)

    def _cut(self, at_us: int) -> Step:
        end_us = at_us + self._interval_us
        now = [self._relative(end_us, window_us, at_us) for window_us in self._windows_us]
        seen = [window for window in now if window is not None]
        before = self._starts(at_us)
        later = [start + self._interval_us for start in self._starts(end_us)]
        judged_us = max((high for _, high in seen), default=self._interval_us)
        moments = {0, self._interval_us, judged_us, *later}
        moments.update(moment for window in seen for moment in window)
        cuts = sorted(moment for moment in moments if 0 <= moment <= self._interval_us)
        slots = _Slots(now, later)
        held = tuple(slots.find(start) for start in before)
        scrapes = [time - at_us for time in self._scrapes.between(at_us, end_us)]
        early: list[Part] = []
        late: list[Part] = []
        for low, high in pairwise(cuts):
            inside = tuple(time for time in scrapes if low < time <= high)
            if high <= judged_us:
                early.append(Part((low, high), inside, slots.find(low)))
            else:
                late.append(Part((low, high), inside, slots.destination(low)))
        checks = range(len(now))
        return Step(
            before=held,
            slots=slots.count,
            early=tuple(early),
            late=tuple(late),
            sights=tuple(map(self._sight, now, self._windows_us)),
            windows=tuple(slots.counted_by(check) for check in checks),
            earlier=tuple(slots.before(check) for check in checks),
            horizon_us=later[0] if later else None,
            after=slots.after(),
            kept=len(later),
        )

    def _relative(self, end_us: int, window_us: int, at_us: int) -> Span | None:
        window = self._scrapes.window(end_us, window_us)
        return None if window is None else (window[0] - at_us, window[1] - at_us)

    def _sight(self, window: Span | None, window_us: int) -> Sight | None:
        if window is None:
            return None
        end_us = self._interval_us
        return Sight(end_us - window_us, end_us, *window, self._scrapes.every_us)


class _Slots:
    """Numbers the classes of stretches as they are met."""

    def __init__(self, windows: Sequence[Span | None], later: Sequence[int]) -> None:
        self._windows = windows
        self._later = later
        self._classes: list[tuple[tuple[bool, ...], int]] = []
        self._known: dict[tuple[tuple[bool, ...], int], int] = {}
        self._last_us: list[int] = []

    @property
    def count(self) -> int:
        return len(self._classes)

    def find(self, start_us: int) -> int:
        """The slot of the stretch that begins then; -1 if nobody ever counts it."""
        counted = tuple(
            window is not None and window[0] <= start_us < window[1] for window in self._windows
        )
        destination = self.destination(start_us)
        if not any(counted) and destination < 0:
            return -1
        key = counted, destination
        if key not in self._known:
            self._known[key] = len(self._classes)
            self._classes.append(key)
            self._last_us.append(start_us)
        self._last_us[self._known[key]] = start_us
        return self._known[key]

    def destination(self, start_us: int) -> int:
        """Which kept stretch of the next interval's past this one goes in."""
        return sum(start <= start_us for start in self._later) - 1

    def counted_by(self, check: int) -> tuple[int, ...]:
        return tuple(slot for slot, (counted, _) in enumerate(self._classes) if counted[check])

    def before(self, check: int) -> tuple[int, ...]:
        """The slots of stretches before the window of a check."""
        window = self._windows[check]
        if window is None:
            return ()
        return tuple(slot for slot, last in enumerate(self._last_us) if last < window[0])

    def after(self) -> tuple[int, ...]:
        return tuple(destination for _, destination in self._classes)
