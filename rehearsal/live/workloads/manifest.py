"""A Deployment as the cluster of this machine takes it."""

from dataclasses import dataclass
from typing import Any

from rehearsal.manifests import Manifest
from rehearsal.manifests.workloads import PROMOTED_SETTINGS, DeploymentSpec


@dataclass(frozen=True)
class DeploymentManifest:
    """What is needed of a Deployment to run it here; template and settings as written."""

    name: str
    namespace: str
    template: dict[str, Any]
    match_labels: dict[str, str]
    replicas: int
    settings: dict[str, Any]


def deployment_manifest(manifest: Manifest[DeploymentSpec]) -> DeploymentManifest:
    """The parts of a Deployment that are run and copied."""
    spec, raw = manifest.spec, manifest.raw["spec"]
    return DeploymentManifest(
        name=manifest.name,
        namespace=manifest.namespace,
        template=raw["template"],
        match_labels=dict(spec.selector.match_labels),
        replicas=1 if spec.replicas is None else spec.replicas,
        settings={key: raw[key] for key in PROMOTED_SETTINGS if key in raw},
    )
