"""What a run measured: exact counts, histograms, a timeline, and who was the limit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from commons.units import NS_PER_S
from loadtester.load.errors import OWN_LIMITS, ErrorClass, LoadError
from loadtester.load.measuring.health import NO_VERDICT, Health, Limit, Verdict
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.latency import Latency
from loadtester.load.measuring.provenance import Provenance
from loadtester.load.measuring.records import RawRecords
from loadtester.load.measuring.tallies import Counts, ErrorTally, Phases, StatusTally
from loadtester.load.measuring.timeline import Timeline

SCHEMA = "canary-rehearsal/load-result"
SCHEMA_VERSION = 2


class ResultFormatError(LoadError, ValueError):
    """A document that is not a result of a version we can read."""


@dataclass(slots=True)
class RunResult:
    """The measurements of one run, or of several merged.

    Three times of every request (see docs/load-engine.md): response time is end minus planned,
    service time is end minus send, lateness is send minus planned. Errors and timeouts are part
    of `response_time` and `service_time`, at the age they had when they failed, so that failing
    cannot improve a percentile; so are aborted and unsent requests, at their age when the run
    ended. `statuses` holds the responses alone.
    """

    provenance: Provenance = field(default_factory=Provenance)
    plan: dict[str, Any] = field(default_factory=dict)
    """The plan's echo: `LoadPlan.to_json()`."""
    started_unix_ns: int = 0
    """Wall clock at the start of the measured part."""
    issue_window_ns: int = 0
    """Start to the end of issuing: what rates are computed over."""
    wall_ns: int = 0
    """Start to the last response: hey's `Total`."""
    interrupted: bool = False
    """A signal ended the run before the plan did."""
    counts: Counts = field(default_factory=Counts)
    response_time: Histogram = field(default_factory=Histogram)
    """Of every outcome: responses, errors, aborted, unsent."""
    service_time: Histogram = field(default_factory=Histogram)
    """Of everything that was sent."""
    lateness: Histogram = field(default_factory=Histogram)
    """Send minus planned: pacing and waiting for a free connection together. Paced runs only."""
    dispatch_lateness: Histogram = field(default_factory=Histogram)
    """How late the pacer itself woke, one value per wake-up. Paced runs only."""
    censored: Histogram = field(default_factory=Histogram)
    """The part of `response_time` that is only a lower bound: aborted and unsent requests."""
    censored_service: Histogram = field(default_factory=Histogram)
    """The same part of `service_time`: aborted requests."""
    statuses: dict[int, StatusTally] = field(default_factory=dict)
    errors: dict[ErrorClass, ErrorTally] = field(default_factory=dict)
    bytes_read: int = 0
    """Everything read: headers, framing, bodies as they came over the wire."""
    bytes_body: int = 0
    """Body bytes of responses as they came over the wire, without chunk framing."""
    bytes_written: int = 0
    phases: Phases = field(default_factory=Phases)
    timeline: Timeline = field(default_factory=Timeline)
    health: Health = field(default_factory=Health)
    verdict: Verdict = NO_VERDICT
    records: RawRecords = field(default_factory=lambda: RawRecords(0))

    @property
    def is_open(self) -> bool:
        """Whether the run followed a schedule and not the responses."""
        return bool(self.plan.get("pacing", {}).get("model") == "open")

    @property
    def is_paced(self) -> bool:
        """Whether requests had planned times: by a schedule, or by a rate for each worker."""
        return self.is_open or bool(self.plan.get("pacing", {}).get("qps_per_connection"))

    @property
    def ended(self) -> int:
        """Requests that came to an end, with a response or with an error."""
        return self.counts.completed + self.counts.errors

    @property
    def own_failures(self) -> dict[ErrorClass, int]:
        """Requests that this machine's own limits made impossible, by class."""
        return {error: self.errors[error].count for error in OWN_LIMITS & self.errors.keys()}

    @property
    def achieved_rps(self) -> float:
        """Responses per second from the start to the last of them: hey's `Requests/sec`."""
        return _per_second(self.counts.completed, self.wall_ns)

    @property
    def sent_rps(self) -> float:
        """Requests begun per second of the issue window."""
        return _per_second(self.counts.sent, self.issue_window_ns)

    @property
    def planned_rps(self) -> float:
        """Arrivals due per second of the issue window."""
        return _per_second(self.counts.planned, self.issue_window_ns)

    @property
    def error_rate(self) -> float:
        """Ended requests without a complete response, as a share (0..1); NaN when none ended."""
        return self.counts.errors / self.ended if self.ended else float("nan")

    def completed_service_time(self) -> Histogram:
        """Service time of responses alone, any status: what hey calls response time."""
        return _merged([tally.service_time for tally in self.statuses.values()])

    def completed_response_time(self) -> Histogram:
        """Response time of responses alone, any status."""
        return _merged([tally.response_time for tally in self.statuses.values()])

    @property
    def response_latency(self) -> Latency:
        """From the planned time on; a request without a response is the slowest."""
        times = _merged([self.completed_response_time(), self.censored])
        return Latency(times, self.counts.errors)

    @property
    def service_latency(self) -> Latency:
        """From the send on; a request without a response is the slowest."""
        times = _merged([self.completed_service_time(), self.censored_service])
        return Latency(times, self.counts.errors)

    @property
    def latency(self) -> Latency:
        """The one to judge the run by: response time in the open model, else service time."""
        return self.response_latency if self.is_open else self.service_latency

    def error_messages(self) -> list[tuple[str, int]]:
        """(message, count) over all classes, the most frequent first: hey's error distribution."""
        pairs = [pair for tally in self.errors.values() for pair in tally.messages.items()]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def merge(self, other: "RunResult") -> None:
        """Add another result: of a process that ran beside this one, or of a further run.

        Lossless but for the verdict, of which the worse stays, and the plan's echo, which
        stays this one's.
        """
        started = [r.started_unix_ns for r in (self, other) if r.started_unix_ns]
        self.started_unix_ns = min(started, default=0)
        self.issue_window_ns = max(self.issue_window_ns, other.issue_window_ns)
        self.wall_ns = max(self.wall_ns, other.wall_ns)
        self.interrupted |= other.interrupted
        for name in ("counts", "phases", "timeline", "health", "records", *HISTOGRAMS):
            getattr(self, name).merge(getattr(other, name))
        for status, tally in other.statuses.items():
            self.statuses.setdefault(status, StatusTally()).merge(tally)
        for error_class, errors in other.errors.items():
            self.errors.setdefault(error_class, ErrorTally()).merge(errors)
        self.bytes_read += other.bytes_read
        self.bytes_body += other.bytes_body
        self.bytes_written += other.bytes_written
        self.verdict = max(self.verdict, other.verdict, key=_severity)


HISTOGRAMS = (
    *("response_time", "service_time", "lateness", "dispatch_lateness"),
    *("censored", "censored_service"),
)


def _per_second(count: int, window_ns: int) -> float:
    return count * NS_PER_S / window_ns if window_ns else 0.0


def _merged(histograms: Sequence[Histogram]) -> Histogram:
    total = Histogram()
    for histogram in histograms:
        total.merge(histogram)
    return total


def _severity(verdict: Verdict) -> int:
    return (Limit.OK, Limit.TARGET, Limit.GENERATOR).index(verdict.limit)
