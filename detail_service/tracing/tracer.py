"""The ASGI side of tracing: from a request to a segment.

A decision that comes with the request wins; otherwise the sampler decides (by default one request
a second and five percent of the rest). A request that is not sampled costs the decision and
nothing else: no segment is made. Whoever calls other services keeps the decision for them.
"""

import os
import traceback
from collections.abc import Callable, Iterable, MutableMapping
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from aws_xray_sdk import global_sdk_config
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.models.trace_header import TraceHeader
from aws_xray_sdk.core.models.traceid import TraceId
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from aws_xray_sdk.ext.util import prepare_response_header

from detail_service.tracing import header as headers
from detail_service.tracing.context import VariableContext
from detail_service.tracing.emitter import CountingEmitter
from detail_service.tracing.sdk import check_daemon_address, new_recorder

P = ParamSpec("P")
Scope = MutableMapping[str, Any]
HEADER = b"x-amzn-trace-id"
LONGEST_TEXT = 1024

passing: ContextVar[Any] = ContextVar("xray_passing", default=None)
"""The header to hand on from a request that has no segment."""


def safely(
    method: Callable[Concatenate["Trace", P], None],
) -> Callable[Concatenate["Trace", P], None]:
    """Tracing must never fail a request: what goes wrong is counted as a dropped segment."""

    @wraps(method)
    def guarded(trace: "Trace", /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(trace, *args, **kwargs)
        except Exception:
            trace.recorder.emitter.dropped["error"] += 1

    return guarded


class Trace:
    """One sampled request."""

    __slots__ = ("answer_header", "recorder", "segment")

    def __init__(self, recorder: Any, segment: Any, origin: Any) -> None:
        self.recorder = recorder
        self.segment = segment
        self.answer_header: tuple[bytes, bytes] = (
            HEADER,
            prepare_response_header(origin, segment).encode(),
        )

    @property
    def id(self) -> str:
        return str(self.segment.trace_id)

    @safely
    def exception(self, error: BaseException) -> None:
        """Record an exception: fault, and its cause."""
        frames = traceback.extract_tb(error.__traceback__, limit=self.recorder.max_trace_back)
        self.segment.add_exception(error, frames)

    @safely
    def end(self, status: int | None, length: int | None) -> None:
        """Close and send. `status` None: the exchange broke off without an answer, a fault."""
        if status is None:
            self.segment.add_fault_flag()
        else:
            self.segment.put_http_meta("status", status)
            self.segment.put_http_meta("content_length", length)
        self.recorder.end_segment()
        self.recorder.context.forget()


class Echo:
    """A request that came with a header and is not sampled: its header is answered, no more."""

    __slots__ = ("answer_header", "id")

    def __init__(self, origin: Any) -> None:
        asked = origin.sampled == "?"
        answer = TraceHeader(root=origin.root, sampled=0 if asked else None)
        self.id = str(origin.root)
        self.answer_header = (HEADER, answer.to_header_str().encode())

    def exception(self, error: BaseException) -> None: ...

    def end(self, status: int | None, length: int | None) -> None: ...


class Tracer:
    """Decides about requests and opens their segments under one service name."""

    def __init__(
        self, name: str, recorder: Any, *, version: str = "", propagate: bool = False
    ) -> None:
        self.version = version
        self.name = os.getenv("AWS_XRAY_TRACING_NAME") or name
        self.recorder = recorder
        self.propagate = propagate
        self.enabled: bool = global_sdk_config.sdk_enabled()

    def begin(self, scope: Scope) -> Trace | Echo | None:
        """The request's trace, or None when it neither is sampled nor came with a header."""
        if not self.enabled:
            return None
        try:
            return self._decide(scope)
        except Exception:
            self.recorder.emitter.dropped["error"] += 1
            return None

    def _decide(self, scope: Scope) -> Trace | Echo | None:
        origin = None
        for name, value in scope["headers"]:
            if name == HEADER:
                origin = headers.parse(value)
                break
        if origin is None or origin.sampled is None or origin.sampled == "?":
            sampled = self.recorder.sampler.should_trace(_sampling_request(scope))
        else:
            sampled = origin.sampled == 1
        if not sampled:
            self.recorder.context.forget()
            if self.propagate:
                passing.set(_unsampled(origin))
            return None if origin is None else Echo(origin)
        return self._open(scope, origin, sampled)

    def _open(self, scope: Scope, origin: Any, decision: object) -> Trace:
        passing.set(None)
        segment = self.recorder.begin_segment(
            name=self.name,
            traceid=origin.root if origin else None,
            parent_id=origin.parent if origin else None,
            sampling=decision,
        )
        if origin is not None:
            segment.save_origin_trace_header(origin)
        if self.version:
            segment.set_service({**segment.service, "version": self.version})
        describe(segment, scope)
        return Trace(self.recorder, segment, origin)

    def outgoing_header(self) -> Any:
        """The header to hand on when no segment is open; None when there is nothing to say."""
        return passing.get()


def build(name: str, *, version: str = "", shared: bool = False, propagate: bool = False) -> Tracer:
    """A tracer ready to use; `shared` configures the SDK's global recorder.

    `version` is the release, shown on each segment; `propagate` keeps the decision of requests
    without a segment for calls that they make.

    Raises SettingError when AWS_XRAY_DAEMON_ADDRESS cannot be read.
    """
    check_daemon_address()
    recorder = xray_recorder if shared else new_recorder()
    emitter = CountingEmitter()
    recorder.emitter._socket.close()
    recorder.configure(
        service=name, context=VariableContext(), emitter=emitter, sampler=LocalSampler()
    )
    return Tracer(name, recorder, version=version, propagate=propagate)


def new_trace_id() -> str:
    """A fresh trace id of X-Ray's form."""
    return str(TraceId().to_id())


def describe(segment: Any, scope: Scope) -> None:
    """Put what X-Ray shows of an HTTP request on its segment."""
    found = _first(scope["headers"])
    host = found.get(b"host", b"localhost").decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    url = f"{scope.get('scheme', 'http')}://{host}{scope['path']}{'?' + query if query else ''}"
    segment.put_http_meta("method", scope["method"])
    segment.put_http_meta("url", url[:LONGEST_TEXT])
    agent = found.get(b"user-agent")
    if agent:
        segment.put_http_meta("user_agent", agent.decode("latin-1")[:LONGEST_TEXT])
    forwarded = found.get(b"x-forwarded-for", b"").decode("latin-1").split(",")[0].strip()
    if forwarded:
        segment.put_http_meta("client_ip", forwarded[:64])
        segment.put_http_meta("x_forwarded_for", True)
    elif scope.get("client"):
        segment.put_http_meta("client_ip", scope["client"][0])


def _first(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _sampling_request(scope: Scope) -> dict[str, str]:
    return {"method": scope["method"], "path": scope["path"]}


def _unsampled(origin: Any) -> Any:
    if origin is None:
        return TraceHeader(root=new_trace_id(), sampled=0)
    return TraceHeader(root=origin.root, parent=origin.parent, sampled=0, data=origin.data)
