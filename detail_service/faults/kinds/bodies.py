"""`corrupt`, `truncate` and `slow`: the body is wrong, incomplete or late.

Status and headers stay as they were, so that only a client that reads the body notices. A response
without a body leaves them nothing to do.
"""

import re
from dataclasses import replace
from typing import Literal

from pydantic import Field

from detail_service.faults.dice import Draws
from detail_service.faults.response import RawResponse, piece_bytes
from detail_service.faults.spec import Shaping

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[{}\[\]:,]', re.DOTALL)
"""A string, closed or not, or a structural byte; no two ways to match, so linear in time."""


class Corrupt(Shaping):
    """One byte of the body is wrong, so that JSON no longer parses; the length stays."""

    kind: Literal["corrupt"]

    def shape(self, draws: Draws, response: RawResponse) -> RawResponse:
        return replace(response, body=corrupt_json(response.body, draws.first))


class Truncate(Shaping):
    """Promises the whole body, sends a part of it and closes the connection."""

    kind: Literal["truncate"]
    keep: float = Field(
        default=0.5, ge=0, lt=1, description="share of the body that is sent: 0 to below 1"
    )

    def shape(self, draws: Draws, response: RawResponse) -> RawResponse:
        kept = int(len(response.body) * self.keep)
        if kept >= min(response.sent_bytes, len(response.body)):
            return response
        return replace(response, sent_bytes=kept)

    def summary(self) -> str:
        return f"truncate to {self.keep:.0%}"


class Slow(Shaping):
    """The body trickles out at a number of bytes per second."""

    kind: Literal["slow"]
    bytes_per_s: float = Field(
        default=16, ge=0.1, le=1e9, description="speed of the body in bytes per second: 0.1 to 1e9"
    )

    def shape(self, draws: Draws, response: RawResponse) -> RawResponse:
        fits_one_piece = len(response.body) <= piece_bytes(self.bytes_per_s)
        if fits_one_piece or self.bytes_per_s >= response.bytes_per_s:
            return response
        return replace(response, bytes_per_s=self.bytes_per_s)

    def summary(self) -> str:
        return f"slow body, {self.bytes_per_s:g} bytes/s"


def corrupt_json(body: bytes, draw: float) -> bytes:
    """`body` with one byte overwritten, chosen by `draw`; never valid JSON unless it was empty.

    `#` outside a string is no JSON, whatever surrounds it: so a structural byte or a string's
    opening quote is overwritten, or the first byte where there is neither.
    """
    places = [token.start() for token in TOKEN.finditer(body)] or [0]
    place = places[int(draw * len(places))]
    return body[:place] + b"#"[: len(body)] + body[place + 1 :]
