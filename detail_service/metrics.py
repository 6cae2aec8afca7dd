"""What one process counts: requests by duration, probes, and sources that others keep.

`http_request_duration_seconds{method,path,status}` is what Flagger's builtin checks read for the
providers `kubernetes` and `gatewayapi` (pkg/metrics/observers/http.go); the buckets are Go's
defaults, as with podinfo. Probes and scrapes are not in it: Flagger would take them for traffic,
promote a canary that nobody calls and dilute the errors of one that fails. They are counted apart.

Whatever callers send, the number of series is bounded: `path` is the route's template and one
value for all unknown paths, and once MAX_SERIES combinations were seen, new ones share a few
series by class of status. Every request is still counted, and `status!~"5.*"` stays true.

The series are plain lists that `exposition` makes samples of when they are scraped: a request costs
a bisection and two additions, and no lock, for there is one thread.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Protocol

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
    """The counts of one application; `release`, `faults` and `tracing` are set where there are."""

    def __init__(self) -> None:
        self.durations: dict[tuple[str, str, str], DurationSeries] = {}
        self.probes: dict[tuple[str, str], DurationSeries] = {}
        self.release: tuple[str, Sequence[str]] | None = None
        """The version and its vendors."""
        self.faults: FaultRegistry | None = None
        self.tracing: Tracing | None = None

    def observer(self, method: str, path: str, status: int) -> Observe:
        """The function that takes one request's duration in seconds."""
        key = (method if method in METHODS else OTHER_METHOD, path, str(status))
        series = self.durations.get(key)
        if series is None:
            if len(self.durations) >= MAX_SERIES:
                key = (OTHER_METHOD, UNKNOWN_PATH, f"{status // 100}xx")
            series = self.durations.setdefault(key, DurationSeries())
        return series.observe

    def probe_observer(self, path: str, status: int) -> Observe:
        """The same for a probe or a scrape, of which only the number is kept."""
        key = (path, str(status))
        if key not in self.probes and len(self.probes) >= MAX_SERIES:
            key = (UNKNOWN_PATH, f"{status // 100}xx")
        return self.probes.setdefault(key, DurationSeries()).observe
