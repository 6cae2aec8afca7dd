"""HTTP/2 of one connection, as a client: requests and bytes in, bytes and responses out. No I/O.

One stream is open at a time. Whatever the server does to it or to the connection ends in a
response, in a failure, or in more waiting; the same bytes in any split come to the same.

Speed. Load is monotonous: what was sent before (`Outgoing`), what came before (`Repeated`) and
header blocks that did (`Blocks`) are remembered.

Bounds. Bodies by the plan's cap, frames by what we announced, blocks by MAX_HEAD_BYTES, packed and
unpacked, and frames that bring a response no further by ALLOWANCE, which a whole response renews.
"""

from typing import Final

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import Response
from loadtester.load.http2 import frames
from loadtester.load.http2.blocks import Blocks
from loadtester.load.http2.errors import ErrorCode, Violation, code_name
from loadtester.load.http2.incoming import Incoming
from loadtester.load.http2.outgoing import Outgoing
from loadtester.load.http2.repeated import Repeated
from loadtester.load.http2.settings import GREETING, PeerSettings
from loadtester.load.transport.route import Hop

ALLOWANCE: Final = 10_000
_HALF_WINDOW: Final = frames.MAX_WINDOW_BYTES // 2
_HEAD_BYTES: Final = frames.HEAD_BYTES
_NUMBER_AT: Final = 5
"""Where in a frame the number of its stream is."""
_NO_BLOCK: Final = 0


class Session:
    """The protocol's state between two sides."""

    __slots__ = (
        "_allowance",
        "_block_flags",
        "_blocks",
        "_buffer",
        "_consumed",
        "_control",
        "_data_frames",
        "_going_away",
        "_greeted",
        "_held",
        "_incoming",
        "_next_stream",
        "_open",
        "_outgoing",
        "_peer",
        "_repeated",
        "_stream",
        "_stream_consumed",
        "_to_head_request",
        "begun",
        "failure",
    )

    def __init__(self, body_cap_bytes: int) -> None:
        self._peer = PeerSettings()
        self._outgoing = Outgoing(self._peer)
        self._blocks = Blocks()
        self._incoming = Incoming(self._blocks, body_cap_bytes)
        self._buffer = b""
        self._control: list[bytes] = [GREETING]
        """What waits to be written."""
        self._held: Hop | None = None
        """A request while the server wants no stream."""
        self._stream, self._next_stream = 0, 1
        self._greeted = self._going_away = self._open = False
        self._to_head_request = False
        self._block_flags = _NO_BLOCK
        """Of the HEADERS whose block is not over, with PRIORITY's bit, which is none of theirs."""
        self._consumed = self._stream_consumed = 0
        self._allowance = ALLOWANCE
        self._data_frames = 0
        self._repeated = Repeated(self._blocks)
        self.begun = False
        """Whether something of the response to the last request has come."""
        self.failure: RequestFailed | None = None
        """Why the last request's stream ended without a response, the connection being well."""

    @property
    def is_writing(self) -> bool:
        """Whether a part of the request waits for the server's leave."""
        return self._held is not None or (self._open and not self._outgoing.is_whole)

    @property
    def in_body(self) -> bool:
        """Whether the head of the current response is complete and its body is not."""
        return self._incoming.head is not None

    @property
    def is_done(self) -> bool:
        """Whether the connection takes no further request."""
        return self._going_away or self._next_stream > frames.MAX_STREAM

    @property
    def has_output(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._control)

    def output(self) -> bytes:
        """What waits to be written, once."""
        data = b"".join(self._control)
        self._control.clear()
        return data

    def request(self, hop: Hop) -> bytes:
        """What is to be written now: the request, behind what waited."""
        self.begun = False
        self.failure = None
        to_head_request = hop.heads.to_head_request
        if to_head_request != self._to_head_request:
            self._to_head_request = to_head_request
            self._blocks.expect(to_head_request=to_head_request)
            self._repeated.forget()
        if not self._peer.streams:
            self._held = hop
            return self.output()
        data = self._opened(hop)
        return self.output() + data if self._control else data

    def _opened(self, hop: Hop) -> bytes:
        self._stream = stream = self._next_stream
        self._next_stream = stream + 2
        if self._next_stream > frames.MAX_STREAM:
            self._repeated.forget()  # its connection goes on
        self._open = True
        self._stream_consumed = 0
        self._incoming.restart()
        return self._outgoing.open(stream, hop)

    def eof(self) -> Response:
        """The server has closed."""
        error_class = ErrorClass.TRUNCATED if self.begun else ErrorClass.EARLY_CLOSE
        raise RequestFailed(error_class, "http2: unexpected EOF")

    def receive(self, data: bytes) -> Response | None:
        """Take bytes in; the response when they complete it. RequestFailed when they are wrong.

        Afterwards `failure` may be set and `output` wait.
        """
        repeated = self._repeated
        if len(data) == repeated.size_bytes and self._is_at_start and self._outgoing.is_whole:
            response = repeated.told_by(data, self._outgoing.number)
            if response is not None:
                self._open = False
                self._allowance = ALLOWANCE
                self._consume(repeated.flow_bytes)
                return response
        return self._take(data)

    @property
    def _is_at_start(self) -> bool:
        """Whether the next byte is the first of a response."""
        return self._open and not self.begun and not self._buffer

    def _take(self, data: bytes) -> Response | None:
        was_open = self._open
        is_from_start = self._is_at_start
        generation = self._blocks.generation
        seams = self._take_frames(self._buffer + data if self._buffer else data)
        if self._held is not None and self._peer.streams:
            hop, self._held = self._held, None
            self._control.append(self._opened(hop))
        if self._open:
            self._send_more()
        if not was_open or self._open or self.failure is not None:
            return None
        response = self._incoming.response(keep_alive=not self.is_done)
        if is_from_start and seams and not self.is_done:
            self._repeated.remember(data, seams, response, self._stream_consumed, generation)
        self._incoming.restart()
        return response

    def _take_frames(self, buffer: bytes) -> list[int]:
        """Take whole frames. Where their streams are named, if they are the response alone."""
        at, end = 0, len(buffer)
        number = self._outgoing.number
        seams: list[int] = []
        while end - at >= _HEAD_BYTES:
            size = buffer[at] << 16 | buffer[at + 1] << 8 | buffer[at + 2]
            kind, flags = buffer[at + 3], buffer[at + 4]
            named = buffer[at + _NUMBER_AT : at + _HEAD_BYTES]
            if named == number:
                stream = self._stream
                seams.append(at + _NUMBER_AT)
            else:
                stream = int.from_bytes(named, "big") & frames.MAX_STREAM
            self._check(kind, flags, size, stream, buffer)
            if end - at - _HEAD_BYTES < size:
                break
            at += _HEAD_BYTES
            self._take_frame(kind, flags, stream, buffer, at, at + size)
            at += size
            if named != number or kind == frames.WINDOW_UPDATE:
                number = b""  # remembered is what says nothing but the response
                seams.clear()
        self._buffer = buffer[at:]
        if at < end:
            seams.clear()
        return seams

    def _send_more(self) -> None:
        outgoing = self._outgoing
        if not outgoing.is_whole:
            more = outgoing.more()
            if more:
                self._control.append(more)
                self._allowance += 2 * (outgoing.data_frames - self._data_frames)
                self._data_frames = outgoing.data_frames

    def _check(self, kind: int, flags: int, size: int, stream: int, buffer: bytes) -> None:
        """Refuse a frame by its head, before it has come whole."""
        if not self._greeted:
            if kind != frames.SETTINGS or flags & frames.ACK:
                detail = f"the server does not speak HTTP/2: {buffer[:20]!a}"
                raise Violation(detail)
            self._greeted = True
        if size > frames.DEFAULT_FRAME_BYTES:
            raise Violation(f"a frame of {size} bytes", ErrorCode.FRAME_SIZE_ERROR)
        if self._block_flags and (kind != frames.CONTINUATION or stream != self._stream):
            raise Violation("a frame amid a header block")
        if self._open and stream == self._stream and kind <= frames.HEADERS:
            self.begun = True

    def _take_frame(
        self, kind: int, flags: int, stream: int, buffer: bytes, start: int, end: int
    ) -> None:
        """One whole frame, whose payload is this part of the buffer."""
        if kind == frames.DATA:
            self._take_data(flags, stream, buffer, start, end)
        elif kind == frames.HEADERS:
            self._take_headers(flags, stream, buffer, start, end)
        else:
            self._spend()
            self._take_control(kind, flags, stream, buffer[start:end])

    def _spend(self) -> None:
        self._allowance -= 1
        if self._allowance < 0:
            raise Violation("too many frames that say nothing", ErrorCode.ENHANCE_YOUR_CALM)

    def _require_open(self, stream: int) -> None:
        """Bodies and heads may come on the open stream alone."""
        if not self._open or stream != self._stream:
            self._require_known(stream)
            raise Violation(f"a frame on closed stream {stream}", ErrorCode.STREAM_CLOSED)

    def _require_known(self, stream: int) -> None:
        if not stream % 2 or stream > self._stream:
            raise Violation(f"a frame on stream {stream}, which nobody has opened")

    def _take_data(self, flags: int, stream: int, buffer: bytes, start: int, end: int) -> None:
        self._require_open(stream)
        flow_bytes = end - start
        if flags & frames.PADDED:
            start, end = _without_padding(buffer, start, end)
        ends = flags & frames.END_STREAM != 0
        if start == end and not ends:
            self._spend()
        self._incoming.data(buffer, start, end, ends=ends)
        if ends:
            self._end_stream()
        self._stream_consumed += flow_bytes
        self._consume(flow_bytes)
        if self._stream_consumed >= _HALF_WINDOW and self._open:
            self._control.append(frames.window_update(stream, self._stream_consumed))
            self._stream_consumed = 0

    def _consume(self, size: int) -> None:
        """Widen the connection's window again before it is half used up."""
        self._consumed += size
        if self._consumed >= _HALF_WINDOW:
            self._control.append(frames.window_update(0, self._consumed))
            self._consumed = 0

    def _take_headers(self, flags: int, stream: int, buffer: bytes, start: int, end: int) -> None:
        self._require_open(stream)
        if flags & frames.PADDED:
            start, end = _without_padding(buffer, start, end)
        if flags & frames.HAS_PRIORITY:
            start += 5
            if start > end:
                raise Violation("HEADERS without room", ErrorCode.FRAME_SIZE_ERROR)
        if flags & frames.END_HEADERS:
            self._take_block(flags, buffer[start:end])
        else:
            self._blocks.add(buffer[start:end])
            self._block_flags = flags | frames.HAS_PRIORITY

    def _take_block(self, flags: int, block: bytes) -> None:
        ends = flags & frames.END_STREAM != 0
        self._incoming.block(block, ends=ends)
        if ends:
            self._end_stream()

    def _end_stream(self) -> None:
        """The response is whole, whatever has become of the request."""
        self._open = False
        self._allowance = ALLOWANCE
        if not self._outgoing.is_whole:
            self._outgoing.give_up()
            self._control.append(frames.reset(self._stream, ErrorCode.CANCEL))

    def _take_control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == frames.CONTINUATION:
            self._take_continuation(flags, payload)
        elif kind == frames.SETTINGS:
            _require(size_is_right=not flags & frames.ACK or not payload, is_in_place=not stream)
            if not flags & frames.ACK:
                self._take_settings(payload)
        elif kind == frames.PING:
            _require(size_is_right=len(payload) == 8, is_in_place=not stream)
            if not flags & frames.ACK:
                self._control.append(frames.frame(frames.PING, frames.ACK, 0, payload))
        elif kind == frames.GOAWAY:
            _require(size_is_right=len(payload) >= 8, is_in_place=not stream)
            self._take_goaway(payload)
        elif kind == frames.WINDOW_UPDATE:
            _require(size_is_right=len(payload) == 4, is_in_place=True)
            self._take_window_update(stream, payload)
        elif kind == frames.RST_STREAM:
            _require(size_is_right=len(payload) == 4, is_in_place=stream > 0)
            self._take_reset(stream, payload)
        elif kind == frames.PRIORITY:
            _require(size_is_right=len(payload) == 5, is_in_place=stream > 0)
        elif kind == frames.PUSH_PROMISE:
            raise Violation("a push that was refused from the start")

    def _take_continuation(self, flags: int, fragment: bytes) -> None:
        if not self._block_flags:
            raise Violation("CONTINUATION of nothing")
        self._blocks.add(fragment)
        if flags & frames.END_HEADERS:
            flags, self._block_flags = self._block_flags, _NO_BLOCK
            self._take_block(flags, self._blocks.take())

    def _take_settings(self, payload: bytes) -> None:
        before = self._peer.window_bytes
        self._peer.take(payload)
        self._outgoing.settings_changed(self._peer.window_bytes - before, is_open=self._open)
        self._control.append(frames.SETTINGS_ACK)

    def _take_goaway(self, payload: bytes) -> None:
        self._going_away = True
        self._repeated.forget()
        last = int.from_bytes(payload[:4], "big") & frames.MAX_STREAM
        code = int.from_bytes(payload[4:8], "big")
        if self._held is not None or (self._open and self._stream > last):
            why = f"; {code_name(code)}" if code else ""
            raise RequestFailed(ErrorClass.EARLY_CLOSE, f"http2: server sent GOAWAY{why}")

    def _take_window_update(self, stream: int, payload: bytes) -> None:
        size = int.from_bytes(payload, "big") & frames.MAX_WINDOW_BYTES
        if not size:
            raise Violation("a window widened by nothing")
        if not stream:
            self._outgoing.widen(size, of_stream=False)
            return
        self._require_known(stream)
        if self._open and stream == self._stream:
            self._outgoing.widen(size, of_stream=True)

    def _take_reset(self, stream: int, payload: bytes) -> None:
        self._require_known(stream)
        if self._open and stream == self._stream:
            self._open = False
            self.begun = True
            code = code_name(int.from_bytes(payload, "big"))
            self.failure = RequestFailed(
                ErrorClass.RESET, f"stream error: {code}; received from peer"
            )


def _without_padding(buffer: bytes, start: int, end: int) -> tuple[int, int]:
    if start == end or buffer[start] >= end - start:
        raise Violation("padding longer than its frame")
    return start + 1, end - buffer[start]


def _require(*, size_is_right: bool, is_in_place: bool) -> None:
    if not is_in_place:
        raise Violation("a frame on a stream that is none of its")
    if not size_is_right:
        raise Violation("a frame of the wrong size", ErrorCode.FRAME_SIZE_ERROR)
