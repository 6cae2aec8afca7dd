"""What a pod template says about its container, and how that image runs here as a process."""

import sys
from dataclasses import dataclass
from typing import Any

from rehearsal.errors import UserError

# Images of this project, by the last part of their name, and the module that is in them.
_MODULES = {"detail": "detail_service"}


@dataclass(frozen=True)
class Probe:
    """An HTTP probe of the kubelet; times in the canary's seconds, Kubernetes' defaults."""

    path: str
    period_s: float = 10.0
    initial_delay_s: float = 0.0
    success_threshold: int = 1
    failure_threshold: int = 3


@dataclass(frozen=True)
class Container:
    """The first container of a pod template."""

    name: str
    image: str
    env: dict[str, str]
    readiness: Probe | None
    liveness: Probe | None

    @property
    def version(self) -> str:
        """The image's tag."""
        return self.image.removeprefix(self.repository).removeprefix(":") or "latest"

    @property
    def repository(self) -> str:
        """The image without its tag."""
        folder, slash, name = self.image.rpartition("/")
        return folder + slash + name.partition(":")[0]

    def command(self, port: int) -> list[str]:
        """The argument vector that runs this image as a process on a port of loopback."""
        name = self.repository.rpartition("/")[2]
        if name not in _MODULES:
            raise UserError(
                f"image {self.image!r}: only {', '.join(sorted(_MODULES))} can be rehearsed as a"
                " process; name one of these images in the Deployment"
            )
        flags = ("--app-version", self.version, "--port", str(port))
        return [sys.executable, "-m", _MODULES[name], *flags]


def container_of(template: dict[str, Any]) -> Container:
    """Read the first container of a pod template; UserError when there is none."""
    try:
        spec = template["spec"]["containers"][0]
        name, image = spec["name"], spec["image"]
    except (KeyError, IndexError, TypeError):
        raise UserError(
            "spec.template.spec.containers[0]: a name and an image are needed"
        ) from None
    env = {e["name"]: str(e["value"]) for e in spec.get("env", []) if "value" in e}
    return Container(
        name=name,
        image=image,
        env=env,
        readiness=_probe(spec.get("readinessProbe")),
        liveness=_probe(spec.get("livenessProbe")),
    )


def with_image(template: dict[str, Any], container: str, image: str) -> dict[str, Any]:
    """`kubectl set image`: the template with another image in the container of that name."""
    spec = template["spec"]
    containers = [
        {**c, "image": image} if c["name"] == container else c for c in spec["containers"]
    ]
    return {**template, "spec": {**spec, "containers": containers}}


def _probe(raw: dict[str, Any] | None) -> Probe | None:
    if raw is None or "httpGet" not in raw:
        return None
    return Probe(
        path=raw["httpGet"].get("path", "/"),
        period_s=raw.get("periodSeconds", 10),
        initial_delay_s=raw.get("initialDelaySeconds", 0),
        success_threshold=raw.get("successThreshold", 1),
        failure_threshold=raw.get("failureThreshold", 3),
    )
