"""What the store keeps, passed on by OTLP over HTTP, when the environment asks for it.

OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is an address as it stands, OTEL_EXPORTER_OTLP_ENDPOINT one to
which /v1/traces is added; OTEL_EXPORTER_OTLP_HEADERS are sent along (OpenTelemetry specification,
"OpenTelemetry Protocol Exporter"). Spans wait a second, so that subsegments find their segments.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import random
from collections import deque
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

import httpx2

from commons.errors import UsageError
from commons.values import shown
from xray_local.otlp.receiver import PATH
from xray_local.otlp.writing import write_request
from xray_local.spans import Span
from xray_local.store import TraceStore

log = logging.getLogger("xray")
TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_MOST_WAITING = 50_000
_BATCH = 512
_PAUSE_S = 1.0
_TIMEOUT_S = 10.0
_TRIES = 4
_RETRYABLE = frozenset({429, 502, 503, 504})


def export_address(environ: Mapping[str, str]) -> str:
    """Where spans are to go; "" for nowhere. UsageError for what is no address."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return ""
    name = next((name for name in (TRACES_ENDPOINT, ENDPOINT) if environ.get(name)), "")
    if not name:
        return ""
    _check_protocol(environ)
    address = environ[name]
    try:
        url = urlsplit(address)
        known = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        known = False
    if not known:
        raise UsageError(f"{name}: {shown(address)} is not an http or https address")
    return address if name == TRACES_ENDPOINT else address.rstrip("/") + PATH


def _check_protocol(environ: Mapping[str, str]) -> None:
    for name in _PROTOCOLS:
        if environ.get(name, "http/protobuf") not in ("", "http/protobuf"):
            raise UsageError(f"{name}: only http/protobuf is spoken, not {shown(environ[name])}")


def export_headers(environ: Mapping[str, str]) -> dict[str, str]:
    """Headers to send along: `name=value,name=value`, percent-encoded. UsageError for others."""
    found: dict[str, str] = {}
    for item in environ.get(HEADERS, "").split(","):
        name, equals, value = item.partition("=")
        if not item.strip():
            continue
        text = unquote(value.strip())
        name = name.strip()
        if not equals or not name.isascii() or not text.isascii() or not text.isprintable():
            raise UsageError(f"{HEADERS}: an item is not name=value")
        found[name] = text
    return found


class SpanExport:
    """Passes on the complete spans of a store; `exported`, `failed` and `dropped` count them."""

    def __init__(self, store: TraceStore, address: str, headers: Mapping[str, str]) -> None:
        self.address = address
        self.exported = 0
        self.failed = 0
        self.dropped = 0
        """Those that came while too many waited."""
        self._store = store
        self._waiting: deque[Span] = deque()
        self._client = httpx2.AsyncClient(
            headers=dict(headers), timeout=_TIMEOUT_S, trust_env=False
        )
        store.listen(self._added)

    def _added(self, spans: Sequence[Span]) -> None:
        for span in spans:
            if not span.is_complete:
                continue
            if len(self._waiting) >= _MOST_WAITING:
                self.dropped += 1
            else:
                self._waiting.append(span)

    async def run(self) -> None:
        """Pass on what waits, once a second, until cancelled."""
        while True:
            await asyncio.sleep(_PAUSE_S)
            await self.flush()

    async def flush(self, tries: int = _TRIES) -> None:
        """Pass on what waits now."""
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            if await self._send(some, tries):
                self.exported += len(some)
            else:
                if not self.failed:
                    log.warning("spans could not be passed on to %s", self.address)
                self.failed += len(some)

    async def close(self) -> None:
        """Pass on the rest with one try, and close the connection."""
        await self.flush(tries=1)
        await self._client.aclose()

    async def _send(self, spans: Sequence[Span], tries: int) -> bool:
        pairs = [(span, self._service(span)) for span in spans]
        body = gzip.compress(write_request(pairs).SerializeToString(), compresslevel=1)
        headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
        for number in range(tries):
            if number:
                await asyncio.sleep(2**number * 0.25 * random.uniform(0.5, 1.5))
            try:
                response = await self._client.post(self.address, content=body, headers=headers)
            except httpx2.HTTPError:
                continue
            if response.status_code not in _RETRYABLE:
                return response.is_success
        return False

    def _service(self, span: Span) -> str:
        if span.service:
            return span.service
        trace = self._store.trace(span.trace_id)
        return trace.services.get(span.span_id, "") if trace else ""
