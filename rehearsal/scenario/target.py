"""The canary's target as its owner's files describe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.applications.container import container_of
from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.live.workloads.manifest import DeploymentManifest, deployment_manifest
from rehearsal.manifests import Manifests, load_manifests


@dataclass(frozen=True)
class Target:
    """The Deployment as first applied, and `minReplicas` of its autoscaler, if it has one."""

    manifest: DeploymentManifest
    min_replicas: int | None

    @classmethod
    def read(cls, canary: Canary, deployment: Path, autoscaler: Path) -> "Target":
        """Read both files; UserError when the canary's target cannot be run here."""
        if canary.spec.target_ref.kind != "Deployment":
            raise UserError(
                f"spec.targetRef.kind: a {canary.spec.target_ref.kind} can't be rehearsed here;"
                " name a Deployment"
            )
        manifest = _deployment(load_manifests([deployment]), canary, deployment)
        container_of(manifest.template).command(port=0)
        return cls(manifest, _min_replicas(canary, autoscaler))

    def retold(self, path: Path, variables: Mapping[str, str]) -> DeploymentManifest:
        """Another manifest of the same Deployment, with its variables filled in."""
        found = load_manifests([path], variables=variables)
        return _named(found, self.manifest.namespace, self.manifest.name, path)


def _deployment(found: Manifests, canary: Canary, path: Path) -> DeploymentManifest:
    return _named(found, canary.namespace, canary.target, path)


def _named(found: Manifests, namespace: str, name: str, path: Path) -> DeploymentManifest:
    manifest = found.deployment(namespace, name)
    if manifest is None:
        raise UserError(
            f"{path}: no Deployment {name}.{namespace} in it; it is the canary's target"
        )
    return deployment_manifest(manifest)


def _min_replicas(canary: Canary, path: Path) -> int | None:
    ref = canary.spec.autoscaler_ref
    if ref is None:
        return None
    scaler = load_manifests([path]).find(ref.kind, canary.namespace, ref.name)
    if scaler is None:
        raise UserError(f"{path}: no {ref.kind} {ref.name!r} in it (spec.autoscalerRef)")
    least = (
        scaler.spec.min_replica_count if ref.kind == "ScaledObject" else scaler.spec.min_replicas
    )
    return max(1, int(least))
