"""Routes that take any HTTP method, as everything on a Go mux does."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from loadtester.webhooks.payload import Payload

_INLINE_BYTES = 16_384
Handler = Callable[[Request], Awaitable[Response]]


class _Endpoint:
    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._handler(Request(scope, receive))
        await response(scope, receive, send)


def route(path: str, handler: Handler) -> Route:
    """Serve ``path`` with ``handler``, whatever the method, outside of the OpenAPI description."""
    return Route(path, _Endpoint(handler), include_in_schema=False)


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
