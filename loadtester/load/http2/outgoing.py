"""Requests as bytes, as much of their bodies at a time as the server's windows let through.

A request is encoded until the peer's table changes no more by it. From then on it is remembered as
pieces around the number of its stream, the only thing that is new each time.
"""

from typing import Final

from loadtester.load.http2 import frames
from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.heads import request_fields
from loadtester.load.http2.hpack.encoder import Encoder
from loadtester.load.http2.settings import PeerSettings
from loadtester.load.transport.route import Hop

MAX_REMEMBERED_BODY_BYTES: Final = 64 * 1024


class Outgoing:
    """The sending half of a connection's streams, of which one is open at a time."""

    __slots__ = (
        "_body",
        "_encoder",
        "_hop",
        "_peer",
        "_pieces",
        "_sent",
        "_stream_window",
        "_window",
        "data_frames",
        "number",
    )

    def __init__(self, peer: PeerSettings) -> None:
        self._peer = peer
        self._encoder = Encoder()
        self._window = self._stream_window = frames.DEFAULT_WINDOW_BYTES
        self._hop: Hop | None = None
        self._pieces: list[bytes] | None = None
        self._body, self._sent = b"", 0
        self.number = b""
        """Of the stream, four bytes."""
        self.data_frames = 0
        """How many were sent; the server may answer each with updates of its windows."""

    @property
    def is_whole(self) -> bool:
        """Whether the request has been given out to its end."""
        return self._sent >= len(self._body)

    def open(self, stream: int, hop: Hop) -> bytes:
        """The next request, on a new stream, as far as it may be sent now."""
        self.number = number = stream.to_bytes(4, "big")
        if self._pieces is not None and hop is self._hop and len(self._body) <= self._window:
            self._sent = sent = len(self._body)
            self._window -= sent
            self._stream_window = self._peer.window_bytes - sent
            return number.join(self._pieces)
        self._hop, self._pieces = hop, None
        self._body, self._sent = hop.message.body, 0
        self._stream_window = self._peer.window_bytes
        generation = self._encoder.generation
        block = self._encoder.encode(request_fields(hop.message))
        pieces = frames.header_frames(block, self._peer.frame_bytes, end_stream=not self._body)
        body = self._next_data()
        pieces[-1] += body[0]
        pieces += body[1:]
        is_small = len(self._body) <= MAX_REMEMBERED_BODY_BYTES
        if generation == self._encoder.generation and self.is_whole and is_small:
            self._pieces = pieces
        return number.join(pieces)

    def more(self) -> bytes:
        """What of the body may be sent by now; often nothing."""
        return self.number.join(self._next_data())

    def _next_data(self) -> list[bytes]:
        start, most_bytes = self._sent, self._peer.frame_bytes
        size = min(self._window, self._stream_window, len(self._body) - start)
        if size <= 0:
            return [b""]
        self._sent += size
        self._window -= size
        self._stream_window -= size
        self.data_frames += -(-size // most_bytes)
        return frames.data_frames(self._body, start, start + size, most_bytes)

    def give_up(self) -> None:
        """Nobody wants the rest of the body."""
        self._sent = len(self._body)

    def settings_changed(self, widened_by: int, *, is_open: bool) -> None:
        """The peer has new settings: of the windows an open stream's follows (RFC 9113, 6.9.2)."""
        self._pieces = None
        self._encoder.limit(self._peer.table_bytes)
        if is_open:
            self.widen(widened_by, of_stream=True)

    def widen(self, size: int, *, of_stream: bool) -> None:
        """WINDOW_UPDATE, of the open stream or of the connection."""
        if of_stream:
            self._stream_window += size
        else:
            self._window += size
        if max(self._window, self._stream_window) > frames.MAX_WINDOW_BYTES:
            raise _overflow()


def _overflow() -> Violation:
    return Violation("a window that overflows", ErrorCode.FLOW_CONTROL_ERROR)
