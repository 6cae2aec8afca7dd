"""Are the metric providers there? Asked while bootstrapping; a no is said but stops nothing.

Source: flagger pkg/controller/scheduler_metrics.go, checkMetricProviderAvailability.
"""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.reference import NamespacedRef
from rehearsal.flagger.controller.checks.source import check_online, metrics_server, template_source
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.tick import Tick


def check_providers(tick: Tick) -> None:
    """Ask each provider in the order of the metrics; without any metrics all are available."""
    try:
        for metric in tick.canary.spec.analysis.metrics:
            _check(tick, metric)
    except PortError as error:
        tick.recorder.error(tick.canary, f"Error checking metric providers: {error}")
    else:
        tick.recorder.info(tick.canary, "all the metrics providers are available!")


def _check(tick: Tick, metric: Metric) -> None:
    if metric.is_builtin:
        try:
            server = metrics_server(tick.canary, tick.flags)
        except PortError as error:
            raise PortError(f"error {error}") from error
        try:
            check_online(tick.ports.metrics, server)
        except PortError as error:
            raise PortError(f"prometheus not avaiable: {error}") from error
    elif metric.template_ref is not None:
        _check_template(tick, metric.template_ref, metric.interval)


def _check_template(tick: Tick, reference: NamespacedRef, interval: str) -> None:
    namespace = reference.namespace_for(tick.canary.namespace)
    name = f"{reference.name}.{namespace}"
    try:
        template = tick.ports.store.metric_template(namespace, reference.name)
    except PortError as error:
        raise PortError(f"metric template {name} error: {error}") from error
    source = template_source(tick.ports.store, f"metric template {name}", template, interval)
    try:
        check_online(tick.ports.metrics, source)
    except PortError as error:
        kind = template.spec.provider.type
        raise PortError(f"{kind} in metric template {name} not avaiable: {error}") from error
