"""The first pass: the provider's own metrics, and queries written in the spec.

Source: flagger pkg/controller/scheduler_metrics.go, runBuiltinMetricChecks. A metric with a builtin
name and a query is checked twice. The default interval applies in this pass only.
"""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import DURATION, METRIC_INTERVAL, SUCCESS_RATE, Metric
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.controller.checks.source import ask, metrics_server, within
from rehearsal.flagger.controller.errors import NoValuesFound, PortError
from rehearsal.flagger.controller.templates import model_of, render
from rehearsal.flagger.controller.tick import Tick
from rehearsal.flagger.golang import NS_PER_S
from rehearsal.flagger.providers import Queries, queries_of

SERVICE_SUFFIX = ":service"


def check(tick: Tick) -> bool:
    """Check the metrics in order; the first that fails says why and ends the pass."""
    for metric in tick.canary.spec.analysis.metrics:
        if metric.name == SUCCESS_RATE and not _check_success_rate(tick, metric):
            return False
        if metric.name == DURATION and not _check_duration(tick, metric):
            return False
        if metric.query and not _check_query(tick, metric):
            return False
    return True


def metrics_provider(tick: Tick) -> str:
    """Whose queries are asked; also how messages name them."""
    provider = tick.provider
    if tick.canary.spec.provider and "linkerd" in tick.flags.mesh_provider:
        provider = "linkerd"
    return provider if tick.target.has_pods else f"{provider}{SERVICE_SUFFIX}"


def _check_success_rate(tick: Tick, metric: Metric) -> bool:
    builtin = queries_of(metrics_provider(tick))
    prefix = "running query failed: " if builtin.wraps_errors else ""
    try:
        percent = _measure(tick, metric, builtin, builtin.success_rate, prefix)
    except NoValuesFound as error:
        return _no_values(tick, metric, f": {error}")
    except PortError as error:
        return _failed(tick, f"Prometheus query failed: {error}")
    tick.recorder.analysis(tick.canary, metric.name, percent)
    return _within_limits(tick, limits.success_rate(metric, percent))


def _check_duration(tick: Tick, metric: Metric) -> bool:
    builtin = queries_of(metrics_provider(tick))
    try:
        value = _measure(tick, metric, builtin, builtin.duration, "running query failed: ")
    except NoValuesFound:
        return _no_values(tick, metric, "")
    except PortError as error:
        return _failed(tick, f"Prometheus query failed: {error}")
    duration_ns = builtin.duration_ns(value)
    tick.recorder.analysis(tick.canary, metric.name, duration_ns / NS_PER_S)
    return _within_limits(tick, limits.duration(metric, duration_ns))


def _measure(tick: Tick, metric: Metric, builtin: Queries, template: str, prefix: str) -> float:
    model = builtin.adapt(model_of(tick.canary, metric, metric.interval or METRIC_INTERVAL))
    source = metrics_server(tick.canary, tick.flags)
    try:
        return ask(tick.ports.metrics, source, render(template, model), metric.name)
    except PortError as error:
        raise within(prefix, error) from error


def _check_query(tick: Tick, metric: Metric) -> bool:
    source = metrics_server(tick.canary, tick.flags)
    try:
        value = ask(tick.ports.metrics, source, _rendered(tick, metric), metric.name)
    except NoValuesFound:
        text = f"Halt advancement no values found for metric: {metric.name}"
        tick.recorder.warn(tick.canary, text)
        return False
    except PortError as error:
        return _failed(tick, f"Prometheus query failed for {metric.name}: {error}")
    tick.recorder.analysis(tick.canary, metric.name, value)
    return _within_limits(tick, limits.custom(metric, value))


def _rendered(tick: Tick, metric: Metric) -> str:
    """The query; one that cannot be rendered is sent empty, for Flagger ignores that error."""
    model = model_of(tick.canary, metric, metric.interval or METRIC_INTERVAL)
    try:
        return render(metric.query, model)
    except PortError:
        return ""


def _within_limits(tick: Tick, reason: str | None) -> bool:
    if reason is None:
        return True
    tick.recorder.warn(tick.canary, f"Halt {tick.canary.full_name} advancement {reason}")
    return False


def _no_values(tick: Tick, metric: Metric, why: str) -> bool:
    canary = tick.canary
    tick.recorder.warn(
        canary,
        f"Halt advancement no values found for {metrics_provider(tick)} metric {metric.name} "
        f"probably {canary.target}.{canary.namespace} is not receiving traffic{why}",
    )
    return False


def _failed(tick: Tick, text: str) -> bool:
    tick.recorder.error(tick.canary, text)
    return False
