"""One canary of a simulated world: its ports, its controller, and what is done to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from rehearsal.clock import VirtualClock
from rehearsal.faults import Fault
from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller import Controller, Flags, Ports
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.ports import HookRequest, MetricSource
from rehearsal.flagger.controller.routing import Routing, RoutingObject
from rehearsal.flagger.controller.workload import (
    Config,
    ConfigKind,
    DaemonSetStatus,
    DeploymentStatus,
    Workload,
)
from rehearsal.flagger.providers import queries_of
from rehearsal.recording import Recording
from rehearsal.recording.controller_events import RecordedEvents
from rehearsal.recording.recorded_ports import RecordedHooks, RecordedMetrics
from rehearsal.recording.records import FaultRecord, TickRecord, WeightRecord
from rehearsal.simulated.metrics import ONLINE_QUERY
from rehearsal.simulated.routes import SimulatedRoutes
from rehearsal.simulated.store import GenerousRecordedStore
from rehearsal.simulated.traffic import Requests, p99_ms, success_percent
from rehearsal.simulated.workloads import READY, Readiness, SimulatedWorkloads, refuse_knative

REPLICAS = 2
_GATES = {"confirm-rollout", "confirm-promotion", "confirm-traffic-increase"}


class SimulatedRollout:
    """Faults stand in front of the pods of the target; gates are closed at first.

    What the Canary refers to and nobody gave is taken to exist.
    """

    def __init__(
        self,
        canary: Canary,
        template: Mapping[str, Any] | None,
        metrics: Mapping[str, float],
        clock: VirtualClock,
        recording: Recording,
        flags: Flags,
        metric_templates: Iterable[MetricTemplate] = (),
    ) -> None:
        refuse_knative(canary)
        self._clock = clock
        self._recording = recording
        self._flags = flags
        self.metrics = metrics
        self.faults: list[Fault] = []
        self.gates: dict[str, bool] = {"gate": False, "rollback": False}
        self.due_s = 0.0
        self.requests = self.failures = self._reached = self._struck = 0
        self._store = GenerousRecordedStore(canary, metric_templates)
        self._store.record_to(recording, clock)
        kind = canary.spec.target_ref.kind
        self._workloads = _Workloads(_target(canary, template), kind)
        self._routes = _RecordedRoutes(canary, recording, clock)
        self._controller = Controller(self._ports(), flags)

    def _ports(self) -> Ports:
        recording, clock = self._recording, self._clock
        return Ports(
            self._store,
            self._workloads,
            self._routes,
            RecordedMetrics(_Metrics(self), self.canary, recording, clock),
            RecordedHooks(_Hooks(self), self.canary().full_name, recording, clock),
            RecordedEvents(recording, clock),
            clock,
        )

    def canary(self) -> Canary:
        """The object as it stands."""
        return self._store.get()

    @property
    def provider(self) -> str:
        """The provider, or the one of the flag."""
        return self.canary().spec.provider or self._flags.mesh_provider

    @property
    def routing(self) -> Routing:
        """The split in force."""
        return self._routes.routing

    @property
    def template(self) -> Mapping[str, Any]:
        """The target's pod template."""
        target = self._workloads.target_workload
        return target.template if target else {}

    @template.setter
    def template(self, template: Mapping[str, Any]) -> None:
        target = self._workloads.target_workload
        if target is not None:
            self._workloads.target_workload = replace(target, template=template)

    @property
    def primary_image(self) -> str:
        """The image of the primary's first container; "" before there is one."""
        primary = self._workloads.primary_workload
        containers = (primary.template.get("spec") or {}).get("containers") if primary else ()
        return str(containers[0].get("image", "")) if containers else ""

    @property
    def active_faults(self) -> tuple[Fault, ...]:
        """The faults that requests meet: those in front of a target that runs."""
        target = self._workloads.target_workload
        return tuple(self.faults) if target is not None and target.replicas else ()

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Gates that a webhook has found closed."""
        phase = self.canary().status.phase
        if phase not in ("Waiting", "WaitingPromotion") or self.gates["gate"]:
            return ()
        return tuple(h.name for h in self.canary().spec.analysis.webhooks if h.type in _GATES)

    def replicas(self) -> dict[str, tuple[int, int]]:
        """By workload: ready replicas, wanted replicas."""
        pairs = (self._workloads.target(), self._workloads.primary())
        return {one.name: _counts(one) for one in pairs if one is not None}

    def begin(self) -> None:
        """Let the control loop take the canary up; it ticks at once."""
        self._controller.sync()
        self.due_s = self._clock.now_s()

    def edit(self, spec: CanarySpec) -> None:
        """Replace the spec; an edited interval begins with a tick."""
        interval_s = self.canary().spec.analysis.interval_s
        self._store.put_spec(spec)
        if spec.analysis.interval_s != interval_s:
            self.due_s = self._clock.now_s()

    def tick(self) -> None:
        """One tick; pods that were killed are back after it."""
        self._recording.append(TickRecord(self._clock.now_s(), self.canary().full_name))
        self._controller.tick()
        self._workloads.primary_problem = self._workloads.canary_problem = READY
        self.due_s = self._clock.now_s() + self.canary().spec.analysis.interval_s

    def kill(self, workload: str) -> bool:
        """End one replica of a workload of this name; it is back after the next tick."""
        canary = self.canary()
        one_less = Readiness(available=REPLICAS - 1)
        if workload == canary.target:
            self._workloads.canary_problem = one_less
        elif workload == canary.primary:
            self._workloads.primary_problem = one_less
        return workload in (canary.target, canary.primary)

    def count(self, requests: Requests) -> None:
        """Take requests that were made since the last tick into account."""
        if self.canary().status.phase in ("", "Initializing"):
            return
        record = requests.record(self._clock.now_s(), self.routing.canary)
        if record.requests:
            self._recording.append(record)
        self.requests += record.requests
        self.failures += record.failures
        if self.active_faults:
            self._reached += requests.canary
            self._struck += max(requests.failed, requests.canary and 1)

    def record_deliveries(self, state: Literal["delivered", "removed"]) -> None:
        """How many requests the faults were meant for, and how many they reached."""
        for fault in self.faults:
            record = FaultRecord(
                self._clock.now_s(), str(fault), state, self._reached, self._struck
            )
            self._recording.append(record)

    def is_open(self, request: HookRequest) -> bool:
        """Whether a gate lets pass: `/gate/check` and `/rollback/check` of the load tester."""
        path = request.url.partition("://")[2].partition("/")[2].rstrip("/")
        if path == "gate/halt":
            return False
        if path == "gate/approve":
            return True
        if path == "rollback/check" or request.type == "rollback":
            return self.gates["rollback"]
        return self.gates["gate"] if path == "gate/check" or request.type in _GATES else True


class _Hooks:
    """The `Hooks` port: everything is accepted but closed gates."""

    def __init__(self, rollout: SimulatedRollout) -> None:
        self._rollout = rollout

    def call(self, request: HookRequest) -> None:
        if not self._rollout.is_open(request):
            raise HookFailed("Forbidden")


class _Metrics:
    """The `Metrics` port: builtin metrics see the faults, others have the value they were given."""

    def __init__(self, rollout: SimulatedRollout) -> None:
        self._rollout = rollout

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        rollout = self._rollout
        if not metric and promql == ONLINE_QUERY:
            return 1.0
        if metric in rollout.metrics:
            return rollout.metrics[metric]
        if metric == SUCCESS_RATE:
            return success_percent(rollout.active_faults)
        if metric == DURATION:
            return p99_ms(rollout.active_faults) / queries_of(rollout.provider).ms_per_unit
        metrics = rollout.canary().spec.analysis.metrics
        return next((passing_value(one) for one in metrics if one.name == metric), 0.0)


def passing_value(metric: Metric) -> float:
    """A value within the limits of a metric."""
    limits = metric.threshold_range
    if limits is None:
        return metric.threshold
    if limits.min_ is not None:
        return limits.min_
    return limits.max_ if limits.max_ is not None else 0.0


class _Workloads(SimulatedWorkloads):
    """The ConfigMaps and Secrets that a target uses are taken to exist."""

    def config(self, kind: ConfigKind, name: str) -> Config | None:
        known = super().config(kind, name)
        return known if known or name.endswith("-primary") else Config(kind, name)


class _RecordedRoutes(SimulatedRoutes):
    """Routes that leave a record of every split."""

    def __init__(self, canary: Canary, recording: Recording, clock: VirtualClock) -> None:
        super().__init__(canary.apex_service)
        self._name = canary.full_name
        self._recording = recording
        self._clock = clock

    def write(self, obj: RoutingObject) -> None:
        super().write(obj)
        if obj.rules:
            now, routing = self._clock.now_s(), self.routing
            self._recording.append(
                WeightRecord(
                    now,
                    self._name,
                    routing.primary,
                    routing.canary,
                    routing.mirrored,
                    routing.matched,
                )
            )


def _target(canary: Canary, template: Mapping[str, Any] | None) -> Workload:
    name, kind = canary.target, canary.spec.target_ref.kind
    container = {"name": name, "image": f"{name}:1.0"}
    own = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    status = DaemonSetStatus() if kind == "DaemonSet" else DeploymentStatus()
    return Workload(name, template or own, {"app": name}, REPLICAS, status=status)


def _counts(workload: Workload) -> tuple[int, int]:
    status, wanted = workload.status, workload.replicas or 0
    if isinstance(status, DeploymentStatus):
        return status.available_replicas, wanted
    if isinstance(status, DaemonSetStatus):
        return status.number_available, wanted
    return wanted, wanted
