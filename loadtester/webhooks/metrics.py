"""What `/metrics` says: tasks by type and result, gates, and the load that was run."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector

from loadtester.webhooks.runs.run import Run

MOST_GATES = 100
MOST_CANARIES = 200
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_QUANTILES = {"p50_s": "0.5", "p90_s": "0.9", "p95_s": "0.95", "p99_s": "0.99", "max_s": "1"}
_SECONDS = (0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)


class Metrics:
    """The metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._canaries: set[str] = set()
        ProcessCollector(registry=self.registry)
        self.tasks = Counter(
            "loadtester_tasks",
            "Tasks that ended, by type and result (passed, failed or interrupted).",
            ["type", "result"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "loadtester_task_duration_seconds",
            "How long tasks took.",
            ["type"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.running = Gauge("loadtester_tasks_running", "Tasks under way.", registry=self.registry)
        self.refused = Counter(
            "loadtester_refused",
            "Calls refused, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.gate_checks = Counter(
            "loadtester_gate_checks",
            "Gate checks, by kind (gate or rollback) and answer (open or closed).",
            ["kind", "answer"],
            registry=self.registry,
        )
        self.gates = Gauge(
            "loadtester_gate_open",
            f"Gates as this server last saw them, {MOST_GATES} at most: 1 open, 0 closed.",
            ["gate"],
            registry=self.registry,
        )
        self.load_rate = Gauge(
            "loadtester_load_requests_per_second",
            "Rate of the last load run of a canary.",
            ["canary", "type"],
            registry=self.registry,
        )
        self.load_latency = Gauge(
            "loadtester_load_latency_seconds",
            "Latency of the last load run of a canary.",
            ["canary", "type", "quantile"],
            registry=self.registry,
        )
        self.load_requests = Counter(
            "loadtester_load_requests",
            "Requests of load runs, by result (answered or error).",
            ["canary", "type", "result"],
            registry=self.registry,
        )

    def ended(self, run: Run) -> None:
        """Count a run that has just ended, and the load it made if it made any."""
        self.tasks.labels(run.type, str(run.state)).inc()
        if run.ended_at is not None:
            self.seconds.labels(run.type).observe(run.ended_at - run.started_at)

        if run.report is not None:
            self._loaded(run, run.report["summary"])

    def _loaded(self, run: Run, summary: Mapping[str, Any]) -> None:
        labels = (self._canary_label(run.canary), run.type)
        self.load_rate.labels(*labels).set(summary["requests_per_s"])
        self.load_requests.labels(*labels, "answered").inc(summary["requests"])
        self.load_requests.labels(*labels, "error").inc(summary["errors"])
        for name, quantile in _QUANTILES.items():
            if summary.get(name) is not None:
                self.load_latency.labels(*labels, quantile).set(summary[name])

    def _canary_label(self, canary: str) -> str:
        """The canary, or `other` once there are too many: callers choose the names."""
        if canary not in self._canaries and len(self._canaries) >= MOST_CANARIES:
            return "other"
        self._canaries.add(canary)
        return canary

    def show_gates(self, states: Mapping[str, bool]) -> None:
        """Show these gates and no others."""
        self.gates.clear()
        for name, is_open in list(states.items())[:MOST_GATES]:
            self.gates.labels(name).set(is_open)

    def checked(self, kind: str, is_open: bool) -> None:
        """Count the answer to a gate check."""
        self.gate_checks.labels(kind, "open" if is_open else "closed").inc()

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)
