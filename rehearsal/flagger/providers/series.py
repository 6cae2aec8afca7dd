"""The series that a provider's proxies are scraped for: names, labels and bounds, as plain data.

A sidecar counts at each pod what was sent to it; a gateway counts at the service behind it. The
bounds of the buckets are those that each proxy has by default: Envoy's are those of its
source/common/stats/histogram_impl.cc, Go's those of its client's DefBuckets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Measured = Literal["pod", "service"]
Labels = dict[str, str]

MS_PER_S = 1000.0
ENVOY_MS = (
    *(0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000),
    *(300_000, 600_000, 1_800_000, 3_600_000),
)
GO_MS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)


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
    def side(self) -> str:
        return "canary" if self.is_canary else "primary"

    @property
    def workload(self) -> str:
        return self.target if self.is_canary else f"{self.target}-primary"

    @property
    def service(self) -> str:
        return f"{self.apex}-{self.side}"


@dataclass(frozen=True)
class Series:
    """One counter and one histogram of a provider.

    `labels` gives their labels, once for each place that counts a request. `code_labels` turns a
    status code into labels; the histogram has them too with `times_by_code`. `unit_ms` is what one
    of the histogram's units is in milliseconds.
    """

    measured: Measured
    labels: Callable[[Subject], Sequence[Labels]]
    code_labels: Callable[[str], Labels]
    counter: str = ""
    histogram: str = ""
    unit_ms: float = 1.0
    bounds_ms: tuple[float, ...] = ENVOY_MS
    times_by_code: bool = True


def envoy_series(measured: Measured, labels: Callable[[Subject], Sequence[Labels]]) -> Series:
    """What is scraped from an Envoy as it is: times without codes."""
    return Series(
        measured,
        labels,
        code_label("envoy_response_code"),
        counter="envoy_cluster_upstream_rq",
        histogram="envoy_cluster_upstream_rq_time",
        times_by_code=False,
    )


def code_label(name: str) -> Callable[[str], Labels]:
    """The status code as it is, under a name."""
    return lambda code: {name: code}


def no_code(code: str) -> Labels:
    """Of series that do not tell the status code."""
    del code
    return {}


def pod_labels(subject: Subject) -> Labels:
    """Those that Prometheus gives to what it scrapes from a pod, as Flagger's and others do."""
    return {
        **{word(name): value for name, value in subject.labels.items()},
        "kubernetes_namespace": subject.namespace,
        "kubernetes_pod_name": subject.pod,
        "namespace": subject.namespace,
        "pod": subject.pod,
    }


def word(name: str) -> str:
    """A name with an underscore for each character that neither label nor route may have."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)
