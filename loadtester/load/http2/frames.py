"""Frames as bytes (RFC 9113, sections 4 and 6).

A frame is built as two pieces around the number of its stream, because that alone differs from one
request to the next: `number.join(pieces)` is the frame, and whole requests are remembered so.
"""

from collections.abc import Iterator
from typing import Final

from loadtester.load.http2.errors import ErrorCode

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD_BYTES: Final = 9
MAX_STREAM: Final = (1 << 31) - 1
MAX_WINDOW_BYTES: Final = (1 << 31) - 1
DEFAULT_WINDOW_BYTES: Final = 65_535
DEFAULT_FRAME_BYTES: Final = 16_384

DATA: Final = 0
HEADERS: Final = 1
PRIORITY: Final = 2
RST_STREAM: Final = 3
SETTINGS: Final = 4
PUSH_PROMISE: Final = 5
PING: Final = 6
GOAWAY: Final = 7
WINDOW_UPDATE: Final = 8
CONTINUATION: Final = 9

END_STREAM: Final = 0x01
ACK: Final = 0x01
END_HEADERS: Final = 0x04
PADDED: Final = 0x08
HAS_PRIORITY: Final = 0x20


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """One frame."""
    return _before(kind, flags, len(payload)) + stream.to_bytes(4, "big") + payload


def _before(kind: int, flags: int, size: int) -> bytes:
    """What comes before the number of the stream."""
    return size.to_bytes(3, "big") + bytes((kind, flags))


def header_frames(block: bytes, most_bytes: int, *, end_stream: bool) -> list[bytes]:
    """HEADERS and as many CONTINUATIONs as the block needs; to be joined by the stream's number."""
    fragments = [block[at : at + most_bytes] for at in range(0, len(block), most_bytes)]
    pieces = [b""]
    for number, fragment in enumerate(fragments):
        kind = CONTINUATION if number else HEADERS
        flags = END_HEADERS if number == len(fragments) - 1 else 0
        flags |= END_STREAM if end_stream and not number else 0
        pieces[-1] += _before(kind, flags, len(fragment))
        pieces.append(fragment)
    return pieces


def data_frames(body: bytes, start: int, end: int, most_bytes: int) -> list[bytes]:
    """DATA with this part of a body, the stream's end where it is the body's."""
    pieces = [b""]
    for at in range(start, end, most_bytes):
        size = min(most_bytes, end - at)
        flags = END_STREAM if at + size == len(body) else 0
        pieces[-1] += _before(DATA, flags, size)
        pieces.append(body[at : at + size])
    return pieces


def settings_frame(values: dict[int, int]) -> bytes:
    """SETTINGS of ours."""
    pairs = (name.to_bytes(2, "big") + value.to_bytes(4, "big") for name, value in values.items())
    return frame(SETTINGS, 0, 0, b"".join(pairs))


SETTINGS_ACK: Final = frame(SETTINGS, ACK, 0, b"")


def window_update(stream: int, size: int) -> bytes:
    """WINDOW_UPDATE: the peer may send so much more."""
    return frame(WINDOW_UPDATE, 0, stream, size.to_bytes(4, "big"))


def reset(stream: int, code: ErrorCode) -> bytes:
    """RST_STREAM."""
    return frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def goaway(code: ErrorCode) -> bytes:
    """GOAWAY, from one who has taken no stream of the peer's."""
    return frame(GOAWAY, 0, 0, bytes(4) + code.to_bytes(4, "big"))


def read_settings(payload: bytes) -> Iterator[tuple[int, int]]:
    """The pairs of a SETTINGS frame of whole pairs."""
    for at in range(0, len(payload), 6):
        yield _number(payload[at : at + 2]), _number(payload[at + 2 : at + 6])


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
