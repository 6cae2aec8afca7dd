"""One canary's target and primary: the controller's `Workloads` port over the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Applied
from rehearsal.flagger.controller.workload import Config, ConfigKind, Workload
from rehearsal.live.mesh.canary_rules import mesh_name
from rehearsal.live.workloads.cluster import Cluster, Key, OwnedWorkload
from rehearsal.live.workloads.deployment import Deployment, read_strategy


@dataclass(frozen=True)
class TargetManifest:
    """The target as its owner applied it. `replicas` is None for a DaemonSet."""

    kind: str
    template: Mapping[str, Any]
    match_labels: Mapping[str, str]
    replicas: int | None
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class ScalerManifest:
    """The target's autoscaler: how many replicas it keeps at least."""

    min_replicas: int | None


class CanaryWorkloads:
    """Called from the controller's thread; a scaler of None is one that no manifest holds."""

    def __init__(self, cluster: Cluster, canary: Canary, scaler: ScalerManifest | None) -> None:
        self._cluster = cluster
        self._namespace = canary.namespace
        self._target: Key = (canary.namespace, canary.target)
        self._primary: Key = (canary.namespace, canary.primary)
        self._apex = canary.apex_service
        self._target_port = canary.spec.service.target_port or canary.spec.service.port
        self._daemon = canary.spec.target_ref.kind == "DaemonSet"
        self._scaler = scaler
        self._reference = canary.spec.autoscaler_ref
        self._primary_scaled = False

    def create_target(self, manifest: TargetManifest) -> None:
        """`kubectl apply` of the target: create it, or change its template and settings."""
        template, settings = dict(manifest.template), dict(manifest.settings)
        if self._cluster.find(self._target) is not None:
            self._cluster.change(self._target, template=template, settings=settings)
            return
        wanted = 1 if self._daemon else self._least(manifest.replicas)
        self._cluster.add(
            self._target,
            self._owned(
                self._target[1], template, wanted, manifest.match_labels, settings, "canary"
            ),
        )

    def template(self) -> dict[str, Any]:
        """The target's pod template as it stands."""
        owned = self._cluster.find(self._target)
        if owned is None:
            raise LookupError(f"{self._target[1]} has not been applied")
        return owned.deployment.template

    def change_template(self, template: dict[str, Any]) -> None:
        """Give the target another template, as `kubectl set image` does."""
        self._cluster.change(self._target, template=template)

    def target(self) -> Workload | None:
        return self._described(self._target)

    def primary(self) -> Workload | None:
        return self._described(self._primary)

    def apply_primary(self, workload: Workload) -> None:
        template, settings = dict(workload.template), dict(workload.settings)
        if self._cluster.find(self._primary) is None:
            wanted = 1 if self._daemon else self._least(workload.replicas)
            self._cluster.add(
                self._primary,
                self._owned(
                    workload.name, template, wanted, workload.match_labels, settings, "primary"
                ),
            )
            return
        replicas = None if self._daemon else workload.replicas
        self._cluster.change(self._primary, template=template, replicas=replicas, settings=settings)

    def scale_target(self, replicas: int) -> None:
        self._cluster.change(self._target, replicas=replicas)

    def config(self, kind: ConfigKind, name: str) -> Config | None:
        return self._cluster.config(self._namespace, kind, name)

    def apply_config(self, config: Config) -> None:
        self._cluster.put_config(self._namespace, config)

    def scaler_min_replicas(self) -> int | None:
        return self._scaler.min_replicas if self._scaler else None

    def apply_primary_scaler(self, *, update: bool) -> Applied:
        """An existing scaler differs from its target's whenever it is compared: the one that
        kubectl applied carries its last-applied annotation (flagger pkg/canary/hpa_reconciler.go).
        """
        self._need_scaler()
        known, self._primary_scaled = self._primary_scaled, True
        if not known:
            return "created"
        return "updated" if update else "unchanged"

    def pause_target_scaler(self) -> None:
        self._need_scaler()

    def resume_target_scaler(self) -> None:
        self._need_scaler()

    def _need_scaler(self) -> None:
        reference = self._reference
        if self._scaler is not None or reference is None:
            return
        name = f"{reference.name}.{self._namespace}"
        keda = reference.kind == "ScaledObject"
        title = "Keda ScaledObject" if keda else "HorizontalPodAutoscaler"
        kinds = "scaledobjects.keda.sh" if keda else "horizontalpodautoscalers.autoscaling"
        raise PortError(f'{title} {name} get query error: {kinds} "{reference.name}" not found')

    def _least(self, replicas: int | None) -> int:
        wanted = 1 if replicas is None else replicas
        least = self.scaler_min_replicas()
        return max(wanted, least or 0)

    def _described(self, key: Key) -> Workload | None:
        return self._cluster.describe(key)

    def _owned(
        self,
        name: str,
        template: dict[str, Any],
        replicas: int,
        match_labels: Mapping[str, str],
        settings: Mapping[str, Any],
        side: str,
    ) -> OwnedWorkload:
        deployment = Deployment(
            name=name,
            template=template,
            replicas=replicas,
            min_ready_s=float(settings.get("minReadySeconds") or 0),
            strategy=read_strategy(settings, daemon=self._daemon),
            daemon=self._daemon,
        )
        cluster = f"{mesh_name(self._namespace, self._apex)}-{side}"
        return OwnedWorkload(
            deployment, self._namespace, match_labels, settings, cluster, self._target_port
        )
