"""Workloads and configs as the control loop sees them: values reported by the world.

Field names are Kubernetes' own (apps/v1 DeploymentStatus and DaemonSetStatus).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ConfigKind = Literal["configmap", "secret"]


@dataclass(frozen=True)
class DeploymentCondition:
    """A condition of a Deployment: `Progressing` or `Available`. Times are seconds of the clock."""

    type: str
    status: str
    reason: str = ""
    last_update_s: float = 0.0


@dataclass(frozen=True)
class DeploymentStatus:
    """How far a Deployment's rollout has come."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    conditions: tuple[DeploymentCondition, ...] = ()


@dataclass(frozen=True)
class DaemonSetStatus:
    """How far a DaemonSet's rollout has come."""

    observed_generation: int = 0
    desired_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0


@dataclass(frozen=True)
class KnativeStatus:
    """The revisions of a Knative service, by name."""

    latest_created_revision: str
    revisions: frozenset[str] = frozenset()
    ready_revisions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Workload:
    """A Deployment, a DaemonSet or (as a target only) a Service of Kubernetes or of Knative.

    `template` is the pod template (`metadata`, `spec`) as plain data; for a Service, its spec. A
    change in it is a new revision; a change in `replicas` is not. It is never changed in place: a
    new revision is a new object. `generation` grows with every change of the spec. `settings` are
    the other keys of the spec that a promotion copies: progressDeadlineSeconds, minReadySeconds,
    revisionHistoryLimit, strategy. `labels` and `annotations` are those of the workload itself.
    """

    name: str
    template: Mapping[str, Any]
    match_labels: Mapping[str, str] = field(default_factory=dict)
    replicas: int | None = None
    generation: int = 1
    status: DeploymentStatus | DaemonSetStatus | KnativeStatus = DeploymentStatus()
    settings: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Config:
    """A ConfigMap or a Secret (its data base64-encoded, as in its manifest)."""

    kind: ConfigKind
    name: str
    data: Mapping[str, str] = field(default_factory=dict)
    type: str = "Opaque"
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
