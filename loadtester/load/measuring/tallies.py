"""What was counted: requests by fate, responses by status, failures by class, phases by time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

from loadtester.load.measuring.histogram import Histogram

MAX_MESSAGES: Final = 50
"""Distinct example messages kept per error class; further ones are counted under OTHER."""
OTHER: Final = "(other messages)"


class Tally:
    """Copied and sent to another process by its fields, be it compiled or not."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        values = tuple(getattr(self, each.name) for each in fields(self))  # type: ignore[arg-type]
        return type(self), values


@dataclass(slots=True)
class Counts(Tally):
    """Where every arrival went. All exact, and two sums always hold (see `check`):

    planned == sent + unsent + dropped     and     sent == completed + errors + aborted
    """

    planned: int = 0
    """Arrivals that were due: by the schedule (open) or by a free worker or its tick (closed)."""
    sent: int = 0
    """Requests begun, including those whose connection could not be made."""
    completed: int = 0
    """Complete responses, of any status."""
    errors: int = 0
    """Requests that ended without a complete response; see `RunResult.errors`."""
    unsent: int = 0
    """Arrivals still waiting in the backlog when the run ended."""
    dropped: int = 0
    """Arrivals given up by OnSaturation.DROP, and missed ticks of paced workers."""
    aborted: int = 0
    """Requests in flight that the end of the run cut off."""
    max_backlog: int = 0
    """The most arrivals that ever waited at once. A merge adds: processes wait side by side."""
    connections_opened: int = 0
    redirects_followed: int = 0
    resent: int = 0
    """Requests sent again because a reused connection had been closed by the peer."""

    def merge(self, other: "Counts") -> None:
        """Add another process's counts."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def check(self) -> bool:
        """Whether nothing got lost."""
        arrivals = self.sent + self.unsent + self.dropped
        return self.planned == arrivals and self.sent == self.completed + self.errors + self.aborted


@dataclass(slots=True)
class StatusTally(Tally):
    """Responses of one status code. Both histograms have one value per response."""

    response_time: Histogram = field(default_factory=Histogram)
    service_time: Histogram = field(default_factory=Histogram)

    @property
    def count(self) -> int:
        """How many responses had this status."""
        return self.response_time.count

    def merge(self, other: "StatusTally") -> None:
        """Add another tally of the same status."""
        self.response_time.merge(other.response_time)
        self.service_time.merge(other.service_time)


@dataclass(slots=True)
class ErrorTally(Tally):
    """Failures of one class."""

    response_time: Histogram = field(default_factory=Histogram)
    """From the planned time to the failure."""
    messages: Counter[str] = field(default_factory=Counter)
    """How often each message was seen, as hey would print it: `Get "URL": dial tcp ...`."""

    @property
    def count(self) -> int:
        """How many requests failed this way."""
        return self.response_time.count

    def add(self, response_ns: int, message: str) -> None:
        """Count one failure."""
        self.response_time.record(response_ns)
        self._count(message, 1)

    def merge(self, other: "ErrorTally") -> None:
        """Add another tally of the same class."""
        self.response_time.merge(other.response_time)
        for message, count in other.messages.items():
            self._count(message, count)

    def _count(self, message: str, count: int) -> None:
        known = message in self.messages or len(self.messages) < MAX_MESSAGES
        self.messages[message if known else OTHER] += count


@dataclass(slots=True)
class Phase(Tally):
    """One phase of the requests that were answered, in nanoseconds."""

    count: int = 0
    sum_ns: int = 0
    min_ns: int = 0
    max_ns: int = 0

    def add(self, value_ns: int) -> None:
        """Count one request's time in this phase."""
        if value_ns < self.min_ns or not self.count:
            self.min_ns = value_ns
        if value_ns > self.max_ns:
            self.max_ns = value_ns
        self.count += 1
        self.sum_ns += value_ns

    def merge(self, other: "Phase") -> None:
        """Add another's count."""
        if not other.count:
            return
        self.min_ns = min(self.min_ns, other.min_ns) if self.count else other.min_ns
        self.max_ns = max(self.max_ns, other.max_ns)
        self.count += other.count
        self.sum_ns += other.sum_ns

    @property
    def mean_ns(self) -> float:
        """The average; 0 when nothing was counted."""
        return self.sum_ns / self.count if self.count else 0.0


@dataclass(slots=True)
class Phases(Tally):
    """hey's `Details`. As there, a request on a reused connection counts 0 in the first two."""

    dialup: Phase = field(default_factory=Phase)
    """DNS + connect + proxy + TLS (`DNS+dialup`)."""
    dns: Phase = field(default_factory=Phase)
    write: Phase = field(default_factory=Phase)
    wait: Phase = field(default_factory=Phase)
    """Request written to first byte of the response."""
    read: Phase = field(default_factory=Phase)

    def merge(self, other: "Phases") -> None:
        """Add another process's phases."""
        for each in fields(self):
            getattr(self, each.name).merge(getattr(other, each.name))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            each.name: {f.name: getattr(getattr(self, each.name), f.name) for f in fields(Phase)}
            for each in fields(self)
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**{name: Phase(**phase) for name, phase in value.items()})
