"""The page on loopback: HTTP around the stream, the commands and the page. A thin shell.

Readers are counted, bodies bounded, and nobody is waited for: who does not read is behind by
himself, and who is too many is told so.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from commons.errors import Error, UserError
from rehearsal.output.web.access import Access
from rehearsal.output.web.page import live_policy, render_live, static_files
from rehearsal.output.web.stream import RecordStream

MOST_READERS = 64
MOST_BODY_BYTES = 16_384
_BODY_PATIENCE_S = 10.0
_LEAVE_S = 2
_PROBE_S = 1.0
_TYPES = {".css": "text/css", ".js": "text/javascript"}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Rehearsed:
    """What the page shows and does: all that the server knows of a rehearsal.

    `describe` is the report's object without records, `execute` does what a command's text asks
    for, `report` is the page so far as one file, `service_map` an SVG or "". `trace_pages` are
    served beside it, where there are traces.
    """

    describe: Callable[[], Mapping[str, Any]]
    execute: Callable[[str], Awaitable[None]]
    report: Callable[[], str]
    service_map: Callable[[], str]
    apex_url: str = ""
    trace_pages: Sequence[BaseRoute] = ()


class PageServer:
    """Serves one rehearsal on a socket that listens already, until it is closed."""

    def __init__(
        self, rehearsed: Rehearsed, stream: RecordStream, access: Access, listener: socket.socket
    ) -> None:
        self._rehearsed = rehearsed
        self._stream = stream
        self._access = access
        self._listener = listener
        self._files = static_files()
        self._readers = 0
        self._server = _Server(_config(_Guard(self._application(), access)))
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to serve."""
        self._serving = asyncio.create_task(self._server.serve([self._listener]))

    async def close(self) -> None:
        """Let readers have the rest, then leave."""
        self._server.should_exit = True
        if self._serving is not None:
            await asyncio.gather(self._serving, return_exceptions=True)
        self._listener.close()

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/page/{name}", self._file),
                Route("/events", self._events),
                Route("/commands", self._command, methods=["POST"]),
                Route("/serving", self._serving_now),
                Route("/report.html", self._report),
                Route("/map.svg", self._map),
                *self._rehearsed.trace_pages,
            ]
        )

    async def _page(self, request: Request) -> Response:
        text = render_live(self._rehearsed.describe())
        headers = {"Content-Security-Policy": live_policy(self._rehearsed.apex_url)}
        if "token" in request.query_params:
            headers["Set-Cookie"] = self._access.cookie()
        return Response(text, headers=headers, media_type="text/html")

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            return PlainTextResponse("there is no such file", 404)
        kind = next(kind for ending, kind in _TYPES.items() if name.endswith(ending))
        return Response(self._files[name], media_type=kind)

    async def _events(self, request: Request) -> Response:
        if self._readers >= MOST_READERS:
            said = f"there are {MOST_READERS} readers already; close a page and try again"
            return PlainTextResponse(said, 503, headers={"Retry-After": "5"})
        given = request.headers.get("last-event-id", "0")
        last_id = int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else 0
        return StreamingResponse(self._read(last_id), media_type="text/event-stream")

    async def _read(self, last_id: int) -> AsyncIterator[bytes]:
        self._readers += 1
        try:
            async with contextlib.aclosing(self._stream.read(last_id)) as events:
                async for data in events:
                    yield data
        finally:
            self._readers -= 1

    async def _command(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _said("send application/json", 415)
        try:
            async with asyncio.timeout(_BODY_PATIENCE_S):
                body = await _bounded(request)
        except (TimeoutError, ClientDisconnect):
            return _said("the command did not come whole", 408)
        if body is None:
            return _said(f"a command has {MOST_BODY_BYTES} bytes at most", 413)
        try:
            await self._rehearsed.execute(body.decode("utf-8", "replace"))
        except UserError as error:
            return _said(error.lines()[0], 422)
        except Error as error:
            return _said(error.lines()[0], 500)
        return _said("", 200)

    async def _report(self, request: Request) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="rehearsal.html"'}
        return Response(self._rehearsed.report(), headers=headers, media_type="text/html")

    async def _serving_now(self, request: Request) -> Response:
        """Whether the service may be shown: a browser does not say so of a frame."""
        url = urlsplit(self._rehearsed.apex_url)
        try:
            async with asyncio.timeout(_PROBE_S):
                _, writer = await asyncio.open_connection(url.hostname, url.port)
        except (OSError, TimeoutError):
            return JSONResponse({"serving": False})
        writer.close()
        return JSONResponse({"serving": True})

    async def _map(self, request: Request) -> Response:
        drawn = self._rehearsed.service_map()
        if not drawn:
            return Response(status_code=204)
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(drawn, headers=policy, media_type="image/svg+xml")


class _Guard:
    """Access and headers around the application."""

    def __init__(self, application: ASGIApp, access: Access) -> None:
        self._application = application
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        token = request.query_params.get("token", "") if request.url.path == "/" else ""
        refused = self._access.refuse(request.method, request.headers, token)
        if refused is not None:
            response = PlainTextResponse(f"{refused}\n", 403, headers=_HEADERS)
            await response(scope, receive, send)
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                ours = [(k.lower().encode(), v.encode()) for k, v in _HEADERS.items()]
                added = [pair for pair in ours if pair[0] not in given]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._application(scope, receive, with_headers)


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handling: the rehearsal's is in force."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _config(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=2 * MOST_READERS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_LEAVE_S,
    )


async def _bounded(request: Request) -> bytes | None:
    """The body; None for one that is too large, of which no more is read."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            return None
    return body


def _said(error: str, status: int) -> Response:
    return JSONResponse({"error": error} if error else {}, status)
