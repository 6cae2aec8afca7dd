"""Requests through a forward proxy on this machine, on connections that are kept (RFC 9112).

Background traffic sends hundreds of requests per second beside everything else that happens in a
rehearsal, and needs a status and a few headers of each response: bodies are passed over.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import httptools

_REPEATABLE = ("GET", "HEAD", "OPTIONS")
_MOST_HEAD_BYTES = 64 * 1024
_KEPT = "%/?:@!$&'()*+,;=-._~[]|"


class NoResponseError(Exception):
    """A request that was not answered, or not to its end; the text says why."""


@dataclass
class Response:
    """A status, and headers by their names in small letters."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class ProxyClient:
    """Sends requests through the proxy at `http://HOST:PORT`; for one event loop."""

    def __init__(self, proxy: str, timeout_s: float) -> None:
        parts = urlsplit(proxy)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._timeout_s = timeout_s
        self._idle: list[_Connection] = []
        self._all: set[_Connection] = set()

    async def send(self, method: str, base_url: str, path: str) -> Response:
        """The response to a request without a body; raises NoResponseError."""
        head = _head(method, base_url, path)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._send(method, head)
        except TimeoutError:
            raise NoResponseError(f"no whole response within {self._timeout_s:g} s") from None
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            raise NoResponseError(reason) from None

    def close(self) -> None:
        for connection in list(self._all):
            connection.abort()

    async def _send(self, method: str, head: bytes) -> Response:
        """A kept connection may end just when it is used: what can be repeated is."""
        is_head = method == "HEAD"
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._exchange(connection, head, is_head)
            except NoResponseError:
                if not (connection.has_ended_unasked and method in _REPEATABLE):
                    raise
        return await self._exchange(await self._connect(), head, is_head)

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, self._host, self._port)
        self._all.add(connection)
        return connection

    async def _exchange(self, connection: "_Connection", head: bytes, is_head: bool) -> Response:
        try:
            response = await connection.exchange(head, is_head)
        except BaseException:
            connection.abort()
            self._all.discard(connection)
            raise
        if connection.is_reusable:
            self._idle.append(connection)
        else:
            connection.abort()
            self._all.discard(connection)
        return response


class _Connection(asyncio.Protocol):
    """One exchange after another; the methods named on_* are the parser's."""

    def __init__(self) -> None:
        self.is_reusable = True
        self.has_ended_unasked = False
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Response] | None = None
        self._response = Response()
        self._parser = httptools.HttpResponseParser(self)
        self._is_head = self._has_head = self._ends_with_connection = False
        self._head_bytes = 0

    async def exchange(self, head: bytes, is_head: bool) -> Response:
        """Write the head of a request and wait for the whole response."""
        if self._transport is None or self._transport.is_closing():
            self.has_ended_unasked = True
            raise NoResponseError("the connection was closed")
        self._begin(is_head)
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(head)
        return await self._waiting

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"a malformed response: {error}")
        if not self._has_head and self._head_bytes > _MOST_HEAD_BYTES:
            self._fail(f"a response's head of more than {_MOST_HEAD_BYTES >> 10} KiB")

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self.is_reusable = False
        if self._has_head and self._ends_with_connection and error is None:
            self._finish()
        self.has_ended_unasked = self._head_bytes == 0 and error is None
        self._fail(str(error) if error else "the connection was closed before the response's end")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head:
            self._response.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._response.status = self._parser.get_status_code()
        if self._response.status < 200:
            return
        self._has_head = True
        headers = self._response.headers
        self._ends_with_connection = not headers.keys() & {"content-length", "transfer-encoding"}
        if self._is_head:  # the parser would wait for a body that nobody sends
            self.is_reusable = False
            self._finish()

    def on_message_complete(self) -> None:
        if self._response.status < 200:
            self._response = Response()
            return
        self.is_reusable = self.is_reusable and self._parser.should_keep_alive()
        self._finish()

    def _begin(self, is_head: bool) -> None:
        self._is_head = is_head
        self._response = Response()
        self._has_head = self._ends_with_connection = False
        self._head_bytes = 0
        self._parser = httptools.HttpResponseParser(self)

    def _finish(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._response)

    def _fail(self, reason: str) -> None:
        self.is_reusable = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(NoResponseError(reason))


def _head(method: str, base_url: str, path: str) -> bytes:
    """The request in absolute form, as a proxy takes it (RFC 9112 section 3.2.2)."""
    origin = base_url.removesuffix(":80")
    target = quote(path.partition("#")[0], safe=_KEPT) or "/"
    headers: Mapping[str, str] = {
        "Host": urlsplit(origin).netloc,
        "User-Agent": "rehearse",
        "Accept": "*/*",
    }
    lines = [f"{method} {origin}{target} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
