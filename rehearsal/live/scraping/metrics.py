"""The controller's `Metrics` port: which of several answers a query.

A metric with a script is answered from it. A Prometheus of the cluster is the rehearsal's own; any
other provider is asked where it is, on the wall's clock.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import GoClient
from rehearsal.live.scraping.prometheus import Prometheus
from rehearsal.metrics.addresses import destination
from rehearsal.metrics.explanation import Explanation
from rehearsal.metrics.providers import Context, provider_of
from rehearsal.metrics.providers.fetching import collapsed
from rehearsal.metrics.scripted import Script

ONLINE_QUERY = "vector(1)"
PROMETHEUS = "prometheus"


@dataclass
class MetricsPort:
    """Answers the queries of one canary.

    `metrics_server` is the address of Flagger's metrics server, `prometheus_url` what
    `--prometheus` says, `scripts` what `--metric` does, and `now_s` the canary's clock.
    """

    prometheus: Prometheus
    now_s: Callable[[], float]
    metrics_server: str
    prometheus_url: str = ""
    scripts: Mapping[str, Script] = field(default_factory=dict)
    client: GoClient = field(default_factory=GoClient)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        """The value of a query; raises NoValuesFound or QueryFailed with Flagger's text.

        The probe of a provider that is no Prometheus (`vector(1)` for no metric) is its own, and
        1 when it is there.
        """
        script = self.scripts.get(metric)
        if script is not None:
            with self._lock:
                return script.next(self.now_s())
        if self._is_internal(source):
            return self.prometheus.query(collapsed(promql))
        provider, asked = provider_of(source.type), self._asked(source)
        if provider.type != PROMETHEUS and not metric and promql == ONLINE_QUERY:
            provider.check_online(asked, self._context)
            return 1.0
        return provider.query(asked, promql, self._context)

    def peek(self, source: MetricSource, promql: str, metric: str) -> float | None:
        """The value of a query without it counting as a check; None where a server has it.

        Raises as `query`.
        """
        script = self.scripts.get(metric)
        if script is not None:
            with self._lock:
                return script.current(self.now_s())
        if self._is_internal(source):
            return self.prometheus.query(collapsed(promql))
        return None

    def explain(self, source: MetricSource, promql: str, metric: str = "") -> Explanation | None:
        """From which series a query has its value; None where it was answered elsewhere."""
        if metric in self.scripts or not self._is_internal(source):
            return None
        return self.prometheus.explain(collapsed(promql))

    def close(self) -> None:
        """End queries that are under way to servers elsewhere."""
        self.client.close()

    @property
    def _context(self) -> Context:
        return Context(self.client, time.time)

    def _is_internal(self, source: MetricSource) -> bool:
        if provider_of(source.type).type != PROMETHEUS:
            return False
        there = destination(source.address, self.metrics_server, self.prometheus_url)
        return there.kind == "internal"

    def _asked(self, source: MetricSource) -> MetricSource:
        if provider_of(source.type).type != PROMETHEUS:
            return source
        there = destination(source.address, self.metrics_server, self.prometheus_url)
        return MetricSource(
            type=source.type,
            address=there.url,
            headers=source.headers,
            credentials=source.credentials,
            insecure_skip_verify=source.insecure_skip_verify,
        )
