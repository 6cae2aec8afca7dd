"""What a live world is made of, as values: read and checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.applications import Applications
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller.workload import Config
from rehearsal.live.mesh.tracing import TRACE_PERCENT
from rehearsal.live.traffic_plan import TrafficPlan, TrafficSource
from rehearsal.live.workloads.canary_workloads import ScalerManifest, TargetManifest


@dataclass(frozen=True)
class CanaryConfig:
    """One canary with what its manifests say around it."""

    canary: Canary
    provider: str
    target: TargetManifest
    scaler: ScalerManifest | None = None


@dataclass(frozen=True)
class HostTarget:
    """Where a host of a hook's command leads: a side of the canary, or a host and port."""

    host: str
    side: str = ""
    address: tuple[str, int] | None = None


@dataclass(frozen=True)
class EnvironmentConfig:
    """All of it. `port` is the mesh's proxy, 0 for any free one.

    `receivers` are the hosts that hooks are sent to and that our load tester stands for.
    """

    canaries: tuple[CanaryConfig, ...]
    applications: Applications
    envoy: Path
    templates: tuple[MetricTemplate, ...] = ()
    alert_providers: tuple[AlertProvider, ...] = ()
    configs: tuple[tuple[str, Config], ...] = ()
    """With their namespaces."""
    secrets: Mapping[tuple[str, str], Mapping[str, bytes]] = field(default_factory=dict)
    """Entries of the Secrets that metric templates may name, by namespace and name."""
    receivers: tuple[tuple[str, str], ...] = ()
    """Name and namespace."""
    hosts: tuple[HostTarget, ...] = ()
    hook_host: str = ""
    port: int = 0
    traffic: TrafficSource | None = field(default_factory=TrafficPlan)
    frontend: bool = False
    trace_percent: float = TRACE_PERCENT
    """The percentage of requests without a trace for which proxies begin one; 0 for no proxies."""
    metric_values: Mapping[str, str] = field(default_factory=dict)
    prometheus: str = ""

    @property
    def canary(self) -> CanaryConfig:
        """The first canary, which background traffic goes to."""
        return self.canaries[0]
