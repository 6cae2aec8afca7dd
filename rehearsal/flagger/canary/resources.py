"""The objects a Canary refers to: MetricTemplate and AlertProvider (their CRD rules included)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.scalars import Flag, Text


class SecretRef(Part):
    """A Secret by name."""

    name: Text


class MetricProvider(Part):
    """Who answers a template's query."""

    type: Literal[
        "prometheus",
        "influxdb",
        "datadog",
        "externalmetrics",
        "stackdriver",
        "cloudwatch",
        "newrelic",
        "graphite",
        "dynatrace",
        "keptn",
        "splunk",
    ]
    address: Text = ""
    headers: Mapping[str, tuple[Text, ...]] = Field(default_factory=dict)
    secret_ref: SecretRef | None = None
    region: Text = ""
    insecure_skip_verify: Flag = False


class MetricTemplateSpec(Part):
    """A query in Go template syntax, and who answers it."""

    provider: MetricProvider
    query: Text


class AlertProviderSpec(Part):
    """Where alerts go: exactly one of `address` and `secretRef`."""

    type: Literal["slack", "msteams", "discord", "rocket", "gchat"]
    address: Text = ""
    secret_ref: SecretRef | None = None
    channel: Text = ""
    username: Text = ""
    proxy: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _one_destination(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        given = sum(any(key in data for key in keys) for keys in _DESTINATIONS)
        if given != 1:
            raise PydanticCustomError("destination", "needs exactly one of address or secretRef")
        return data


_DESTINATIONS = (("address",), ("secretRef", "secret_ref"))


@dataclass(frozen=True)
class MetricTemplate:
    """A MetricTemplate object."""

    name: str
    namespace: str
    spec: MetricTemplateSpec


@dataclass(frozen=True)
class AlertProvider:
    """An AlertProvider object."""

    name: str
    namespace: str
    spec: AlertProviderSpec
