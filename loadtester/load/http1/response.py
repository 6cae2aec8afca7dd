"""One connection's incoming side: bytes in, whole HTTP/1.1 responses out. No I/O."""

import re
from dataclasses import replace
from typing import Final

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.bodies import Body, body_for
from loadtester.load.http1.heads import (
    MAX_REMEMBERED_RESPONSE_BYTES,
    UNTIL_CLOSE,
    Head,
    Heads,
    Response,
    protocol_error,
)

MAX_HEAD_BYTES: Final = 256 * 1024
MAX_INTERIM_RESPONSES: Final = 100

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")


class ResponseReader:
    """Finds responses in a byte stream; feeding the same bytes in any split finds the same ones.

    The framing rules stand in `heads`. `started` tells whether a byte of the current response
    has come: before it, a lost connection may merely have been idle for too long.
    """

    __slots__ = (
        "_body",
        "_buffer",
        "_cap",
        "_head",
        "_heads",
        "_interim",
        "_known",
        "_last_data",
        "_last_response",
        "_searched",
        "_whole",
        "started",
    )

    def __init__(self, heads: Heads, body_cap_bytes: int) -> None:
        self._heads = heads
        self._known = heads.known
        self._whole = heads.whole
        self._last_data = b""
        self._last_response: Response | None = None
        self._cap = body_cap_bytes
        self._buffer = bytearray()
        self._head: Head | None = None
        self._body: Body | None = None
        self._interim = 0
        self._searched = 0
        self.started = False

    @property
    def in_body(self) -> bool:
        """Whether the head of the current response is complete and its body is not."""
        return self._body is not None

    def feed(self, data: bytes) -> Response | None:
        """Take bytes in; the response when they complete it. RequestFailed when they are wrong."""
        if not self.started:
            if data == self._last_data:
                return self._last_response
            response = self._whole.get(data) or self._at_once(data)
            if response is not None:
                if len(data) <= MAX_REMEMBERED_RESPONSE_BYTES:
                    self._last_data, self._last_response = data, response
                return response
            self.started = True
        self._buffer += data
        while self._body is None:
            if not self._take_head():
                return None
        return self._finished() if self._body.take(self._buffer) else None

    def _at_once(self, data: bytes) -> Response | None:
        cut = data.find(b"\r\n\r\n")
        head = self._known.get(data[:cut]) if cut > 0 else None
        if head is None or len(data) != cut + 4 + head.length or head.length > self._cap:
            return None
        self._heads.remember(data, head.response)
        return head.response

    def eof(self) -> Response:
        """The peer has closed: the response that ends so, or RequestFailed."""
        if self._head is not None and self._head.length == UNTIL_CLOSE:
            return self._finished()
        if not self.started:
            raise RequestFailed(ErrorClass.EARLY_CLOSE, "EOF")
        raise RequestFailed(ErrorClass.TRUNCATED, "unexpected EOF")

    def _take_head(self) -> bool:
        buffer = self._buffer
        end = _HEAD_END.search(buffer, max(0, self._searched - 3))
        if end is None:
            self._searched = len(buffer)
            if len(buffer) > MAX_HEAD_BYTES:
                raise protocol_error(f"a head of more than {MAX_HEAD_BYTES} bytes")
            if not b"HTTP/1."[: len(buffer)] == buffer[:7]:
                raise protocol_error(ascii(bytes(buffer[:60]).decode("latin-1")))
            return False
        self._searched = 0
        head = self._heads.parse(bytes(buffer[: end.start()]))
        del buffer[: end.end()]
        if head.response.status >= 200:
            self._head, self._body = head, body_for(head, self._cap)
        elif head.response.status == 101 or self._interim >= MAX_INTERIM_RESPONSES:
            raise protocol_error(f"unexpected {head.response.status} response")
        else:
            self._interim += 1
        return True

    def _finished(self) -> Response:
        head, body = self._head, self._body
        assert head is not None
        assert body is not None
        body.finish()
        if self._buffer:
            raise protocol_error("unsolicited bytes after the response")
        self._head = self._body = None
        self._interim, self.started = 0, False
        if body.size_bytes == head.response.body_bytes:
            return head.response
        return replace(head.response, body_bytes=body.size_bytes)
