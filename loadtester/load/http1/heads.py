"""The head of an HTTP/1.1 response: its status, and where its body ends.

A client must answer one question about every response: where does it end? RFC 9112, section
6.3, gives the order of the answers, and `parse_head` is that order:

1. A response to HEAD, and 1xx, 204 and 304, end with their head, whatever they announce.
2. Transfer-Encoding wins over Content-Length. Its only coding must be `chunked`; anything
   else is refused, for we could not tell the end (and whoever can would smuggle with it).
3. Content-Length: the same number however often it is repeated. Different numbers, signs,
   spaces or hexadecimal mean that two readers would see two bodies: refused.
4. Neither: the body ends with the connection, which therefore cannot be used again.

1xx responses are interim and skipped, but 101 is refused because no upgrade was asked for.
Lines may end in a bare LF (section 2.2 allows it, small servers do it). Whatever follows a
complete response is garbage, since this client never pipelines: refused, or it would be taken for
the response to the next request.

Speed. Load is monotonous: a server under test sends the same head a thousand times a second,
changed only by its Date. So a head is parsed with all the suspicion above once, and
remembered byte for byte in `Heads`; after that a response costs one find, one slice and one
dict lookup. Small responses are remembered whole, and cost the lookup alone. Remembering is
sound because the key is everything that was looked at: equal bytes mean equal framing. Heads
that vary (request ids) pay for two regular expressions.

Nothing here trusts the peer: every way to be wrong ends in RequestFailed with a class. The
expressions are linear in their input whatever it is: every quantifier is possessive or cannot
match what follows it, so there is nothing to go back to.
"""

import re
from dataclasses import dataclass
from typing import Final

from loadtester.load.errors import ErrorClass, RequestFailed

MAX_REMEMBERED_HEADS: Final = 1024
MAX_REMEMBERED_RESPONSE_BYTES: Final = 1024

UNTIL_CLOSE: Final = -1
CHUNKED: Final = -2

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n\0]*)?\r?\n")
_FIELDS: Final = re.compile(
    rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[^\r\n\0]*+(?:\r?\n[ \t][^\r\n\0]*+)*+\r?\n)*+"
)
_FOLD: Final = re.compile(rb"\r?\n[ \t]++")
_TELLING: Final = re.compile(
    rb"^(content-length|transfer-encoding|connection|content-encoding|location):([^\r\n]*+)",
    re.IGNORECASE | re.MULTILINE,
)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response, as far as load testing cares."""

    status: int
    body_bytes: int
    """As they came over the wire, without chunk framing."""
    keep_alive: bool
    """Whether the connection may carry another request."""
    location: str | None = None
    """Where a redirect points."""


@dataclass(frozen=True, slots=True)
class Head:
    """A parsed head: the response it announces and how its body is delimited."""

    response: Response
    length: int
    """Body bytes to come, or UNTIL_CLOSE, or CHUNKED."""
    gzip: bool = False


def protocol_error(detail: str) -> RequestFailed:
    """The remote does not speak HTTP/1.1 as it should."""
    return RequestFailed(ErrorClass.PROTOCOL, f"malformed HTTP response: {detail}")


def parse_head(head: bytes, *, to_head_request: bool = False) -> Head:
    """Decide status and framing from a head without its final empty line.

    RequestFailed(PROTOCOL) when it is not a head or announces contradictory framing.
    """
    block = head + b"\r\n"
    status_line = _STATUS_LINE.match(block)
    if status_line is None:
        raise protocol_error(ascii(head[:60].split(b"\n")[0].decode("latin-1")))
    if _FIELDS.fullmatch(block, status_line.end()) is None:
        raise protocol_error("a header line is not `name: value`")
    status = int(status_line[2])
    fields = _telling_fields(block[status_line.end() :])
    length = _length(fields, status, to_head_request)
    location = fields.get(b"location") if status in _REDIRECTS else None
    coding = fields.get(b"content-encoding", [b""])[-1].lower()
    response = Response(
        status,
        max(length, 0),
        _keep_alive(fields, length, is_1_0=status_line[1] == b"0"),
        location[0].decode("latin-1") if location else None,
    )
    return Head(response, length, gzip=coding in (b"gzip", b"x-gzip") and length != 0)


def _telling_fields(block: bytes) -> dict[bytes, list[bytes]]:
    fields: dict[bytes, list[bytes]] = {}
    if b"\n " in block or b"\n\t" in block:
        block = _FOLD.sub(b" ", block)
    for name, value in _TELLING.findall(block):
        fields.setdefault(name.lower(), []).append(value.strip(b" \t"))
    return fields


def _keep_alive(fields: dict[bytes, list[bytes]], length: int, *, is_1_0: bool) -> bool:
    said = fields.get(b"connection", ())
    tokens = [token.strip() for value in said for token in value.lower().split(b",")]
    if length == UNTIL_CLOSE or b"close" in tokens:
        return False
    if is_1_0:
        return b"keep-alive" in tokens and length != CHUNKED
    return not (length == CHUNKED and b"content-length" in fields)


def _length(fields: dict[bytes, list[bytes]], status: int, to_head_request: bool) -> int:
    said = fields.get(b"content-length", ())
    lengths = {number.strip() for value in said for number in value.split(b",")}
    if len(lengths) > 1:
        raise protocol_error("Content-Length says different things")
    if any(not n.isdigit() or len(n) > 18 for n in lengths):
        raise protocol_error(f"Content-Length {lengths.pop()[:40].decode('latin-1')!a}")
    if to_head_request or status < 200 or status in (204, 304):
        return 0
    if b"transfer-encoding" in fields:
        if b",".join(fields[b"transfer-encoding"]).strip().lower() != b"chunked":
            raise protocol_error("unsupported transfer encoding")
        return CHUNKED
    return int(lengths.pop()) if lengths else UNTIL_CLOSE


class Heads:
    """Heads parsed before, byte for byte. Shared by the connections of one kind of request."""

    def __init__(self, *, to_head_request: bool = False) -> None:
        self.to_head_request = to_head_request
        self.known: dict[bytes, Head] = {}
        """Only of final responses of known length: those that the fast path can finish."""
        self.whole: dict[bytes, Response] = {}
        """Small responses that came in one piece, head and body."""

    def parse(self, head: bytes) -> Head:
        """`parse_head`, remembered when the fast path may use it."""
        parsed = parse_head(head, to_head_request=self.to_head_request)
        if parsed.length >= 0 and not parsed.gzip and parsed.response.status >= 200:
            if len(self.known) >= MAX_REMEMBERED_HEADS:
                self.known.clear()
            self.known[head] = parsed
        return parsed

    def remember(self, data: bytes, response: Response) -> None:
        """`data`, from its first to its last byte, was `response`."""
        if len(data) <= MAX_REMEMBERED_RESPONSE_BYTES:
            if len(self.whole) >= MAX_REMEMBERED_HEADS:
                self.whole.clear()
            self.whole[data] = response
