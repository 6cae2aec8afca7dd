"""The one interface of a schedule: arrival number in, planned nanosecond out."""

from abc import ABC, abstractmethod


class Schedule(ABC):
    """When arrivals are due, as a pure function of their number.

    Implementations hold no clock and no position: `planned_ns(i)` is the same whenever and in
    whatever order it is asked, is non-decreasing in i, and survives pickling (a shard in
    another process plans the same instants). Caches are allowed, state is not.
    """

    @abstractmethod
    def planned_ns(self, i: int) -> int | None:
        """Nanoseconds after the start at which arrival i (from 0) is due; None past the end."""

    @property
    def ends(self) -> bool:
        """Whether there is a last arrival."""
        return False

    @property
    def duration_ns(self) -> int | None:
        """Length of the schedule in nanoseconds, None if it goes on for ever."""
        return None

    @abstractmethod
    def describe(self) -> str:
        """In the notation of the command line, e.g. `constant:100` or `stages:10..200/30s`."""
