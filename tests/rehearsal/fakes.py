"""A stage without machinery: the controller over fake ports and a clock that stands still.

    hand = Stagehand(canary(stepWeight=10, maxWeight=30))
    hand.bootstrap()
    hand.new_revision()
    assert hand.tick() == ["Normal New revision detected! Scaling up detail.flagger"]

A transcript line is an event (`Normal …`, `Warning …`, `Error …` for one logged as an error) or a
log line that belongs to no event (`log …`).
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rehearsal.clock import VirtualClock
from rehearsal.flagger.canary.model import Canary, CanarySpec, CanaryStatus
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller import Controller, Flags, Ports
from rehearsal.flagger.controller.errors import HookFailed, NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.ports import (
    Alert,
    Applied,
    Event,
    Gauge,
    HookRequest,
    LogLine,
    MetricSource,
    Routing,
    RoutingObject,
)
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.flagger.controller.workload import (
    Config,
    ConfigKind,
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
    Workload,
)

NAME, NAMESPACE = "detail", "flagger"
HOOKS = "http://hooks.flagger/"

Outcome = None | str | Exception
"""What a webhook does: accept (None), or fail with a text."""


def hook(name: str, type_: str | None = None, **fields: Any) -> dict[str, Any]:
    """A webhook of the spec; the fake tells webhooks apart by the last part of their URL."""
    typed = {} if type_ is None else {"type": type_}
    return {"name": name, "url": f"{HOOKS}{name}", **typed, **fields}


def success_rate(minimum: float = 99, **fields: Any) -> dict[str, Any]:
    return {"name": "request-success-rate", "thresholdRange": {"min": minimum}, **fields}


def duration(maximum_ms: float = 500, **fields: Any) -> dict[str, Any]:
    return {"name": "request-duration", "thresholdRange": {"max": maximum_ms}, **fields}


def canary(spec: Mapping[str, Any] | None = None, **analysis: Any) -> Canary:
    """A canary of `detail.flagger` over App Mesh with this analysis; `spec` adds other fields."""
    plan = {"interval": "1m", "threshold": 2, **analysis}
    if not plan.keys() & {"iterations", "stepWeight", "stepWeights"}:
        plan["stepWeight"] = 10
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}
    fields = {
        "provider": "appmesh:v1beta2",
        "targetRef": target,
        "service": {"port": 3000},
        "progressDeadlineSeconds": 60,
        "analysis": plan,
        **(spec or {}),
    }
    given = {key: value for key, value in fields.items() if value is not None}
    return Canary(NAME, NAMESPACE, CanarySpec.model_validate(given))


class FakeWorkloads:
    """A target and a primary that are ready at once, unless told to have a problem."""

    def __init__(self, clock: VirtualClock, kind: str, replicas: int) -> None:
        self._clock = clock
        self._kind = kind
        self._status = DaemonSetStatus() if kind == "DaemonSet" else DeploymentStatus()
        self.target_workload: Workload | None = Workload(
            NAME,
            {"metadata": {"labels": {"app": NAME}}, "spec": {"containers": [{"image": "v1"}]}},
            {"app": NAME},
            replicas,
            status=self._status,
        )
        self.primary_workload: Workload | None = None
        self.primary_problem: DeploymentStatus | DaemonSetStatus | None = None
        self.canary_problem: DeploymentStatus | DaemonSetStatus | None = None
        self.configs: dict[tuple[str, str], Config] = {}
        self.min_replicas: int | None = 2
        self.scaler_applied: Applied | PortError = "created"
        self.fail_scaling: PortError | None = None
        self.calls: list[str] = []

    def target(self) -> Workload | None:
        return self._reported(self.target_workload, self.canary_problem)

    def primary(self) -> Workload | None:
        return self._reported(self.primary_workload, self.primary_problem)

    def _reported(
        self, workload: Workload | None, problem: DeploymentStatus | DaemonSetStatus | None
    ) -> Workload | None:
        if workload is None:
            return None
        workload = replace(workload, template=copy.deepcopy(dict(workload.template)))
        return replace(workload, status=problem or self._ready(workload))

    def _ready(self, workload: Workload) -> DeploymentStatus | DaemonSetStatus:
        count = workload.replicas or 0
        if self._kind == "DaemonSet":
            return DaemonSetStatus(workload.generation, count, count, count)
        return DeploymentStatus(workload.generation, count, count, count)

    def apply_primary(self, workload: Workload) -> None:
        self.calls.append("apply_primary")
        self.primary_workload = workload

    def scale_target(self, replicas: int) -> None:
        self.calls.append(f"scale_target {replicas}")
        if self.fail_scaling:
            raise self.fail_scaling
        assert self.target_workload is not None
        self.target_workload = replace(self.target_workload, replicas=replicas)

    def config(self, kind: ConfigKind, name: str) -> Config | None:
        return self.configs.get((kind, name))

    def apply_config(self, config: Config) -> None:
        self.configs[config.kind, config.name] = config

    def scaler_min_replicas(self) -> int | None:
        return self.min_replicas

    def apply_primary_scaler(self, *, update: bool) -> Applied:
        if isinstance(self.scaler_applied, PortError):
            raise self.scaler_applied
        applied, self.scaler_applied = self.scaler_applied, "unchanged"
        return applied

    def pause_target_scaler(self) -> None:
        self.calls.append("pause_target_scaler")

    def resume_target_scaler(self) -> None:
        self.calls.append("resume_target_scaler")

    def change(self, **template: Any) -> None:
        """Apply a new pod template; keywords go into its spec."""
        assert self.target_workload is not None
        changed: dict[str, Any] = copy.deepcopy(dict(self.target_workload.template))
        changed["spec"] |= template
        self.target_workload = replace(self.target_workload, template=changed)


def waiting(updated: int = 2, available: int = 0, **fields: Any) -> DeploymentStatus:
    """A rollout whose new pods are not there yet."""
    return DeploymentStatus(10**6, updated, updated, available, **fields)


def unobserved() -> DeploymentStatus:
    """A rollout the deployment controller has not even seen."""
    return DeploymentStatus(observed_generation=0)


def terminating(old: int = 1) -> DeploymentStatus:
    """A rollout that waits for old pods to go."""
    return DeploymentStatus(10**6, 2 + old, 2, 2)


def deadline_exceeded() -> DeploymentStatus:
    """A rollout that Kubernetes gave up on."""
    progressing = DeploymentCondition("Progressing", "False", "ProgressDeadlineExceeded")
    return waiting(conditions=(progressing,))


def stuck_since(time_s: float) -> DeploymentStatus:
    """A rollout without enough pods since then."""
    return waiting(
        conditions=(
            DeploymentCondition("Progressing", "True", "ReplicaSetUpdated"),
            DeploymentCondition("Available", "False", "MinimumReplicasUnavailable", time_s),
        )
    )


class FakeRoutes:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.routing = Routing()
        self.history: list[Routing] = []
        self.objects: set[RoutingObject] = set()
        self.get_error: PortError | None = None
        self.set_error: PortError | None = None

    def apply(self, obj: RoutingObject) -> Applied:
        applied: Applied = "unchanged" if obj in self.objects else "created"
        self.objects.add(obj)
        return applied

    def get(self) -> Routing:
        if self.get_error:
            raise self.get_error
        return self.routing

    def set(self, routing: Routing) -> None:
        if self.set_error:
            raise self.set_error
        self.routing = routing
        self.history.append(routing)


class FakeMetrics:
    """Answers by what a query contains; the last scripted answer stays."""

    def __init__(self) -> None:
        self.success = deque[float | Exception]([100.0])
        self.duration = deque[float | Exception]([0.2])
        self.custom: dict[str, deque[float | Exception]] = {}
        self.online: float | Exception = 1.0
        self.queries: list[tuple[MetricSource, str]] = []

    def query(self, source: MetricSource, promql: str) -> float:
        if promql == "vector(1)":
            return _value(self.online)
        self.queries.append((source, promql))
        for part, answers in self.custom.items():
            if part in promql:
                return _next(answers)
        return _next(self.duration if "histogram_quantile" in promql else self.success)


def _next(answers: deque[float | Exception]) -> float:
    return _value(answers.popleft() if len(answers) > 1 else answers[0])


def _value(answer: float | Exception) -> float:
    if isinstance(answer, Exception):
        raise answer
    return answer


@dataclass
class Call:
    """One webhook call."""

    hook: str
    request: HookRequest
    payload: dict[str, Any]

    @property
    def phase(self) -> str:
        return str(self.payload["phase"])


class FakeHooks:
    """Accepts everything, unless told otherwise; the last scripted outcome stays."""

    def __init__(self) -> None:
        self.outcomes: dict[str, deque[Outcome]] = defaultdict(lambda: deque([None]))
        self.calls: list[Call] = []

    def call(self, request: HookRequest) -> None:
        name = request.url.rsplit("/", 1)[-1]
        self.calls.append(Call(name, request, json.loads(request.body)))
        outcomes = self.outcomes[name]
        outcome = outcomes.popleft() if len(outcomes) > 1 else outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is not None:
            raise HookFailed(outcome)

    def answer(self, name: str, *outcomes: Outcome) -> None:
        """What a webhook does from now on."""
        self.outcomes[name] = deque(outcomes)

    def phases(self, name: str) -> list[str]:
        return [call.phase for call in self.calls if call.hook == name]


@dataclass
class FakeEvents:
    """Remembers everything, in order."""

    lines: list[str] = field(default_factory=list)
    logs: list[LogLine] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    gauges: list[Gauge] = field(default_factory=list)
    with_logs: bool = False

    def log(self, line: LogLine) -> None:
        self.logs.append(line)
        if not line.caller and self.with_logs and line.level != "debug":
            self.lines.append(f"log {line.msg}")

    def event(self, event: Event) -> None:
        self.events.append(event)
        line = self.logs[-1]
        assert line.msg == event.message
        self.lines.append(f"{'Error' if line.level == 'error' else event.type} {event.message}")

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)

    def gauge(self, gauge: Gauge) -> None:
        self.gauges.append(gauge)

    def gauge_value(self, name: str, /, **labels: str) -> float:
        return next(
            gauge.value
            for gauge in reversed(self.gauges)
            if gauge.name == name and labels.items() <= gauge.labels.items()
        )


class Stagehand:
    """One canary on an empty stage."""

    def __init__(
        self,
        canary: Canary,
        *,
        flags: Flags | None = None,
        templates: Iterable[MetricTemplate] = (),
        alert_providers: Iterable[AlertProvider] = (),
        replicas: int = 2,
        logs: bool = False,
    ) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(canary, templates, alert_providers)
        kind = canary.spec.target_ref.kind
        self.workloads = FakeWorkloads(self.clock, kind, replicas)
        self.routes = FakeRoutes()
        self.metrics = FakeMetrics()
        self.hooks = FakeHooks()
        self.events = FakeEvents(with_logs=logs)
        self.ports = Ports(
            self.store,
            self.workloads,
            self.routes,
            self.metrics,
            self.hooks,
            self.events,
            self.clock,
        )
        self.controller = Controller(self.ports, flags)

    @property
    def status(self) -> CanaryStatus:
        return self.store.get().status

    @property
    def weight(self) -> int:
        """The canary's weight in the data plane."""
        return self.routes.routing.canary

    def tick(self, count: int = 1) -> list[str]:
        """Tick, and return the transcript; a minute passes before each tick."""
        before = len(self.events.lines)
        for _ in range(count):
            self.clock.advance(60)
            self.controller.tick()
        return self.events.lines[before:]

    def ticks(self, count: int) -> list[list[str]]:
        """Tick so often, and return the transcript of each."""
        return [self.tick() for _ in range(count)]

    def bootstrap(self) -> None:
        """Up to `Initialization done!`, whose lines are of no interest."""
        self.controller.sync()
        self.tick()
        assert self.status.phase == "Initialized", self.events.lines
        self.hooks.calls.clear()
        self.events.alerts.clear()
        self.routes.history.clear()

    def new_revision(self, image: str = "v2") -> None:
        """What `kubectl set image` does."""
        self.workloads.change(containers=[{"image": image}])

    def detected(self) -> None:
        """Bootstrapped, with a new revision found and its target started."""
        self.bootstrap()
        self.new_revision()
        self.tick()
        assert self.status.phase == "Progressing", self.events.lines


def no_values() -> NoValuesFound:
    return NoValuesFound()


def refused() -> QueryFailed:
    return QueryFailed('request failed: Get "http://prometheus:9090/": connection refused')
