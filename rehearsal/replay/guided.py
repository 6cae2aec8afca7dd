"""A world that does, where it has a choice, what makes the observed events come true.

Each port looks at the event that is due next. A webhook is refused when that event tells of its
refusal, a metric has the value that the event names, a rollout is as unfinished as it says; all
else is well. So the controller follows the events as far as its rules let it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller import Flags
from rehearsal.flagger.controller.errors import (
    HookFailed,
    NoValuesFound,
    PortError,
    QueryFailed,
)
from rehearsal.flagger.controller.ports import (
    Alert,
    Event,
    Gauge,
    HookRequest,
    LogLine,
    MetricSource,
    Routing,
    RoutingObject,
)
from rehearsal.flagger.golang import DurationError, parse_duration_ns
from rehearsal.flagger.messages import Message
from rehearsal.flagger.providers import queries_of
from rehearsal.replay.observed import Observed
from rehearsal.simulated.metrics import ONLINE_QUERY
from rehearsal.simulated.rollout import passing_value
from rehearsal.simulated.routes import SimulatedRoutes
from rehearsal.simulated.store import GenerousStore

NS_PER_MS = 1_000_000
MOST_LOST = 4
"""So many events in a row may be missing from what was observed."""

_TOLERANCE = 0.5
"""How much of an interval a tick may be late or early."""

NOTHING = Message("")
_AVAILABLE = "all the metrics providers are available!"
_UNAVAILABLE = "not avaiable"


class Parted(Exception):  # noqa: N818
    """The controller said something that was not observed."""


@dataclass(frozen=True)
class Said:
    """One event of the controller, and the observed one it agrees with, or None."""

    message: str
    canary: Canary
    routes: Routing
    observed: Observed | None


class Guide:
    """The observed events, and how far the controller has followed them."""

    def __init__(
        self, canary: Canary, observed: Sequence[Observed], messages: Sequence[Message]
    ) -> None:
        self._observed = observed
        self._messages = messages
        self._interval_s = canary.spec.analysis.interval_s
        self._has_begun = False
        self._last: tuple[int, float | None] | None = None
        self._lost = 0
        self.position = 0
        self.tick = 0
        self.said: list[Said] = []

    def begin(self) -> None:
        """From now on what is said counts; before, it leads to the start and is not held."""
        self._has_begun = True

    def due(self, ahead: int = 0) -> Message:
        """The event that is due next, or so many after it; without a kind beyond the last."""
        index = self.position + ahead
        if not self._has_begun or index >= len(self._messages):
            return NOTHING
        return self._messages[index]

    @property
    def is_leading(self) -> bool:
        """Whether the controller is still being brought to its start."""
        return not self._has_begun

    @property
    def is_over(self) -> bool:
        """Whether all events were followed."""
        return self.position >= len(self._observed)

    def follow(self, text: str, canary: Canary, routes: Routing) -> None:
        """Take what the controller says; raises Parted when too much of it was not observed."""
        if not self._has_begun:
            return
        if not self.is_over and _agrees(self.due(), text):
            observed = self._observed[self.position]
            if self._lost and not self._is_timely(observed):
                raise Parted
            self.said.append(Said(text, canary, routes, observed))
            self._last = self.tick, observed.time_s
            self.position += 1
            self._lost = 0
            return
        self.said.append(Said(text, canary, routes, None))
        self._lost += 1
        if self._lost > MOST_LOST:
            raise Parted

    def _is_timely(self, observed: Observed) -> bool:
        """Whether there was time for the ticks whose events are missing."""
        if self._last is None:
            return self.tick == 0
        tick, time_s = self._last
        if tick == self.tick:
            return True
        if time_s is None or observed.time_s is None:
            return False
        return observed.time_s - time_s >= (self.tick - tick - _TOLERANCE) * self._interval_s


def _agrees(due: Message, text: str) -> bool:
    """Whether both say the same; errors of others, which end alike, may differ in their words."""
    if due.text == text:
        return True
    if due.kind == "providers-missing":
        return text == _AVAILABLE
    return due.kind == "template-failed" and text.startswith(_template_of(due))


def _template_of(due: Message) -> str:
    return f"Metric template {due.fields['template']} "


def modern(text: str) -> str:
    """A message as Flagger 1.44 words it, where an older version wrote it otherwise."""
    return text.replace("less then desired generation", "less than desired generation")


@dataclass
class GuidedEvents:
    """The `Events` port: every event is held against the observed ones."""

    guide: Guide
    routes: GuidedRoutes

    def log(self, line: LogLine) -> None:
        """Log lines are not observed."""

    def event(self, event: Event) -> None:
        self.guide.follow(event.message, event.canary, self.routes.routing)

    def alert(self, alert: Alert) -> None:
        """Nor are alerts."""

    def gauge(self, gauge: Gauge) -> None:
        """Nor gauges."""


class GuidedStore(GenerousStore):
    """The `Store` port; `asked` is the template that was asked for last."""

    def __init__(self, canary: Canary, guide: Guide) -> None:
        super().__init__(canary)
        self._guide = guide
        self.asked = ""

    def metric_template(self, namespace: str, name: str) -> MetricTemplate:
        self.asked = f"{name}.{namespace}"
        due = self._guide.due()
        if due.kind == "template-failed" and due.fields["template"] == self.asked:
            raise PortError(due.fields["error"].removeprefix("error: "))
        return super().metric_template(namespace, name)


class GuidedRoutes(SimulatedRoutes):
    """The `Routes` port: an error of the cluster that is due is raised."""

    def __init__(self, apex: str, guide: Guide) -> None:
        super().__init__(apex)
        self._guide = guide

    def read(self, resource: str, name: str) -> RoutingObject | None:
        self._fail()
        return super().read(resource, name)

    def write(self, obj: RoutingObject) -> None:
        self._fail()
        super().write(obj)

    def _fail(self) -> None:
        due = self._guide.due()
        if due.text and not due.kind:
            raise PortError(due.text)


@dataclass
class GuidedHooks:
    """The `Hooks` port."""

    guide: Guide

    def call(self, request: HookRequest) -> None:
        if request.type == "event" or self.guide.is_leading:
            return
        due = self.guide.due()
        named = due.fields.get("hook") == request.name
        kind = request.type or "rollout"
        if due.kind == f"{kind}-failed" and named:
            raise HookFailed(due.fields["error"])
        if kind in _AFTER_CONFIRMATION and not _is_confirmed(due, kind, named):
            raise HookFailed("Forbidden")
        if kind == "rollback" and not (due.kind == "rollback-requested" and named):
            raise HookFailed("Forbidden")


_AFTER_CONFIRMATION = {
    "confirm-rollout": ("detected",),
    "confirm-traffic-increase": ("advanced-weight", "copying"),
    "confirm-promotion": ("copying", "routed-to-canary"),
}


def _is_confirmed(due: Message, kind: str, named: bool) -> bool:
    """Whether a gate is open: it says so, a later gate is asked, or what it holds back comes."""
    if due.kind == f"{kind}-closed":
        return not named
    return due.kind == f"{kind}-passed" or due.kind in _AFTER_CONFIRMATION[kind]


@dataclass
class GuidedMetrics:
    """The `Metrics` port; `canary` is the object as it stands, for its limits."""

    guide: Guide
    store: GuidedStore
    canary: Canary
    flags: Flags

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        due = self.guide.due()
        if not metric and promql == ONLINE_QUERY:
            self._probe(due)
            return 1.0
        _fail(due, metric)
        return self._value(due, metric)

    def _probe(self, due: Message) -> None:
        """Fail where the event says that this server is not available."""
        if due.kind != "providers-missing":
            return
        asked, self.store.asked = self.store.asked, ""
        server, _, error = due.fields["error"].partition(f" {_UNAVAILABLE}: ")
        template = server.rpartition(" in metric template ")[2] if " in " in server else ""
        if error and template == asked:
            raise QueryFailed(error.removeprefix("running query failed: "))

    def _value(self, due: Message, name: str) -> float:
        found = next((m for m in self.canary.spec.analysis.metrics if m.name == name), None)
        if due.kind == "success-rate-halt" and name == SUCCESS_RATE:
            return _beyond(found, float(due.fields["value"]), due.below)
        if due.kind == "duration-halt" and name == DURATION:
            return self._duration(due.fields["value"])
        if due.kind == "custom-halt" and due.fields["metric"] == name:
            return _beyond(found, float(due.fields["value"]), due.below)
        value = passing_value(found) if found else 0.0
        return value / self._ms_per_unit() if name == DURATION else value

    def _duration(self, text: str) -> float:
        try:
            return parse_duration_ns(text) / NS_PER_MS / self._ms_per_unit()
        except DurationError:
            return 0.0

    def _ms_per_unit(self) -> int:
        provider = self.canary.spec.provider or self.flags.mesh_provider
        return queries_of(provider).ms_per_unit


def _fail(due: Message, name: str) -> None:
    """Raise what the event that is due says of this metric."""
    custom = due.fields.get("metric") == name
    missing = {"no-success-rate": SUCCESS_RATE, "no-duration": DURATION}.get(due.kind)
    if missing == name or (due.kind == "no-custom-values" and custom):
        raise NoValuesFound
    error = due.fields.get("error", "")
    if due.kind == "builtin-query-failed" and name in (SUCCESS_RATE, DURATION):
        raise QueryFailed(error.removeprefix("running query failed: "))
    if due.kind in ("query-failed", "template-query-failed") and custom:
        raise QueryFailed(error)


def _beyond(metric: Metric | None, value: float, below: bool) -> float:
    """A value that was printed with two digits, on the side of its limit where it was."""
    limits = metric.threshold_range if metric else None
    if limits is None:
        limit = metric.threshold if metric else None
    else:
        limit = limits.min_ if below else limits.max_
    if limit is None or abs(limit - value) > 0.01:
        return value
    if below and value >= limit:
        return math.nextafter(limit, -math.inf)
    if not below and value <= limit:
        return math.nextafter(limit, math.inf)
    return value
