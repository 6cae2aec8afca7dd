"""The first pass: the provider's own metrics, and queries written in the spec.

Source: flagger pkg/controller/scheduler_metrics.go, runBuiltinMetricChecks. A metric with a builtin
name and a query is checked twice. The default interval applies in this pass only.
"""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.flagger.canary.analysis import DURATION, METRIC_INTERVAL, SUCCESS_RATE, Metric
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.controller.checks.source import ask, latest_revision, metrics_server, within
from rehearsal.flagger.controller.errors import NoValuesFound, PortError
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.flagger.controller.templates import Model, model_of, render
from rehearsal.flagger.controller.tick import Tick
from rehearsal.flagger.golang import NS_PER_S
from rehearsal.flagger.providers import Queries, queries_of

SERVICE_SUFFIX = ":service"


@dataclass(frozen=True)
class _Pass:
    """What all checks of one pass share."""

    tick: Tick
    server: MetricSource
    revision: str
    provider: str
    queries: Queries

    def model(self, metric: Metric) -> Model:
        """The model of a query; here a metric has a default interval."""
        interval = metric.interval or METRIC_INTERVAL
        return model_of(self.tick.canary, metric, interval, self.revision)


def check(tick: Tick) -> bool:
    """Check the metrics in order; the first that fails says why and ends the pass."""
    try:
        revision, server = latest_revision(tick), metrics_server(tick.canary, tick.flags)
    except PortError as error:
        return _failed(tick, f"Error {error}")
    provider = metrics_provider(tick)
    shared = _Pass(tick, server, revision, provider, queries_of(provider))
    return all(_check(shared, metric) for metric in tick.canary.spec.analysis.metrics)


def _check(shared: _Pass, metric: Metric) -> bool:
    if metric.name == SUCCESS_RATE and not _check_success_rate(shared, metric):
        return False
    if metric.name == DURATION and not _check_duration(shared, metric):
        return False
    return not metric.query or _check_query(shared, metric)


def metrics_provider(tick: Tick) -> str:
    """Whose queries are asked; also how messages name them."""
    provider = tick.provider
    if tick.canary.spec.provider and "linkerd" in tick.flags.mesh_provider:
        provider = "linkerd"
    is_service = tick.canary.spec.target_ref.kind == "Service"
    if is_service and not tick.canary.spec.target_ref.is_knative:
        return f"{provider}{SERVICE_SUFFIX}"
    return provider


def _check_success_rate(shared: _Pass, metric: Metric) -> bool:
    tick, queries = shared.tick, shared.queries
    prefix = "running query failed: " if queries.wraps_errors else ""
    try:
        percent = _measure(shared, metric, queries.success_rate, prefix)
    except NoValuesFound as error:
        return _no_values(shared, metric, f": {error}")
    except PortError as error:
        return _failed(tick, f"Prometheus query failed: {error}")
    tick.recorder.analysis(tick.canary, metric.name, percent)
    return _within_limits(tick, limits.success_rate(metric, percent))


def _check_duration(shared: _Pass, metric: Metric) -> bool:
    tick, queries = shared.tick, shared.queries
    try:
        value = _measure(shared, metric, queries.duration, "running query failed: ")
    except NoValuesFound:
        return _no_values(shared, metric, "")
    except PortError as error:
        return _failed(tick, f"Prometheus query failed: {error}")
    duration_ns = queries.duration_ns(value)
    tick.recorder.analysis(tick.canary, metric.name, duration_ns / NS_PER_S)
    return _within_limits(tick, limits.duration(metric, duration_ns))


def _measure(shared: _Pass, metric: Metric, template: str, prefix: str) -> float:
    query = render(template, shared.queries.adapt(shared.model(metric)))
    try:
        return ask(shared.tick.ports.metrics, shared.server, query, metric.name)
    except PortError as error:
        raise within(prefix, error) from error


def _check_query(shared: _Pass, metric: Metric) -> bool:
    tick = shared.tick
    try:
        query = _rendered(metric.query, shared.model(metric))
        value = ask(tick.ports.metrics, shared.server, query, metric.name)
    except NoValuesFound:
        text = f"Halt advancement no values found for metric: {metric.name}"
        tick.recorder.warn(tick.canary, text)
        return False
    except PortError as error:
        return _failed(tick, f"Prometheus query failed for {metric.name}: {error}")
    tick.recorder.analysis(tick.canary, metric.name, value)
    return _within_limits(tick, limits.custom(metric, value))


def _rendered(query: str, model: Model) -> str:
    """The query; one that cannot be rendered is sent empty, for Flagger ignores that error."""
    try:
        return render(query, model)
    except PortError:
        return ""


def _within_limits(tick: Tick, reason: str | None) -> bool:
    if reason is None:
        return True
    tick.recorder.warn(tick.canary, f"Halt {tick.canary.full_name} advancement {reason}")
    return False


def _no_values(shared: _Pass, metric: Metric, why: str) -> bool:
    canary = shared.tick.canary
    shared.tick.recorder.warn(
        canary,
        f"Halt advancement no values found for {shared.provider} metric {metric.name} "
        f"probably {canary.target}.{canary.namespace} is not receiving traffic{why}",
    )
    return False


def _failed(tick: Tick, text: str) -> bool:
    tick.recorder.error(tick.canary, text)
    return False
