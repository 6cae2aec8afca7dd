"""Whether a metric template's provider can be used at all, in the words of Flagger.

Source: the constructors in flagger pkg/metrics/providers. What a provider then answers is the
`Metrics` port's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rehearsal.flagger.canary.resources import MetricProvider
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.golang import DurationError, parse_duration_ns
from rehearsal.flagger.golang.url import UrlError, parse_url

Credentials = Mapping[str, bytes]


def check_settings(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    """Raise PortError for the first thing that is missing or cannot be read."""
    check = _CHECKS.get(provider.type)
    if check is not None:
        check(provider, credentials, interval)


def _prometheus(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    _check_address(provider)
    if provider.secret_ref is not None and "token" not in credentials:
        _check_user(provider, credentials)


def _graphite(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    _check_address(provider)
    if provider.secret_ref is not None:
        _check_user(provider, credentials)


def _influxdb(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    _check_address(provider)
    if provider.secret_ref is None:
        return
    for key, name in (("token", "an authentication token"), ("org", "an organisation")):
        if key not in credentials:
            raise PortError(f"{provider.type} credentials does not contain {name}")


def _datadog(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    _require(provider, credentials, "datadog_api_key", "datadog_application_key")
    _check_interval(interval)


def _dynatrace(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    if not provider.address:
        raise PortError("dynatrace endpoint is not set")
    _require(provider, credentials, "dynatrace_token")
    _check_interval(interval)


def _splunk(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    if not provider.address:
        raise PortError("splunk endpoint is not set")
    _require(provider, credentials, "sf_token_key")
    _check_interval(interval)


def _newrelic(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    if "newrelic_account_id" not in credentials:
        raise PortError("newrelic credentials does not contain the key 'newrelic_account_id'")
    if "newrelic_query_key" not in credentials:
        raise PortError("newrelic credentials does not contain the key ''newrelic_query_key")
    _check_interval(interval)


def _stackdriver(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    if provider.secret_ref is not None and "project" not in credentials:
        raise PortError("stackdriver credentials does not contain a project id")


def _cloudwatch(provider: MetricProvider, credentials: Credentials, interval: str) -> None:
    if not provider.region:
        raise PortError("region not specified")
    _check_interval(interval)


def _check_address(provider: MetricProvider) -> None:
    try:
        readable = bool(str(parse_url(provider.address)))
    except UrlError:
        readable = False
    if not readable:
        raise PortError(f"{provider.type} address {provider.address} is not a valid URL")


def _check_user(provider: MetricProvider, credentials: Credentials) -> None:
    for key in ("username", "password"):
        if key not in credentials:
            raise PortError(f"{provider.type} credentials does not contain a {key}")


def _require(provider: MetricProvider, credentials: Credentials, *keys: str) -> None:
    for key in keys:
        if key not in credentials:
            raise PortError(f"{provider.type} credentials does not contain {key}")


def _check_interval(interval: str) -> None:
    try:
        parse_duration_ns(interval)
    except DurationError as error:
        raise PortError(f"error parsing metric interval: {error}") from error


_CHECKS: dict[str, Callable[[MetricProvider, Credentials, str], None]] = {
    "cloudwatch": _cloudwatch,
    "datadog": _datadog,
    "dynatrace": _dynatrace,
    "graphite": _graphite,
    "influxdb": _influxdb,
    "newrelic": _newrelic,
    "prometheus": _prometheus,
    "splunk": _splunk,
    "stackdriver": _stackdriver,
}
