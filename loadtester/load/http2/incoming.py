"""The response to one request: interim heads, the head, the body, trailers, in this order."""

from typing import Final

from loadtester.load.http1.bodies import Gunzip, too_large
from loadtester.load.http1.heads import Head, Response
from loadtester.load.http1.response import MAX_INTERIM_RESPONSES
from loadtester.load.http2.blocks import Blocks
from loadtester.load.http2.heads import malformed

_SWITCHING_PROTOCOLS: Final = 101


class Incoming:
    """What has come of the response that is under way; `restart` makes it that of the next one."""

    __slots__ = ("_blocks", "_body_bytes", "_cap", "_gunzip", "_interim", "head", "is_whole")

    def __init__(self, blocks: Blocks, cap_bytes: int) -> None:
        self._blocks = blocks
        self._cap = cap_bytes
        self._body_bytes = self._interim = 0
        self._gunzip: Gunzip | None = None
        self.head: Head | None = None
        """Of the final response, once it has come."""
        self.is_whole = False

    def restart(self) -> None:
        """Nothing has come of the next one."""
        self._body_bytes = self._interim = 0
        self._gunzip = self.head = None
        self.is_whole = False
        self._blocks.restart()

    def block(self, block: bytes, *, ends: bool) -> None:
        """Take a whole header block, and with `ends` the end of the stream."""
        if self.head is not None:
            if not ends:
                raise malformed("trailers that do not end it")
            self._blocks.trailers(block)
            self._end()
            return
        head = self._blocks.head(block)
        status = head.response.status
        if status < 200:
            self._interim += 1
            if ends or status == _SWITCHING_PROTOCOLS or self._interim > MAX_INTERIM_RESPONSES:
                raise malformed(f"unexpected {status} response")
            return
        if head.length > self._cap:
            raise too_large()
        self.head = head
        if head.gzip:
            self._gunzip = Gunzip(self._cap)
        if ends:
            self._end()

    def data(self, buffer: bytes, start: int, end: int, *, ends: bool) -> None:
        """Take this part of `buffer` as body, and with `ends` the end of the stream."""
        head = self.head
        if head is None:
            raise malformed("a body before its head")
        self._body_bytes += end - start
        if self._body_bytes > self._cap:
            raise too_large()
        if 0 <= head.length < self._body_bytes:
            raise malformed("a body longer than it may be")
        if self._gunzip is not None:
            self._gunzip.feed(buffer[start:end])
        if ends:
            self._end()

    def _end(self) -> None:
        head = self.head
        assert head is not None
        if self._body_bytes < head.length:
            raise malformed("a body shorter than its content-length")
        if self._gunzip is not None and self._body_bytes:
            self._gunzip.finish()
        self.is_whole = True

    def response(self, *, keep_alive: bool) -> Response:
        """The whole response."""
        head = self.head
        assert head is not None
        known = head.response
        if keep_alive and known.body_bytes == self._body_bytes:
            return known
        return Response(known.status, self._body_bytes, keep_alive, known.location)
