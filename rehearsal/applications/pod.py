"""What a pod template says about the pods made from it. Pure.

Templates come from manifests that were validated when they were read; what is optional there may be
absent here. Of several containers the one that serves is the application: that which has the port
asked for, else the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rehearsal.errors import UserError

BUILD = "canary-rehearsal/build"
"""The annotation that tells which of the user's commands runs this template."""

ProbeKind = Literal["http", "tcp", "exec", "grpc"]


@dataclass(frozen=True)
class Probe:
    """A probe of the kubelet; times in the canary's seconds, Kubernetes' defaults.

    `port` is a container port, a name of one, or None for the application's own.
    """

    kind: ProbeKind
    path: str = "/"
    port: int | str | None = None
    command: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    service: str = ""
    tls: bool = False
    period_s: float = 10.0
    timeout_s: float = 1.0
    initial_delay_s: float = 0.0
    success_threshold: int = 1
    failure_threshold: int = 3


@dataclass(frozen=True)
class ContainerPort:
    """A port the container listens on; `name` may be empty."""

    number: int
    name: str = ""


@dataclass(frozen=True)
class Container:
    """The container of a pod template that is the application."""

    name: str
    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    env: tuple[Mapping[str, Any], ...]
    env_from: tuple[Mapping[str, Any], ...]
    ports: tuple[ContainerPort, ...]
    readiness: Probe | None
    liveness: Probe | None
    startup: Probe | None
    mounts: tuple[tuple[str, str], ...]
    """Volume and mount path."""

    @property
    def repository(self) -> str:
        """The image without tag and digest."""
        image = self.image.partition("@")[0]
        folder, slash, name = image.rpartition("/")
        return folder + slash + name.partition(":")[0]

    @property
    def tag(self) -> str:
        """The image's tag; `latest` where it has none."""
        image = self.image.partition("@")[0]
        return image.removeprefix(self.repository).removeprefix(":") or "latest"

    @property
    def short_name(self) -> str:
        """The last part of the repository: `detail` of `ghcr.io/someone/detail`."""
        return self.repository.rpartition("/")[2]

    def port(self, wanted: int | str | None) -> ContainerPort | None:
        """The port of that number or name; the first for None."""
        if wanted is None:
            return self.ports[0] if self.ports else None
        if isinstance(wanted, str) and wanted.isdecimal():
            wanted = int(wanted)
        for port in self.ports:
            if wanted in (port.number, port.name):
                return port
        return None


@dataclass(frozen=True)
class PodSpec:
    """The application of a pod template, and what stands around it."""

    container: Container
    others: tuple[str, ...]
    """Names of further containers, which are not run."""
    annotations: Mapping[str, str]
    labels: Mapping[str, str]
    volumes: Mapping[str, Mapping[str, Any]]
    grace_s: float

    @property
    def build(self) -> str:
        """`candidate` when the template was changed to run the candidate's command."""
        return self.annotations.get(BUILD, "")


def read_pod(template: Mapping[str, Any], port: int | str | None = None) -> PodSpec:
    """Read a pod template; `port` is the service's target port. UserError without a container."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    containers = [_container(c) for c in spec.get("containers") or ()]
    if not containers:
        raise UserError("spec.template.spec.containers: at least one container is needed")
    serving = next((c for c in containers if port is not None and c.port(port)), containers[0])
    return PodSpec(
        container=serving,
        others=tuple(c.name for c in containers if c is not serving),
        annotations=metadata.get("annotations") or {},
        labels=metadata.get("labels") or {},
        volumes={v["name"]: v for v in spec.get("volumes") or () if v.get("name")},
        grace_s=float(spec.get("terminationGracePeriodSeconds", 30)),
    )


def with_image(template: Mapping[str, Any], container: str, image: str) -> dict[str, Any]:
    """`kubectl set image`: the template with another image in the container of that name."""
    return _with_container(template, container, lambda c: {**c, "image": image})


def with_env(template: Mapping[str, Any], container: str, env: Mapping[str, str]) -> dict[str, Any]:
    """`kubectl set env`: the template with these variables in the container of that name."""

    def change(old: Mapping[str, Any]) -> dict[str, Any]:
        kept = [e for e in old.get("env") or () if e.get("name") not in env]
        return {**old, "env": [*kept, *({"name": k, "value": v} for k, v in env.items())]}

    return _with_container(template, container, change)


def with_annotations(template: Mapping[str, Any], added: Mapping[str, str]) -> dict[str, Any]:
    """The template with these annotations on its pods."""
    metadata = template.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), **added}
    return {**template, "metadata": {**metadata, "annotations": annotations}}


def _with_container(template: Mapping[str, Any], name: str, change: Any) -> dict[str, Any]:
    spec = template["spec"]
    containers = [change(c) if c["name"] == name else c for c in spec["containers"]]
    return {**template, "spec": {**spec, "containers": containers}}


def _container(raw: Mapping[str, Any]) -> Container:
    mounts = raw.get("volumeMounts") or ()
    return Container(
        name=str(raw.get("name", "")),
        image=str(raw.get("image", "")),
        command=_texts(raw.get("command")),
        args=_texts(raw.get("args")),
        env=tuple(raw.get("env") or ()),
        env_from=tuple(raw.get("envFrom") or ()),
        ports=tuple(_port(p) for p in raw.get("ports") or () if p.get("containerPort")),
        readiness=read_probe(raw.get("readinessProbe")),
        liveness=read_probe(raw.get("livenessProbe")),
        startup=read_probe(raw.get("startupProbe")),
        mounts=tuple((str(m.get("name")), str(m.get("mountPath"))) for m in mounts),
    )


def _port(raw: Mapping[str, Any]) -> ContainerPort:
    return ContainerPort(int(raw["containerPort"]), str(raw.get("name") or ""))


def _texts(values: Sequence[Any] | None) -> tuple[str, ...]:
    return tuple(str(value) for value in values or ())


def read_probe(raw: Mapping[str, Any] | None) -> Probe | None:
    """A probe as the kubelet reads it; None where nothing is probed."""
    if not raw:
        return None
    times: dict[str, Any] = {
        "period_s": float(raw.get("periodSeconds") or 10),
        "timeout_s": float(raw.get("timeoutSeconds") or 1),
        "initial_delay_s": float(raw.get("initialDelaySeconds") or 0),
        "success_threshold": int(raw.get("successThreshold") or 1),
        "failure_threshold": int(raw.get("failureThreshold") or 3),
    }
    kind, fields = _probe_handler(raw)
    return Probe(kind, **fields, **times) if kind else None


def _probe_handler(raw: Mapping[str, Any]) -> tuple[ProbeKind | None, dict[str, Any]]:
    if http := raw.get("httpGet"):
        pairs = tuple((h["name"], h.get("value") or "") for h in http.get("httpHeaders") or ())
        tls = str(http.get("scheme", "HTTP")).upper() == "HTTPS"
        path = str(http.get("path") or "/")
        return "http", {"path": path, "port": http.get("port"), "headers": pairs, "tls": tls}
    if tcp := raw.get("tcpSocket"):
        return "tcp", {"port": tcp.get("port")}
    if grpc := raw.get("grpc"):
        return "grpc", {"port": grpc.get("port"), "service": str(grpc.get("service") or "")}
    if run := raw.get("exec"):
        return "exec", {"command": _texts(run.get("command"))}
    return None, {}
