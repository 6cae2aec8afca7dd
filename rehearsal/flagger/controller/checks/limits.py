"""Comparing a measured value with what the spec allows, and saying so.

Comparisons are strict: a value on the limit passes. `threshold` counts only where there is no
`thresholdRange`; then it is a minimum for the success rate and a maximum for everything else.
"""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import Metric, ThresholdRange
from rehearsal.flagger.golang import NS_PER_MS, format_duration, format_float
from rehearsal.flagger.golang.numbers import format_fixed, to_int64, wrap_int64


def success_rate(metric: Metric, percent: float) -> str | None:
    """Why this success rate will not do, or None."""
    limits = metric.threshold_range or ThresholdRange(min_=metric.threshold)
    return _outside(limits, percent, f"success rate {format_fixed(percent)}%", "%")


def custom(metric: Metric, value: float) -> str | None:
    """Why the value of a query of one's own will not do, or None."""
    limits = metric.threshold_range or ThresholdRange(max_=metric.threshold)
    return _outside(limits, value, f"{metric.name} {format_fixed(value)}", "")


def _outside(limits: ThresholdRange, value: float, measured: str, unit: str) -> str | None:
    if limits.min_ is not None and value < limits.min_:
        return f"{measured} < {format_float(limits.min_)}{unit}"
    if limits.max_ is not None and value > limits.max_:
        return f"{measured} > {format_float(limits.max_)}{unit}"
    return None


def duration(metric: Metric, duration_ns: int) -> str | None:
    """Why this request duration will not do, or None; limits are cut off to whole ms."""
    limits = metric.threshold_range or ThresholdRange(max_=metric.threshold)
    measured = f"request duration {format_duration(duration_ns)}"
    if limits.min_ is not None and duration_ns < _ms(limits.min_):
        return f"{measured} < {format_duration(_ms(limits.min_))}"
    if limits.max_ is not None and duration_ns > _ms(limits.max_):
        return f"{measured} > {format_duration(_ms(limits.max_))}"
    return None


def _ms(limit: float) -> int:
    return wrap_int64(to_int64(limit) * NS_PER_MS)
