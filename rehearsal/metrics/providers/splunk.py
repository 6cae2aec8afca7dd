"""Splunk Observability: a SignalFlow program over a WebSocket (flagger …/providers/splunk.go).

The wire format is SignalFlow's: JSON for control, and binary messages of data, which carry a header
of twenty bytes, the time, and seventeen bytes for each value (signalflow-client-go/v2, messages).
"""

import json
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
from httpx2 import websockets

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import Request
from rehearsal.metrics.providers.decoding import parse
from rehearsal.metrics.providers.fetching import TIMEOUT_S, fetch, text_of
from rehearsal.metrics.providers.intervals import milliseconds
from rehearsal.metrics.providers.provider import Context, missing_keys, secret

_TOKEN = "sf_token_key"
_INTERVALS_BACK = 10
_MS_PER_S = 1000
_CHANNEL = "ch-1"
_HEADER = struct.Struct(">BBBB16s")
_DATA_HEADER = struct.Struct(">QI")
_PAYLOAD = struct.Struct(">B8s8s")
_COMPRESSED = 1
_JSON_ENCODED = 2
_MOST_MESSAGE_BYTES = 1 << 20
_NUMBERS = {1: struct.Struct(">q"), 2: struct.Struct(">d"), 3: struct.Struct(">i")}


@dataclass(frozen=True)
class DataPoint:
    """A value of one time series; None where it has none."""

    series: bytes
    value: float | None


class Splunk:
    """The last value of a program that yields one time series."""

    type = "splunk"
    secret_keys = (_TOKEN,)

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        now_ms = int(context.epoch_s() * _MS_PER_S)
        start_ms = now_ms - _INTERVALS_BACK * milliseconds(source.interval)
        request = _execution(query, start_ms, now_ms)
        found = [point for point in _points(source, request) if point.value is not None]
        if not found:
            raise NoValuesFound("invalid response: no values found")
        if len({point.series for point in found}) > 1:
            raise QueryFailed("invalid response: query returned multiple values")
        value = found[-1].value
        assert value is not None
        return value

    def check_online(self, source: MetricSource, context: Context) -> None:
        path = f"{source.address}/v2/metric?limit=1"
        url = path.replace("ws", "http", 1).replace("stream", "api", 1)
        headers = (("X-Sf-Token", secret(source, _TOKEN)),)
        response = fetch(context.client, Request("GET", url, headers))
        if response.status != 200:
            raise QueryFailed(f"error response: {text_of(response)}")

    def missing(self, source: MetricSource) -> str:
        return missing_keys(source, _TOKEN) if source.address else "an address"


def stream_url(address: str) -> str:
    """The WebSocket of an address: `https://api.…` becomes `wss://stream.…`."""
    return f"{address}/v2/signalflow".replace("http", "ws", 1).replace("api", "stream", 1)


def _execution(program: str, start_ms: int, stop_ms: int) -> str:
    return json.dumps(
        {
            "type": "execute",
            "program": program,
            "channel": _CHANNEL,
            "start": start_ms,
            "stop": stop_ms,
            "resolution": 0,
            "maxDelay": 0,
            "immediate": True,
            "timezone": "",
        }
    )


def _points(source: MetricSource, request: str) -> list[DataPoint]:
    deadline_s = time.monotonic() + TIMEOUT_S
    login = json.dumps({"type": "authenticate", "token": secret(source, _TOKEN)})
    try:
        with (
            httpx2.Client(timeout=TIMEOUT_S) as client,
            websockets.WebSocketClient(client, max_message_size_bytes=_MOST_MESSAGE_BYTES).connect(
                stream_url(source.address)
            ) as session,
        ):
            session.send_text(login)
            session.send_text(request)
            return list(_received(session, deadline_s))
    except (httpx2.HTTPError, httpx2.InvalidURL, websockets.HTTPXWSException, TimeoutError):
        # Flagger's client connects in the background and never says why it could not.
        raise QueryFailed("error executing query: context deadline exceeded") from None


def _received(session: websockets.WebSocketSession, deadline_s: float) -> Iterator[DataPoint]:
    """The data of the channel until its end."""
    while True:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        message = getattr(session.receive(timeout=left_s), "data", None)
        if isinstance(message, bytes | bytearray):
            yield from data_points(bytes(message))
        elif isinstance(message, str) and _is_end(message):
            return


def _is_end(message: str) -> bool:
    """Whether a control message ends the channel; raises QueryFailed for an error."""
    try:
        fields = parse(message)
    except ValueError:
        return False
    if not isinstance(fields, dict):
        return False
    if fields.get("type") == "error":
        kind = f" ({fields['errorType']})" if fields.get("errorType") else ""
        text = f": {fields['message']}" if fields.get("message") else ""
        raise QueryFailed(f"error executing query: {fields.get('error', 0)}{kind}{text}")
    return fields.get("event") in ("END_OF_CHANNEL", "CHANNEL_ABORT")


def data_points(message: bytes) -> list[DataPoint]:
    """The values of a binary message; none of one that is malformed, as with Flagger's client."""
    try:
        _, _, flags, _, _ = _HEADER.unpack_from(message)
        rest = message[_HEADER.size :]
        if flags & _JSON_ENCODED:
            return []
        if flags & _COMPRESSED:
            rest = _inflated(rest)
        _, count = _DATA_HEADER.unpack_from(rest)
        payloads = _PAYLOAD.iter_unpack(
            rest[_DATA_HEADER.size : _DATA_HEADER.size + count * _PAYLOAD.size]
        )
        return [DataPoint(series, _number(kind, value)) for kind, series, value in payloads]
    except (struct.error, OSError, EOFError, zlib.error):
        return []


def _number(kind: int, value: bytes) -> float | None:
    number = _NUMBERS.get(kind)
    return None if number is None else float(number.unpack_from(value)[0])


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    return inflater.decompress(data, _MOST_MESSAGE_BYTES)
