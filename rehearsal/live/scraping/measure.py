"""The canary's success rate and p99 at this moment, by the very queries of its checks."""

from dataclasses import dataclass

from rehearsal.flagger.canary.analysis import DURATION, METRIC_INTERVAL, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import QueryFailed
from rehearsal.flagger.controller.ports import Metrics, MetricSource
from rehearsal.flagger.controller.templates import model_of, render
from rehearsal.flagger.providers import queries_of
from rehearsal.flagger.providers.queries import NS_PER_MS


@dataclass(frozen=True)
class Measured:
    """None where there is no traffic to measure."""

    success_percent: float | None
    p99_ms: float | None


def measure(canary: Canary, provider: str, metrics: Metrics) -> Measured:
    """Ask what the builtin checks would be told now."""
    builtin = queries_of(provider)
    success = _ask(canary, SUCCESS_RATE, builtin.success_rate, metrics)
    duration = _ask(canary, DURATION, builtin.duration, metrics)
    p99_ms = None if duration is None else builtin.duration_ns(duration) / NS_PER_MS
    return Measured(success, p99_ms)


def _ask(canary: Canary, name: str, query: str, metrics: Metrics) -> float | None:
    model = model_of(canary, Metric(name=name), METRIC_INTERVAL)
    try:
        return metrics.query(MetricSource(), render(query, model))
    except QueryFailed:
        return None
