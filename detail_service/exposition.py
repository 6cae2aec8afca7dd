"""The counts of `metrics` in Prometheus' formats. The first scrape imports prometheus_client."""

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry
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
from detail_service.metrics import GO_BUCKETS, Metrics, Tracing


def expose(metrics: Metrics, accept: str) -> tuple[bytes, str]:
    """The metrics as text, and its content type, by the scraper's Accept header."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Collector(lambda: _collect(metrics)))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Collector:
    """A collector that is a function."""

    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self.collect = collect


def _collect(metrics: Metrics) -> Iterator[Metric]:
    yield from _requests(metrics)
    if metrics.release is not None:
        version, vendors = metrics.release
        info = GaugeMetricFamily("detail_info", "The release", labels=["version", "vendors"])
        info.add_metric([version, ",".join(vendors)], 1)
        yield info
    if metrics.faults is not None:
        yield from _faults(metrics.faults)
    if metrics.tracing is not None:
        yield from _tracing(metrics.tracing)


def _requests(metrics: Metrics) -> Iterator[Metric]:
    durations = HistogramMetricFamily(
        "http_request_duration_seconds",
        "Time from a request's arrival to the end of its response",
        labels=["method", "path", "status"],
    )
    by_status: dict[str, int] = {}
    for (method, path, status), series in metrics.durations.items():
        counts = zip(GO_BUCKETS, accumulate(series.counts), strict=True)
        buckets = [(_go_text(bound), float(count)) for bound, count in counts]
        durations.add_metric([method, path, status], buckets, series.sum_s)
        by_status[status] = by_status.get(status, 0) + sum(series.counts)
    yield durations
    yield _counter("http_requests", "Requests by status", "status", by_status)
    probes = CounterMetricFamily(
        "http_probe_requests", "Probes and scrapes", labels=["path", "status"]
    )
    for key, series in metrics.probes.items():
        probes.add_metric(key, sum(series.counts))
    yield probes


def _faults(faults: FaultRegistry) -> Iterator[Metric]:
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
        yield _counter(f"detail_faults_{name}", text, "kind", counts)
    yield GaugeMetricFamily(
        "detail_faults_memory_bytes", "Memory held by faults", value=faults.memory.held_bytes
    )


def _tracing(tracing: Tracing) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "xray_segments_sent", "Documents handed to the daemon", value=tracing.sent
    )
    yield _counter(
        "xray_segments_dropped", "Documents that could not be sent", "reason", tracing.dropped
    )
    yield _counter("otlp_spans", "Spans exported by OTLP", "result", tracing.exported_spans)


def _counter(name: str, text: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


def _go_text(bound: float) -> str:
    return str(floatToGoString(bound))  # type: ignore[no-untyped-call]
