"""What a metric template's provider needs, and the words when it does not have it.

Expected texts: the constructors of flagger pkg/metrics/providers.
"""

from typing import Any

import pytest

from rehearsal.flagger.canary.resources import MetricProvider
from rehearsal.flagger.controller.checks.settings import check_settings
from rehearsal.flagger.controller.errors import PortError

WITH_SECRET = {"secretRef": {"name": "credentials"}}
COMPLETE: dict[str, tuple[dict[str, Any], dict[str, bytes]]] = {
    "prometheus": ({"address": "http://p:9090", **WITH_SECRET}, {"token": b"t"}),
    "graphite": ({"address": "http://g"}, {}),
    "influxdb": ({"address": "http://i", **WITH_SECRET}, {"token": b"t", "org": b"o"}),
    "datadog": ({}, {"datadog_api_key": b"a", "datadog_application_key": b"b"}),
    "dynatrace": ({"address": "https://d"}, {"dynatrace_token": b"t"}),
    "splunk": ({"address": "https://s"}, {"sf_token_key": b"t"}),
    "newrelic": ({}, {"newrelic_account_id": b"1", "newrelic_query_key": b"k"}),
    "stackdriver": (WITH_SECRET, {"project": b"p"}),
    "cloudwatch": ({"region": "eu-central-1"}, {}),
    "keptn": ({}, {}),
    "externalmetrics": ({}, {}),
}


def _check(
    kind: str, fields: dict[str, Any], secrets: dict[str, bytes], interval: str = "1m"
) -> None:
    check_settings(MetricProvider.model_validate({"type": kind, **fields}), secrets, interval)


@pytest.mark.parametrize("kind", COMPLETE)
def test_what_is_complete_is_accepted(kind: str) -> None:
    _check(kind, *COMPLETE[kind])


@pytest.mark.parametrize(
    ("kind", "missing", "text"),
    [
        ("prometheus", "token", "prometheus credentials does not contain a username"),
        ("influxdb", "token", "influxdb credentials does not contain an authentication token"),
        ("influxdb", "org", "influxdb credentials does not contain an organisation"),
        ("datadog", "datadog_api_key", "datadog credentials does not contain datadog_api_key"),
        (
            "datadog",
            "datadog_application_key",
            "datadog credentials does not contain datadog_application_key",
        ),
        ("dynatrace", "dynatrace_token", "dynatrace credentials does not contain dynatrace_token"),
        ("splunk", "sf_token_key", "splunk credentials does not contain sf_token_key"),
        (
            "newrelic",
            "newrelic_account_id",
            "newrelic credentials does not contain the key 'newrelic_account_id'",
        ),
        (
            "newrelic",
            "newrelic_query_key",
            "newrelic credentials does not contain the key ''newrelic_query_key",
        ),
        ("stackdriver", "project", "stackdriver credentials does not contain a project id"),
    ],
)
def test_a_secret_without_a_key(kind: str, missing: str, text: str) -> None:
    fields, secrets = COMPLETE[kind]
    with pytest.raises(PortError) as raised:
        _check(kind, fields, {key: value for key, value in secrets.items() if key != missing})
    assert str(raised.value) == text


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("dynatrace", "address", "dynatrace endpoint is not set"),
        ("splunk", "address", "splunk endpoint is not set"),
        ("cloudwatch", "region", "region not specified"),
        ("prometheus", "address", "prometheus address  is not a valid URL"),
        ("graphite", "address", "graphite address  is not a valid URL"),
        ("influxdb", "address", "influxdb address  is not a valid URL"),
    ],
)
def test_a_field_that_is_missing(kind: str, field: str, text: str) -> None:
    fields, secrets = COMPLETE[kind]
    with pytest.raises(PortError) as raised:
        _check(kind, {key: value for key, value in fields.items() if key != field}, secrets)
    assert str(raised.value) == text


@pytest.mark.parametrize("kind", ["prometheus", "graphite", "influxdb"])
@pytest.mark.parametrize("address", ["http://[::1", "http://a b", ":80", "http://%zz"])
def test_an_address_that_go_cannot_read(kind: str, address: str) -> None:
    with pytest.raises(PortError, match="is not a valid URL"):
        _check(kind, {"address": address}, {})


@pytest.mark.parametrize("kind", ["datadog", "dynatrace", "splunk", "newrelic", "cloudwatch"])
@pytest.mark.parametrize("interval", ["", "1", "soon", "1d"])
def test_an_interval_that_go_cannot_read(kind: str, interval: str) -> None:
    with pytest.raises(PortError, match="error parsing metric interval: time: "):
        _check(kind, *COMPLETE[kind], interval)


@pytest.mark.parametrize("kind", ["prometheus", "graphite"])
def test_a_user_needs_both(kind: str) -> None:
    fields = {"address": "http://x", **WITH_SECRET}
    with pytest.raises(PortError, match="does not contain a password"):
        _check(kind, fields, {"username": b"u"})
    _check(kind, fields, {"username": b"u", "password": b"p"})
