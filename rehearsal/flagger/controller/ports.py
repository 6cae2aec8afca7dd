"""What the control loop needs from the world: a store, five ports and a clock.

Everything is synchronous: one tick is one call, and a webhook blocks it, as in Flagger. The
controller keeps all knowledge of Flagger to itself (order, texts, hashes, PromQL, readiness rules);
an implementation of a port only does things and reports numbers. A port that cannot do what it is
asked raises `PortError` with the sentence Flagger would print; nothing else is caught in a tick.

Times are seconds of the clock that is handed in; `Flags.epoch_s` says where its zero is. All value
types here are immutable.

    controller = Controller(ports, flags)
    controller.sync()   # once, when the object is first seen
    controller.tick()   # at once, and then every `analysis.interval` (see `ticker`)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from rehearsal.flagger.canary.model import Canary, CanaryStatus
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller.errors import HookFailed, NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.routing import Backend, Routes, Routing, RoutingObject, Rule
from rehearsal.flagger.controller.workload import Config, ConfigKind, Workload
from rehearsal.flagger.values import fast_dataclass

__all__ = [
    "Alert",
    "AlertSeverity",
    "Applied",
    "Backend",
    "Clock",
    "Event",
    "Events",
    "Gauge",
    "HookFailed",
    "HookRequest",
    "Hooks",
    "LogLevel",
    "LogLine",
    "MetricSource",
    "Metrics",
    "NoValuesFound",
    "PortError",
    "Ports",
    "QueryFailed",
    "Routes",
    "Routing",
    "RoutingObject",
    "Rule",
    "Store",
    "Workloads",
]

EVENT_CALLERS = frozenset(f"controller/events.go:{line}" for line in (33, 39, 45))
"""Where Flagger logs its events."""

Applied = Literal["created", "updated", "unchanged"]
AlertSeverity = Literal["info", "warn", "error"]
LogLevel = Literal["debug", "info", "warn", "error"]


class Clock(Protocol):
    """Time as the canary lives it: at speed 20, one of its minutes takes three seconds."""

    def now_s(self) -> float:
        """Seconds since a zero of the clock's own choice."""
        ...


class Store(Protocol):
    """The objects at the API server. `MemoryStore` is all a rehearsal on one machine needs."""

    def get(self) -> Canary:
        """The canary as it stands now; raises PortError when it is gone."""
        ...

    def put_status(self, status: CanaryStatus) -> None:
        """Replace the status; the spec is left as it is."""
        ...

    def metric_template(self, namespace: str, name: str) -> MetricTemplate:
        """A MetricTemplate; raises PortError (Kubernetes' own `… not found`) when absent."""
        ...

    def alert_provider(self, namespace: str, name: str) -> AlertProvider:
        """An AlertProvider; raises PortError when absent."""
        ...

    def secret(self, namespace: str, name: str) -> Mapping[str, bytes]:
        """The decoded data of a Secret; raises PortError (`secrets "x" not found`) when absent."""
        ...

    def backends(self, resource: str, name: str) -> tuple[str, ...]:
        """The services that an Ingress or an ApisixRoute of the canary's owner leads to.

        `resource` is `ingresses.networking.k8s.io` or `apisixroutes.apisix.apache.org`. Raises
        PortError when there is no such object.
        """
        ...


class Workloads(Protocol):
    """The target and its primary: templates, replica counts, readiness; and what they mount.

    Applying a workload whose template differs begins a rolling update; the call does not wait for
    it. The numbers of that update are read later from `Workload.status`.
    """

    def target(self) -> Workload | None:
        """The canary's target as its owner last applied it, or None when there is none."""
        ...

    def primary(self) -> Workload | None:
        """The primary, or None before it was created."""
        ...

    def apply_primary(self, workload: Workload) -> None:
        """Create the primary, or update it in place (its `status` is to be ignored)."""
        ...

    def scale_target(self, replicas: int) -> None:
        """Set the target's replicas; 0 stops them all."""
        ...

    def config(self, kind: ConfigKind, name: str) -> Config | None:
        """A ConfigMap or a Secret of the canary's namespace, or None."""
        ...

    def apply_config(self, config: Config) -> None:
        """Create or replace the primary's copy of a ConfigMap or Secret."""
        ...

    def scaler_min_replicas(self) -> int | None:
        """`minReplicas` of the target's scaler (`minReplicaCount` of a ScaledObject), if set."""
        ...

    def apply_primary_scaler(self, *, update: bool) -> Applied:
        """Create the primary's scaler; bring an existing one up to the target's if `update`.

        Raises PortError when the target has no such scaler (`HorizontalPodAutoscaler detail.flagger
        get query error: …`).
        """
        ...

    def pause_target_scaler(self) -> None:
        """Keep a ScaledObject from scaling the target up again (an HPA needs nothing)."""
        ...

    def resume_target_scaler(self) -> None:
        """Let a ScaledObject scale the target again."""
        ...


@fast_dataclass(frozen=True)
class MetricSource:
    """Where a query goes: the metrics server of Flagger, or a template's own provider.

    `interval` is the metric's, which some providers ask for; `credentials` is the decoded data of
    the provider's Secret.
    """

    type: str = "prometheus"
    address: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    credentials: Mapping[str, bytes] = field(default_factory=dict)
    insecure_skip_verify: bool = False
    region: str = ""
    interval: str = ""


class Metrics(Protocol):
    """A Prometheus, or what evaluates the same PromQL over the same series."""

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        """The value of the last element of the answer.

        `promql` is what Flagger sends, white space collapsed. `vector(1)` must be 1. `metric` is
        the name of the metric that is checked, empty where a server is only probed. Raises
        NoValuesFound for an empty or NaN answer and QueryFailed(text) for all else, with texts such
        as `request failed: Get "http://…": …` or `error response: Status 400 Bad Request: {…}`.
        """
        ...


@fast_dataclass(frozen=True)
class HookRequest:
    """One webhook call. `timeout_s` is per attempt and covers reading the answer.

    `name` and `type` are those of the webhook in the spec.
    """

    url: str
    body: bytes
    timeout_s: float
    retries: int = 0
    disable_tls: bool = False
    name: str = ""
    type: str = ""


class Hooks(Protocol):
    """Webhooks on the wire; `flagger.controller.delivery.deliver` has the rules for them."""

    def call(self, request: HookRequest) -> None:
        """POST it; raises HookFailed(text) unless it was accepted."""
        ...


class LogLine(NamedTuple):
    """One line of Flagger's log.

    `canary` is `name.namespace`, or None where Flagger omits it. `caller` is the place in Flagger's
    source that writes the line, `controller/events.go:33`.
    """

    level: LogLevel
    time_s: float
    msg: str
    canary: str | None
    caller: str = ""

    @property
    def belongs_to_event(self) -> bool:
        """Whether this is the line of an event, which follows at once."""
        return self.caller in EVENT_CALLERS


class Event(NamedTuple):
    """One Kubernetes event on the Canary."""

    type: Literal["Normal", "Warning"]
    time_s: float
    message: str
    canary: Canary
    reason: str = "Synced"
    source: str = "flagger"


@fast_dataclass(frozen=True)
class Alert:
    """A message to people.

    `provider` is None for Flagger's global one; `address` is the provider's, or that of its Secret.
    An empty address sends nothing.
    """

    severity: AlertSeverity
    message: str
    canary: Canary
    fields: tuple[tuple[str, str], ...] = ()
    provider: AlertProvider | None = None
    address: str = ""


class Gauge(NamedTuple):
    """A sample of one of Flagger's own metrics, e.g. `flagger_canary_weight{workload="detail"}`.

    The value of a `_total` is what to add to it.
    """

    name: str
    value: float
    labels: Mapping[str, str] = {}


class Events(Protocol):
    """All that can be seen of a run. Every Kubernetes event is preceded by its log line."""

    def log(self, line: LogLine) -> None:
        """One line of the log."""
        ...

    def event(self, event: Event) -> None:
        """One Kubernetes event; its log line came just before."""
        ...

    def alert(self, alert: Alert) -> None:
        """A message to people, for those who listen."""
        ...

    def gauge(self, gauge: Gauge) -> None:
        """A new value of one of Flagger's own metrics."""
        ...


@dataclass(frozen=True)
class Ports:
    """The world, as it is handed to the controller."""

    store: Store
    workloads: Workloads
    routes: Routes
    metrics: Metrics
    hooks: Hooks
    events: Events
    clock: Clock
