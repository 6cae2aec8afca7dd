"""uvicorn's HTTP protocol with what it leaves out: limits, so that no client can starve the others.

There are so many connections at most as leave file descriptors for tasks and the store. One more
takes the place of the one that has been waiting longest for its client: who sends nothing holds
nothing. A client has seconds to send a request and to read its response, and a head has a size.
Requests that are pipelined are not read before those in front of them are served.
"""

import asyncio
import resource
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_S = 10.0
UNREAD_S = 10.0
HEAD_BYTES = 65_536
MOST_HEADERS = 100
_SLICE_BYTES = 4096
_RESERVED_FILES = 64
_FILES_PER_TASK = 4
_FEWEST = 16
_LINGER_S = 0.5
_MOST_LINGERING = 32


def connection_limit(wanted: int, max_tasks: int) -> int:
    """How many connections this process may hold, after asking for as many files as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return wanted
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    reserve = min(hard // 2, _RESERVED_FILES + _FILES_PER_TASK * max_tasks)
    return max(_FEWEST, min(wanted, hard - reserve))


@dataclass(eq=False)
class Connections:
    """The connections of one server."""

    limit: int
    lingering: int = 0
    open: "set[LimitedProtocol]" = field(default_factory=set)

    def make_room(self) -> bool:
        """Whether there is room for one more, if need be that of the longest idle one."""
        if len(self.open) < self.limit:
            return True
        idle = [one for one in self.open if one.waiting_since is not None]
        if not idle:
            return False
        longest = min(idle, key=lambda one: one.waiting_since or 0.0)
        self.open.discard(longest)
        longest.transport.abort()
        return True

    def sweep(self, now: float) -> None:
        """Cut off whoever takes too long; called once a second, so that requests need no timer."""
        for one in list(self.open):
            one.sweep(now)


class LimitedProtocol(HttpToolsProtocol):
    """One connection. `all` is set on the subclass that `limited` makes."""

    all: Connections

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting_since: float | None = None
        """Since when the client is to send something; None while it waits for us."""
        self._has_begun = True
        self._unread_since: float | None = None
        self._unparsed = b""
        self._head_bytes = 0
        self._in_head = True
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.waiting_since = self.loop.time()
        if self.all.make_room():
            self.all.open.add(self)
        else:
            self._refuse(b"503 Service Unavailable")

    def connection_lost(self, exc: Exception | None) -> None:
        self.all.open.discard(self)
        self._unparsed = b""
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._is_refused:
            self._unparsed += data
            self._parse()

    def _parse(self) -> None:
        """Take in what has come, until a request has to wait for the response before it."""
        while self._unparsed and not self.pipeline and not self._is_over():
            piece = self._unparsed[:_SLICE_BYTES]
            self._unparsed = self._unparsed[_SLICE_BYTES:]
            if self._in_head:
                self._head_bytes += len(piece)
            super().data_received(piece)
            if self._in_head and self._head_bytes > HEAD_BYTES + _SLICE_BYTES:
                self._refuse(b"431 Request Header Fields Too Large")
        if self._unparsed and not self._is_over():
            self.flow.pause_reading()

    def _is_over(self) -> bool:
        return self._is_refused or self.transport.is_closing()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._has_begun = True, True
        self.waiting_since = self.loop.time()

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > MOST_HEADERS:
            self._refuse(b"431 Request Header Fields Too Large")
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_refused:
            return
        self._in_head = True
        is_answered = self.cycle.response_complete
        super().on_message_complete()
        self._has_begun = False
        self.waiting_since = self.loop.time() if is_answered else None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.waiting_since is None and not self.pipeline:
            self.waiting_since = self.loop.time()
        if self._unparsed and not self._is_over():
            self._parse()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread_since = None

    def sweep(self, now: float) -> None:
        """Cut the client off when it takes too long to send a request or to read a response."""
        if self._unread_since is not None and now - self._unread_since > UNREAD_S:
            self.transport.abort()
        elif (
            self._has_begun
            and not self._is_refused
            and self.waiting_since is not None
            and now - self.waiting_since > REQUEST_S
        ):
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        """Say why in the protocol's own name, and close; when a response is under way, just close.

        With bytes of the client unread the kernel would reset the connection, and the client lose
        the response: what it still sends is read for a moment, and dropped.
        """
        cycle = self.cycle
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.transport.abort()
            return
        self._is_refused = True
        self._unparsed = b""
        self.waiting_since = self.loop.time()
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        head = b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n"
        retry = b"retry-after: 1\r\n" if status.startswith(b"503") else b""
        self.transport.write(head + retry + b"\r\n")
        if self.transport.is_closing():
            return
        self.all.lingering += 1
        if self.all.lingering > _MOST_LINGERING:
            self._end_lingering()
        else:
            self.transport.write_eof()
            self.loop.call_later(_LINGER_S, self._end_lingering)

    def _end_lingering(self) -> None:
        self.all.lingering -= 1
        self.transport.abort()

    def shutdown(self) -> None:
        """Called when the server stops: a connection that only lingers is not waited for."""
        if self._is_refused:
            self.transport.abort()
        else:
            super().shutdown()


def limited(connections: Connections) -> type[LimitedProtocol]:
    """The protocol class for a server with these connections."""
    return type("ServerProtocol", (LimitedProtocol,), {"all": connections})
