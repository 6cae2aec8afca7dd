"""HTTP/2 on a connection: the socket around a `Session`.

One connection per worker and one stream at a time, so that workers, timeouts and the models of
pacing mean the same as with HTTP/1.1.
"""

import contextlib
import socket
import time
from typing import Final

from loadtester.load.errors import RequestFailed
from loadtester.load.http1.response import ResponseReader
from loadtester.load.http2.errors import Violation
from loadtester.load.http2.frames import goaway
from loadtester.load.http2.session import Session
from loadtester.load.plan import Transport
from loadtester.load.transport import descriptors
from loadtester.load.transport.connection import READ_BYTES, WOULD_BLOCK, Connection, Owner
from loadtester.load.transport.failures import RequestPhase, stream_failure
from loadtester.load.transport.poller import Poller
from loadtester.load.transport.route import Hop, Origin

_now_ns: Final = time.monotonic_ns
_read: Final = descriptors.read


def speaks_http2(transport: Transport, origin: Origin, alpn: str | None) -> bool:
    """Over TLS what was negotiated; in the clear, and not through a proxy, what the plan says."""
    if origin.scheme == "https":
        return alpn == "h2"
    return transport.http2 and origin.proxy is None


class Http2Connection(Connection):
    """As `Connection`, with streams instead of responses one after the other."""

    __slots__ = ("_session",)

    def __init__(
        self,
        sock: socket.socket,
        reader: ResponseReader,
        origin: Origin,
        owner: Owner,
        poller: Poller,
        cap_bytes: int,
    ) -> None:
        super().__init__(sock, reader, origin, owner, poller)
        self._session = Session(cap_bytes)
        self._loop.call_soon(self._flush)  # the greeting, unless a request takes it along

    @property
    def response_begun(self) -> bool:
        """Whether a frame of the response to the request in flight has come."""
        return self._session.begun

    @property
    def phase(self) -> RequestPhase:
        """What the request in flight waits for."""
        session = self._session
        if (session.is_writing or self.unsent) and not session.begun:
            return RequestPhase.WRITE
        return RequestPhase.BODY if session.in_body else RequestPhase.HEADERS

    def send(self, hop: Hop) -> None:
        """Open a stream for the request and write as much of it as the peer's window allows."""
        self.busy = True
        self.requests += 1
        self._put(self._session.request(hop))

    def _put(self, data: bytes) -> None:
        if self.unsent:
            self.unsent += data
        else:
            self._write(data)

    def _flush(self) -> None:
        if self._session.has_output and self.is_open:
            self._put(self._session.output())

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
        session = self._session
        if not session.begun:
            self.first_ns = end_ns
        try:
            response = session.receive(data) if data else session.eof()
        except RequestFailed as failure:
            self._part(failure)
            return
        if response is not None:
            self.busy = False
            self._owner.on_response(self, response, end_ns)
        elif session.failure is not None and self.busy:
            self.busy = False
            self._owner.on_refused(self, session.failure, end_ns)
        if session.is_done and not self.busy:
            self._lose_idle()
        elif session.has_output:
            self._flush()
        if len(data) == READ_BYTES or (tls and tls.pending()):
            self._loop.call_soon(self._readable_if_open)

    def _lose_idle(self) -> None:
        """The server takes no more requests, and none is under way."""
        if self.is_open:
            self._lose(None)

    def _part(self, failure: RequestFailed) -> None:
        """Close, and say why if the server broke a rule (RFC 9113, section 5.4.1)."""
        if isinstance(failure, Violation) and not self.unsent:
            with contextlib.suppress(OSError):
                self._sock.send(goaway(failure.code))
        self._lose(failure)
