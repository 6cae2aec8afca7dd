"""The outermost ASGI layer: metrics, faults and tracing in one pass.

Three middlewares would wrap `send` three times and cost three coroutines for every request. Here a
request takes one of two ways. When nothing is special about it (its response is prepared and no
fault hits it) the prepared bytes go out and one duration is recorded. Everything else takes the
long way, where the response is watched as it passes.

The status that is recorded when there is no response: 500 when the service broke the exchange off
(a reset, a truncated body, an exception), 499 when the client left first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detail_service import logs
from detail_service.faults.envoy import HeaderFaults
from detail_service.faults.exchange import Exchange, connection_of
from detail_service.faults.injection import apply
from detail_service.faults.registry import FaultRegistry, Injection
from detail_service.logs import AccessLog
from detail_service.metrics import UNKNOWN_PATH, Metrics, Observe
from detail_service.prepared import PreparedResponse
from detail_service.protocol import send_prepared
from detail_service.tracing.tracer import Echo, Trace, Tracer, new_trace_id

CLIENT_LEFT = 499
NO_INJECTIONS: Sequence[Injection] = ()


class Edge:
    """Wraps the application; `api` stays what it is, a FastAPI application.

    `prepared` serves GET by exact path; `paths` are the routes without parameters, which give
    requests that never reach a route their label; `probes` are the paths that are neither traced
    nor in the metrics of traffic; `faults` None means that there are none; `seed` feeds the dice of
    faults that come in request headers.
    """

    def __init__(
        self,
        api: ASGIApp,
        *,
        metrics: Metrics,
        tracer: Tracer,
        faults: FaultRegistry | None = None,
        prepared: Sequence[PreparedResponse] = (),
        paths: frozenset[str] = frozenset(),
        probes: frozenset[str] = frozenset(),
        access_log: bool = False,
        fault_headers: bool = False,
        seed: int = 0,
    ) -> None:
        self.api = api
        self.metrics = metrics
        self.tracer = tracer
        self.faults = faults
        self.access = AccessLog() if access_log else None
        self._prepared: Mapping[str, tuple[PreparedResponse, Observe]] = {
            one.path: (one, self._observer("GET", one.path, 200, one.path in probes))
            for one in prepared
        }
        self._paths = paths
        self._probes = probes
        self._active: Mapping[str, object] = faults.active if faults is not None else {}
        self._header_faults = (
            HeaderFaults(faults, seed) if fault_headers and faults is not None else None
        )
        self._begin = tracer.begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.api(scope, receive, send)
            return
        began_s = perf_counter()
        path = scope["path"]
        trace = None if path in self._probes else self._begin(scope)
        found = self._prepared.get(path) if scope["method"] == "GET" else None
        injections = self._select(scope) if self._active or self._header_faults else NO_INJECTIONS
        if found and not injections:
            header = None if trace is None else trace.response_header
            if send_prepared(scope, found[0], header):
                self._record_prepared(scope, found, trace, perf_counter() - began_s)
                return
        app = found[0] if found else self.api
        await self._serve_watched(scope, receive, _Watch(send, trace), app, injections, began_s)

    def _select(self, scope: Scope) -> Sequence[Injection]:
        injections = self.faults.select(scope) if self.faults is not None else []
        if self._header_faults is not None:
            injections += self._header_faults.select(scope)
        return injections

    async def _serve_watched(
        self,
        scope: Scope,
        receive: Receive,
        watch: "_Watch",
        app: ASGIApp,
        injections: Sequence[Injection],
        began_s: float,
    ) -> None:
        trace = watch.trace
        trace_id = trace.id if trace else new_trace_id() if self.access is not None else ""
        logs.trace_id.set(trace_id)
        try:
            await self._serve(app, scope, receive, watch, injections)
        except BaseException as error:
            watch.failed(error)
            raise
        finally:
            self._record(scope, watch, perf_counter() - began_s, trace_id)

    async def _serve(
        self,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        watch: "_Watch",
        injections: Sequence[Injection],
    ) -> None:
        if watch.trace is not None:
            scope["trace"] = watch.trace
        faults = self.faults
        if not injections or faults is None:
            await app(scope, receive, watch)
            return
        exchange = Exchange(
            scope, receive, watch, faults.limits, faults.memory, connection_of(scope)
        )
        await apply(injections, exchange, app)
        watch.broken_off = exchange.broken_off
        watch.client_left = exchange.client_left

    def _record(self, scope: Scope, watch: "_Watch", seconds: float, trace_id: str) -> None:
        status = watch.outcome()
        path = self._template(scope)
        self._observer(scope["method"], path, status, path in self._probes)(seconds)
        if watch.trace is not None:
            watch.trace.end(None if watch.broken_off else status, watch.length)
        if self.access is not None:
            self.access.write(scope, status, seconds, trace_id)

    def _record_prepared(
        self,
        scope: Scope,
        found: tuple[PreparedResponse, Observe],
        trace: Trace | Echo | None,
        seconds: float,
    ) -> None:
        prepared, observe = found
        observe(seconds)
        if trace is not None:
            trace.end(200, prepared.length)
        if self.access is not None:
            self.access.write(scope, 200, seconds, trace.id if trace else new_trace_id())

    def _observer(self, method: str, path: str, status: int, is_probe: bool) -> Observe:
        if is_probe:
            return self.metrics.probe_observer(path, status)
        return self.metrics.observer(method, path, status)

    def _template(self, scope: Scope) -> str:
        """The template of the route that served the request, or would have but for a fault."""
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
                message = {**message, "headers": [*headers, self.trace.response_header]}
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self.send(message)

    def failed(self, error: BaseException) -> None:
        """Remember why there is no complete response."""
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
