"""Canaries and records as JSON, with what whoever draws them must know besides. Pure.

A record is its `to_json`; an event says besides what it marks, and a value of a check whether it
passed, and how much it was in the unit of its limits. Numbers that JSON has not are written as
Prometheus writes them.
"""

import math
from collections.abc import Mapping
from typing import Any

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.explanations import limits_of
from rehearsal.flagger.messages import take_apart
from rehearsal.flagger.providers import queries_of
from rehearsal.recording.records import EventRecord, MetricRecord, Record

Json = dict[str, Any]

GATES = ("confirm-rollout", "confirm-promotion", "confirm-traffic-increase", "rollback")
_MARKS = {
    "initialized": "initialized",
    "detected": "new-revision",
    "restarting": "new-revision",
    "rolling-back": "rolling-back",
    "rolling-back-by-hand": "rolling-back",
    "failed": "rolled-back",
    "promoted": "promoted",
    "skipped": "promoted",
    "confirm-rollout-closed": "waiting",
    "confirm-promotion-closed": "waiting",
    "confirm-traffic-increase-closed": "waiting",
}


def canary_facts(canary: Canary, provider: str) -> Json:
    """What stands in a Canary and does not change while it is rehearsed."""
    analysis = canary.spec.analysis
    return {
        "name": canary.full_name,
        "provider": provider,
        "target": canary.target,
        "primary": canary.primary,
        "interval_s": analysis.interval_s,
        "threshold": analysis.failed_checks_limit,
        "metrics": [_metric_facts(metric) for metric in analysis.metrics],
        "gates": [{"name": h.name, "type": h.type} for h in analysis.webhooks if h.type in GATES],
    }


def _metric_facts(metric: Metric) -> Json:
    low, high = _bounds(metric)
    return {
        "name": metric.name,
        "unit": _unit(metric),
        "min": _finite(low),
        "max": _finite(high),
        "limits": limits_of(metric),
    }


def _bounds(metric: Metric) -> tuple[float | None, float | None]:
    written = metric.threshold_range
    if written is not None:
        return written.min_, written.max_
    return (metric.threshold, None) if metric.name == SUCCESS_RATE else (None, metric.threshold)


def _unit(metric: Metric) -> str:
    return {SUCCESS_RATE: "%", DURATION: "ms"}.get(metric.name, "")


class RecordFacts:
    """Records of these canaries as JSON; canaries with their providers."""

    def __init__(self, canaries: Mapping[str, tuple[Canary, str]]) -> None:
        self._canaries = canaries

    def to_json(self, record: Record) -> Json:
        """The record, with what it means."""
        value = {key: _finite(v) for key, v in record.to_json().items()}
        if isinstance(record, EventRecord):
            value["mark"] = self._mark(record)
        elif isinstance(record, MetricRecord):
            value["measured"], value["passed"] = self._measured(record)
        return value

    def _mark(self, event: EventRecord) -> str:
        found = self._canaries.get(event.canary)
        if found is None:
            return ""
        message = take_apart(event.message, found[0])
        return "halt" if message.counts_as_failed_check else _MARKS.get(message.kind, "")

    def _measured(self, record: MetricRecord) -> tuple[float | str | None, bool | None]:
        """The value in the unit of its limits, and whether it is within them; None for unknown."""
        found = self._canaries.get(record.canary)
        metrics = found[0].spec.analysis.metrics if found else ()
        metric = next((m for m in metrics if m.name == record.metric), None)
        if record.value is None or math.isnan(record.value):
            return None, False
        if found is None or metric is None:
            return _finite(record.value), None
        if metric.name == SUCCESS_RATE:
            return _finite(record.value), limits.success_rate(metric, record.value) is None
        if metric.name == DURATION:
            queries = queries_of(found[1])
            passed = limits.duration(metric, queries.duration_ns(record.value)) is None
            return _finite(record.value * queries.ms_per_unit), passed
        return _finite(record.value), limits.custom(metric, record.value) is None


def _finite(value: Any) -> Any:
    """JSON has no infinities: they are written as Prometheus writes them."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    return value
