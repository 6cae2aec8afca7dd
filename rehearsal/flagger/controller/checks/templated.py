"""The second pass: metrics by MetricTemplate.

Source: flagger pkg/controller/scheduler_metrics.go, runMetricChecks. There is no default interval
here: a template that uses `interval` and a metric that has none make a query with `[]`.
"""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.reference import NamespacedRef
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.controller.checks.source import ask, latest_revision, template_source
from rehearsal.flagger.controller.errors import NoValuesFound, PortError
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.flagger.controller.templates import model_of, render
from rehearsal.flagger.controller.tick import Tick

UNUSABLE = "Metric query failed for no usable metrics template and query were configured"


def check(tick: Tick) -> bool:
    """Check the metrics in order; the first that fails says why and ends the pass."""
    try:
        revision = latest_revision(tick)
    except PortError as error:
        return _failed(tick, f"Error {error}")
    return all(_check(tick, metric, revision) for metric in tick.canary.spec.analysis.metrics)


def _check(tick: Tick, metric: Metric, revision: str) -> bool:
    if metric.template_ref is not None:
        return _check_template(tick, metric, metric.template_ref, revision)
    if metric.is_builtin or metric.query:
        return True
    tick.recorder.error(tick.canary, UNUSABLE)
    return False


def _check_template(tick: Tick, metric: Metric, reference: NamespacedRef, revision: str) -> bool:
    canary = tick.canary
    namespace = reference.namespace_for(canary.namespace)
    title = f"Metric template {reference.name}.{namespace}"
    try:
        template = tick.ports.store.metric_template(namespace, reference.name)
    except PortError as error:
        return _failed(tick, f"{title} error: {error}")
    try:
        source = template_source(tick.ports.store, title, template, metric.interval)
    except PortError as error:
        return _failed(tick, str(error))
    try:
        model = model_of(canary, metric, metric.interval, revision)
        query = render(template.spec.query, model)
    except PortError as error:
        return _failed(tick, f"{title} query render error: {error}")
    return _check_value(tick, metric, source, query)


def _check_value(tick: Tick, metric: Metric, source: MetricSource, query: str) -> bool:
    canary = tick.canary
    try:
        value = ask(tick.ports.metrics, source, query, metric.name)
    except NoValuesFound as error:
        text = f"Halt advancement no values found for custom metric: {metric.name}: {error}"
        tick.recorder.warn(canary, text)
        return False
    except PortError as error:
        return _failed(tick, f"Metric query failed for {metric.name}: {error}")
    tick.recorder.analysis(canary, metric.name, value)
    reason = limits.custom(metric, value)
    if reason is not None:
        tick.recorder.warn(canary, f"Halt {canary.full_name} advancement {reason}")
    return reason is None


def _failed(tick: Tick, text: str) -> bool:
    tick.recorder.error(tick.canary, text)
    return False
