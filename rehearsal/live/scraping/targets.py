"""What is scraped, and under which labels. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_SCRAPE, _PORT, _PATH, _SCHEME = (
    f"prometheus.io/{name}" for name in ("scrape", "port", "path", "scheme")
)
_METRICS_PORT = re.compile(r"(?:.*-)?(?:metrics|prom|prometheus)(?:-.*)?")
_DEFAULT_PATH = "/metrics"


@dataclass(frozen=True)
class Pod:
    """A pod that runs: what it belongs to, its labels and annotations, and its ports.

    `ports` maps a container port to (its name, the loopback port that stands for it); `main_port`
    is the loopback port of the application. `service` is the one that leads to it
    (`detail-canary`), "" for none.
    """

    namespace: str
    name: str
    workload: str
    service: str
    main_port: int
    ports: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """A page of metrics: where it is, and the labels that all its series get."""

    url: str
    labels: tuple[tuple[str, str], ...]


def target_of(pod: Pod, *, always: bool) -> Target | None:
    """Where the application's own metrics are; None for a pod that has none.

    The annotations `prometheus.io/scrape|port|path|scheme` say so, or a port whose name does
    (`http-metrics`). Without either a pod is only scraped, on its main port, with `always`.
    """
    wanted = pod.annotations.get(_SCRAPE, "").lower()
    named = next((local for name, local in pod.ports.values() if _METRICS_PORT.fullmatch(name)), 0)
    if wanted == "false" or not (wanted == "true" or named or always):
        return None
    path = pod.annotations.get(_PATH) or _DEFAULT_PATH
    scheme = "https" if pod.annotations.get(_SCHEME, "").lower() == "https" else "http"
    port = _annotated_port(pod) or named or pod.main_port
    slash = "" if path.startswith("/") else "/"
    return Target(f"{scheme}://127.0.0.1:{port}{slash}{path}", tuple(_labels(pod).items()))


def _annotated_port(pod: Pod) -> int:
    text = pod.annotations.get(_PORT, "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    return pod.ports[number][1] if number in pod.ports else 0


def _labels(pod: Pod) -> dict[str, str]:
    """Those of Flagger's own Prometheus, and those of the Prometheus operator's."""
    own = {re.sub(r"\W", "_", name, flags=re.ASCII): value for name, value in pod.labels.items()}
    return own | {
        "kubernetes_namespace": pod.namespace,
        "kubernetes_pod_name": pod.name,
        "namespace": pod.namespace,
        "pod": pod.name,
        "service": pod.service,
        "job": pod.service or pod.workload,
        "instance": f"{pod.name}:{pod.main_port}",
    }


def with_target_labels(labels: Mapping[str, str], target: Mapping[str, str]) -> dict[str, str]:
    """A series' labels with its target's; its own of the same name become `exported_…`."""
    own = {f"exported_{k}" if k in target else k: v for k, v in labels.items()}
    return {**own, **target}
