"""What each side tells the other about itself (RFC 9113, section 6.5)."""

from typing import Final

from loadtester.load.http1.response import MAX_HEAD_BYTES
from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.frames import (
    DEFAULT_FRAME_BYTES,
    DEFAULT_WINDOW_BYTES,
    MAX_STREAM,
    MAX_WINDOW_BYTES,
    PREFACE,
    read_settings,
    settings_frame,
    window_update,
)
from loadtester.load.http2.hpack.static_table import DEFAULT_TABLE_BYTES

HEADER_TABLE_SIZE: Final = 1
ENABLE_PUSH: Final = 2
MAX_CONCURRENT_STREAMS: Final = 3
INITIAL_WINDOW_SIZE: Final = 4
MAX_FRAME_SIZE: Final = 5
MAX_HEADER_LIST_SIZE: Final = 6
_MAX_FRAME_BYTES: Final = (1 << 24) - 1

OURS: Final = {
    ENABLE_PUSH: 0,
    INITIAL_WINDOW_SIZE: MAX_WINDOW_BYTES,
    MAX_HEADER_LIST_SIZE: MAX_HEAD_BYTES,
}
GREETING: Final = (
    PREFACE + settings_frame(OURS) + window_update(0, MAX_WINDOW_BYTES - DEFAULT_WINDOW_BYTES)
)
"""What a client says first. Bodies go nowhere, so that both windows are as wide as can be."""


class PeerSettings:
    """The server's, which are the defaults until it says something."""

    __slots__ = ("frame_bytes", "streams", "table_bytes", "window_bytes")

    def __init__(self) -> None:
        self.table_bytes = DEFAULT_TABLE_BYTES
        self.streams = MAX_STREAM
        """How many may be open at once."""
        self.window_bytes = DEFAULT_WINDOW_BYTES
        """Of each stream, at first."""
        self.frame_bytes = DEFAULT_FRAME_BYTES

    def take(self, payload: bytes) -> None:
        """A SETTINGS frame's payload. Violation for what cannot be; the unknown is left alone."""
        if len(payload) % 6:
            raise Violation("half a setting", ErrorCode.FRAME_SIZE_ERROR)
        for name, value in read_settings(payload):
            self._set(name, value)

    def _set(self, name: int, value: int) -> None:
        if name == HEADER_TABLE_SIZE:
            self.table_bytes = value
        elif name == ENABLE_PUSH:
            if value:
                raise Violation("a server that asks for pushes")
        elif name == MAX_CONCURRENT_STREAMS:
            self.streams = value
        elif name == INITIAL_WINDOW_SIZE:
            if value > MAX_WINDOW_BYTES:
                raise Violation(f"a window of {value} bytes", ErrorCode.FLOW_CONTROL_ERROR)
            self.window_bytes = value
        elif name == MAX_FRAME_SIZE:
            if not DEFAULT_FRAME_BYTES <= value <= _MAX_FRAME_BYTES:
                raise Violation(f"frames of {value} bytes")
            self.frame_bytes = value
