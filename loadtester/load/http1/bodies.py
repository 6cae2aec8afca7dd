"""The three ways an HTTP/1.1 body is delimited, and the check of a gzipped one."""

import re
import zlib
from abc import ABC, abstractmethod
from typing import Final

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import CHUNKED, UNTIL_CLOSE, Head, protocol_error

MAX_LINE_BYTES: Final = 16 * 1024
"""Of a chunk's size line, and of a trailer line."""
MAX_TRAILER_BYTES: Final = 256 * 1024
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*+(?:;[^\r\n]*+)?\r?\n")
_UNPACK_BYTES: Final = 1 << 18


class Gunzip:
    """Unpacks to nowhere: only to know that a gzipped body is whole."""

    def __init__(self, cap_bytes: int) -> None:
        self._inflate = zlib.decompressobj(31)
        self._left = cap_bytes

    def feed(self, data: bytes) -> None:
        """Take packed bytes. RequestFailed if they are not gzip, or a bomb."""
        try:
            while data:
                self._left -= len(self._inflate.decompress(data, _UNPACK_BYTES))
                data = self._inflate.unconsumed_tail
                if self._left < 0:
                    raise too_large()
                if self._inflate.eof:
                    data = self._inflate.unused_data
                    self._inflate = zlib.decompressobj(31) if data else self._inflate
        except zlib.error as error:
            raise protocol_error(f"gzip: {error}") from error

    def finish(self) -> None:
        """The body is over. RequestFailed(TRUNCATED) if the packed stream is not."""
        if not self._inflate.eof:
            raise RequestFailed(ErrorClass.TRUNCATED, "gzip: unexpected EOF")


def too_large() -> RequestFailed:
    """The body exceeds the plan's cap."""
    return RequestFailed(ErrorClass.TOO_LARGE, "response body is larger than the cap")


class Body(ABC):
    """A body being read: takes its bytes off a buffer until it is whole."""

    def __init__(self, cap_bytes: int, gunzip: Gunzip | None) -> None:
        self.size_bytes = 0
        self._cap = cap_bytes
        self._gunzip = gunzip

    @abstractmethod
    def take(self, buffer: bytearray) -> bool:
        """Consume what belongs to the body; whether it is whole. RequestFailed if malformed."""

    def finish(self) -> None:
        """The body is whole: so must its packing be."""
        if self._gunzip is not None and self.size_bytes:
            self._gunzip.finish()

    def _consume(self, buffer: bytearray, size: int) -> None:
        self.size_bytes += size
        if self.size_bytes > self._cap:
            raise too_large()
        if self._gunzip is not None:
            self._gunzip.feed(bytes(buffer[:size]))
        del buffer[:size]


class SizedBody(Body):
    """Content-Length bytes."""

    def __init__(self, length: int, cap_bytes: int, gunzip: Gunzip | None) -> None:
        super().__init__(cap_bytes, gunzip)
        self._left = length
        if length > cap_bytes:
            raise too_large()

    def take(self, buffer: bytearray) -> bool:
        """Whole when the announced length has come."""
        size = min(self._left, len(buffer))
        self._consume(buffer, size)
        self._left -= size
        return self._left == 0


class BodyUntilClose(Body):
    """Everything until the connection ends; never whole by itself."""

    def take(self, buffer: bytearray) -> bool:
        """Consumes everything."""
        self._consume(buffer, len(buffer))
        return False


class ChunkedBody(Body):
    """RFC 9112, section 7.1: sized chunks, a chunk of size zero, trailers, an empty line."""

    def __init__(self, cap_bytes: int, gunzip: Gunzip | None) -> None:
        super().__init__(cap_bytes, gunzip)
        self._left = 0
        self._trailer_bytes = 0
        self._next = self._size_line

    def take(self, buffer: bytearray) -> bool:
        """Whole when the empty line after the last chunk has come."""
        before = -1
        while self._next != self._done and len(buffer) != before:
            before = len(buffer)
            self._next(buffer)
        return self._next == self._done

    def _line(self, buffer: bytearray) -> bytes | None:
        end = buffer.find(b"\n", 0, MAX_LINE_BYTES) + 1
        if not end:
            if len(buffer) >= MAX_LINE_BYTES:
                raise protocol_error("a line between chunks is too long")
            return None
        line = bytes(buffer[:end])
        del buffer[:end]
        return line

    def _size_line(self, buffer: bytearray) -> None:
        line = self._line(buffer)
        if line is not None:
            size = _CHUNK_SIZE.fullmatch(line)
            if size is None:
                raise protocol_error("invalid chunk size")
            self._left = int(size[1], 16)
            self._next = self._data if self._left else self._trailer

    def _data(self, buffer: bytearray) -> None:
        size = min(self._left, len(buffer))
        self._consume(buffer, size)
        self._left -= size
        if not self._left:
            self._next = self._data_end

    def _data_end(self, buffer: bytearray) -> None:
        if buffer[:1] == b"\n" or buffer[:2] == b"\r\n":
            del buffer[: 1 + (buffer[:1] == b"\r")]
            self._next = self._size_line
        elif buffer and buffer != b"\r":
            raise protocol_error("a chunk is longer than its size")

    def _trailer(self, buffer: bytearray) -> None:
        line = self._line(buffer)
        if line is None:
            return
        self._trailer_bytes += len(line)
        if line in (b"\r\n", b"\n"):
            self._next = self._done
        elif b":" not in line:
            raise protocol_error("a trailer line is not `name: value`")
        elif self._trailer_bytes > MAX_TRAILER_BYTES:
            raise protocol_error(f"trailers of more than {MAX_TRAILER_BYTES} bytes")

    def _done(self, buffer: bytearray) -> None:
        """Nothing more belongs to the body."""


def body_for(head: Head, cap_bytes: int) -> Body:
    """The body that a head announces. RequestFailed(TOO_LARGE) if it announces too much."""
    gunzip = Gunzip(cap_bytes) if head.gzip else None
    if head.length == CHUNKED:
        return ChunkedBody(cap_bytes, gunzip)
    if head.length == UNTIL_CLOSE:
        return BodyUntilClose(cap_bytes, gunzip)
    return SizedBody(head.length, cap_bytes, gunzip)
