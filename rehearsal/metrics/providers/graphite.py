"""Graphite's render API: the last value there is (flagger pkg/metrics/providers/graphite.go)."""

import re
from collections.abc import Iterator
from posixpath import normpath
from typing import Any
from urllib.parse import unquote_plus

from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.flagger.golang.numbers import format_float
from rehearsal.flagger.golang.strings import quote
from rehearsal.flagger.golang.url import UrlError, parse_url
from rehearsal.gohttp import Request
from rehearsal.metrics.providers.decoding import ANYTHING, STRING, array, decode, struct
from rehearsal.metrics.providers.fetching import collapsed, encoded, fetch, text_of
from rehearsal.metrics.providers.prometheus import basic_credentials, parse_float
from rehearsal.metrics.providers.provider import Context, secret

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_TARGET = struct(
    "graphiteTargetResp",
    "providers.graphiteTargetResp",
    target=("target", "target", STRING),
    points=(
        "datapoints",
        "datapoints",
        array("[]providers.graphiteDataPoint", array("[]interface {}", ANYTHING)),
    ),
)
_RESPONSE = array("providers.graphiteResponse", _TARGET)


class Graphite:
    """Render queries: the query of the template is the query of the URL."""

    type = "graphite"
    secret_keys = ("username", "password")

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        request = Request("GET", _url(source.address, query), _headers(source))
        response = fetch(context.client, request, verify=not source.insecure_skip_verify)
        text = text_of(response)
        if response.status >= 400:
            raise QueryFailed(f"error response: {text}")
        value: float | None = None
        for target in decode(text, _RESPONSE) or ():
            for point in (target or {}).get("datapoints") or ():
                found = _point(point, text)
                value = value if found is None else found
        if value is None:
            raise NoValuesFound
        return value

    def check_online(self, source: MetricSource, context: Context) -> None:
        try:
            self.query(source, "target=test", context)
        except NoValuesFound:
            return
        except PortError as error:
            raise QueryFailed(f"running query failed: {error}") from None

    def missing(self, source: MetricSource) -> str:
        return "" if source.address else "an address"


def _url(address: str, query: str) -> str:
    try:
        base = parse_url(address)
    except UrlError:
        raise QueryFailed(f"graphite address {address} is not a valid URL") from None
    parameters = [pair for pair in _parameters(collapsed(query)) if pair[0] != "format"]
    path = normpath(f"/{base.path}/render").lstrip("/")
    userinfo = f"{base.userinfo}@" if base.userinfo is not None else ""
    fields = encoded([*parameters, ("format", "json")])
    return f"{base.scheme}://{userinfo}{base.host}/{path}?{fields}"


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    """Fields of a query as Go's `url.ParseQuery` reads it: those that are malformed are dropped."""
    for part in query.split("&"):
        if part and ";" not in part and not _BAD_ESCAPE.search(part):
            key, _, value = part.partition("=")
            yield unquote_plus(key), unquote_plus(value)


def _headers(source: MetricSource) -> tuple[tuple[str, str], ...]:
    user, password = secret(source, "username"), secret(source, "password")
    return (basic_credentials(user, password),) if user and password else ()


def _point(point: list[Any] | None, text: str) -> float | None:
    """The value of a point `[value, time]`; None where it has none."""
    try:
        return _checked(point)
    except QueryFailed as error:
        raise QueryFailed(f"error unmarshaling result: {error}, '{text}'") from None


def _checked(point: list[Any] | None) -> float | None:
    if point is None or len(point) != 2:
        shown = " ".join(map(_shown, point or ()))
        raise QueryFailed(f"error unmarshaling data point: [{shown}]")
    value, time = point
    if isinstance(value, bool | list | dict):
        raise QueryFailed(f"error unmarshaling value: {_shown(value)}")
    number = parse_float(value) if isinstance(value, str) else value
    if isinstance(time, bool | list | dict):
        raise QueryFailed(f"error unmarshaling timestamp: {_shown(value)}")
    if isinstance(time, str) and not _INTEGER.fullmatch(time):
        raise QueryFailed(f"strconv.ParseInt: parsing {quote(time)}: invalid syntax")
    return None if number is None else float(number)


def _shown(value: Any) -> str:
    """A decoded value under Go's `%v`."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return str(value).lower()
        case int() | float():
            return format_float(float(value))
        case _:
            return str(value)
