"""Playing a scenario: the control loop over simulated ports, tick by tick on a virtual clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from commons.errors import UserError
from rehearsal.clock import VirtualClock
from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller import Controller, Flags, Ports
from rehearsal.flagger.controller.delivery import Answer, TransportError, deliver
from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
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
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.tick import make_router
from rehearsal.flagger.controller.workload import (
    Config,
    DaemonSetStatus,
    DeploymentStatus,
    Workload,
)
from rehearsal.simulated.answers import REFUSED
from rehearsal.simulated.changes import Change, HookBehaviour, MetricValue, QueryError
from rehearsal.simulated.hooks import ACCEPTED
from rehearsal.simulated.metrics import ONLINE_QUERY
from rehearsal.simulated.routes import SimulatedRoutes
from rehearsal.simulated.run import Check, PlayedEvent, PlayedTick, Run
from rehearsal.simulated.scenario import Scenario
from rehearsal.simulated.source import ScenarioError
from rehearsal.simulated.store import GenerousStore
from rehearsal.simulated.workloads import READY, Readiness, SimulatedWorkloads, refuse_knative


def play(scenario: Scenario, flags: Flags | None = None) -> Run:
    """Play a scenario to its end. Raises ScenarioError for a Canary that Flagger would drop."""
    return Run(scenario, tuple(play_ticks(scenario, flags)))


def play_ticks(scenario: Scenario, flags: Flags | None = None) -> Iterator[PlayedTick]:
    """Play a scenario, and hand out each tick as it ends."""
    world = _World(scenario, flags or Flags())
    changes = deque(scenario.world)
    for number in range(scenario.ticks):
        while changes and changes[0].at == number:
            world.apply(changes.popleft())
        if number == 0:
            world.begin()
        yield world.tick(number)


class ScriptedMetrics:
    """The `Metrics` port: each metric has one answer until it changes; none is no values."""

    def __init__(self) -> None:
        self.values: dict[str, MetricValue] = {}
        self.up = True
        self.checks: list[Check] = []

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        if not self.up and source.type == "prometheus":
            url = f"{source.address.rstrip('/')}/api/v1/query?query={quote_plus(promql)}"
            raise QueryFailed(f'request failed: Get "{url}": {REFUSED}')
        if not metric and promql == ONLINE_QUERY:
            return 1.0
        value = self.values.get(metric)
        self.checks.append(Check(metric, value))
        if value is None:
            raise NoValuesFound
        if isinstance(value, QueryError):
            raise QueryFailed(value.text)
        return value


class ScriptedHooks:
    """The `Hooks` port: each webhook behaves in one way until it changes; usually it accepts."""

    def __init__(self) -> None:
        self.behaviours: dict[str, HookBehaviour] = {}
        self.calls: list[str] = []

    def call(self, request: HookRequest) -> None:
        deliver(request, self._attempt, _no_sleep, _epoch)

    def _attempt(self, request: HookRequest) -> Answer:
        self.calls.append(request.name)
        behaviour = self.behaviours.get(request.name, ACCEPTED)
        if isinstance(behaviour, TransportError):
            raise behaviour.with_traceback(None)
        return behaviour


def _no_sleep(duration_s: float) -> None:
    """A virtual clock needs no waiting between attempts."""


def _epoch() -> float:
    return 0.0


class PlayedEvents:
    """The `Events` port: what is said on one tick; log lines are dropped."""

    def __init__(self) -> None:
        self.events: list[PlayedEvent] = []
        self.alerts: list[Alert] = []
        self.gauges: list[Gauge] = []

    def log(self, line: LogLine) -> None:
        """Nobody reads the log of a played scenario."""

    def event(self, event: Event) -> None:
        phase = str(event.canary.status.phase)
        self.events.append(PlayedEvent(event.type, event.message, phase))

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)

    def gauge(self, gauge: Gauge) -> None:
        self.gauges.append(gauge)


class PlayedRoutes(SimulatedRoutes):
    """Routes that count their writes."""

    writes = 0

    def write(self, obj: RoutingObject) -> None:
        self.writes += 1
        super().write(obj)

    def delete(self, resource: str, name: str) -> None:
        self.writes += 1
        super().delete(resource, name)


class _World:
    """The ports of one run, and the controller over them."""

    def __init__(self, scenario: Scenario, flags: Flags) -> None:
        canary = scenario.canary
        refuse_knative(canary)
        self._flags = flags
        self._name = scenario.name
        self._configs = scenario.config_names
        self._clock = VirtualClock()
        self._store = GenerousStore(canary, scenario.templates, scenario.alert_providers)
        self._kind = canary.spec.target_ref.kind
        self._workloads = SimulatedWorkloads(target_of(scenario), self._kind)
        self._workloads.primary_problem = self._workloads.canary_problem = READY
        self._routes = PlayedRoutes(canary.apex_service)
        self._metrics = ScriptedMetrics()
        self._hooks = ScriptedHooks()
        self._events = PlayedEvents()
        ports = Ports(
            self._store,
            self._workloads,
            self._routes,
            self._metrics,
            self._hooks,
            self._events,
            self._clock,
        )
        self._controller = Controller(ports, flags)
        self._silent = replace(ports, events=PlayedEvents())
        self._reader = Recorder(self._silent, flags)
        self._seen: tuple[int, int, CanarySpec | None] = (-1, 0, None)
        self._routing = Routing()
        self._interval_s = 0.0

    def begin(self) -> None:
        try:
            self._controller.sync()
        except UserError as error:
            raise ScenarioError(f"{self._name}: canary: {error}") from None

    def apply(self, change: Change) -> None:
        """Bring a change about."""
        if change.spec is not None:
            self._store.put_spec(change.spec)
        if change.revision is not None:
            canary = self._store.get()
            template = template_of(canary.target, self._kind, change.revision, self._configs)
            assert self._workloads.target_workload is not None
            self._workloads.target_workload = replace(
                self._workloads.target_workload, template=template
            )
        for name, value in change.configs.items():
            if value is None:
                self._workloads.configs.pop(("configmap", name), None)
            else:
                self._workloads.apply_config(Config("configmap", name, {"value": value}))
        if change.primary is not None:
            self._workloads.primary_problem = change.primary
        if change.canary is not None:
            self._workloads.canary_problem = change.canary
        self._metrics.values.update(change.metrics)
        for name, behaviour in change.hooks.items():
            self._hooks.behaviours[name] = behaviour
        if change.prometheus_up is not None:
            self._metrics.up = change.prometheus_up

    def tick(self, number: int) -> PlayedTick:
        """One tick, an interval after the one before."""
        events = self._events
        self._clock.advance(self._interval_s)
        self._pass_deadline()
        self._controller.tick()
        canary = self._store.get()
        self._interval_s = canary.spec.analysis.interval_s
        played = PlayedTick(
            number,
            self._clock.now_s(),
            tuple(events.events),
            canary,
            self._routing_of(canary),
            tuple(self._hooks.calls),
            tuple(self._metrics.checks),
            tuple(events.alerts),
            tuple(events.gauges),
        )
        events.events.clear()
        events.alerts.clear()
        events.gauges.clear()
        self._hooks.calls.clear()
        self._metrics.checks.clear()
        return played

    def _routing_of(self, canary: Canary) -> Routing:
        """The weights as the provider reads them back: again only when they may have changed."""
        seen = (self._routes.writes, canary.status.iterations, canary.spec)
        if seen[:2] == self._seen[:2] and canary.spec is self._seen[2]:
            return self._routing
        self._seen = seen
        provider = canary.spec.provider or self._flags.mesh_provider
        try:
            self._routing = make_router(provider, self._silent, self._reader).get(canary)
        except PortError:
            self._routing = self._routes.routing
        return self._routing

    def _pass_deadline(self) -> None:
        """A DaemonSet's deadline is one of the clock; let it be over where it is exceeded."""
        if self._kind != "DaemonSet":
            return
        problems = (self._workloads.primary_problem, self._workloads.canary_problem)
        if any(isinstance(one, Readiness) and one.deadline_exceeded for one in problems):
            canary = self._store.get()
            since_s = canary.status.last_transition_s
            over_s = since_s + canary.spec.progress_deadline_seconds + 1
            self._clock.advance(max(0.0, over_s - self._clock.now_s()))


def target_of(scenario: Scenario) -> Workload:
    """The target before the first change, whose revision is the empty string."""
    name, kind = scenario.canary.target, scenario.canary.spec.target_ref.kind
    status = DaemonSetStatus() if kind == "DaemonSet" else DeploymentStatus()
    template = template_of(name, kind, "", scenario.config_names)
    return Workload(name, template, {"app": name}, scenario.replicas, status=status)


@lru_cache(maxsize=256)
def template_of(name: str, kind: str, revision: str, configs: tuple[str, ...]) -> dict[str, Any]:
    """The pod template of a revision: equal names are equal templates. Not to be changed.

    It reads every config of the scenario, none of which has to exist.
    """
    if kind == "Service":
        return {"selector": {"revision": revision}}
    sources = [{"configMapRef": {"name": config, "optional": True}} for config in configs]
    container = {"name": name, "image": revision, "envFrom": sources}
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
