"""InfluxDB 2: the first record of a Flux query (flagger pkg/metrics/providers/influxdb.go).

Flagger's client gives up silently on what it cannot read, and no record at all is 0: a query that
finds nothing passes every maximum. So it does here.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.flagger.golang import marshal_json
from rehearsal.flagger.golang.numbers import format_float
from rehearsal.gohttp import Request, Response
from rehearsal.metrics.providers.decoding import parse
from rehearsal.metrics.providers.fetching import fetch, text_of
from rehearsal.metrics.providers.prometheus import parse_float
from rehearsal.metrics.providers.provider import Context, missing_keys, secret

_ONLINE_QUERY = 'from(bucket: "default") |> range(start: -2h)'
_DIALECT = {"annotations": ["datatype", "group", "default"], "delimiter": ",", "header": True}
_USER_AGENT = "influxdb-client-go/2.14.0 (linux; amd64)"
_FAILED = "error accessing influxdb query api: "
_VALUE = "_value"


class Unreadable(ValueError):  # noqa: N818
    """A table that the client stops at."""


class InfluxDb:
    """Flux queries, posted as annotated CSV."""

    type = "influxdb"
    secret_keys = ("token", "org")

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        response = _ask(source, query, context)
        record = first_record(response.body.decode("utf-8", "replace"))
        if record is None:
            return 0.0
        value = record.get(_VALUE)
        if value is None:
            raise NoValuesFound(f"invalid response: {_shown(record)}: no values found")
        if not isinstance(value, float):
            raise QueryFailed(f"invalid response: {_shown(record)}")
        return value

    def check_online(self, source: MetricSource, context: Context) -> None:
        _ask(source, _ONLINE_QUERY, context)

    def missing(self, source: MetricSource) -> str:
        if not source.address:
            return "an address"
        return missing_keys(source, "token", "org") if source.credentials else ""


def _ask(source: MetricSource, query: str, context: Context) -> Response:
    url = f"{source.address.rstrip('/')}/api/v2/query?org={quote_plus(secret(source, 'org'))}"
    headers = [("Content-Type", "application/json"), ("User-Agent", _USER_AGENT)]
    if token := secret(source, "token"):
        headers.append(("Authorization", f"Token {token}"))
    body = marshal_json({"dialect": _DIALECT, "query": query, "type": "flux"})
    try:
        response = fetch(context.client, Request("POST", url, tuple(headers), body))
    except QueryFailed as error:
        raise QueryFailed(_FAILED + str(error).removeprefix("request failed: ")) from None
    if not 200 <= response.status < 300:
        raise QueryFailed(_FAILED + _reason(response))
    return response


def _reason(response: Response) -> str:
    """What the client makes of a response that is an error."""
    text = text_of(response)
    nothing = f"Unexpected status code {response.status}"
    if response.headers.get("content-type", "").startswith("application/json"):
        try:
            document = parse(text)
        except ValueError as error:
            return str(error)
        fields = document if isinstance(document, dict) else {}
        code, message = fields.get("code"), fields.get("message")
        return f"{code}: {message}" if code and message else str(message or nothing)
    return f"{response.status} {response.reason}: {text}" if text else nothing


@dataclass
class _Table:
    """The annotations and the header of the table that is being read."""

    types: Sequence[str] = ()
    defaults: Sequence[str] = ()
    columns: Sequence[str] = ()
    is_begun: bool = False
    names: Sequence[str] = field(default_factory=tuple)


def first_record(text: str) -> dict[str, Any] | None:
    """The first record of annotated CSV, by column; None where the client finds none."""
    try:
        return next(_records(text), None)
    except (Unreadable, csv.Error):
        return None


def _records(text: str) -> Iterator[dict[str, Any]]:
    table = _Table()
    for row in csv.reader(text.splitlines()):
        if len(row) < 2:
            continue
        if row[0] == "#datatype":
            table = _Table(types=row[1:])
        elif row[0] == "#default":
            table.defaults = row[1:]
        elif row[0].startswith("#"):
            continue
        elif not table.types:
            raise Unreadable("no annotations before the header")
        elif not table.columns:
            if row[1] == "error":
                raise Unreadable("an error in place of a table")
            table.columns = row[1:]
        else:
            yield _record(table, row[1:])


def _record(table: _Table, row: Sequence[str]) -> dict[str, Any]:
    if len(row) != len(table.columns) or len(row) != len(table.types):
        raise Unreadable("a row of another length")
    record: dict[str, Any] = {}
    for index, (column, kind, text) in enumerate(zip(table.columns, table.types, row, strict=True)):
        default = table.defaults[index] if index < len(table.defaults) else ""
        record[column] = _typed(kind, text or default)
    return record


def _typed(kind: str, text: str) -> Any:
    """A value by its declared type; only doubles are floats."""
    if kind == "string":
        return text
    if not text:
        return None
    match kind:
        case "double":
            return _double(text)
        case "long" | "unsignedLong":
            return _integer(text)
        case "boolean":
            return text.lower() != "false"
        case "dateTime:RFC3339" | "dateTime:RFC3339Nano":
            return _time(text)
        case "duration" | "base64Binary":
            return text
    raise Unreadable(f"the type {kind}")


def _double(text: str) -> float:
    try:
        return parse_float(text)
    except QueryFailed as error:
        raise Unreadable(str(error)) from None


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20):
        raise Unreadable("no integer")
    return int(text)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("no time") from None


def _shown(record: dict[str, Any]) -> str:
    return ",".join(f"{name}:{_value_shown(record[name])}" for name in sorted(record))


def _value_shown(value: Any) -> str:
    """A value under Go's `%v`."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return str(value).lower()
        case float():
            return format_float(value)
        case datetime():
            fraction = f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""
            return f"{value:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"
        case _:
            return str(value)
