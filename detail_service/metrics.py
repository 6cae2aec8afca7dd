"""Prometheus metrics of one process.

`http_request_duration_seconds{method,path,status}` is what Flagger's builtin checks read for the
providers `kubernetes` and `gatewayapi` (pkg/metrics/observers/http.go); the buckets are Go's
defaults, as with podinfo. `path` is the route's template, and one value for all unknown paths, so
that callers cannot make the number of series grow.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector

from detail_service.faults.board import Board

GO_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN_PATH = "unknown"

NAMES = {
    "http_request_duration_seconds": "histogram by method, path (route template), status",
    "http_requests_total": "counter by status",
    "detail_info": "always 1; labels version and vendors",
    "detail_faults_active": "gauge by kind: faults that are active now",
    "detail_faults_injected_total": "counter by kind: requests that suffered",
    "detail_faults_memory_bytes": "gauge: memory that faults hold now",
    "xray_segments_sent_total": "counter: documents handed to the daemon's socket",
    "xray_segments_dropped_total": "counter by reason: documents that could not be sent",
}

disable_created_metrics()  # type: ignore[no-untyped-call]

Observe = Callable[[float], None]


class Emitter(Protocol):
    sent: int
    dropped: dict[str, int]


class Metrics:
    """The registry of one application, with the children of its series at hand."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self._duration = Histogram(
            "http_request_duration_seconds",
            "Time from a request's arrival to the end of its answer",
            ("method", "path", "status"),
            buckets=GO_BUCKETS,
            registry=self.registry,
        )
        self._requests = Counter(
            "http_requests_total", "Requests answered", ("status",), registry=self.registry
        )
        self._series: dict[tuple[str, str, int], Observe] = {}

    def series(self, method: str, path: str, status: int) -> Observe:
        """The function that takes one request's duration in seconds."""
        key = (method if method in METHODS else "OTHER", path, status)
        observe = self._series.get(key)
        if observe is None:
            observe = self._series[key] = self._bind(*key)
        return observe

    def _bind(self, method: str, path: str, status: int) -> Observe:
        duration = self._duration.labels(method, path, str(status)).observe
        count = self._requests.labels(str(status)).inc

        def observe(seconds: float) -> None:
            duration(seconds)
            count()

        return observe

    def info(self, version: str, vendors: tuple[str, ...]) -> None:
        """Say which release this is."""
        gauge = Gauge("detail_info", "The release", ("version", "vendors"), registry=self.registry)
        gauge.labels(version, ",".join(vendors)).set(1)

    def watch_faults(self, board: Board) -> None:
        self.registry.register(_Faults(board))

    def watch_tracing(self, emitter: Emitter) -> None:
        self.registry.register(_Tracing(emitter))

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The metrics as text, and its content type, by the scraper's Accept header."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type


class _Faults:
    """Reads the board when scraped, so that a fault that has expired is not shown as active."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def collect(self) -> Iterator[Metric]:
        active = GaugeMetricFamily("detail_faults_active", "Active faults", labels=["kind"])
        kinds = [fault.plan.kind for fault in self._board]
        for kind in sorted({*kinds, *self._board.injected}):
            active.add_metric([kind], kinds.count(kind))
        yield active
        injected = CounterMetricFamily(
            "detail_faults_injected", "Requests that suffered a fault", labels=["kind"]
        )
        for kind, count in sorted(self._board.injected.items()):
            injected.add_metric([kind], count)
        yield injected
        held = self._board.hoard.held_bytes
        yield GaugeMetricFamily("detail_faults_memory_bytes", "Memory held by faults", value=held)


class _Tracing:
    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "xray_segments_sent", "Documents handed to the daemon", value=self._emitter.sent
        )
        dropped = CounterMetricFamily(
            "xray_segments_dropped", "Documents that could not be sent", labels=["reason"]
        )
        for reason, count in sorted(self._emitter.dropped.items()):
            dropped.add_metric([reason], count)
        yield dropped
