"""The ASGI side of tracing: from a request to a segment.

A decision that comes with the request wins; otherwise the sampler decides (by default one request
a second and five percent of the rest). A request that is not sampled costs the decision and
nothing else: no segment is made. A service that calls others keeps the decision for them.
"""

import asyncio
import os
import time
import traceback
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from aws_xray_sdk import global_sdk_config
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.models.segment import Segment
from aws_xray_sdk.core.models.trace_header import TraceHeader
from aws_xray_sdk.core.recorder import SERVICE_INFO
from aws_xray_sdk.ext.util import inject_trace_header, prepare_response_header
from starlette.types import Scope

from detail_service.tracing import otlp
from detail_service.tracing.context import VariableContext
from detail_service.tracing.emitter import CountingEmitter
from detail_service.tracing.propagation import XRAY, origin_of, traceparent, tracestate_of
from detail_service.tracing.sampler import DefaultRuleSampler
from detail_service.tracing.sdk import check_environment, new_recorder

P = ParamSpec("P")
MAX_TEXT_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Passing:
    """What a request leaves for the calls that it makes: headers, by name.

    `unsampled` is the X-Ray header of a request without a segment, `tracestate` the W3C one that
    came with it.
    """

    unsampled: Any = None
    tracestate: str = ""


NOTHING = Passing()


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

    __slots__ = ("recorder", "response_header", "segment")

    def __init__(self, recorder: Any, segment: Any, origin: Any) -> None:
        self.recorder = recorder
        self.segment = segment
        self.response_header: tuple[bytes, bytes] = (
            XRAY,
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
        """Close and send. `status` None: the exchange broke off without a response, a fault."""
        if status is None:
            self.segment.add_fault_flag()
        else:
            self.segment.put_http_meta("status", status)
            if length is not None:
                self.segment.put_http_meta("content_length", length)
        self.segment.close()
        if self.segment.ready_to_send():
            self.recorder.emitter.send_entity(self.segment)
        self.recorder.context.forget()


class Echo:
    """A request that came with a header and is not sampled: its header is echoed, no more."""

    __slots__ = ("id", "response_header")

    def __init__(self, origin: Any) -> None:
        asked = origin.sampled == "?"
        echoed = TraceHeader(root=origin.root, sampled=0 if asked else None)
        self.id = str(origin.root)
        self.response_header = (XRAY, echoed.to_header_str().encode())

    def exception(self, error: BaseException) -> None: ...

    def end(self, status: int | None, length: int | None) -> None: ...


class Tracer:
    """Decides about requests and opens their segments under one service name."""

    def __init__(
        self, name: str, recorder: Any, *, version: str = "", propagate: bool = False
    ) -> None:
        self.name = os.getenv("AWS_XRAY_TRACING_NAME") or name
        self.recorder = recorder
        self.propagate = propagate
        self._passing: ContextVar[Passing] = ContextVar("trace_passing", default=NOTHING)
        self.enabled: bool = global_sdk_config.sdk_enabled()
        self._service = {**SERVICE_INFO, **({"version": version} if version else {})}
        self.span_export = otlp.create_span_export(self.name, version) if self.enabled else None
        if self.span_export is not None:
            recorder.emitter.export = self.span_export.export

    @property
    def sent(self) -> int:
        """Documents handed to the daemon's socket."""
        return int(self.recorder.emitter.sent)

    @property
    def dropped(self) -> dict[str, int]:
        """Documents that could not be sent, by reason."""
        return dict(self.recorder.emitter.dropped)

    @property
    def exported_spans(self) -> dict[str, int]:
        """Spans by what became of them; empty without a receiver."""
        export = self.span_export
        return {} if export is None else {"exported": export.exported, "failed": export.failed}

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
        origin = origin_of(scope["headers"])
        if origin is None or origin.sampled is None or origin.sampled == "?":
            sampled = self.recorder.sampler.should_trace(_sampling_request(scope))
        else:
            sampled = origin.sampled == 1
        if self.propagate:
            self._keep(scope, origin, sampled)
        if sampled:
            return self._open(scope, origin, sampled)
        self.recorder.context.forget()
        return None if origin is None else Echo(origin)

    def _keep(self, scope: Scope, origin: Any, sampled: object) -> None:
        """Keep what the request's own calls need to continue its trace."""
        tracestate = "" if origin is None else tracestate_of(scope["headers"])
        self._passing.set(Passing(None if sampled else _unsampled(origin), tracestate))

    def _open(self, scope: Scope, origin: Any, decision: object) -> Trace:
        """Do what the recorder's begin_segment does, but without deep copies of constants."""
        segment = Segment(
            self.name,
            traceid=origin.root if origin else new_trace_id(),
            parent_id=origin.parent if origin else None,
        )
        if origin is not None:
            segment.save_origin_trace_header(origin)
        aws = self.recorder._aws_metadata
        segment.set_aws({**aws, "xray": {**aws.get("xray", {})}})
        segment.set_service(self._service)
        if self.recorder._origin:
            segment.origin = self.recorder._origin
        if isinstance(decision, str):
            segment.set_rule_name(decision)
        self.recorder.context.put_segment(segment)
        describe(segment, scope)
        return Trace(self.recorder, segment, origin)

    def outgoing_headers(self, subsegment: Any = None) -> dict[str, str]:
        """The headers of a call, under the subsegment that stands for it if there is one."""
        kept = self._passing.get()
        headers: dict[str, str] = {}
        if subsegment is not None:
            inject_trace_header(headers, subsegment)
            parent = traceparent(subsegment.trace_id, subsegment.id, sampled=True)
        elif (header := kept.unsampled) is not None:
            headers["X-Amzn-Trace-Id"] = header.to_header_str()
            parent_id = header.parent or os.urandom(8).hex()
            parent = traceparent(header.root, parent_id, sampled=False)
        else:
            return headers
        if parent is not None:
            headers["traceparent"] = parent
            if kept.tracestate:
                headers["tracestate"] = kept.tracestate
        return headers

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called by the server that the application runs under: send segments in batches."""
        self.recorder.emitter.send_in_batches(loop.call_later)

    def close(self) -> None:
        """Send what waits to be exported, within a bounded time, and close the daemon's socket."""
        self.recorder.emitter.close()
        if self.span_export is not None:
            self.span_export.close()


def create_tracer(
    name: str, *, version: str = "", shared: bool = False, propagate: bool = False
) -> Tracer:
    """A tracer ready to use; `shared` configures the SDK's global recorder.

    `version` is the release, shown on each segment; `propagate` keeps the decision about a request
    for the calls that it makes.

    Raises UsageError when a variable of the environment cannot be used.
    """
    check_environment()
    recorder = xray_recorder if shared else new_recorder()
    emitter = CountingEmitter()
    recorder.emitter._socket.close()
    recorder.configure(
        service=name, context=VariableContext(), emitter=emitter, sampler=DefaultRuleSampler()
    )
    return Tracer(name, recorder, version=version, propagate=propagate)


def new_trace_id() -> str:
    """A fresh trace id of X-Ray's form: seconds since 1970, and 96 random bits."""
    return f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"


def describe(segment: Any, scope: Scope) -> None:
    """Put what X-Ray shows of an HTTP request on its segment."""
    found = _first(scope["headers"])
    host = found.get(b"host", b"localhost").decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    url = f"{scope.get('scheme', 'http')}://{host}{scope['path']}{'?' + query if query else ''}"
    segment.put_http_meta("method", scope["method"])
    segment.put_http_meta("url", url[:MAX_TEXT_LENGTH])
    agent = found.get(b"user-agent")
    if agent:
        segment.put_http_meta("user_agent", agent.decode("latin-1")[:MAX_TEXT_LENGTH])
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
