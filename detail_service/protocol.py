"""uvicorn's HTTP protocol with what it leaves out: limits, and a connection to lend.

Limits: a head or body beyond a sane size is refused (431, 413) before it reaches the application;
a client that does not send its request or read its responses in time is cut off by a sweep once a
second, which costs the requests of good clients nothing.

Pipelining: uvicorn parses all that was read, makes a request object of each head and reads on with
every response, so that a client which sends and never reads costs memory without bound. Here only
as much is parsed as is served: the rest stays as bytes, reading is paused, and the kernel's window
closes. One read of the event loop and one slice of requests is the most a connection can cost.

Lent to the application: `scope["extensions"]["detail.connection"]` lets a fault reset, close or
wait on the client's connection; `"detail.cycle"` lets `send_prepared` write ready bytes at once.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from detail_service.prepared import PreparedResponse

MAX_HEADERS = 128
BODILESS = frozenset({b"GET", b"HEAD"})
LINGER_ZERO = struct.pack("ii", 1, 0)
SLICE_BYTES = 1024
"""So much is parsed before looking whether a response is due: at most 57 requests."""


class LentConnection:
    """The client's connection, as `detail_service.faults.exchange.Connection` wants it."""

    __slots__ = ("_gone", "_protocol")

    def __init__(self, protocol: "DetailProtocol") -> None:
        self._protocol = protocol
        self._gone: asyncio.Event | None = None

    async def gone(self, timeout_s: float) -> bool:
        """Wait at most this long; True once the client has left."""
        if self._gone is None:
            self._gone = asyncio.Event()
        if self._protocol.lost:
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), timeout_s)
        return self._protocol.lost

    def mark_lost(self) -> None:
        """Wake whoever waits: the client has left."""
        if self._gone is not None:
            self._gone.set()

    def reset(self) -> None:
        """SO_LINGER with time 0 makes the kernel respond to the close with RST (socket(7))."""
        transport = self._protocol.transport
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        transport.abort()

    def close(self) -> None:
        """End it after what was written has been sent."""
        self._protocol.transport.close()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may send: bytes of head and body, and the seconds it may take."""

    head_bytes: int
    body_bytes: int
    request_s: float


class _GatedFlow(FlowControl):
    """Does not read on while there are bytes that were read and not parsed, nor at the end."""

    def __init__(self, protocol: "DetailProtocol") -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol

    def resume_reading(self) -> None:
        protocol = self._protocol
        if self.read_paused and not protocol.unparsed and not protocol.transport.is_closing():
            super().resume_reading()


class DetailProtocol(HttpToolsProtocol):
    """One client connection. `limits` is set on the subclass that `bounded` makes."""

    limits: Limits

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.serving: RequestResponseCycle | None = None
        self.lost = False
        self.refused = False
        self.unparsed = b""
        self.waiting_since: float | None = None
        self.unread_since: float | None = None
        self.in_head = True
        self.head_bytes = 0
        self.body_bytes = 0
        self.lent = LentConnection(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _GatedFlow(self)
        self.waiting_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self.unparsed = b""
        self.pipeline.clear()
        self.lent.mark_lost()
        # uvicorn tells the last request that was parsed, and not the one that is being served
        if self.serving is not None and not self.serving.response_complete:
            self.serving.disconnected = True
            self.serving.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.unparsed or self.pipeline or len(data) > SLICE_BYTES:
            self.unparsed += data
            self._parse_unparsed()
        elif not self.refused:
            self._parse(data)

    def _parse_unparsed(self) -> None:
        """Parse slices until a request has to wait for the response before it."""
        while self.unparsed and not self.pipeline and not self._is_over():
            piece = self.unparsed[:SLICE_BYTES]
            self.unparsed = self.unparsed[SLICE_BYTES:]
            self._parse(piece)
        if self._is_over():
            self.unparsed = b""
        elif self.unparsed:
            self.flow.pause_reading()

    def _is_over(self) -> bool:
        return self.refused or self.lost or self.transport.is_closing()

    def _parse(self, data: bytes) -> None:
        if self.in_head:
            self.head_bytes += len(data)
        super().data_received(data)
        if self.in_head and self.head_bytes > self.limits.head_bytes and not self.refused:
            self.refuse(b"431 Request Header Fields Too Large")

    def on_response_complete(self) -> None:
        if self.pipeline:
            self.serving = self.pipeline[-1][0]
        super().on_response_complete()
        if self.unparsed and not self.pipeline:
            self._parse_unparsed()
            self.flow.resume_reading()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.waiting_since = self.loop.time()

    def on_headers_complete(self) -> None:
        self.in_head = False
        self.body_bytes = 0
        oversize = self.head_bytes > self.limits.head_bytes or len(self.headers) > MAX_HEADERS
        self.head_bytes = 0
        if oversize and self._head_is_too_large():
            self.refuse(b"431 Request Header Fields Too Large")
        elif self.parser.get_method() not in BODILESS and self._announces_too_much():
            self.refuse(b"413 Content Too Large")
        else:
            super().on_headers_complete()
            if not self.pipeline:
                self.serving = self.cycle
            lent: dict[str, Any] = {"detail.connection": self.lent, "detail.cycle": self.cycle}
            self.scope["extensions"] = lent

    def on_body(self, body: bytes) -> None:
        if self.refused:
            return
        self.body_bytes += len(body)
        if self.body_bytes > self.limits.body_bytes:
            self.refuse(b"413 Content Too Large")
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.refused:
            return
        self.in_head = True
        self.waiting_since = None
        super().on_message_complete()

    def _head_is_too_large(self) -> bool:
        """A chunk may hold a head and a body; only the head counts."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return size > self.limits.head_bytes or len(self.headers) > MAX_HEADERS

    def _announces_too_much(self) -> bool:
        """By Content-Length; a method that seldom has a body is held to what it sends."""
        for name, value in self.headers:
            if name == b"content-length":
                return value.isdigit() and int(value) > self.limits.body_bytes
        return False

    def refuse(self, status: bytes) -> None:
        """Respond in the protocol's own name, then only listen until the client has closed.

        Closing at once, with bytes of the client unread, would make the kernel send RST, and the
        client lose the response. When one is under way already there is nothing but to close.
        """
        cycle = self.cycle
        if self.refused or self.pipeline or (cycle and _is_under_way(cycle)):
            self.transport.abort()
            return
        self.refused = True
        self.waiting_since = self.loop.time()
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
        self.transport.write_eof()

    def shutdown(self) -> None:
        """Called when the server stops: a connection that only listens is not waited for."""
        if self.refused:
            self.transport.close()
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.unread_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.unread_since = None

    def sweep(self, now: float) -> None:
        """Cut the client off when it takes too long to send a request or to read its responses."""
        patience_s = self.limits.request_s
        if self.unread_since is not None and now - self.unread_since > patience_s:
            self.transport.abort()
        elif self.waiting_since is not None and now - self.waiting_since > patience_s:
            self.refuse(b"408 Request Timeout")


def send_prepared(
    scope: Scope, prepared: PreparedResponse, header: tuple[bytes, bytes] | None
) -> bool:
    """Send ready bytes as the request's whole response; False when it has to be sent by ASGI.

    `header` is one more for this request. It is what `RequestResponseCycle.send` does with two
    messages, without looking at headers that are known to be right.
    """
    cycle: RequestResponseCycle | None = (scope.get("extensions") or {}).get("detail.cycle")
    if cycle is None or cycle.flow.write_paused or cycle.disconnected or not cycle.keep_alive:
        return False
    wire_bytes = prepared.wire_bytes(cycle.default_headers, header)
    if not wire_bytes:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(wire_bytes)
    cycle.message_event.set()
    cycle.on_response()
    return True


def _is_under_way(cycle: RequestResponseCycle) -> bool:
    return cycle.response_started and not cycle.response_complete


def bounded(limits: Limits) -> type[DetailProtocol]:
    """The protocol class for a server with these limits."""
    return type("BoundedProtocol", (DetailProtocol,), {"limits": limits})
