"""One connection: a non-blocking socket, watched by the event loop, with a reader on it.

The socket is read and written directly, without an asyncio transport in between: measured on
one core against the same server that is about a tenth faster than uvloop's transports, and
the time of a send is then the time of the system call and not of its queueing.
"""

import asyncio
import socket
import ssl
import time
from abc import abstractmethod
from typing import Final

from loadtester.load.errors import RequestFailed
from loadtester.load.http1.heads import Response
from loadtester.load.http1.response import ResponseReader
from loadtester.load.measuring.recorder import Timed
from loadtester.load.transport import descriptors
from loadtester.load.transport.failures import RequestPhase, stream_failure
from loadtester.load.transport.poller import Poller, Readable
from loadtester.load.transport.route import Hop, Origin

READ_BYTES: Final = 16 * 1024
_now_ns: Final = time.monotonic_ns
_read: Final = descriptors.read
_write: Final = descriptors.write
WOULD_BLOCK: Final = (
    BlockingIOError,
    InterruptedError,
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
)


class Owner(Timed):
    """Whoever uses a connection: a request, and what is done when something becomes of it."""

    __slots__ = ()

    @abstractmethod
    def on_response(self, connection: "Connection", response: Response, end_ns: int) -> None:
        """A complete response has come."""

    @abstractmethod
    def on_refused(self, connection: "Connection", failure: RequestFailed, end_ns: int) -> None:
        """The request in flight has failed by itself: its connection is as good as before."""

    @abstractmethod
    def on_lost(self, connection: "Connection", failure: RequestFailed | None) -> None:
        """The connection is closed: by `failure` of the request in flight, or while idle."""


class Connection(Readable):
    """An established connection, plain or TLS, of one owner. One request at a time."""

    __slots__ = (
        "_descriptor",
        "_loop",
        "_owner",
        "_poller",
        "_sent",
        "_sock",
        "_tls",
        "busy",
        "bytes_read",
        "bytes_written",
        "first_ns",
        "opened_ns",
        "origin",
        "reader",
        "requests",
        "unsent",
    )

    def __init__(
        self,
        sock: socket.socket,
        reader: ResponseReader,
        origin: Origin,
        owner: Owner,
        poller: Poller,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._poller = poller
        self._sock = sock
        self._tls = sock if isinstance(sock, ssl.SSLSocket) else None
        descriptor = sock.fileno()
        self._descriptor = descriptor
        self._owner = owner
        self.reader = reader
        self.origin = origin
        self.unsent: bytes = b""
        """What waits for room in the socket: the request from where it was cut off first."""
        self._sent = 0
        self.busy = False
        self.requests = 0
        self.bytes_read = 0
        self.bytes_written = 0
        self.first_ns = 0
        """When the first byte of the last response came."""
        self.opened_ns = _now_ns()
        poller.add(descriptor, self, drains=self._tls is None)

    def send(self, hop: Hop) -> None:
        """Send a request: one system call if the socket takes it whole."""
        self.busy = True
        self.requests += 1
        self._write(hop.data)

    @property
    def response_begun(self) -> bool:
        """Whether a byte of the response to the request in flight has come."""
        return self.reader.started

    @property
    def phase(self) -> RequestPhase:
        """What the request in flight waits for."""
        if self.unsent and not self.reader.started:
            return RequestPhase.WRITE
        return RequestPhase.BODY if self.reader.in_body else RequestPhase.HEADERS

    def _write(self, data: bytes) -> None:
        try:
            sent = self._tls.send(data) if self._tls else _write(self._descriptor, data)
        except WOULD_BLOCK:
            sent = 0
        except OSError as error:
            self._lose(stream_failure(error, self.origin.address, "write"))
            return
        self.bytes_written += sent
        if sent != len(data):
            self.unsent = data[sent:]
            self._loop.add_writer(self._sock.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            sent = self._sock.send(memoryview(self.unsent)[self._sent :])
        except WOULD_BLOCK:
            return
        except OSError as error:
            self._lose(stream_failure(error, self.origin.address, "write"))
            return
        self.bytes_written += sent
        self._sent += sent
        if self._sent == len(self.unsent):
            self.unsent, self._sent = b"", 0
            self._loop.remove_writer(self._sock.fileno())

    def readable(self) -> None:
        """Read once, and hand on what that completes."""
        tls = self._tls
        try:
            data = tls.recv(READ_BYTES) if tls else _read(self._descriptor, READ_BYTES)
        except WOULD_BLOCK:
            return
        except OSError as error:
            self._lose(stream_failure(error, self.origin.address, "read"))
            return
        end_ns = _now_ns()
        self.bytes_read += len(data)
        if not self.busy:
            self._lose(None)
            return
        reader = self.reader
        if not reader.started:
            self.first_ns = end_ns
        try:
            response = reader.feed(data) if data else reader.eof()
        except RequestFailed as failure:
            self._lose(failure)
            return
        if response is not None:
            self.busy = False
            self._owner.on_response(self, response, end_ns)
        if len(data) == READ_BYTES or (tls and response is None and tls.pending()):
            self._loop.call_soon(self._readable_if_open)

    def _readable_if_open(self) -> None:
        if self.is_open:
            self.readable()

    def take_byte_counts(self) -> tuple[int, int]:
        """Bytes read and written since the last call."""
        counts = self.bytes_read, self.bytes_written
        self.bytes_read = self.bytes_written = 0
        return counts

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it yet."""
        return self._sock.fileno() >= 0

    def _lose(self, failure: RequestFailed | None) -> None:
        self.close()
        self._owner.on_lost(self, failure if self.busy else None)

    def close(self) -> None:
        """Close at once; nobody is told. Idempotent."""
        descriptor = self._sock.fileno()
        if descriptor >= 0:
            self._poller.remove(descriptor)
            if self.unsent:
                self._loop.remove_writer(descriptor)
            self._sock.close()
