"""A provider's own queries for request-success-rate and request-duration.

Texts are PromQL templates of flagger pkg/metrics/observers, in the files of their providers,
written as they travel: white space collapsed, a leading space kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from commons.units import NS_PER_MS
from rehearsal.flagger.controller.templates import Model
from rehearsal.flagger.golang.numbers import to_int64, wrap_int64


def _same(model: Model) -> Model:
    return model


@dataclass(frozen=True)
class Queries:
    """Two templates, and how the measured duration becomes milliseconds.

    `ms_per_unit` is 1000 where the query answers in seconds. `wraps_errors` is False for the one
    observer that passes a success-rate error on as it is. `adapt` changes the model first.
    """

    success_rate: str
    duration: str
    ms_per_unit: int = 1
    wraps_errors: bool = True
    adapt: Callable[[Model], Model] = _same

    def duration_ns(self, value: float) -> int:
        """A measured duration in nanoseconds, cut off to whole milliseconds.

        What is too long for a Go duration overflows as it does there: infinity becomes 0.
        """
        return wrap_int64(to_int64(value * self.ms_per_unit) * NS_PER_MS)


def ratio(counter: str, labels: str, failures: str) -> str:
    """Percent of requests that are not `failures`, over a counter with `labels`."""
    good = _rate(counter, f"{labels}, {failures}")
    return f" {good} / {_rate(counter, labels)} * 100"


def quantile(histogram: str, labels: str) -> str:
    """The 99th percentile of a histogram with `labels`."""
    selector = f"{histogram}{{ {labels} }}[{{{{ interval }}}}]"
    return f" histogram_quantile( 0.99, sum( rate( {selector} ) ) by (le) )"


def envoy(cluster: str) -> Queries:
    """The queries of gateways made of Envoy; Flagger leaves a comma after the last label."""
    counter = "envoy_cluster_upstream_rq"
    good = _rate(counter, f'{cluster}, envoy_response_code!~"5.*"')
    every = _rate(counter, f"{cluster},")
    return Queries(f" {good} / {every} * 100", quantile(f"{counter}_time_bucket", f"{cluster},"))


def _rate(counter: str, labels: str) -> str:
    return f"sum( rate( {counter}{{ {labels} }}[{{{{ interval }}}}] ) )"


POD = (
    'kubernetes_namespace="{{ namespace }}",'
    ' kubernetes_pod_name=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"'
)
"""The pods of the target, by the labels that Flagger's own Prometheus adds."""

APPLICATION = Queries(
    ratio("http_request_duration_seconds_count", POD, 'status!~"5.*"'),
    quantile("http_request_duration_seconds_bucket", POD),
    ms_per_unit=1000,
    wraps_errors=False,
)
"""The metrics of the application itself, in seconds, for providers that count nothing."""
