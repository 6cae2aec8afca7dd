"""HTTP/2, by the `h2` package: for servers that speak nothing else, not for speed.

One connection per worker and one stream at a time, so that workers, timeouts and the models of
pacing mean the same as with HTTP/1.1. The protocol is parsed in pure Python: expect about a
tenth of the requests per second of HTTP/1.1, and measure with more processes.
"""

import contextlib
import importlib.util
import socket
from collections.abc import Iterator
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from loadtester.load.errors import ErrorClass, PlanError, RequestFailed
from loadtester.load.http1.bodies import too_large
from loadtester.load.http1.heads import Response
from loadtester.load.http1.response import ResponseReader
from loadtester.load.plan import Transport
from loadtester.load.transport.connection import READ_BYTES, WOULD_BLOCK, Connection, Owner
from loadtester.load.transport.failures import RequestPhase, stream_failure
from loadtester.load.transport.poller import Poller
from loadtester.load.transport.route import Hop, Message, Origin

if TYPE_CHECKING:
    import h2.events

WINDOW_BYTES = (1 << 31) - 1 - 65_535
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SETTINGS_FRAME = b"\x04"
_NOT_IN_HTTP2 = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"}
)


def require_http2() -> None:
    """PlanError when the `h2` extra is not installed."""
    if importlib.util.find_spec("h2") is None:
        raise PlanError("HTTP/2 needs the h2 extra: pip install 'canary-rehearsal[h2]'")


def speaks_http2(transport: Transport, origin: Origin, alpn: str | None) -> bool:
    """Over TLS what was negotiated; in the clear, and not through a proxy, what the plan says."""
    if origin.scheme == "https":
        return alpn == "h2"
    return transport.http2 and origin.proxy is None


def header_list(message: Message) -> list[tuple[bytes, bytes]]:
    """The message's fields as HTTP/2 has them (RFC 9113, section 8.3)."""
    pseudo = [
        (":method", message.method),
        (":scheme", message.scheme),
        (":authority", message.authority),
        (":path", message.target),
    ]
    fields = ((name.lower(), value) for name, value in message.fields)
    listed = pseudo + [field for field in fields if field[0] not in _NOT_IN_HTTP2]
    return [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in listed]


class Http2Connection(Connection):
    """As `Connection`, with streams instead of responses one after the other."""

    __slots__ = (
        "_begun",
        "_body",
        "_body_bytes",
        "_cap",
        "_going_away",
        "_greeted",
        "_h2",
        "_head",
        "_stream",
    )

    def __init__(
        self,
        sock: socket.socket,
        reader: ResponseReader,
        origin: Origin,
        owner: Owner,
        poller: Poller,
        cap_bytes: int,
    ) -> None:
        import h2.config
        import h2.connection
        import h2.settings

        super().__init__(sock, reader, origin, owner, poller)
        config = h2.config.H2Configuration(client_side=True, header_encoding="latin-1")
        self._h2 = h2.connection.H2Connection(config)
        self._h2.local_settings[h2.settings.SettingCodes.INITIAL_WINDOW_SIZE] = WINDOW_BYTES
        self._h2.local_settings[h2.settings.SettingCodes.ENABLE_PUSH] = 0
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(WINDOW_BYTES)
        self._stream = 0
        self._cap = cap_bytes
        self._begun = self._going_away = self._greeted = False
        self._head: tuple[int, str | None] = (0, None)
        self._body = b""
        self._body_bytes = 0
        self._flush()

    @property
    def response_begun(self) -> bool:
        """Whether a frame of the response to the request in flight has come."""
        return self._begun

    @property
    def phase(self) -> RequestPhase:
        """What the request in flight waits for."""
        if (self._body or self.unsent) and not self._begun:
            return RequestPhase.WRITE
        status, _ = self._head
        return RequestPhase.BODY if status else RequestPhase.HEADERS

    def send(self, hop: Hop) -> None:
        """Open a stream for the request and write as much of it as the peer's window allows."""
        self.busy = True
        self.requests += 1
        self._begun, self._body_bytes, self._body = False, 0, hop.message.body
        self._head = (0, None)
        try:
            with _protocol_errors():
                self._stream = self._h2.get_next_available_stream_id()
                headers = header_list(hop.message)
                self._h2.send_headers(self._stream, headers, end_stream=not self._body)
                self._send_body()
        except RequestFailed as failure:
            self._lose(failure)
            return
        self._flush()

    def _send_body(self) -> None:
        while self._body:
            window = self._h2.local_flow_control_window(self._stream)
            size = min(window, self._h2.max_outbound_frame_size, len(self._body))
            if size <= 0:
                break
            piece, self._body = self._body[:size], self._body[size:]
            self._h2.send_data(self._stream, piece, end_stream=not self._body)

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if not data or not self.is_open:
            return
        if self.unsent:
            self.unsent += data
        else:
            self._write(data)

    def readable(self) -> None:
        """Read whatever there is, and conclude what it ends."""
        while self.is_open:
            try:
                data = self._sock.recv(READ_BYTES)
            except WOULD_BLOCK:
                return
            except OSError as error:
                self._lose(stream_failure(error, self.origin.address, "read"))
                return
            now_ns = monotonic_ns()
            self.bytes_read += len(data)
            try:
                ended = self._take(data, now_ns)
            except RequestFailed as failure:
                self._lose(failure)
                return
            self._flush()
            self._conclude(now_ns, ended=ended)

    def _take(self, data: bytes, now_ns: int) -> bool:
        """Take bytes in; whether they complete the response. RequestFailed if they are wrong."""
        if not data:
            error_class = ErrorClass.TRUNCATED if self._begun else ErrorClass.EARLY_CLOSE
            raise RequestFailed(error_class, "http2: unexpected EOF")
        if not self._greeted and data[3:4] not in (b"", _SETTINGS_FRAME):
            detail = f"http2: the server does not speak HTTP/2: {bytes(data[:20])!a}"
            raise RequestFailed(ErrorClass.PROTOCOL, detail)
        self._greeted = True
        with _protocol_errors():
            ended = False
            for event in self._h2.receive_data(data):
                ended |= self._handle(event, now_ns)
            return ended

    def _handle(self, event: "h2.events.Event", now_ns: int) -> bool:
        """Take one event; whether it ends the response to the request in flight."""
        from h2 import events as kinds

        if isinstance(event, kinds.ConnectionTerminated):
            self._going_away = True
        elif self._going_away:
            return False  # h2 has closed its side: nothing more can be said or be true
        elif isinstance(event, kinds.WindowUpdated | kinds.RemoteSettingsChanged) and self.busy:
            self._send_body()
        if isinstance(event, kinds.DataReceived):
            size = event.flow_controlled_length or 0
            self._h2.acknowledge_received_data(size, event.stream_id or 0)
        if getattr(event, "stream_id", None) != self._stream or not self.busy:
            return False
        if isinstance(event, kinds.WindowUpdated):
            return False
        if not self._begun:
            self._begun, self.first_ns = True, now_ns
        return self._handle_response(event)

    def _handle_response(self, event: "h2.events.Event") -> bool:
        from h2 import events as kinds

        if isinstance(event, kinds.ResponseReceived):
            headers: Any = event.headers or ()  # text, by our configuration, whatever its types say
            fields = {str(name): str(value) for name, value in headers}
            text = fields.get(":status", "")
            if not (len(text) == 3 and text.isascii() and text.isdigit()):
                raise RequestFailed(ErrorClass.PROTOCOL, f"http2: status {text[:20]!a}")
            status = int(text)
            self._head = (status, fields.get("location") if status in _REDIRECTS else None)
        elif isinstance(event, kinds.DataReceived):
            self._body_bytes += len(event.data or b"")
            if self._body_bytes > self._cap:
                raise too_large()
        elif isinstance(event, kinds.StreamReset):
            detail = f"stream error: stream ID {event.stream_id}; {event.error_code!s}"
            raise RequestFailed(ErrorClass.RESET, detail)
        return isinstance(event, kinds.StreamEnded)

    def _conclude(self, now_ns: int, *, ended: bool) -> None:
        if not self.is_open:
            return
        if ended:
            status, location = self._head
            self.busy = False
            keep_alive = not self._going_away
            response = Response(status, self._body_bytes, keep_alive, location)
            self._owner.on_response(self, response, now_ns)
        elif self._going_away and (not self.busy or not self._begun):
            self._lose(RequestFailed(ErrorClass.EARLY_CLOSE, "http2: server sent GOAWAY"))


@contextlib.contextmanager
def _protocol_errors() -> Iterator[None]:
    """RequestFailed(PROTOCOL) for whatever the package makes of the remote's bytes.

    It raises its own errors, and those of hpack and of Python, where frames come in an order that
    it did not foresee; none of them may end more than the connection.
    """
    try:
        yield
    except RequestFailed:
        raise
    except Exception as error:
        raise RequestFailed(ErrorClass.PROTOCOL, f"http2: {error!r}"[:200]) from error
