"""The canary's target as its owner's files describe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.applications.container import container_of
from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.live.workloads.manifest import (
    DeploymentManifest,
    read_deployment,
    read_min_replicas,
)


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
        manifest = read_deployment(deployment, canary.target)
        container_of(manifest.template).command(port=0)
        ref = canary.spec.autoscaler_ref
        return cls(manifest, read_min_replicas(autoscaler, ref.name) if ref else None)

    def retold(self, path: Path, variables: Mapping[str, str]) -> DeploymentManifest:
        """Another manifest of the same Deployment, with its variables filled in."""
        return read_deployment(path, self.manifest.name, variables)
