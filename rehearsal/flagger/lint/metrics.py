"""Checks that always fail, always pass, or check something else."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.lint.rule import Finding, Rule, Situation

_METRICS = "spec.analysis.metrics"


def _each(situation: Situation) -> Iterator[tuple[str, Metric]]:
    for index, metric in enumerate(situation.analysis.metrics):
        yield f"{_METRICS}[{index}]", metric


def _template(situation: Situation, metric: Metric) -> MetricTemplate | None:
    reference = metric.template_ref
    if reference is None:
        return None
    namespace = reference.namespace_for(situation.canary.namespace)
    wanted = (namespace, reference.name)
    return next((one for one in situation.templates if (one.namespace, one.name) == wanted), None)


def template_without_interval(situation: Situation) -> Iterator[Finding]:
    for field, metric in _each(situation):
        if metric.template_ref is None or metric.interval:
            continue
        template = _template(situation, metric)
        if template is None or "interval" in template.spec.query:
            text = "templates have no default interval: `[{{ interval }}]` becomes `[]`, a 400"
            yield Finding("template-without-interval", f"{field}.interval", text)


def metric_without_query(situation: Situation) -> Iterator[Finding]:
    for field, metric in _each(situation):
        if not (metric.is_builtin or metric.query or metric.template_ref):
            text = f'"{metric.name}" is no builtin and has no templateRef: the check always fails'
            yield Finding("metric-without-query", field, text)


def builtin_with_template(situation: Situation) -> Iterator[Finding]:
    for field, metric in _each(situation):
        if metric.is_builtin and (metric.query or metric.template_ref):
            text = f'the name "{metric.name}" makes the builtin check run besides this one'
            yield Finding("checked-twice", f"{field}.name", text)


def success_rate_without_limit(situation: Situation) -> Iterator[Finding]:
    for field, metric in _each(situation):
        if metric.name == SUCCESS_RATE and _has_no_limit(metric):
            yield Finding("no-limit", field, "without a limit every success rate passes")


def duration_without_limit(situation: Situation) -> Iterator[Finding]:
    for field, metric in _each(situation):
        if metric.name == DURATION and metric.threshold_range is None and metric.threshold <= 0:
            yield Finding("no-limit", field, "without a limit every duration from 1ms on fails")


def custom_without_limit(situation: Situation) -> Iterator[Finding]:
    for field, metric in _each(situation):
        custom = metric.query or metric.template_ref
        if custom and metric.threshold_range is None and metric.threshold == 0:
            yield Finding("no-limit", field, "without a limit every value above 0 fails")


def empty_range(situation: Situation) -> Iterator[Finding]:
    for field, metric in _each(situation):
        limits = metric.threshold_range
        if limits is None:
            continue
        if limits.min_ is None and limits.max_ is None:
            yield Finding("no-limit", f"{field}.thresholdRange", "is empty: every value passes")
        elif None not in (limits.min_, limits.max_) and (limits.min_ or 0) > (limits.max_ or 0):
            text = "min is above max: the check always fails"
            yield Finding("empty-range", f"{field}.thresholdRange", text)


def _has_no_limit(metric: Metric) -> bool:
    return metric.threshold_range is None and metric.threshold <= 0


RULES: tuple[Rule, ...] = (
    template_without_interval,
    metric_without_query,
    builtin_with_template,
    success_rate_without_limit,
    duration_without_limit,
    custom_without_limit,
    empty_range,
)
