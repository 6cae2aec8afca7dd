"""Requests that take any HTTP method, and plain-text responses, as everything on a Go mux has."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from loadtester.webhooks.errors import LoadtesterError
from loadtester.webhooks.payload import Payload

_INLINE_BYTES = 16_384
Handler = Callable[[Request], Awaitable[Response]]
ErrorResponse = Callable[[LoadtesterError], Response]


class ExactPaths:
    """An ASGI application for paths that are known to the letter; all others are for `others`.

    Flagger asks for gates again and again: one look-up finds them, where a router tries pattern
    after pattern. Whatever the method.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], others: ASGIApp, error_response: ErrorResponse
    ) -> None:
        self._handlers = handlers
        self._others = others
        self._error_response = error_response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["path"]) if scope["type"] == "http" else None
        if handler is None:
            return await self._others(scope, receive, send)
        try:
            response = await handler(Request(scope, receive))
        except LoadtesterError as error:
            response = self._error_response(error)
        return await response(scope, receive, send)


class AnyMethod:
    """An ASGI application of one handler, for a router: a function would be held to GET."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._handler(Request(scope, receive))
        await response(scope, receive, send)


async def read_payload(request: Request) -> Payload:
    """What Flagger posted; MalformedPayloadError if it is not that.

    A large body is read off the event loop, which has gates to answer.
    """
    body = await request.body()
    if len(body) <= _INLINE_BYTES:
        return Payload.decode(body)
    return await asyncio.to_thread(Payload.decode, body)


def respond(status: int, body: str | bytes = b"", **headers: str) -> Response:
    """A plain-text response as Go's net/http writes it: no Content-Type when there is no body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        named |= {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    return Response(body, status, named)
