"""An HTTP answer as a value, with the ways in which its delivery can be spoilt."""

from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`sent_bytes` below the length of `body` means: break off there; `bytes_per_s` paces it."""

    status: int
    headers: Headers
    body: bytes
    sent_bytes: int | None = None
    bytes_per_s: float | None = None


def plain(status: int, body: bytes, content_type: bytes) -> Answer:
    """An answer with the two headers that every body needs; 204 and 304 carry no body."""
    if status in (204, 304):
        return Answer(status, (), b"")
    headers = ((b"content-type", content_type), (b"content-length", b"%d" % len(body)))
    return Answer(status, headers, body)
