"""What every request must pass before a route sees it: its name for us, origin, key, size."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loadtester.webhooks.access.auth import Keys, is_from_another_site
from loadtester.webhooks.access.hosts import OwnNames
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.routes.responses import respond

OPEN_PATHS = frozenset({"/healthz", "/readyz"})


class _TooLargeError(Exception):
    """The body is larger than allowed."""


class _GoneError(Exception):
    """The client left while it was still sending."""


class Guard:
    """A pure ASGI middleware. The body is read here, once, and handed on whole.

    What the head can refuse is refused before the body is read.
    """

    def __init__(
        self, app: ASGIApp, keys: Keys, names: OwnNames, max_body_bytes: int, metrics: Metrics
    ) -> None:
        self._app = app
        self._keys = keys
        self._names = names
        self._max_body_bytes = max_body_bytes
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        refusal = self._judge_head(scope, headers)
        if refusal is None:
            try:
                body = await self._read_body(headers, receive)
            except _TooLargeError:
                text = f"the body is larger than {self._max_body_bytes} bytes"
                refusal = self._refuse("size", 413, text)
            except _GoneError:
                return None
            else:
                if self._is_admitted(scope, headers, body):
                    return await self._app(scope, _replay(body, receive), send)
                refusal = self._unauthorized()
        return await refusal(scope, receive, send)

    def _judge_head(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if host and not self._names.include(host):
            text = f'refused: "{host[:300]}" is no name of this server (see --allow-host)'
            return self._refuse("host", 421, text)
        if is_from_another_site(headers):
            return self._refuse("origin", 403, "refused: a page of another site sent this")
        if not (self._keys.hmac_secret or self._is_admitted(scope, headers, b"")):
            return self._unauthorized()
        return None

    def _is_admitted(self, scope: Scope, headers: Headers, body: bytes) -> bool:
        if not self._keys.required or scope["path"] in OPEN_PATHS:
            return True
        if self._keys.knows_token(headers):
            return True
        return self._keys.has_signed(headers, scope["method"], _target(scope), body)

    def _unauthorized(self) -> Response:
        challenge = 'Basic realm="loadtester"' if self._keys.token else "HMAC"
        return self._refuse("unauthorized", 401, "Unauthorized", WWW_Authenticate=challenge)

    async def _read_body(self, headers: Headers, receive: Receive) -> bytes:
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced[:20]) > self._max_body_bytes:
            raise _TooLargeError
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            body += message.get("body", b"")
            if len(body) > self._max_body_bytes:
                raise _TooLargeError
            if not message.get("more_body", False):
                return bytes(body)

    def _refuse(self, reason: str, status: int, text: str, **headers: str) -> Response:
        self._metrics.refused.labels(reason).inc()
        return respond(status, text, **headers)


def _target(scope: Scope) -> str:
    """The path as it was sent, with its query."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
