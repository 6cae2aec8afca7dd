"""A canary's target and its autoscaler, as the files have them, or made up where none has. Pure."""

from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.live.workloads.canary_workloads import ScalerManifest, TargetManifest
from rehearsal.manifests import CanaryManifest, Manifests, as_canary, target_of
from rehearsal.manifests.workloads import (
    PROMOTED_SETTINGS,
    AutoscalerSpec,
    DaemonSetSpec,
    DeploymentSpec,
    ScaledObjectSpec,
)


def target_manifest(
    manifest: CanaryManifest, manifests: Manifests, service_port: int | None, replicas: int
) -> TargetManifest:
    """The target of a file; one that is in none is made up, with so many replicas."""
    found = target_of(manifest, manifests)
    if found is None:
        return _made_up(as_canary(manifest), service_port, replicas)
    spec: Any = found.spec
    raw = found.raw["spec"]
    labels = dict(spec.selector.match_labels)
    if isinstance(spec, DaemonSetSpec):
        settings = {k: raw[k] for k in ("updateStrategy", "minReadySeconds") if k in raw}
        return TargetManifest("DaemonSet", raw["template"], labels, None, settings)
    assert isinstance(spec, DeploymentSpec)
    settings = {key: raw[key] for key in PROMOTED_SETTINGS if key in raw}
    return TargetManifest("Deployment", raw["template"], labels, spec.replicas, settings)


def _made_up(canary: Canary, service_port: int | None, replicas: int) -> TargetManifest:
    """A Deployment for a canary whose own was not given: one container, run by --stable.

    Its page of metrics is scraped, if it has one, as whoever asks for its series has it scraped.
    """
    service = canary.spec.service
    port = service.target_port if isinstance(service.target_port, int) else service.port
    ports: dict[str, Any] = {"containerPort": service_port or port}
    if isinstance(service.target_port, str):
        ports["name"] = service.target_port
    container = {"name": canary.target, "image": f"{canary.target}:stable", "ports": [ports]}
    labels = {"app": canary.target}
    metadata = {"labels": labels, "annotations": {"prometheus.io/scrape": "true"}}
    template = {"metadata": metadata, "spec": {"containers": [container]}}
    return TargetManifest("Deployment", template, labels, replicas, {})


def scaler_manifest(
    manifest: CanaryManifest, manifests: Manifests, replicas: int
) -> ScalerManifest | None:
    """The autoscaler; one that is in none of the files keeps as many replicas as the target has."""
    ref = manifest.spec.autoscaler_ref
    if ref is None:
        return None
    found = manifests.find(ref.kind, manifest.namespace, ref.name, manifest)
    if found is None:
        return ScalerManifest(_least_replicas(manifest, manifests, replicas))
    spec: Any = found.spec
    if isinstance(spec, AutoscalerSpec):
        return ScalerManifest(spec.min_replicas)
    assert isinstance(spec, ScaledObjectSpec)
    return ScalerManifest(spec.min_replica_count)


def _least_replicas(manifest: CanaryManifest, manifests: Manifests, replicas: int) -> int:
    target = target_of(manifest, manifests)
    if target is None:
        return replicas
    return target.spec.replicas or 1 if isinstance(target.spec, DeploymentSpec) else 1


def scaler_notes(manifest: CanaryManifest, manifests: Manifests, replicas: int) -> list[str]:
    """What is made up."""
    ref = manifest.spec.autoscaler_ref
    if ref is None or manifests.find(ref.kind, manifest.namespace, ref.name, manifest):
        return []
    count = _least_replicas(manifest, manifests, replicas)
    return [
        f"{manifest.full_name}: {ref.kind} {ref.name} is in none of the files; one is made up that"
        f" keeps {count} replica{'' if count == 1 else 's'}"
    ]
