"""Where queries go, and one way to ask."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricProvider, MetricTemplate
from rehearsal.flagger.controller.checks.settings import check_settings
from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Metrics, MetricSource, Store
from rehearsal.flagger.controller.templates import collapse
from rehearsal.flagger.controller.tick import Tick
from rehearsal.flagger.controller.verification import KNATIVE
from rehearsal.flagger.providers.knative import KNATIVE_SERVICES, knative_status

ONLINE_QUERY = "vector(1)"

_OTHERS = frozenset(
    (
        "cloudwatch",
        "datadog",
        "dynatrace",
        "externalmetrics",
        "graphite",
        "influxdb",
        "keptn",
        "newrelic",
        "splunk",
        "stackdriver",
    )
)
"""The types of provider that are no Prometheus; Flagger takes any other for one."""


def metrics_server(canary: Canary, flags: Flags) -> MetricSource:
    """The canary's metrics server, or that of the flag; raises PortError for no URL."""
    own = canary.spec.metrics_server
    if own:
        try:
            check_settings(MetricProvider(type="prometheus", address=own), {}, "")
        except PortError as error:
            raise PortError(f"building Prometheus client for {own} {error}") from error
    return MetricSource(address=own or flags.metrics_server)


def latest_revision(tick: Tick) -> str:
    """The latest revision of a Knative service, whose requests are measured; else empty.

    Raises PortError when the provider is knative and there is no such service.
    """
    canary = tick.canary
    if KNATIVE not in (canary.spec.provider, tick.flags.mesh_provider):
        return ""
    try:
        return knative_status(canary, tick.ports.workloads.target()).latest_created_revision
    except PortError:
        text = f"fetching Knative service {canary.namespace}/{canary.target}"
        raise PortError(f'{text} {KNATIVE_SERVICES} "{canary.target}" not found') from None


def template_source(
    store: Store, title: str, template: MetricTemplate, interval: str
) -> MetricSource:
    """The provider of a template, with its credentials; `title` names the template in errors.

    Raises PortError where the Secret is missing or the provider could not be used.
    """
    provider = template.spec.provider
    credentials: Mapping[str, bytes] = {}
    if provider.secret_ref is not None:
        name = provider.secret_ref.name
        try:
            credentials = store.secret(template.namespace, name)
        except PortError as error:
            raise PortError(f"{title} secret {name} error: {error}") from error
    try:
        check_settings(provider, credentials, interval)
    except PortError as error:
        raise PortError(f"{title} provider {provider.type} error: {error}") from error
    return MetricSource(
        type=provider.type,
        address=provider.address,
        headers=provider.headers,
        credentials=credentials,
        insecure_skip_verify=provider.insecure_skip_verify,
        region=provider.region,
        interval=interval,
    )


def ask(metrics: Metrics, source: MetricSource, query: str, metric: str = "") -> float:
    """The answer to a query of a metric, sent as Flagger sends it."""
    sent = query if source.type in _OTHERS else collapse(query)
    return metrics.query(source, sent, metric)


def check_online(metrics: Metrics, source: MetricSource) -> None:
    """Raise PortError unless the server can do the simplest thing.

    Providers that are no Prometheus have probes of their own, which the port makes; their texts
    stand as they are.
    """
    try:
        value = ask(metrics, source, ONLINE_QUERY)
    except PortError as error:
        if source.type in _OTHERS:
            raise
        raise within("running query failed: ", error) from error
    if value != 1:
        raise PortError(f"value is not 1 for query: {ONLINE_QUERY}")


def within(prefix: str, error: PortError) -> PortError:
    """The same error under a longer name; no values stay no values."""
    kind = NoValuesFound if isinstance(error, NoValuesFound) else QueryFailed
    return kind(f"{prefix}{error}")
