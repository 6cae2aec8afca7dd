"""Rules on the limits of metrics: checks that always pass, always fail, or are upside down."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE, Metric
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import Subject

_METRICS = "flagger pkg/controller/scheduler_metrics.go"
_TEMPLATE = "templateRef: {name: t}, interval: 1m"
_GOOD_WORDS = ("success", "availab", "healthy")
_BAD_WORDS = ("error", "fail", "latency", "duration", "5xx", "restart")
_LEAST_MS = 10


def _is_custom(metric: Metric) -> bool:
    return bool(metric.query or metric.template_ref)


@rule(
    "metric-without-query",
    "error",
    reason="A metric is one of the two builtins, has a query, or names a MetricTemplate. Any other"
    " fails at every check.",
    remedy="Correct the name, or add templateRef.",
    bad="analysis: {metrics: [{name: request-sucess-rate, thresholdRange: {min: 99}}]}",
    good="analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}",
    source=f"{_METRICS}, runMetricChecks",
)
def metric_without_query(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        if not metric.is_builtin and not _is_custom(metric):
            text = f'"{metric.name}" is not a built-in metric and has no templateRef'
            yield Hit(subject.manifest, (*path, "name"), text)


@rule(
    "metric-checked-twice",
    "warning",
    reason="The name of a builtin metric makes Flagger ask the builtin query, whatever else the"
    " metric has: a template or query of that name is checked besides it.",
    remedy="Give a metric with a template another name than request-success-rate or"
    " request-duration.",
    bad="analysis: {metrics: [{name: request-duration, thresholdRange: {max: 500}, "
    + _TEMPLATE
    + "}]}",
    good="analysis: {metrics: [{name: latency, thresholdRange: {max: 500}, " + _TEMPLATE + "}]}",
    source=f"{_METRICS}, runBuiltinMetricChecks",
)
def metric_checked_twice(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        if metric.is_builtin and _is_custom(metric):
            text = f'the name "{metric.name}" makes the built-in check run besides this one'
            yield Hit(subject.manifest, (*path, "name"), text)


@rule(
    "limit-missing",
    "error",
    reason="A metric without a limit does not mean that there is none: a success rate then always"
    " passes, a duration fails from 1 ms on, and any other metric fails above 0.",
    remedy="Write thresholdRange with min or max.",
    bad="analysis: {metrics: [{name: request-success-rate}]}",
    good="analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}",
    source=_METRICS,
)
def limit_missing(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        limits = metric.threshold_range
        if limits is not None:
            if limits.min_ is None and limits.max_ is None:
                text = "is empty: every value passes"
                yield Hit(subject.manifest, (*path, "thresholdRange"), text)
        elif metric.threshold <= 0 and (metric.is_builtin or metric.threshold == 0):
            yield from _without_limit(subject, (*path,), metric)


def _without_limit(subject: Subject, path: tuple[str | int, ...], metric: Metric) -> Iterator[Hit]:
    if metric.name == SUCCESS_RATE:
        yield Hit(subject.manifest, path, "without a limit every success rate passes")
    elif metric.name == DURATION:
        yield Hit(subject.manifest, path, "without a limit every duration from 1ms on fails")
    elif _is_custom(metric):
        yield Hit(subject.manifest, path, "without a limit every value above 0 fails")


@rule(
    "limits-crossed",
    "error",
    reason="A value is to be at least min and at most max. With min above max none is.",
    remedy="Exchange the two.",
    bad="analysis: {metrics: [{name: m, thresholdRange: {min: 5, max: 1}, " + _TEMPLATE + "}]}",
    good="analysis: {metrics: [{name: m, thresholdRange: {min: 1, max: 5}, " + _TEMPLATE + "}]}",
    source=_METRICS,
)
def limits_crossed(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        limits = metric.threshold_range
        if limits is None or limits.min_ is None or limits.max_ is None:
            continue
        if limits.min_ > limits.max_:
            text = "min is above max: the check always fails"
            yield Hit(subject.manifest, (*path, "thresholdRange"), text)


@rule(
    "success-rate-as-ratio",
    "error",
    reason="request-success-rate is in percent, from 0 to 100. A minimum of 0.99 is kept by a build"
    " that fails 99 of 100 requests.",
    remedy="Write percent: 99 for 0.99.",
    bad="analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 0.99}}]}",
    good="analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}",
    source="public Canaries",
)
def success_rate_as_ratio(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        least, key = _least(metric)
        if metric.name == SUCCESS_RATE and least is not None and 0 < least <= 1:
            text = f"{least:g} is percent: a build that fails {100 - least:g} % of requests passes"
            yield Hit(subject.manifest, (*path, *key), text)


def _least(metric: Metric) -> tuple[float | None, tuple[str, ...]]:
    """The lowest success rate that passes, and the field that says so."""
    if metric.threshold_range is None:
        return metric.threshold, ("threshold",)
    return metric.threshold_range.min_, ("thresholdRange", "min")


@rule(
    "limit-upside-down",
    "error",
    reason="A success rate with only a maximum fails when all is well, and a duration or an error"
    " rate with only a minimum fails when all is well: neither notices a broken build.",
    remedy="Write min for what should be high, max for what should be low.",
    bad="analysis: {metrics: [{name: request-duration, thresholdRange: {min: 500}}]}",
    good="analysis: {metrics: [{name: request-duration, thresholdRange: {max: 500}}]}",
    source="public Canaries",
)
def limit_upside_down(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        limits = metric.threshold_range
        if limits is None:
            continue
        name = metric.name.lower()
        is_low = metric.name == DURATION or (
            any(word in name for word in _BAD_WORDS)
            and not any(word in name for word in _GOOD_WORDS)
        )
        is_high = any(word in name for word in _GOOD_WORDS)
        if is_low and limits.max_ is None and limits.min_ is not None:
            text = f"{metric.name} should be low, and only values below {limits.min_:g} fail"
            yield Hit(subject.manifest, (*path, "thresholdRange", "min"), text)
        elif is_high and limits.min_ is None and limits.max_ is not None:
            text = f"{metric.name} should be high, and only values above {limits.max_:g} fail"
            yield Hit(subject.manifest, (*path, "thresholdRange", "max"), text)


@rule(
    "duration-in-seconds",
    "error",
    reason="request-duration is in milliseconds, and fractions are cut off: a maximum of 0.5 is 0"
    " ms and fails on every request.",
    remedy="Write milliseconds: 500 for half a second.",
    bad="analysis: {metrics: [{name: request-duration, thresholdRange: {max: 0.5}}]}",
    good="analysis: {metrics: [{name: request-duration, thresholdRange: {max: 500}}]}",
    source="public Canaries",
)
def duration_in_seconds(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        if metric.name != DURATION:
            continue
        limits = metric.threshold_range
        most = limits.max_ if limits else metric.threshold or None
        key = ("thresholdRange", "max") if limits else ("threshold",)
        if most is not None and 0 < most < _LEAST_MS:
            text = f"is in milliseconds: p99 may be {int(most)} ms"
            yield Hit(subject.manifest, (*path, *key), text)


@rule(
    "threshold-beside-query",
    "warning",
    reason="The old field threshold is a maximum for a metric with a query, and a minimum only for"
    " request-success-rate. `threshold: 99` beside a query for a success rate fails above 99.",
    remedy="Write thresholdRange, which says which of the two it is.",
    bad="analysis: {metrics: [{name: success-rate, threshold: 99, " + _TEMPLATE + "}]}",
    good="analysis: {metrics: [{name: success-rate, thresholdRange: {min: 99}, "
    + _TEMPLATE
    + "}]}",
    source=f"{_METRICS}; public Canaries",
)
def threshold_beside_query(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        if metric.threshold_range is not None or not _is_custom(metric):
            continue
        if metric.threshold > 0 and _should_be_high(metric):
            text = f"is a maximum beside a query: every value above {metric.threshold:g} fails"
            yield Hit(subject.manifest, (*path, "threshold"), text)


def _should_be_high(metric: Metric) -> bool:
    """Whether it seems to be a share of what is well, in percent: by its name, or its limit."""
    name = metric.name.lower()
    if any(word in name for word in _GOOD_WORDS):
        return True
    return 90 <= metric.threshold <= 100 and not any(word in name for word in _BAD_WORDS)


@rule(
    "success-rate-of-100",
    "warning",
    reason="A minimum of 100 % lets a single failed request count, of the canary or of a caller"
    " that hung up. With real traffic nearly every run is rolled back.",
    remedy="Leave room for the failures that the primary has, too; see `rehearse odds`.",
    bad="analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 100}}]}",
    good="analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}",
    source="flagger pkg/controller/scheduler_metrics.go: a value below the minimum fails",
)
def success_rate_of_100(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        least, key = _least(metric)
        if metric.name != SUCCESS_RATE or least is None:
            continue
        if least > 100:
            text = "no success rate is above 100 %: the check always fails"
            yield Hit(subject.manifest, (*path, *key), text)
        elif least == 100:
            text = "a single failed request fails the check"
            yield Hit(subject.manifest, (*path, *key), text)
