"""What each metric of a canary is worth at this moment, by the very queries of its checks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from commons.units import NS_PER_MS
from rehearsal.flagger.canary.analysis import DURATION, METRIC_INTERVAL, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.controller.checks.source import template_source
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import MetricSource, Store
from rehearsal.flagger.controller.templates import model_of, render
from rehearsal.flagger.providers import queries_of
from rehearsal.live.scraping.metrics import MetricsPort
from rehearsal.metrics.explanation import Explanation


@dataclass(frozen=True)
class Measured:
    """The builtin metrics; None where there is no traffic to measure."""

    success_percent: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class MeasuredMetric:
    """One metric of the analysis, as its check would see it now.

    `value` is None where there are no values or the query failed; `failure` then says why. It is
    in percent for the success rate, in milliseconds for the duration, and else what the query
    says. `reason` is why the value would halt the canary, "" for one that passes. Another server
    is not asked beside the checks: such a metric has neither value nor failure. `explanation` is
    None for what another server or a script answers.
    """

    name: str
    query: str
    value: float | None
    failure: str
    limits: str
    reason: str
    explanation: Explanation | None = None


def measure(canary: Canary, provider: str, metrics: MetricsPort) -> Measured:
    """What the builtin checks would see now."""
    source = MetricSource(address=metrics.metrics_server)
    builtin = queries_of(provider)
    success = _value(metrics, source, _builtin_query(canary, provider, Metric(name=SUCCESS_RATE)))
    duration = _value(metrics, source, _builtin_query(canary, provider, Metric(name=DURATION)))
    p99_ms = None if duration is None else builtin.duration_ns(duration) / NS_PER_MS
    return Measured(success, p99_ms)


def measure_all(
    canary: Canary, provider: str, store: Store, metrics: MetricsPort, *, explain: bool = False
) -> list[MeasuredMetric]:
    """Every metric of the analysis, in the order of the spec."""
    found = []
    for metric in canary.spec.analysis.metrics:
        for measured, source in _measured(canary, provider, metric, store, metrics):
            if explain and measured.query:
                explanation = metrics.explain(source, measured.query, metric.name)
                measured = replace(measured, explanation=explanation)
            found.append(measured)
    return found


def _measured(
    canary: Canary, provider: str, metric: Metric, store: Store, metrics: MetricsPort
) -> Iterator[tuple[MeasuredMetric, MetricSource]]:
    server = MetricSource(address=metrics.metrics_server)
    if metric.is_builtin:
        query = _builtin_query(canary, provider, metric)
        yield _checked(metric, query, server, metrics, provider), server
    if metric.query:
        yield _rendered(canary, metric, metric.query, server, metrics), server
    if metric.template_ref is not None:
        reference = metric.template_ref
        namespace = reference.namespace_for(canary.namespace)
        try:
            template = store.metric_template(namespace, reference.name)
            source = template_source(store, f"metric {metric.name}", template, metric.interval)
        except PortError as error:
            yield _unmeasured(metric, "", str(error)), server
            return
        yield _rendered(canary, metric, template.spec.query, source, metrics), source


def _builtin_query(canary: Canary, provider: str, metric: Metric) -> str:
    builtin = queries_of(provider)
    model = builtin.adapt(model_of(canary, metric, metric.interval or METRIC_INTERVAL))
    template = builtin.success_rate if metric.name == SUCCESS_RATE else builtin.duration
    return render(template, model)


def _rendered(
    canary: Canary, metric: Metric, template: str, source: MetricSource, metrics: MetricsPort
) -> MeasuredMetric:
    interval = metric.interval if metric.template_ref else metric.interval or METRIC_INTERVAL
    try:
        query = render(template, model_of(canary, metric, interval))
    except PortError as error:
        return _unmeasured(metric, "", str(error))
    return _checked(metric, query, source, metrics, "")


def _checked(
    metric: Metric, query: str, source: MetricSource, metrics: MetricsPort, provider: str
) -> MeasuredMetric:
    """`provider` is given for a builtin metric."""
    try:
        value = metrics.peek(source, query, metric.name)
    except PortError as error:
        return _unmeasured(metric, query, str(error))
    if value is None:
        return _unmeasured(metric, query, "")
    if provider and metric.name == DURATION:
        duration_ns = queries_of(provider).duration_ns(value)
        value, reason = duration_ns / NS_PER_MS, limits.duration(metric, duration_ns)
    elif provider:
        reason = limits.success_rate(metric, value)
    else:
        reason = limits.custom(metric, value)
    return MeasuredMetric(metric.name, query, value, "", _limits(metric), reason or "")


def _unmeasured(metric: Metric, query: str, failure: str) -> MeasuredMetric:
    return MeasuredMetric(metric.name, query, None, failure, _limits(metric), failure)


def _limits(metric: Metric) -> str:
    """The limits as a person would write them: `≥ 99`, `0.1 to 0.5`."""
    wanted = metric.threshold_range
    if wanted is None:
        least = metric.name == SUCCESS_RATE
        return f"{'≥' if least else '≤'} {metric.threshold:g}"
    low, high = wanted.min_, wanted.max_
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"≥ {low:g}"
    return f"≤ {high:g}" if high is not None else "no limit"


def _value(metrics: MetricsPort, source: MetricSource, query: str) -> float | None:
    try:
        return metrics.peek(source, query, "")
    except PortError:
        return None
