"""One exchange after the other, each within one deadline, and all of them ended by `close`.

Go's timeout runs from the first connection to the last byte of the body, through every redirect.
Redirects are followed by hand for that reason, and because Go has rules of its own for them
(net/http/client.go, `redirectBehavior`): 301, 302 and 303 make a POST a GET without a body, 307 and
308 repeat it, the credentials of another host are left out, and the tenth is an error.
"""

import asyncio
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpcore2

from rehearsal.gohttp import words
from rehearsal.gohttp.body import Body
from rehearsal.gohttp.network import Network
from rehearsal.gohttp.redirects import MOST_REDIRECTS, redirected
from rehearsal.gohttp.request import Request, RequestFailedError, core_request, host_of

ProxyFor = Callable[[str], str | None]
_EXTRA_CONNECTION_OPTIONS: dict[str, Any] = {"max_connections": 1, "max_keepalive_connections": 0}


@dataclass(frozen=True)
class Response:
    """A response, its redirects followed and its gzip undone.

    `headers` are by lower-case name, the first of each. `body` has at most `MOST_BODY_BYTES`;
    `body_error` is why it broke off, in Go's words. `url` is the one that answered.
    """

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    body_error: str | None
    url: str


class ClosedError(Exception):
    """The client was closed while the exchange was under way, or before."""


def no_proxy(host: str) -> str | None:
    """Every host is called directly."""
    del host
    return None


@dataclass
class GoClient:
    """Sends requests from any thread. `proxy_for` gives the proxy of a host, None for none."""

    proxy_for: ProxyFor = no_proxy
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: dict[asyncio.Task[Any], asyncio.AbstractEventLoop] = field(default_factory=dict)

    def send(self, request: Request, timeout_s: float, *, verify: bool = True) -> Response:
        """The response to a request; 0 or less is no timeout, as in Go.

        Raises RequestFailedError, or ClosedError within moments of `close`.
        """
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(
                self._guarded(_Exchange(self, verify), request, timeout_s)
            )
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def close(self) -> None:
        """End what is under way; whatever is sent from now on is refused."""
        with self._lock:
            self._closed = True
            for task, loop in self._running.items():
                loop.call_soon_threadsafe(task.cancel)

    async def _guarded(self, exchange: "_Exchange", request: Request, timeout_s: float) -> Response:
        task = asyncio.current_task()
        assert task is not None
        with self._lock:
            if self._closed:
                raise ClosedError
            self._running[task] = asyncio.get_running_loop()
        try:
            return await exchange.run(request, timeout_s)
        except asyncio.CancelledError:
            raise ClosedError from None
        finally:
            with self._lock:
                del self._running[task]


class _Exchange:
    """A request and the redirects that it meets, up to the last byte of the last response."""

    def __init__(self, client: GoClient, verify: bool) -> None:
        self._proxy_for = client.proxy_for
        self._verify = verify
        self._url = ""
        self._response: httpcore2.Response | None = None
        self._body = Body(gzipped=False)

    async def run(self, request: Request, timeout_s: float) -> Response:
        self._url = request.url
        try:
            async with asyncio.timeout(timeout_s if timeout_s > 0 else None):
                return await self._follow(request)
        except TimeoutError:
            if self._response is None:
                raise RequestFailedError(words.AWAITING_HEADERS, self._url) from None
            self._body.fail(words.READING_BODY)
            return self._finished(self._response)

    async def _follow(self, request: Request) -> Response:
        for _ in range(MOST_REDIRECTS):
            self._url = request.url
            following = await self._one(request)
            if isinstance(following, Response):
                return following
            location, request = request.url, following
        text = f"stopped after {MOST_REDIRECTS} redirects"
        raise RequestFailedError(text, request.location or location, final=True)

    async def _one(self, request: Request) -> Response | Request:
        """The response to one request, or the request that it redirects to."""
        network, host = Network(), host_of(request.url)
        async with self._pool(request.url, host, network) as pool:
            try:
                response = await pool.handle_async_request(core_request(request))
            except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError) as error:
                raise _failure(error, network, host, request.url) from None
            following = redirected(request, response.status, headers_of(response))
            if following is None:
                await self._read(response, network)
                return self._finished(response)
            await response.aclose()
            return following

    async def _read(self, response: httpcore2.Response, network: Network) -> None:
        encoding = headers_of(response).get("content-encoding", "")
        self._body = Body(gzipped=encoding.lower() == "gzip")
        self._response = response
        try:
            async for chunk in response.aiter_stream():
                self._body.feed(chunk)
            self._body.finish()
        except httpcore2.ProtocolError as error:
            self._body.fail(words.body_words(error))
        except httpcore2.NetworkError as error:
            self._body.fail(f"read tcp {network.addresses}: read: {words.errno_words(error)}")
        finally:
            await response.aclose()

    def _finished(self, response: httpcore2.Response) -> Response:
        reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        headers, body = headers_of(response), self._body
        return Response(response.status, reason, headers, body.content, body.error, self._url)

    def _pool(self, url: str, host: str, network: Network) -> httpcore2.AsyncConnectionPool:
        proxy = self._proxy_for(host) if url.startswith("http:") else None
        context = None
        if url.startswith("https:"):
            context = httpcore2.default_ssl_context()
            if not self._verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        return httpcore2.AsyncConnectionPool(
            ssl_context=context,
            proxy=httpcore2.Proxy(proxy) if proxy else None,
            network_backend=network,
            **_EXTRA_CONNECTION_OPTIONS,
        )


def headers_of(response: httpcore2.Response) -> dict[str, str]:
    """The headers by lower-case name; the first of a name counts, as in Go's `Header.Get`."""
    found: dict[str, str] = {}
    for name, value in response.headers:
        found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return found


def _failure(error: Exception, network: Network, host: str, url: str) -> RequestFailedError:
    tls = words.tls_words(error, host)
    if tls is not None:
        return RequestFailedError(tls[0], url, final=tls[1])
    if isinstance(error, httpcore2.ConnectError):
        return RequestFailedError(_connect_words(error, network), url)
    if isinstance(error, httpcore2.ProtocolError):
        return RequestFailedError(words.response_words(error, network.beginning), url)
    direction = "write" if isinstance(error, httpcore2.WriteError) else "read"
    reason = words.errno_words(error)
    return RequestFailedError(f"{direction} tcp {network.addresses}: {direction}: {reason}", url)


def _connect_words(error: httpcore2.ConnectError, network: Network) -> str:
    """Words of `Network.connect_tcp`, or of a handshake that the other side broke off."""
    text = str(error)
    if text.startswith("dial tcp") or not network.addresses:
        return text
    reason = words.errno_words(error)
    return f"read tcp {network.addresses}: read: {reason}" if reason != text else words.EOF
