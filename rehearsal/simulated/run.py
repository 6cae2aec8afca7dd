"""What became of a scenario, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from rehearsal.flagger.canary.model import Canary, CanaryStatus, Phase
from rehearsal.flagger.controller.ports import Alert, Gauge, Routing
from rehearsal.flagger.values import fast_dataclass
from rehearsal.simulated.changes import MetricValue, QueryError
from rehearsal.simulated.scenario import Scenario


class PlayedEvent(NamedTuple):
    """A Kubernetes event, with the phase of the object that it was recorded on."""

    type: Literal["Normal", "Warning"]
    message: str
    phase: str


class Check(NamedTuple):
    """A metric that was asked for, and the answer: a value, None for no values, or an error."""

    metric: str
    value: MetricValue


@fast_dataclass(frozen=True, slots=True)
class PlayedTick:
    """One tick: what came of it, and the canary after it.

    `hooks` are the names of the webhooks in the order of their calls, one for each attempt.
    """

    number: int
    time_s: float
    events: tuple[PlayedEvent, ...]
    canary: Canary
    routes: Routing
    hooks: tuple[str, ...]
    checks: tuple[Check, ...]
    alerts: tuple[Alert, ...]
    gauges: tuple[Gauge, ...]

    @property
    def status(self) -> CanaryStatus:
        """The canary's status after the tick."""
        return self.canary.status

    @property
    def messages(self) -> tuple[str, ...]:
        """The texts of the events."""
        return tuple(event.message for event in self.events)

    def metric(self, name: str) -> float:
        """The value that a check of this tick saw last; LookupError when it saw none."""
        found = [check.value for check in self.checks if check.metric == name]
        if not found:
            asked = ", ".join(dict.fromkeys(check.metric for check in self.checks)) or "no metric"
            raise LookupError(f"tick {self.number} checked {asked}, not {name}")
        value = found[-1]
        if value is None:
            raise LookupError(f"tick {self.number}: no values for {name}")
        if isinstance(value, QueryError):
            raise LookupError(f"tick {self.number}: the query of {name} failed: {value.text}")
        return value


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario that was played to its end."""

    scenario: Scenario
    ticks: tuple[PlayedTick, ...]

    def tick(self, number: int) -> PlayedTick:
        """A tick by its number, 0 being the first; IndexError beyond the last."""
        if not 0 <= number < len(self.ticks):
            raise IndexError(f"there is no tick {number}, only 0 to {len(self.ticks) - 1}")
        return self.ticks[number]

    @property
    def events(self) -> tuple[PlayedEvent, ...]:
        """All events in order."""
        return tuple(event for tick in self.ticks for event in tick.events)

    @property
    def status(self) -> CanaryStatus:
        """The status at the end."""
        return self.ticks[-1].status

    @property
    def routes(self) -> Routing:
        """The weights at the end."""
        return self.ticks[-1].routes

    @property
    def promoted(self) -> bool:
        """Whether the last rollout ended in a promotion."""
        return self.status.phase is Phase.SUCCEEDED

    @property
    def failed(self) -> bool:
        """Whether the last rollout failed."""
        return self.status.phase is Phase.FAILED

    @property
    def rolled_back(self) -> bool:
        """Whether the last rollout failed and the primary has all traffic again."""
        return self.failed and self.status.canary_weight == 0

    @property
    def weights(self) -> tuple[int, ...]:
        """The canary's weight after each tick."""
        return tuple(tick.routes.canary for tick in self.ticks)
