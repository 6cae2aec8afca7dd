"""A DaemonSet as the target (flagger pkg/canary/daemonset_controller.go).

It has no replicas: Flagger stops it with a node selector that no node satisfies, which is not part
of the revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.readiness import check_daemon_set
from rehearsal.flagger.controller.targets.base import PodTarget
from rehearsal.flagger.controller.workload import DaemonSetStatus, Workload

SCALE_TO_ZERO = "flagger.app/scale-to-zero"
STRATEGY = "updateStrategy"


class DaemonSetTarget(PodTarget):
    """One pod per node; needs the RollingUpdate strategy."""

    kind = "DaemonSet"
    created_by = "canary/daemonset_controller.go:308"
    selector_error_end = "'"

    def _create_primary(self, canary: Canary) -> None:
        target = self._target(canary)
        strategy = (target.settings.get(STRATEGY) or {}).get("type", "")
        if strategy not in ("", "RollingUpdate"):
            name = f"{canary.target}.{canary.namespace}"
            raise PortError(
                f"daemonset {name} must have RollingUpdate strategy but have {strategy}"
            )
        super()._create_primary(canary)

    def _revision(self, target: Workload) -> Mapping[str, Any]:
        """The template without the node selector by which Flagger stops it."""
        spec = target.template.get("spec") or {}
        return {**target.template, "spec": {**spec, "nodeSelector": _without_stop(spec)}}

    def _primary_spec(self, target: Workload, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        if not spec.get("nodeSelector"):
            return spec
        return {**spec, "nodeSelector": _without_stop(spec)}

    def _check_rollout(self, canary: Canary, workload: Workload, threshold: int) -> None:
        if not isinstance(workload.status, DaemonSetStatus):
            raise PortError(f"{workload.name} is not a DaemonSet")
        check_daemon_set(
            workload.generation,
            workload.status,
            deadline_s=canary.spec.progress_deadline_seconds,
            ready_threshold=threshold,
            since_s=canary.status.last_transition_s,
            now_s=self._clock.now_s(),
        )

    def _primary_prefix(self, name: str) -> str:
        return f"primary daemonset {name} not ready: "

    def _canary_prefix(self, name: str, retriable: bool) -> str:
        return f"canary damonset {name} not ready with retryable {str(retriable).lower()}: "

    def _replicas_to_start(self, canary: Canary, target: Workload) -> int:
        return 1


def _without_stop(spec: Mapping[str, Any]) -> dict[str, str]:
    selector = dict(spec.get("nodeSelector") or {})
    selector.pop(SCALE_TO_ZERO, None)
    return selector
