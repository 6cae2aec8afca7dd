"""Outgoing calls by httpx2: a remote subsegment each, and the headers that join the traces.

A transport is wrapped, per client; nothing is patched. The subsegment ends when the body has been
read, for a slow response is a slow call.
"""

import traceback
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from detail_service.tracing.tracer import Tracer


class TracedTransport(httpx2.AsyncBaseTransport):
    """Wraps another transport. `traced` says that the callee sends segments of its own."""

    def __init__(
        self, inner: httpx2.AsyncBaseTransport, tracer: Tracer, *, traced: bool = True
    ) -> None:
        self._inner = inner
        self._tracer = tracer
        self._traced = traced

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        subsegment = self._begin(request)
        request.headers.update(self._tracer.outgoing_headers(subsegment))
        if subsegment is None:
            return await self._inner.handle_async_request(request)
        call = _Call(self._tracer.recorder, subsegment)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            call.fail(error)
            raise
        call.respond(response)
        if response.is_closed:
            call.end()
        else:
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _Watched(response.stream, call)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _begin(self, request: httpx2.Request) -> Any:
        recorder = self._tracer.recorder
        if not self._tracer.enabled or recorder.context.current() is None:
            return None
        subsegment = recorder.begin_subsegment(request.url.host or "unknown", namespace="remote")
        if not subsegment.sampled:
            recorder.end_subsegment()
            return None
        subsegment.put_http_meta("method", request.method)
        subsegment.put_http_meta("url", str(request.url.copy_with(query=None, fragment=None)))
        if self._traced:
            subsegment.http["request"]["traced"] = True
        return subsegment


class _Call:
    """One subsegment, ended exactly once."""

    def __init__(self, recorder: Any, subsegment: Any) -> None:
        self._recorder = recorder
        self._subsegment = subsegment

    def respond(self, response: httpx2.Response) -> None:
        self._subsegment.put_http_meta("status", response.status_code)
        length = response.headers.get("content-length", "")
        if length.isdigit():
            self._subsegment.put_http_meta("content_length", int(length))

    def fail(self, error: BaseException) -> None:
        if self._subsegment.in_progress:
            frames = traceback.extract_tb(error.__traceback__, limit=self._recorder.max_trace_back)
            self._subsegment.add_exception(error, frames, remote=True)
        self.end()

    def end(self) -> None:
        if self._subsegment.in_progress:
            self._subsegment.close()
            if self._recorder.context.current() is self._subsegment:
                self._recorder.end_subsegment()


class _Watched(httpx2.AsyncByteStream):
    """A body that ends its call when it has been read, broken or closed."""

    def __init__(self, inner: httpx2.AsyncByteStream, call: _Call) -> None:
        self._inner = inner
        self._call = call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._inner:
                yield part
        except Exception as error:
            self._call.fail(error)
            raise

    async def aclose(self) -> None:
        try:
            await self._inner.aclose()
        finally:
            self._call.end()
