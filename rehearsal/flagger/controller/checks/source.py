"""Where queries go, and one way to ask."""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Metrics, MetricSource
from rehearsal.flagger.controller.templates import collapse

ONLINE_QUERY = "vector(1)"


def metrics_server(canary: Canary, flags: Flags) -> MetricSource:
    """The canary's metrics server, or that of the flag."""
    return MetricSource(address=canary.spec.metrics_server or flags.metrics_server)


def of_template(template: MetricTemplate) -> MetricSource:
    """The provider of a template."""
    provider = template.spec.provider
    return MetricSource(
        type=provider.type,
        address=provider.address,
        namespace=template.namespace,
        secret=provider.secret_ref.name if provider.secret_ref else "",
        headers=provider.headers,
    )


def ask(metrics: Metrics, source: MetricSource, query: str, metric: str = "") -> float:
    """The answer to a query of a metric, sent as Flagger sends it."""
    return metrics.query(source, collapse(query), metric)


def check_online(metrics: Metrics, source: MetricSource) -> None:
    """Raise PortError unless the server can do the simplest thing."""
    try:
        value = ask(metrics, source, ONLINE_QUERY)
    except PortError as error:
        raise within("running query failed: ", error) from error
    if value != 1:
        raise PortError(f"value is not 1 for query: {ONLINE_QUERY}")


def within(prefix: str, error: PortError) -> PortError:
    """The same error under a longer name; no values stay no values."""
    kind = NoValuesFound if isinstance(error, NoValuesFound) else QueryFailed
    return kind(f"{prefix}{error}")
