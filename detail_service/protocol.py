"""uvicorn's HTTP protocol with what it leaves out: limits, and a connection to lend.

Limits: a head or body beyond a sane size is refused (431, 413) before it reaches the application;
a client that does not send its request or read its answers in time is cut off by a sweep once a
second, which costs the requests of good clients nothing.

Lent: `scope["extensions"]["detail.connection"]` lets a fault reset, close or wait on the client's
connection.
"""

import asyncio
import contextlib
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEADERS = 128
BODILESS = frozenset({b"GET", b"HEAD"})
LINGER_ZERO = struct.pack("ii", 1, 0)


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

    def lost(self) -> None:
        if self._gone is not None:
            self._gone.set()

    def reset(self) -> None:
        """SO_LINGER with time 0 makes the kernel answer the close with RST (socket(7))."""
        transport = self._protocol.transport
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        transport.abort()

    def close(self) -> None:
        self._protocol.transport.close()


class Limits:
    """What a client may send: bytes of head and body, and the seconds it may take."""

    __slots__ = ("body_bytes", "head_bytes", "request_s")

    def __init__(self, head_bytes: int, body_bytes: int, request_s: float) -> None:
        self.head_bytes = head_bytes
        self.body_bytes = body_bytes
        self.request_s = request_s


class DetailProtocol(HttpToolsProtocol):
    """One client connection. `limits` is set on the subclass that `bounded` makes."""

    limits: Limits

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lost = False
        self.refused = False
        self.waiting_since: float | None = None
        self.unread_since: float | None = None
        self.in_head = True
        self.head_bytes = 0
        self.body_bytes = 0
        self.lent = LentConnection(self)
        self.extensions: dict[str, Any] = {"detail.connection": self.lent}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.waiting_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self.lent.lost()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.refused:
            return
        if self.in_head:
            self.head_bytes += len(data)
        super().data_received(data)
        if self.in_head and self.head_bytes > self.limits.head_bytes and not self.refused:
            self.refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self.extensions
        self.in_head = True
        self.body_bytes = 0
        self.waiting_since = self.loop.time()

    def on_headers_complete(self) -> None:
        self.in_head = False
        if self.refused:
            return
        oversize = self.head_bytes > self.limits.head_bytes or len(self.headers) > MOST_HEADERS
        self.head_bytes = 0
        if oversize and self._head_is_too_large():
            self.refuse(b"431 Request Header Fields Too Large")
        elif self._announced_bytes() > self.limits.body_bytes:
            self.refuse(b"413 Content Too Large")
        else:
            super().on_headers_complete()

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
        return size > self.limits.head_bytes or len(self.headers) > MOST_HEADERS

    def _announced_bytes(self) -> int:
        """What Content-Length says; a method that seldom has a body is held to what it sends."""
        if self.parser.get_method() in BODILESS:
            return 0
        for name, value in self.headers:
            if name == b"content-length":
                return int(value) if value.isdigit() else 0
        return 0

    def refuse(self, status: bytes) -> None:
        """Answer in the protocol's own name, then only listen until the client has closed.

        Closing at once, with bytes of the client unread, would make the kernel send RST, and the
        client lose the answer. When an answer is under way already there is nothing but to close.
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
        """Cut the client off when it takes too long to send a request or to read its answers."""
        patience_s = self.limits.request_s
        if self.unread_since is not None and now - self.unread_since > patience_s:
            self.transport.abort()
        elif self.waiting_since is not None and now - self.waiting_since > patience_s:
            self.refuse(b"408 Request Timeout")


def _is_under_way(cycle: RequestResponseCycle) -> bool:
    return cycle.response_started and not cycle.response_complete


def bounded(limits: Limits) -> type[DetailProtocol]:
    """The protocol class for a server with these limits."""
    return type("BoundedProtocol", (DetailProtocol,), {"limits": limits})
