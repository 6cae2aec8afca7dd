"""Providers that read a Kubernetes API server: external metrics, and Keptn's resources.

Sources: flagger pkg/metrics/providers/externalmetrics.go and keptn.go. In a cluster Flagger uses
its own account; outside of one the server is the template's `address` (of `kubectl proxy`, say)
with the Secret's `token`, if any.
"""

import re
import time
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qs, quote

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.flagger.golang import marshal_json
from rehearsal.gohttp import Request, Response
from rehearsal.metrics.providers.decoding import parse
from rehearsal.metrics.providers.fetching import fetch, text_of
from rehearsal.metrics.providers.prometheus import parse_float
from rehearsal.metrics.providers.provider import Context, secret

NO_CLUSTER = "no KubeConfig provided"
_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
_QUANTITY = re.compile(r"([+-]?[0-9]{0,30}\.?[0-9]{0,30})([eE][+-]?[0-9]{1,3})?([a-zA-Z]{0,2})")
_FORMAT = "<namespace>/<metricName>?labelSelector=<urlencoded label selectors>"


class ExternalMetrics:
    """The first value of a metric of the External Metrics API."""

    type = "externalmetrics"
    secret_keys = ("token",)

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        try:
            namespace, metric, selector = _parsed(query)
        except ValueError as error:
            raise QueryFailed(f"error parsing metric query: {error}") from None
        try:
            items = _listed(source, namespace, metric, selector, context)
        except QueryFailed as error:
            raise QueryFailed(f"error querying external metrics API: {error}") from None
        if not items:
            raise NoValuesFound("no external metrics found: no values found")
        return quantity(str(items[0].get("value", "0")))

    def check_online(self, source: MetricSource, context: Context) -> None:
        try:
            _listed(source, "kube-system", "dummy-metric", "", context)
        except QueryFailed as error:
            raise QueryFailed(f"external metrics service unavailable: {error}") from None

    def missing(self, source: MetricSource) -> str:
        return "" if source.address else "an address"


def _parsed(query: str) -> tuple[str, str, str]:
    """Namespace, name and label selector of a query; raises ValueError with Flagger's text."""
    path, _, parameters = query.partition("?")
    parts = path.removeprefix("/").split("/") if path.count("/") > 1 else path.split("/")
    if len(parts) > 2:
        raise ValueError(
            f"malformed query string, too many slashes, expected {_FORMAT}, got {query}"
        )
    namespace, metric = (parts[0] or "default", parts[1]) if len(parts) == 2 else ("default", path)
    if not metric:
        raise ValueError("metric name cannot be empty")
    found = parse_qs(parameters, max_num_fields=100).get("labelSelector", [""])
    return namespace, metric, found[0]


def _listed(
    source: MetricSource, namespace: str, metric: str, selector: str, context: Context
) -> list[dict[str, Any]]:
    path = f"external.metrics.k8s.io/v1beta1/namespaces/{quote(namespace)}/{quote(metric)}"
    parameters = f"?labelSelector={quote(selector, safe='')}" if selector else ""
    document = _call(source, "GET", f"{path}{parameters}", context)
    items = document.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def quantity(text: str) -> float:
    """A Kubernetes quantity such as `1500m` as a number; raises QueryFailed if it is none."""
    match = _QUANTITY.fullmatch(text)
    try:
        if match is None or (match[2] and match[3]):
            raise InvalidOperation
        return float(Decimal(match[1] + (match[2] or "")) * _SUFFIXES[match[3]])
    except (InvalidOperation, KeyError):
        raise QueryFailed(
            "quantities must match the regular expression"
            " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        ) from None


class Keptn:
    """The value of a KeptnMetric, or whether an Analysis passes (1 or 0)."""

    type = "keptn"
    secret_keys = ()

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        if not source.address:
            raise QueryFailed(f"could not initialize KeptnProvider: {NO_CLUSTER}")
        kind, namespace, name, *rest = _keptn_query(query)
        if kind == "keptnmetrics":
            return _keptn_metric(source, namespace, name, context)
        return _keptn_analysis(source, namespace, name, rest, context)

    def check_online(self, source: MetricSource, context: Context) -> None:
        """Flagger does not look either."""
        del source, context

    def missing(self, source: MetricSource) -> str:
        return "" if source.address else "an address (of an API server)"


_KEPTN = "metrics.keptn.sh/v1beta1/namespaces"
_ANALYSIS_TIMEOUT_S = 10.0
_POLL_S = 1.0
_KINDS = {
    "keptnmetric": "keptnmetrics",
    "keptnmetrics": "keptnmetrics",
    "analysis": "analyses",
    "analyses": "analyses",
}


def _keptn_query(query: str) -> list[str]:
    parts = query.lower().removesuffix("\n").strip().split("/")
    if len(parts) < 3:
        raise QueryFailed(
            "unexpected query format. query must be in the format"
            " <keptnmetric|analysis>/<namespace>/<resourceName>/<duration>/<arguments>"
        )
    kind = _KINDS.get(parts[0])
    if kind is None:
        raise QueryFailed(
            "unexpected resource kind provided in the query. must be one of:"
            " ['keptnmetric', 'analysis']"
        )
    return [kind, *parts[1:]]


def _keptn_metric(source: MetricSource, namespace: str, name: str, context: Context) -> float:
    title = f"KeptnMetric {namespace}/{name}"
    path = f"{_KEPTN}/{quote(namespace)}/keptnmetrics/{quote(name)}"
    try:
        found = _call(source, "GET", path, context)
    except QueryFailed as error:
        raise QueryFailed(f"could not retrieve {title}: {error}") from None
    status = found.get("status")
    value = status.get("value") if isinstance(status, dict) else None
    if not isinstance(value, str):
        text = f"no value found in resource {namespace}/{name}"
        raise QueryFailed(f"could not retrieve KeptnMetric - {text}")
    try:
        return parse_float(value)
    except QueryFailed as error:
        raise QueryFailed(f"could not parse value of {title} to float: {error}") from None


def _keptn_analysis(
    source: MetricSource, namespace: str, name: str, rest: list[str], context: Context
) -> float:
    """Create an Analysis, wait for its verdict, delete it."""
    title = f"Keptn Analysis {namespace}/{name}"
    folder = f"{_KEPTN}/{quote(namespace)}/analyses"
    own_name = f"{name}-{uuid.uuid4().hex[:6]}"
    pairs = (pair.split("=") for pair in (rest[1] if len(rest) > 1 else "").split(";"))
    body = {
        "apiVersion": "metrics.keptn.sh/v1beta1",
        "kind": "Analysis",
        "metadata": {"name": own_name, "namespace": namespace},
        "spec": {
            "analysisDefinition": {"name": name},
            "timeframe": {"recent": rest[0] if rest else "1m"},
            "args": {pair[0]: pair[1] for pair in pairs if len(pair) == 2},
        },
    }
    try:
        _call(source, "POST", folder, context, body)
    except QueryFailed as error:
        raise QueryFailed(f"could not create {title}: {error}") from None
    path = f"{folder}/{quote(own_name)}"
    try:
        return _verdict(source, path, title, context)
    finally:
        _delete(source, path, context)


def _verdict(source: MetricSource, path: str, title: str, context: Context) -> float:
    deadline_s = time.monotonic() + _ANALYSIS_TIMEOUT_S
    while time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
        try:
            status = _call(source, "GET", path, context).get("status")
        except QueryFailed as error:
            raise QueryFailed(f"could not check status of created {title}: {error}") from None
        if isinstance(status, dict) and status.get("state") == "Completed" and "pass" in status:
            return 1.0 if status["pass"] is True else 0.0
    raise QueryFailed(f"encountered timeout while waiting for {title} to be finished")


def _delete(source: MetricSource, path: str, context: Context) -> None:
    try:
        _call(source, "DELETE", path, context)
    except QueryFailed:
        return  # Flagger logs it and goes on.


def _call(
    source: MetricSource, method: str, path: str, context: Context, body: Any = None
) -> dict[str, Any]:
    """An object of the API server; raises QueryFailed with the message of its Status."""
    headers = [("Accept", "application/json")]
    if body is not None:
        headers.append(("Content-Type", "application/json"))
    if token := secret(source, "token"):
        headers.append(("Authorization", f"Bearer {token}"))
    url = f"{source.address.rstrip('/')}/apis/{path}"
    data = b"" if body is None else marshal_json(body)
    request = Request(method, url, tuple(headers), data)
    try:
        response = fetch(context.client, request, verify=not source.insecure_skip_verify)
    except QueryFailed as error:
        raise QueryFailed(str(error).removeprefix("request failed: ")) from None
    document = _document(response)
    if response.status >= 400:
        raise QueryFailed(str(document.get("message") or _unknown(response)))
    return document


def _document(response: Response) -> dict[str, Any]:
    try:
        found = parse(response.body.decode("utf-8", "replace"))
    except ValueError as error:
        if response.status >= 400:
            return {}
        raise QueryFailed(str(error)) from None
    return found if isinstance(found, dict) else {}


def _unknown(response: Response) -> str:
    text = text_of(response) or "unknown"
    return f"an error on the server ({text!r}) has prevented the request from succeeding"
