"""The outermost ASGI layer: metrics, faults and tracing in one pass.

Three middlewares would wrap `send` three times and cost three coroutines for every request. Here a
request takes one of two ways. When nothing is special about it (its answer is constant, no fault
is active, it is not sampled, no access log) the prepared answer goes out and one duration is
recorded. Everything else takes the long way, where the answer is watched as it passes.

What is recorded as status when there is no answer: 500 when the service broke the exchange off
(a reset, a truncated body, an exception), 499 when the client left first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from detail_service import logs
from detail_service.faults import envoy
from detail_service.faults.board import Active, Board, Strike
from detail_service.faults.dice import Draws, suffers
from detail_service.faults.exchange import (
    App,
    Exchange,
    Message,
    Receive,
    Scope,
    Send,
    connection_of,
)
from detail_service.faults.scope import protected
from detail_service.faults.suffering import suffer
from detail_service.logs import AccessLog
from detail_service.metrics import UNKNOWN_PATH, Metrics, Observe
from detail_service.tracing.tracer import Echo, Trace, Tracer, new_trace_id

CLIENT_LEFT = 499


class Constant:
    """An answer that never changes: its two ASGI messages, made once."""

    __slots__ = ("body", "observe", "path", "start")

    def __init__(self, path: str, content_type: str, body: bytes, metrics: Metrics) -> None:
        self.path = path
        headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", content_type.encode()),
        ]
        self.start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
        self.body: Message = {"type": "http.response.body", "body": body}
        self.observe: Observe = metrics.series("GET", path, 200)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(self.start)
        await send(self.body)


class Edge:
    """Wraps the application; `api` stays what it is, a FastAPI application.

    `constants` answers GET by exact path; `paths` are the routes without parameters, which give
    requests that never reach a route their label; `untraced` paths get no segments; `board` None
    means that there are no faults; `seed` feeds the dice of faults that come in request headers.
    """

    def __init__(
        self,
        api: App,
        *,
        metrics: Metrics,
        tracer: Tracer,
        board: Board | None = None,
        constants: Sequence[Constant] = (),
        paths: frozenset[str] = frozenset(),
        untraced: frozenset[str] = frozenset(),
        access_log: bool = False,
        fault_headers: bool = False,
        seed: int = 0,
    ) -> None:
        self.api = api
        self.metrics = metrics
        self.tracer = tracer
        self.board = board
        self.untraced = untraced
        self.access = AccessLog() if access_log else None
        self._constants: Mapping[str, Constant] = {one.path: one for one in constants}
        self._paths = paths
        self._live: Mapping[str, object] = board.live if board is not None else {}
        self._headers = _HeaderFaults(seed) if fault_headers and board is not None else None
        self._begin = tracer.begin
        self._plain = self.access is None and self._headers is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.api(scope, receive, send)
            return
        began = perf_counter()
        path = scope["path"]
        trace = None if path in self.untraced else self._begin(scope)
        constant = self._constants.get(path) if scope["method"] == "GET" else None
        if constant is not None and trace is None and self._plain and not self._live:
            await send(constant.start)
            await send(constant.body)
            constant.observe(perf_counter() - began)
            return
        logs.trace_id.set(self._trace_id(trace))
        watch = _Watch(send, trace)
        try:
            await self._serve(constant or self.api, scope, receive, watch)
        except BaseException as error:
            watch.failed(error)
            raise
        finally:
            self._record(scope, watch, trace, perf_counter() - began)

    async def _serve(self, app: App, scope: Scope, receive: Receive, watch: "_Watch") -> None:
        if watch.trace is not None:
            scope["trace"] = watch.trace
        struck = self.board.strikes(scope) if self.board is not None and self._live else []
        if self._headers is not None:
            struck += self._headers.strikes(scope)
        if not struck or self.board is None:
            await app(scope, receive, watch)
            return
        board = self.board
        exchange = Exchange(scope, receive, watch, board.caps, board.hoard, connection_of(scope))
        await suffer(struck, board, exchange, app)
        watch.broken_off = exchange.broken_off
        watch.client_left = exchange.client_left

    def _record(
        self, scope: Scope, watch: "_Watch", trace: Trace | Echo | None, seconds: float
    ) -> None:
        status = watch.outcome()
        self.metrics.series(scope["method"], self._template(scope), status)(seconds)
        if trace is not None:
            trace.end(None if watch.broken_off else status, watch.length)
        if self.access is not None:
            self.access.write(scope, status, seconds)

    def _trace_id(self, trace: Trace | Echo | None) -> str:
        """What log lines of this request are marked with."""
        if trace is not None:
            return trace.id
        return new_trace_id() if self.access is not None else ""

    def _template(self, scope: Scope) -> str:
        """The template of the route that answered, or would have but for a fault."""
        route: Any = scope.get("route")
        template: str | None = getattr(route, "path", None)
        if template is not None:
            return template
        path: str = scope["path"]
        return path if path in self._paths else UNKNOWN_PATH


class _Watch:
    """A `send` that remembers what went out and adds the trace header to it."""

    __slots__ = (
        "broken_off",
        "client_left",
        "complete",
        "error",
        "length",
        "send",
        "status",
        "trace",
    )

    def __init__(self, send: Send, trace: Trace | Echo | None) -> None:
        self.send = send
        self.trace = trace
        self.status: int | None = None
        self.length: int | None = None
        self.complete = False
        self.broken_off = False
        self.client_left = False
        self.error: BaseException | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.get("headers", [])
            self.length = next((int(v) for k, v in headers if k == b"content-length"), None)
            if self.trace is not None:
                message = {**message, "headers": [*headers, self.trace.answer_header]}
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self.send(message)

    def failed(self, error: BaseException) -> None:
        self.error = error
        if self.trace is not None and isinstance(error, Exception):
            self.trace.exception(error)

    def outcome(self) -> int:
        """The status to record."""
        if self.broken_off:
            return 500
        if self.client_left:
            return CLIENT_LEFT
        if self.error is not None and not self.complete:
            return CLIENT_LEFT if isinstance(self.error, asyncio.CancelledError) else 500
        return 500 if self.status is None else self.status


class _HeaderFaults:
    """Faults that request headers ask for; they live for that request only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._seen = 0

    def strikes(self, scope: Scope) -> list[Strike]:
        struck: list[Strike] = []
        asked = [] if protected(scope["path"]) else envoy.plans(scope["headers"])
        if not asked:
            return struck
        counter = self._seen
        self._seen += 1
        for place, plan in enumerate(asked):
            seed = self._seed + place
            if suffers(plan.rate, seed, counter):
                fault = Active("header", plan, seed, 0.0)
                struck.append(Strike(fault, Draws(seed, counter)))
        return struck
