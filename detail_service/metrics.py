"""Prometheus metrics of one process.

`http_request_duration_seconds{method,path,status}` is what Flagger's builtin checks read for the
providers `kubernetes` and `gatewayapi` (pkg/metrics/observers/http.go); the buckets are Go's
defaults, as with podinfo. Probes and scrapes are not in it: Flagger would take them for traffic,
promote a canary that nobody calls and dilute the errors of one that fails. They are counted apart.

Whatever callers send, the number of series is bounded: `path` is the route's template and one
value for all unknown paths, and once MAX_SERIES combinations were seen, new ones share a few
series by class of status. Every request is still counted, and `status!~"5.*"` stays true.

The series are plain lists that become samples when they are scraped: a request costs a bisection
and two additions, and no lock, for there is one thread.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge, disable_created_metrics
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.utils import floatToGoString

from detail_service.faults.registry import FaultRegistry

GO_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "OTHER"
UNKNOWN_PATH = "unknown"
MAX_SERIES = 256

NAMES = {
    "http_request_duration_seconds": "histogram by method, path (route template), status",
    "http_requests_total": "counter by status",
    "http_probe_requests_total": "counter by path and status: probes and scrapes",
    "detail_info": "always 1; labels version and vendors",
    "detail_faults_active": "gauge by kind: faults that are active now",
    "detail_faults_matched_total": "counter by kind: requests within a fault's scope",
    "detail_faults_selected_total": "counter by kind: requests that the dice chose",
    "detail_faults_delivered_total": "counter by kind: requests in which a fault took effect",
    "detail_faults_memory_bytes": "gauge: memory that faults hold now",
    "xray_segments_sent_total": "counter: documents handed to the daemon's socket",
    "xray_segments_dropped_total": "counter by reason: documents that could not be sent",
    "otlp_spans_total": "counter by result: spans exported by OTLP, or not",
}

disable_created_metrics()  # type: ignore[no-untyped-call]

Observe = Callable[[float], None]


class Tracing(Protocol):
    """What tracing counts: documents sent to the daemon, dropped by reason, spans by result."""

    @property
    def sent(self) -> int: ...

    @property
    def dropped(self) -> dict[str, int]: ...

    @property
    def exported_spans(self) -> dict[str, int]: ...


class DurationSeries:
    """One series of the histogram: counts by bucket, and the sum in seconds."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * len(GO_BUCKETS)
        self.sum_s = 0.0

    def observe(self, seconds: float) -> None:
        """Count one request."""
        self.counts[bisect_left(GO_BUCKETS, seconds)] += 1
        self.sum_s += seconds


class Metrics:
    """The registry of one application, with the series of its requests at hand."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self._durations: dict[tuple[str, str, str], DurationSeries] = {}
        self._probes: dict[tuple[str, str], DurationSeries] = {}
        self.registry.register(_Collector(self._collect_requests))

    def observer(self, method: str, path: str, status: int) -> Observe:
        """The function that takes one request's duration in seconds."""
        key = (method if method in METHODS else OTHER_METHOD, path, str(status))
        series = self._durations.get(key)
        if series is None:
            if len(self._durations) >= MAX_SERIES:
                key = (OTHER_METHOD, UNKNOWN_PATH, f"{status // 100}xx")
            series = self._durations.setdefault(key, DurationSeries())
        return series.observe

    def probe_observer(self, path: str, status: int) -> Observe:
        """The same for a probe or a scrape, of which only the number is kept."""
        key = (path, str(status))
        if key not in self._probes and len(self._probes) >= MAX_SERIES:
            key = (UNKNOWN_PATH, f"{status // 100}xx")
        return self._probes.setdefault(key, DurationSeries()).observe

    def set_info(self, version: str, vendors: tuple[str, ...]) -> None:
        """Say which release this is."""
        gauge = Gauge("detail_info", "The release", ("version", "vendors"), registry=self.registry)
        gauge.labels(version, ",".join(vendors)).set(1)

    def watch_faults(self, faults: FaultRegistry) -> None:
        """Show the faults; read when scraped, so that an expired one is not shown as active."""
        self.registry.register(_Collector(lambda: _collect_faults(faults)))

    def watch_tracing(self, tracing: Tracing) -> None:
        """Show what became of the segments."""
        self.registry.register(_Collector(lambda: _collect_tracing(tracing)))

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The metrics as text, and its content type, by the scraper's Accept header."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _collect_requests(self) -> Iterator[Metric]:
        durations = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Time from a request's arrival to the end of its response",
            labels=["method", "path", "status"],
        )
        by_status: dict[str, int] = {}
        for (method, path, status), series in self._durations.items():
            counts = zip(GO_BUCKETS, accumulate(series.counts), strict=True)
            buckets = [(_go_text(bound), float(count)) for bound, count in counts]
            durations.add_metric([method, path, status], buckets, series.sum_s)
            by_status[status] = by_status.get(status, 0) + sum(series.counts)
        yield durations
        yield _counter("http_requests", "Requests by status", ["status"], by_status)
        probes = CounterMetricFamily(
            "http_probe_requests", "Probes and scrapes", labels=["path", "status"]
        )
        for key, series in self._probes.items():
            probes.add_metric(key, sum(series.counts))
        yield probes


def _go_text(bound: float) -> str:
    return str(floatToGoString(bound))  # type: ignore[no-untyped-call]


class _Collector:
    """A collector that is a function."""

    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self.collect = collect


def _counter(name: str, text: str, labels: list[str], counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for label, count in sorted(counts.items()):
        family.add_metric([label], count)
    return family


def _collect_faults(faults: FaultRegistry) -> Iterator[Metric]:
    active = GaugeMetricFamily("detail_faults_active", "Active faults", labels=["kind"])
    kinds = [fault.spec.kind for fault in faults]
    for kind in sorted(faults.totals):
        active.add_metric([kind], kinds.count(kind))
    yield active
    for name, text in (
        ("matched", "Requests within a fault's scope"),
        ("selected", "Requests that a fault's dice chose"),
        ("delivered", "Requests in which a fault took effect"),
    ):
        counts = {kind: getattr(total, name) for kind, total in faults.totals.items()}
        yield _counter(f"detail_faults_{name}", text, ["kind"], counts)
    yield GaugeMetricFamily(
        "detail_faults_memory_bytes", "Memory held by faults", value=faults.memory.held_bytes
    )


def _collect_tracing(tracing: Tracing) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "xray_segments_sent", "Documents handed to the daemon", value=tracing.sent
    )
    yield _counter(
        "xray_segments_dropped", "Documents that could not be sent", ["reason"], tracing.dropped
    )
    yield _counter("otlp_spans", "Spans exported by OTLP", ["result"], tracing.exported_spans)
