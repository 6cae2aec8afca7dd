"""Deployments and DaemonSets, and the autoscalers that act on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.scalars import Flag, IntOrString, StringMap, Text
from rehearsal.manifests.pods import Count, PodTemplate

_PERCENT = re.compile(r"[0-9]{1,9}%", re.ASCII)

# What a promotion copies besides the template (flagger pkg/canary/deployment_controller.go).
PROMOTED_SETTINGS = (
    "minReadySeconds",
    "progressDeadlineSeconds",
    "revisionHistoryLimit",
    "strategy",
)


def _share(value: int | str) -> int | str:
    if isinstance(value, int) and value >= 0:
        return value
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        return value
    raise PydanticCustomError("share", 'must be a whole number or a percentage such as "25%"')


Share = Annotated[IntOrString, AfterValidator(_share)]
"""A number of pods, or a percentage of them."""


class LabelSelector(Part):
    """Which pods belong to a workload."""

    match_labels: StringMap = Field(default_factory=dict)
    match_expressions: tuple[Mapping[str, Any], ...] = ()


class RollingUpdate(Part):
    """How many pods may be missing, and how many may be too many, during an update."""

    max_unavailable: Share = "25%"
    max_surge: Share = "25%"

    @model_validator(mode="after")
    def _one_may_move(self) -> RollingUpdate:
        if self.max_unavailable in (0, "0%") and self.max_surge in (0, "0%"):
            text = "must not have both maxUnavailable and maxSurge at 0"
            raise PydanticCustomError("rolling_update", text)
        return self


class DeploymentStrategy(Part):
    """How new pods replace old ones."""

    type: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    rolling_update: RollingUpdate | None = None

    @model_validator(mode="after")
    def _only_rolling_rolls(self) -> DeploymentStrategy:
        if self.type == "Recreate" and self.rolling_update is not None:
            raise PydanticCustomError("strategy", "must not have rollingUpdate with Recreate")
        return self


class _WorkloadSpec(Part):
    selector: LabelSelector
    template: PodTemplate
    min_ready_seconds: Count = 0
    revision_history_limit: Count = 10

    @model_validator(mode="after")
    def _selects_its_pods(self) -> _WorkloadSpec:
        if not self.selector.match_labels and not self.selector.match_expressions:
            raise PydanticCustomError("selector", "selector must not be empty")
        labels = self.template.metadata.labels
        wanted = self.selector.match_labels.items()
        wrong = next((f"{key}={value}" for key, value in wanted if labels.get(key) != value), None)
        if wrong is not None:
            text = "selector wants the label {label}, which template.metadata.labels does not have"
            raise PydanticCustomError("selector", text, {"label": wrong})
        return self


class DeploymentSpec(_WorkloadSpec):
    """A Deployment. `replicas` is None when the manifest leaves them to Kubernetes (1)."""

    replicas: Count | None = None
    strategy: DeploymentStrategy = DeploymentStrategy()
    progress_deadline_seconds: Count = 600
    paused: Flag = False

    @model_validator(mode="after")
    def _deadline_after_ready(self) -> DeploymentSpec:
        if self.progress_deadline_seconds <= self.min_ready_seconds:
            text = "progressDeadlineSeconds must be greater than minReadySeconds"
            raise PydanticCustomError("deadline", text)
        return self


class DaemonSetStrategy(Part):
    """How new pods replace old ones on each node."""

    type: Literal["RollingUpdate", "OnDelete"] = "RollingUpdate"
    rolling_update: Mapping[str, Any] | None = None


class DaemonSetSpec(_WorkloadSpec):
    """A DaemonSet."""

    update_strategy: DaemonSetStrategy = DaemonSetStrategy()


class ScaleTarget(Part):
    """The workload that an autoscaler acts on."""

    api_version: Text = ""
    kind: Text
    name: Text


class AutoscalerSpec(Part):
    """A HorizontalPodAutoscaler of any version of its API."""

    scale_target_ref: ScaleTarget
    min_replicas: Count = 1
    max_replicas: Count

    @model_validator(mode="after")
    def _bounds_fit(self) -> AutoscalerSpec:
        if self.max_replicas < max(1, self.min_replicas):
            text = "maxReplicas must be at least 1 and not below minReplicas"
            raise PydanticCustomError("replicas", text)
        return self


class KedaTarget(Part):
    """The workload that KEDA scales; a Deployment unless it says otherwise."""

    api_version: Text = "apps/v1"
    kind: Text = "Deployment"
    name: Text


class ScaledObjectSpec(Part):
    """KEDA's ScaledObject, from which KEDA makes an autoscaler."""

    scale_target_ref: KedaTarget
    min_replica_count: Count = 0
    max_replica_count: Count = 100
    triggers: tuple[Mapping[str, Any], ...] = ()
