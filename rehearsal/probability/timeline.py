"""When things happen in a run: ticks, scrapes, the windows of checks, the load of webhooks. Pure.

Tick k is at k intervals: tick 0 detects the new revision, tick 1 is the first of the analysis. All
times are whole microseconds from tick 0.

A range selector sees the scrapes of its window (open at its start, closed at its end), and `rate`
compares the last with the first, so that a check at time t counts the requests between the first
scrape after t - window and the last one up to t: never all of the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commons.units import US_PER_S
from rehearsal.probability.plan import Plan, TickKind
from rehearsal.webhooks.hook_load import HookLoad

Span = tuple[int, int]


def microseconds(duration_s: float) -> int:
    """Whole microseconds of a number of seconds."""
    return round(duration_s * US_PER_S)


@dataclass(frozen=True)
class Scrapes:
    """Scrapes every `every_us` from `phase_us` on; `every_us` 0 stands for a continuous view."""

    every_us: int
    phase_us: int = 0

    def window(self, at_us: int, length_us: int) -> Span | None:
        """From when to when a check counts; None where the window holds fewer than two scrapes."""
        if not self.every_us:
            return at_us - length_us, at_us
        first = (at_us - length_us - self.phase_us) // self.every_us + 1
        last = (at_us - self.phase_us) // self.every_us
        if last <= first:
            return None
        return first * self.every_us + self.phase_us, last * self.every_us + self.phase_us

    def between(self, start_us: int, end_us: int) -> list[int]:
        """The scrapes after the start, up to the end."""
        if not self.every_us:
            return []
        first = (start_us - self.phase_us) // self.every_us + 1
        last = (end_us - self.phase_us) // self.every_us
        return [k * self.every_us + self.phase_us for k in range(first, last + 1)]


def all_scrapes(scrape_s: float | None, phases: int) -> list[Scrapes]:
    """Equally likely positions of the scrapes against the ticks, at the middles of equal parts."""
    if scrape_s is None:
        return [Scrapes(0)]
    every_us = microseconds(scrape_s)
    return [Scrapes(every_us, every_us * (2 * k + 1) // (2 * phases)) for k in range(phases)]


@dataclass(frozen=True)
class Burst:
    """A load that runs for a part of an interval; times from the tick that begins the interval."""

    start_us: int
    end_us: int
    load: HookLoad

    def requests(self, start_us: int, end_us: int) -> float:
        """How many requests fall into a part of the interval."""
        overlap_us = min(end_us, self.end_us) - max(start_us, self.start_us)
        return max(0, overlap_us) / US_PER_S * self.load.rate_per_s


class LoadTimeline:
    """Which loads run in the interval after each tick.

    A webhook asks for its load at every tick of its kind, and is not heard while it still runs. One
    that ends with the tick is taken to have ended.
    """

    def __init__(self, plan: Plan, loads: Sequence[HookLoad], interval_us: int) -> None:
        self._first: TickKind = plan.positions[0].asks if plan.positions else "free"
        self._loads = tuple(loads)
        self._interval_us = interval_us
        self._running: list[Span] = [(0, 0)] * len(self._loads)
        self._bursts: list[tuple[Burst, ...]] = []

    def after(self, tick: int) -> tuple[Burst, ...]:
        """The bursts of the interval that a tick begins."""
        while len(self._bursts) <= tick:
            self._bursts.append(self._next())
        return self._bursts[tick]

    def _next(self) -> tuple[Burst, ...]:
        tick = len(self._bursts)
        at_us, end_us = tick * self._interval_us, (tick + 1) * self._interval_us
        kind: TickKind = "free" if tick == 0 else self._first if tick == 1 else "check"
        bursts = []
        for index, load in enumerate(self._loads):
            if load.asked == kind and self._running[index][1] <= at_us:
                self._running[index] = at_us, at_us + max(1, microseconds(load.duration_s))
            start_us, until_us = self._running[index]
            if until_us > at_us:
                low, high = max(start_us, at_us), min(until_us, end_us)
                bursts.append(Burst(low - at_us, high - at_us, load))
        return tuple(bursts)
