"""Names and labels of each provider's series: one table, held against the queries that read it.

A sidecar counts at each pod, what was sent to it; a gateway counts at the service behind it. The
bounds of the buckets are those that each proxy has by default.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rehearsal.metrics.exposition import Sample
from rehearsal.metrics.meshes.counts import EnvoyCounts, RequestCounter
from rehearsal.metrics.promql.aggregation import value_text
from rehearsal.metrics.series import NAME

Measured = Literal["pod", "service"]
Labels = dict[str, str]

_MS_PER_S = 1000.0
_ENVOY_MS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
_GO_MS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
_TRAEFIK_MS = (100, 300, 1200, 5000)
_APISIX_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)
_LINKERD_MS = tuple(
    base * 10**power for power in range(5) for base in (1, 2, 3, 4, 5) if base * 10**power <= 50_000
)
BUCKETS_MS = tuple(
    sorted({*_ENVOY_MS, *_GO_MS, *_TRAEFIK_MS, *_APISIX_MS, *_LINKERD_MS, 75.0, 150.0, 350, 750})
)
"""The bounds that Envoy has to count by, so that each provider's are among them."""


@dataclass(frozen=True)
class Subject:
    """Whose requests were counted: one pod, or one side of a canary behind a gateway.

    `target` is the name of the canary's workload and `apex` of its service; `workload` and
    `service` are those of this side (`detail-primary`). `labels` are the pod's own. A side behind
    a gateway has no `pod`.
    """

    namespace: str
    target: str
    apex: str
    is_canary: bool
    port: int
    ingress: str = ""
    route: str = ""
    pod: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def workload(self) -> str:
        return self.target if self.is_canary else f"{self.target}-primary"

    @property
    def service(self) -> str:
        return f"{self.apex}-{'canary' if self.is_canary else 'primary'}"


@dataclass(frozen=True)
class Dialect:
    """One counter and one histogram of a provider.

    `labels` gives a series' labels, once for each place that counts it. `code_labels` turns a
    status code into labels; the histogram has them too with `times_by_code`. `unit_ms` is what one
    of the histogram's units is in milliseconds.
    """

    measured: Measured
    labels: Callable[[Subject], Sequence[Labels]]
    code_labels: Callable[[str], Labels]
    counter: str = ""
    histogram: str = ""
    unit_ms: float = 1.0
    bounds_ms: tuple[float, ...] = _ENVOY_MS
    times_by_code: bool = True

    def samples(self, subject: Subject, requests: RequestCounter) -> Iterator[Sample]:
        """All series of a subject."""
        for labels in self.labels(subject):
            if self.counter:
                for code, count in requests.total.codes.items():
                    named = {NAME: self.counter, **labels, **self.code_labels(code)}
                    yield Sample(named, count)
            if self.histogram and self.times_by_code:
                for code, counts in requests.by_code.items():
                    yield from self._times({**labels, **self.code_labels(code)}, counts)
            elif self.histogram:
                yield from self._times(labels, requests.total)

    def _times(self, labels: Labels, counts: EnvoyCounts) -> Iterator[Sample]:
        known = counts.buckets
        bounds = [bound for bound in self.bounds_ms if bound in known] or sorted(known)
        for bound in (*(b for b in bounds if not math.isinf(b)), math.inf):
            le = value_text(bound / self.unit_ms)
            named = {NAME: f"{self.histogram}_bucket", **labels, "le": le}
            yield Sample(named, known.get(bound, 0.0))
        yield Sample({NAME: f"{self.histogram}_sum", **labels}, counts.sum_ms / self.unit_ms)
        yield Sample({NAME: f"{self.histogram}_count", **labels}, counts.timed)


def _code(name: str) -> Callable[[str], Labels]:
    return lambda code: {name: code}


def _linkerd_code(code: str) -> Labels:
    failed = code.startswith("5")
    return {"status_code": code, "classification": "failure" if failed else "success"}


def _no_code(code: str) -> Labels:
    del code
    return {}


def _pod_labels(subject: Subject) -> Labels:
    """Those that Prometheus gives to what it scrapes from a pod, as Flagger's and others do."""
    return {
        **{re.sub(r"\W", "_", name, flags=re.ASCII): v for name, v in subject.labels.items()},
        "kubernetes_namespace": subject.namespace,
        "kubernetes_pod_name": subject.pod,
        "namespace": subject.namespace,
        "pod": subject.pod,
    }


def _sidecar(subject: Subject) -> list[Labels]:
    return [{**_pod_labels(subject), "envoy_cluster_name": f"cds_ingress_{subject.workload}"}]


def _istio(subject: Subject) -> list[Labels]:
    """Counted at the server and at its callers, who see the same requests here."""
    host = f"{subject.service}.{subject.namespace}.svc.cluster.local"
    common = {
        "destination_workload": subject.workload,
        "destination_workload_namespace": subject.namespace,
        "destination_app": subject.labels.get("app", subject.target),
        "destination_canonical_service": subject.labels.get("app", subject.target),
        "destination_service": host,
        "destination_service_name": subject.service,
        "destination_service_namespace": subject.namespace,
        "request_protocol": "http",
        "response_flags": "-",
        "source_workload": "unknown",
        "source_workload_namespace": "unknown",
        "kubernetes_namespace": subject.namespace,
        "kubernetes_pod_name": subject.pod,
        "namespace": subject.namespace,
        "pod": subject.pod,
    }
    return [{**common, "reporter": reporter} for reporter in ("destination", "source")]


def _linkerd(subject: Subject) -> list[Labels]:
    return [
        {
            "namespace": subject.namespace,
            "deployment": subject.workload,
            "pod": subject.pod,
            "direction": "inbound",
            "tls": "true",
        }
    ]


def _osm(subject: Subject) -> list[Labels]:
    return [
        {
            "destination_namespace": subject.namespace,
            "destination_kind": "Deployment",
            "destination_name": subject.workload,
            "destination_pod": subject.pod,
        }
    ]


def _nginx(subject: Subject) -> list[Labels]:
    backend = f"{subject.namespace}-{subject.service}-{subject.port}"
    return [
        {
            "namespace": subject.namespace,
            "exported_namespace": subject.namespace,
            "ingress": subject.ingress,
            "service": subject.service if subject.is_canary else subject.apex,
            "exported_service": subject.service if subject.is_canary else subject.apex,
            "canary": backend if subject.is_canary else "",
            "path": "/",
        }
    ]


def _traefik(subject: Subject) -> list[Labels]:
    side = "canary" if subject.is_canary else "primary"
    name = f"{subject.namespace}-{subject.target}-{side}-{subject.port}@kubernetescrd"
    return [{"service": name, "protocol": "http"}]


def _contour(subject: Subject) -> list[Labels]:
    return [{"envoy_cluster_name": f"{subject.namespace}_{subject.service}_{subject.port}"}]


def _gloo(subject: Subject) -> list[Labels]:
    side = "canaryupstream" if subject.is_canary else "primaryupstream"
    upstream = f"{subject.namespace}-{subject.target}-{side}-{subject.port}"
    return [{"envoy_cluster_name": f"{upstream}_{subject.namespace}"}]


def _knative(subject: Subject) -> list[Labels]:
    revision = subject.route if subject.is_canary else f"{subject.route}-primary"
    return [{"envoy_cluster_name": f"{subject.namespace}/{revision}"}]


def _kuma(subject: Subject) -> list[Labels]:
    side = "canary" if subject.is_canary else "primary"
    return [{"service": f"{subject.target}-{side}_{subject.namespace}_svc_{subject.port}"}]


def _skipper(subject: Subject) -> list[Labels]:
    namespace, ingress, service = map(_word, (subject.namespace, subject.ingress, subject.service))
    canary = "_canary" if subject.is_canary else ""
    return [{"route": f"kube_{namespace}__{ingress}{canary}__all____{service}"}]


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _apisix(subject: Subject) -> list[Labels]:
    canary = f"-{subject.target}-canary" if subject.is_canary else ""
    return [{"route": f"{subject.namespace}_{subject.route}{canary}_http"}]


def _apisix_latency(subject: Subject) -> list[Labels]:
    return [{**labels, "type": "request"} for labels in _apisix(subject)]


def _envoy(measured: Measured, labels: Callable[[Subject], Sequence[Labels]]) -> Dialect:
    """What is scraped from an Envoy as it is: times without codes."""
    return Dialect(
        measured,
        labels,
        _code("envoy_response_code"),
        counter="envoy_cluster_upstream_rq",
        histogram="envoy_cluster_upstream_rq_time",
        times_by_code=False,
    )


_ISTIO = Dialect(
    "pod",
    _istio,
    _code("response_code"),
    counter="istio_requests_total",
    histogram="istio_request_duration_milliseconds",
)

DIALECTS: Mapping[str, tuple[Dialect, ...]] = {
    "appmesh": (_envoy("pod", _sidecar),),
    "istio": (_ISTIO,),
    "linkerd": (
        Dialect(
            "pod",
            _linkerd,
            _linkerd_code,
            counter="response_total",
            histogram="response_latency_ms",
            bounds_ms=_LINKERD_MS,
        ),
        Dialect("pod", _linkerd, _no_code, counter="request_total"),
    ),
    "osm": (
        Dialect(
            "pod",
            _osm,
            _code("response_code"),
            counter="osm_request_total",
            histogram="osm_request_duration_ms",
            times_by_code=False,
        ),
    ),
    "nginx": (
        Dialect(
            "service",
            _nginx,
            _code("status"),
            counter="nginx_ingress_controller_requests",
            histogram="nginx_ingress_controller_response_duration_seconds",
            unit_ms=_MS_PER_S,
            bounds_ms=_GO_MS,
        ),
        Dialect(
            "service",
            _nginx,
            _code("status"),
            histogram="nginx_ingress_controller_request_duration_seconds",
            unit_ms=_MS_PER_S,
            bounds_ms=_GO_MS,
        ),
    ),
    "traefik": (
        Dialect(
            "service",
            _traefik,
            _code("code"),
            counter="traefik_service_requests_total",
            histogram="traefik_service_request_duration_seconds",
            unit_ms=_MS_PER_S,
            bounds_ms=_TRAEFIK_MS,
        ),
    ),
    "contour": (_envoy("service", _contour),),
    "gloo": (_envoy("service", _gloo),),
    "knative": (_envoy("service", _knative),),
    "kuma": (_envoy("service", _kuma),),
    "skipper": (
        Dialect(
            "service",
            _skipper,
            _code("code"),
            histogram="skipper_response_duration_seconds",
            unit_ms=_MS_PER_S,
            bounds_ms=_GO_MS,
        ),
        Dialect(
            "service",
            _skipper,
            _code("code"),
            histogram="skipper_serve_route_duration_seconds",
            unit_ms=_MS_PER_S,
            bounds_ms=_GO_MS,
        ),
    ),
    "apisix": (
        Dialect("service", _apisix, _code("code"), counter="apisix_http_status"),
        Dialect(
            "service",
            _apisix_latency,
            _no_code,
            histogram="apisix_http_latency",
            bounds_ms=_APISIX_MS,
            times_by_code=False,
        ),
    ),
}
_PREFIXED = ("appmesh", "gloo")


def dialects_of(provider: str) -> tuple[Dialect, ...]:
    """The dialects of a value of `spec.provider`: its own, istio's where it has none.

    The Gateway API is implemented by many, all of whose templates read the same mesh: Istio's and
    Linkerd's series are there beside the application's own.
    """
    if provider.startswith("gatewayapi"):
        return (*DIALECTS["istio"], *DIALECTS["linkerd"])
    if provider.startswith("kubernetes"):
        return ()
    for prefix in _PREFIXED:
        if provider.startswith(prefix):
            return DIALECTS[prefix]
    return DIALECTS.get(provider, DIALECTS["istio"])
