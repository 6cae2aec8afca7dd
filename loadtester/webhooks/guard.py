"""What every request must pass before a route sees it: size, origin, and who is calling."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loadtester.webhooks.auth import Keys, from_another_site
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.routes.any_method import respond

OPEN_PATHS = frozenset({"/healthz", "/readyz"})


class _TooLargeError(Exception):
    """The body is larger than allowed."""


class _GoneError(Exception):
    """The client left while it was still sending."""


class Guard:
    """A pure ASGI middleware. The body is read here, once, and handed on whole."""

    def __init__(self, app: ASGIApp, keys: Keys, max_body_bytes: int, metrics: Metrics) -> None:
        self._app = app
        self._keys = keys
        self._max_body_bytes = max_body_bytes
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        try:
            body = await self._body(headers, receive)
        except _TooLargeError:
            limit = f"the body is larger than {self._max_body_bytes} bytes"
            return await self._refuse("size", respond(413, limit), scope, receive, send)
        except _GoneError:
            return None
        if from_another_site(headers):
            refusal = respond(403, "refused: a page of another site sent this")
            return await self._refuse("origin", refusal, scope, receive, send)
        if scope["path"] not in OPEN_PATHS and not self._keys.admit(headers, body):
            challenge = 'Basic realm="loadtester"' if self._keys.token else "HMAC"
            refusal = respond(401, "Unauthorized", WWW_Authenticate=challenge)
            return await self._refuse("unauthorized", refusal, scope, receive, send)
        return await self._app(scope, _replay(body, receive), send)

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > self._max_body_bytes:
            raise _TooLargeError
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            body += bytes(message.get("body", b""))
            if len(body) > self._max_body_bytes:
                raise _TooLargeError
            if not message.get("more_body", False):
                return body

    async def _refuse(
        self, reason: str, refusal: Response, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._metrics.refused.labels(reason).inc()
        await refusal(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
