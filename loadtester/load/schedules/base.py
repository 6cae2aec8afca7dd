"""The one interface of a schedule: arrival number in, planned nanosecond out.

Why a pure function. The usual load generator sleeps for 1/rate between requests. Every sleep
is a little late and every send takes a little time, so its rate is always a little too low,
and when the machine hiccups the plan hiccups with it: the generator then measures against
its own delays. Here the plan is fixed before the first request leaves. Arrival i has one
instant, whatever happened to arrivals before it; being late is then a fact about the run that
can be measured (lateness) and charged (response time), not a change of the plan.

Purity pays again and again: nothing accumulates, so the millionth arrival is as exact as the
first; a schedule can be tested without waiting for it; P processes share one schedule by
taking every P-th number, without talking to each other; a backlog is two numbers; and the
same seed gives the same run.

The rate of a schedule is a function r(t), and arrival i is due when the integral of r reaches
i. Implementations invert that integral, each time anew and only for the i they are asked
about: with integers where it can be inverted exactly (constant, stages), else within a
nanosecond (sine). The first arrival is due at 0, unless chance decides (poisson).
"""

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import ClassVar, Self


class Schedule(ABC):
    """When arrivals are due, as a pure function of their number.

    Implementations hold no clock and no position: `planned_ns(i)` is the same whenever and in
    whatever order it is asked, is non-decreasing in i, and survives pickling (a shard in
    another process plans the same instants). Caches are allowed, state is not.
    """

    kind: ClassVar[str]
    """The name in the registry and before the colon of the notation."""
    syntax: ClassVar[str]
    """What stands after the colon, for help texts."""
    in_order: ClassVar[bool] = False
    """Whether it is quick only for arrivals that are asked about one after the other."""

    @classmethod
    @abstractmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """From what stands after the colon. PlanError says what is wrong with it."""

    @abstractmethod
    def planned_ns(self, i: int) -> int | None:
        """Nanoseconds after the start at which arrival i (from 0) is due; None past the end."""

    def arrivals_by(self, t_ns: int) -> int:
        """How many arrivals are due up to `t_ns` and at it; found by a few questions."""
        if not self._is_due(0, t_ns):
            return 0
        low, high = 0, 1
        while self._is_due(high, t_ns):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._is_due(middle, t_ns) else (low, middle)
        return high

    def _is_due(self, i: int, t_ns: int) -> bool:
        planned_ns = self.planned_ns(i)
        return planned_ns is not None and planned_ns <= t_ns

    @property
    def ends(self) -> bool:
        """Whether there is a last arrival."""
        return self.duration_ns is not None

    @property
    def duration_ns(self) -> int | None:
        """Length of the schedule in nanoseconds, None if it goes on for ever."""
        return None

    def scaled(self, factor: Fraction) -> "Schedule":
        """The same rates, passed through `factor` times as fast: stages are shortened by it."""
        return self

    @abstractmethod
    def describe(self) -> str:
        """In the notation that `schedules.parse` reads, e.g. `stages:10..200/30s,200/2m`."""
