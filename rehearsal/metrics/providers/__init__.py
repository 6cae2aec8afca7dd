"""Providers of MetricTemplates, one file per type, asked exactly as Flagger 1.44 asks them."""

from collections.abc import Mapping

from rehearsal.metrics.providers.cloudwatch import CloudWatch
from rehearsal.metrics.providers.datadog import Datadog
from rehearsal.metrics.providers.dynatrace import Dynatrace
from rehearsal.metrics.providers.graphite import Graphite
from rehearsal.metrics.providers.influxdb import InfluxDb
from rehearsal.metrics.providers.kubernetes import ExternalMetrics, Keptn
from rehearsal.metrics.providers.newrelic import NewRelic
from rehearsal.metrics.providers.prometheus import Prometheus
from rehearsal.metrics.providers.provider import Context, Provider
from rehearsal.metrics.providers.splunk import Splunk
from rehearsal.metrics.providers.stackdriver import Stackdriver

__all__ = ["PROVIDERS", "Context", "Prometheus", "Provider", "provider_of"]

_ALL: tuple[Provider, ...] = (
    CloudWatch(),
    Datadog(),
    Dynatrace(),
    ExternalMetrics(),
    Graphite(),
    InfluxDb(),
    Keptn(),
    NewRelic(),
    Prometheus(),
    Splunk(),
    Stackdriver(),
)
PROVIDERS: Mapping[str, Provider] = {provider.type: provider for provider in _ALL}


def provider_of(type_: str) -> Provider:
    """The provider of a type; Flagger takes one that it does not know for a Prometheus."""
    return PROVIDERS.get(type_, PROVIDERS["prometheus"])
