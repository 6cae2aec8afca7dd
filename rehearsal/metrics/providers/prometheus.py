"""A Prometheus somewhere, asked over HTTP (flagger pkg/metrics/providers/prometheus.go)."""

import base64
import math
import re
from http import HTTPStatus
from posixpath import normpath
from typing import Any
from urllib.parse import quote_plus

from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.flagger.golang.strings import quote
from rehearsal.flagger.golang.url import UrlError, parse_url
from rehearsal.gohttp import Request
from rehearsal.metrics.providers.decoding import ANYTHING, STRING, array, decode, struct
from rehearsal.metrics.providers.fetching import collapsed, fetch, text_of
from rehearsal.metrics.providers.provider import Context, secret

ONLINE_QUERY = "vector(1)"

_ROW = struct(
    "",
    'struct { Metric struct { Name string "json:\\"name\\"" };'
    ' Value []interface {} "json:\\"value\\""; Values []interface {} "json:\\"values\\"" }',
    metric=(
        "metric",
        "Metric",
        struct("", 'struct { Name string "json:\\"name\\"" }', name=("name", "name", STRING)),
    ),
    value=("value", "value", array("[]interface {}", ANYTHING)),
    values=("values", "values", array("[]interface {}", ANYTHING)),
)
_DATA = struct(
    "",
    f"struct {{ Result []{_ROW.type} }}",
    result=("result", "Result", array(f"[]{_ROW.type}", _ROW)),
)
_RESPONSE = struct(
    "prometheusResponse", "providers.prometheusResponse", data=("data", "Data", _DATA)
)
_REASONS = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Request Entity Too Large",
    414: "Request URI Too Long",
    416: "Requested Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Entity",
}
# Go's strconv.ParseFloat without its hexadecimal form, which no Prometheus sends.
_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = re.compile(
    rf"[+-]?(?:(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:e[+-]?{_DIGITS})?|inf|infinity|nan)",
    re.IGNORECASE | re.ASCII,
)


class Prometheus:
    """Instant queries; the last element of the answer counts."""

    type = "prometheus"
    secret_keys = ("token",)

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        """The value of the last element."""
        request = Request("GET", _url(source.address, query), _headers(source))
        response = fetch(context.client, request, verify=not source.insecure_skip_verify)
        if response.status >= 400:
            reason = _REASONS.get(response.status, "")
            text = text_of(response)
            raise QueryFailed(f"error response: Status {response.status} {reason}: {text}")
        return _value(decode(text_of(response), _RESPONSE))

    def check_online(self, source: MetricSource, context: Context) -> None:
        """`vector(1)` has to be 1."""
        try:
            value = self.query(source, ONLINE_QUERY, context)
        except PortError as error:
            raise QueryFailed(f"running query failed: {error}") from None
        if value != 1:
            raise QueryFailed(f"value is not 1 for query: {ONLINE_QUERY}")

    def missing(self, source: MetricSource) -> str:
        return "" if source.address else "an address"


def _url(address: str, query: str) -> str:
    """`./api/v1/query` below the address, whose own query is dropped."""
    try:
        base = parse_url(address)
    except UrlError:
        raise QueryFailed(f"prometheus address {address} is not a valid URL") from None
    userinfo = f"{base.userinfo}@" if base.userinfo is not None else ""
    path = normpath(f"/{base.path}/api/v1/query").lstrip("/")
    encoded = quote_plus(collapsed(query), safe="~")
    return f"{base.scheme}://{userinfo}{base.host}/{path}?query={encoded}"


def _headers(source: MetricSource) -> tuple[tuple[str, str], ...]:
    found = [(name, value) for name, values in source.headers.items() for value in values]
    token, user, password = (secret(source, key) for key in ("token", "username", "password"))
    if "token" in source.credentials and token:
        found.append(("Authorization", f"Bearer {token}"))
    elif user and password:
        found = [header for header in found if header[0].lower() != "authorization"]
        found.append(basic_credentials(user, password))
    return tuple(found)


def basic_credentials(user: str, password: str) -> tuple[str, str]:
    """The header of HTTP's basic authentication."""
    return "Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _value(document: Any) -> float:
    value: float | None = None
    data = (document or {}).get("data") or {}
    for row in data.get("result") or ():
        fields = row or {}
        if fields.get("values") is not None:
            raise QueryFailed("query returned multiple values")
        pair = fields.get("value")
        if pair is None or len(pair) < 2:
            raise QueryFailed("the response has an element without a value")
        if isinstance(pair[1], str):
            value = parse_float(pair[1])
    if value is None or math.isnan(value):
        raise NoValuesFound
    return value


def parse_float(text: str) -> float:
    """A number in a text, as Go's `strconv.ParseFloat`; raises QueryFailed with its sentence."""
    if not _NUMBER.fullmatch(text):
        raise QueryFailed(f"strconv.ParseFloat: parsing {quote(text)}: invalid syntax")
    value = float(text)
    if math.isinf(value) and "inf" not in text.lower():
        raise QueryFailed(f"strconv.ParseFloat: parsing {quote(text)}: value out of range")
    return value
