"""An HTTP response as a value, with the ways in which its delivery can be spoilt."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[bytes, bytes]]
TICK_S = 0.02
BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class RawResponse:
    """`sent_bytes` below the length of `body`: break off there; `bytes_per_s` paces the body."""

    status: int
    headers: Headers
    body: bytes
    sent_bytes: float = math.inf
    bytes_per_s: float = math.inf


def complete_response(status: int, body: bytes, content_type: bytes) -> RawResponse:
    """A response with the two headers that every body needs; 204, 205 and 304 have no body."""
    if status in BODILESS:
        return RawResponse(status, ((b"content-length", b"0"),) if status == 205 else (), b"")
    headers = ((b"content-type", content_type), (b"content-length", b"%d" % len(body)))
    return RawResponse(status, headers, body)


def piece_bytes(bytes_per_s: float) -> int:
    """How much of a paced body goes out at once."""
    return max(1, int(bytes_per_s * TICK_S))
