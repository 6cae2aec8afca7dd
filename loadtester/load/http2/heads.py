"""What the fields of a message mean (RFC 9113, section 8).

A block of fields has lower-case names, values without line ends, one `:status` before everything
else, and nothing that says how a connection is used. Whatever else it is, it is malformed, and so
is a Content-Length that the body does not keep. All fields are matched by one expression that does
not go back.
"""

import functools
import re
from typing import Final

from loadtester.load.http1.heads import UNTIL_CLOSE, Head, Response
from loadtester.load.http2.errors import Violation
from loadtester.load.http2.hpack.static_table import Field
from loadtester.load.transport.route import Message

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OF_CONNECTIONS: Final = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"}
)
_TELLING: Final = frozenset({b"content-length", b"content-encoding", b"location"})
_NOT_IN_REQUESTS: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"}
)
_FIELDS: Final = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9a-z]++\0(?![ \t])[^\0\r\n]*+(?<![ \t])\n)*+")
_STATUS: Final = re.compile(rb"[1-9][0-9]{2}")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")


def malformed(detail: str) -> Violation:
    """A message that is not one, in frames that are."""
    return Violation(f"malformed response: {detail}")


def request_fields(message: Message) -> list[Field]:
    """The message's fields as HTTP/2 has them (RFC 9113, section 8.3)."""
    pseudo = [
        (":method", message.method),
        (":scheme", message.scheme),
        (":authority", message.authority),
        (":path", message.target),
    ]
    fields = ((name.lower(), value) for name, value in message.fields)
    listed = pseudo + [field for field in fields if field[0] not in _NOT_IN_REQUESTS]
    return [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in listed]


def response_head(fields: list[Field], *, to_head_request: bool) -> Head:
    """Status and the body to come of a response, interim or final. Violation if malformed.

    `length` is UNTIL_CLOSE where nothing was announced.
    """
    if not fields or fields[0][0] != b":status":
        raise malformed("it does not begin with :status")
    text = fields[0][1]
    if _STATUS.fullmatch(text) is None:
        raise malformed(f"status {text[:20].decode('latin-1')!a}")
    status = int(text)
    telling = _checked(fields[1:])
    length = _length(telling, status, to_head_request)
    location = telling.get(b"location") if status in _REDIRECTS else None
    coding = telling.get(b"content-encoding", [b""])[-1].lower()
    gzip = coding in (b"gzip", b"x-gzip") and length != 0
    if location is None:
        return _head(status, length, gzip)
    response = Response(status, max(length, 0), True, location[0].decode("latin-1"))
    return Head(response, length, gzip)


@functools.lru_cache(maxsize=1024)
def _head(status: int, length: int, gzip: bool) -> Head:
    """What fields that differ have in common, made once."""
    return Head(Response(status, max(length, 0), True), length, gzip)


def check_trailers(fields: list[Field]) -> None:
    """Fields after a body. Violation if malformed; they say nothing to us."""
    _checked(fields)


def _checked(fields: list[Field]) -> dict[bytes, list[bytes]]:
    block = b"".join([name + b"\0" + value + b"\n" for name, value in fields])
    if _FIELDS.fullmatch(block) is None:
        raise malformed("a field that cannot be one")
    telling: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        if name in _TELLING:
            telling.setdefault(name, []).append(value)
        elif name in _OF_CONNECTIONS:
            raise malformed("a field of connections")
    return telling


def _length(fields: dict[bytes, list[bytes]], status: int, to_head_request: bool) -> int:
    said = fields.get(b"content-length")
    has_none = to_head_request or status < 200 or status in (204, 304)
    if said is None:
        return 0 if has_none else UNTIL_CLOSE
    lengths = {number.strip() for value in said for number in value.split(b",")}
    if len(lengths) > 1:
        raise malformed("content-length says different things")
    if any(_LENGTH.fullmatch(number) is None for number in lengths):
        raise malformed(f"content-length {lengths.pop()[:40].decode('latin-1')!a}")
    return 0 if has_none else int(lengths.pop())
