"""A Deployment as the target (flagger pkg/canary/deployment_controller.go)."""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.readiness import check_deployment
from rehearsal.flagger.controller.targets.base import PodTarget
from rehearsal.flagger.controller.workload import DeploymentStatus, Workload


class DeploymentTarget(PodTarget):
    """Scaled by its replicas; promoted by a rolling update."""

    kind = "Deployment"

    def _check_rollout(self, canary: Canary, workload: Workload, threshold: int) -> None:
        if not isinstance(workload.status, DeploymentStatus):
            raise PortError(f"{workload.name} is not a Deployment")
        check_deployment(
            workload.name,
            workload.generation,
            workload.replicas,
            workload.status,
            deadline_s=canary.spec.progress_deadline_seconds,
            ready_threshold=threshold,
            now_s=self._clock.now_s(),
        )

    def _primary_prefix(self, name: str) -> str:
        return f"{name} not ready: "

    def _canary_prefix(self, name: str, retriable: bool) -> str:
        return f"canary deployment {name} not ready: "

    def _replicas_to_start(self, canary: Canary, target: Workload) -> int:
        """Its own replicas; else the primary's, or with a scaler that one's minimum; at least 1."""
        if target.replicas:
            return target.replicas
        if canary.spec.autoscaler_ref is None:
            return self._primary(canary).replicas or 1
        return max(1, self._workloads.scaler_min_replicas() or 1)
