"""The Canary as Flagger's Go structs see it: immutable, with Flagger's defaults as properties.

Field names and types are those of flagger `pkg/apis/flagger/v1beta1/canary.go` and `status.go`
(v1.44.0); what is refused is what its CRD refuses. Unknown keys are dropped, as a structural
schema drops them. `controller` never changes one of these: it writes a new status to its store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Literal

from rehearsal.flagger.canary.analysis import Analysis
from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.reference import (
    AutoscalerRef,
    IngressRef,
    RouteRef,
    TargetRef,
    UpstreamRef,
)
from rehearsal.flagger.canary.scalars import Flag, GoInt, Text
from rehearsal.flagger.canary.service import Service
from rehearsal.flagger.values import fast_dataclass

PROGRESS_DEADLINE_S = 600

Provider = Literal[
    "apisix",
    "appmesh",
    "appmesh:v1beta2",
    "contour",
    "gatewayapi:v1",
    "gatewayapi:v1beta1",
    "gloo",
    "istio",
    "knative",
    "kubernetes",
    "kuma",
    "linkerd",
    "nginx",
    "osm",
    "skipper",
    "smi:v1alpha1",
    "smi:v1alpha2",
    "smi:v1alpha3",
    "traefik",
]


class Phase(StrEnum):
    """Where a canary stands (`status.phase`); NONE is an object no controller has seen yet."""

    NONE = ""
    INITIALIZING = "Initializing"
    INITIALIZED = "Initialized"
    WAITING = "Waiting"
    PROGRESSING = "Progressing"
    WAITING_PROMOTION = "WaitingPromotion"
    PROMOTING = "Promoting"
    FINALISING = "Finalising"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"


class CanarySpec(Part):
    """`spec`: what to release, how to route to it, and how to judge it."""

    target_ref: TargetRef
    analysis: Analysis
    service: Service = Service(port=0)
    provider: Provider | None = None
    metrics_server: Text = ""
    autoscaler_ref: AutoscalerRef | None = None
    ingress_ref: IngressRef | None = None
    route_ref: RouteRef | None = None
    upstream_ref: UpstreamRef | None = None
    progress_deadline_seconds: GoInt = PROGRESS_DEADLINE_S
    skip_analysis: Flag = False
    revert_on_deletion: Flag = False
    suspend: Flag = False


@fast_dataclass(frozen=True)
class Condition:
    """`status.conditions[]`: Flagger keeps one, of type Promoted; times are the clock's."""

    type: str
    status: str
    reason: str
    message: str
    last_update_s: float
    last_transition_s: float


@fast_dataclass(frozen=True)
class CanaryStatus:
    """`status`: all the controller remembers between two ticks; times are its clock's.

    `tracked_configs` is None until the first sync of a target whose configs are tracked, which is
    not the same as empty: the webhook checksum tells them apart.
    """

    phase: Phase = Phase.NONE
    failed_checks: int = 0
    canary_weight: int = 0
    iterations: int = 0
    tracked_configs: Mapping[str, str] | None = None
    last_applied_spec: str = ""
    last_promoted_spec: str = ""
    last_transition_s: float = 0.0
    conditions: tuple[Condition, ...] = ()
    previous_session_affinity_cookie: str = ""
    session_affinity_cookie: str = ""
    primary_session_affinity_cookie: str = ""


@fast_dataclass(frozen=True)
class Canary:
    """One Canary object: identity, spec, status. A snapshot: it never changes under a reader."""

    name: str
    namespace: str
    spec: CanarySpec
    status: CanaryStatus = field(default_factory=CanaryStatus)

    @property
    def full_name(self) -> str:
        """`name.namespace`, as every log line names it."""
        return f"{self.name}.{self.namespace}"

    @property
    def target(self) -> str:
        """The name of the target workload (T in the messages)."""
        return self.spec.target_ref.name

    @property
    def primary(self) -> str:
        """The name of the primary workload."""
        return f"{self.spec.target_ref.name}-primary"

    @property
    def apex_service(self) -> str:
        """The service people call; `-primary` and `-canary` stand beside it."""
        return self.spec.service.name or self.spec.target_ref.name
