"""A Deployment as the target (flagger pkg/canary/deployment_controller.go)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.readiness import check_deployment
from rehearsal.flagger.controller.targets.base import PodTarget
from rehearsal.flagger.controller.workload import DeploymentStatus, Workload

_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"

_Rename = Callable[[Mapping[str, Any]], dict[str, Any]]


class DeploymentTarget(PodTarget):
    """Scaled by its replicas; promoted by a rolling update."""

    kind = "Deployment"
    created_by = "canary/deployment_controller.go:315"

    def _primary_spec(self, target: Workload, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """What keeps the target's pods apart keeps the primary's apart too."""

        def rename(holder: Mapping[str, Any]) -> dict[str, Any]:
            return _with_primary_selector(holder, self._flags.selector_labels, target.name)

        changed = dict(spec)
        if spec.get("topologySpreadConstraints"):
            constraints = spec["topologySpreadConstraints"]
            changed["topologySpreadConstraints"] = [rename(one) for one in constraints]
        affinity = spec.get("affinity") or {}
        if affinity.get("podAntiAffinity"):
            apart = _renamed_terms(affinity["podAntiAffinity"], rename)
            changed["affinity"] = {**affinity, "podAntiAffinity": apart}
        return changed

    def _restore(self, canary: Canary) -> None:
        """As many replicas as the primary has."""
        primary = self._workloads.primary()
        if primary is None:
            self.scale_from_zero(canary)
            return
        self._target(canary)
        self._workloads.scale_target(1 if primary.replicas is None else primary.replicas)

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


def _renamed_terms(apart: Mapping[str, Any], rename: _Rename) -> dict[str, Any]:
    """A podAntiAffinity whose terms select the primary's pods."""
    changed = dict(apart)
    if apart.get(_REQUIRED):
        changed[_REQUIRED] = [rename(term) for term in apart[_REQUIRED]]
    if apart.get(_PREFERRED):
        changed[_PREFERRED] = [
            {**term, "podAffinityTerm": rename(term["podAffinityTerm"])}
            for term in apart[_PREFERRED]
        ]
    return changed


def _with_primary_selector(
    holder: Mapping[str, Any], labels: Iterable[str], name: str
) -> dict[str, Any]:
    """A constraint or a term whose `labelSelector` names the primary instead of the target."""
    selector = dict(holder.get("labelSelector") or {})
    if not selector:
        return dict(holder)
    primary, labels = f"{name}-primary", frozenset(labels)
    if selector.get("matchLabels"):
        selector["matchLabels"] = {
            key: primary if key in labels and value == name else value
            for key, value in selector["matchLabels"].items()
        }
    if selector.get("matchExpressions"):
        selector["matchExpressions"] = [
            _renamed_expression(one, name) if one.get("key") in labels else one
            for one in selector["matchExpressions"]
        ]
    return {**holder, "labelSelector": selector}


def _renamed_expression(expression: Mapping[str, Any], name: str) -> dict[str, Any]:
    values = list(expression.get("values") or ())
    if name in values:
        values[values.index(name)] = f"{name}-primary"
    return {**expression, "values": values}
