"""`corrupt`: one byte of the answer is wrong, so that JSON no longer parses.

Length and headers stay as they were: only a client that reads the body notices.
"""

import json
from dataclasses import replace
from typing import ClassVar, Literal

from detail_service.faults.answer import Answer
from detail_service.faults.dice import Draws
from detail_service.faults.plan import Shaping

STRUCTURE = b'{}[]":,'


class Corrupt(Shaping):
    kind: Literal["corrupt"]

    sentence: ClassVar[str] = "spoils the JSON"

    def shape(self, draws: Draws, answer: Answer) -> Answer:
        return replace(answer, body=spoil(answer.body, draws.first))


def spoil(body: bytes, draw: float) -> bytes:
    """`body` with one structural byte overwritten, chosen by `draw`; never valid JSON."""
    places = [place for place, byte in enumerate(body) if byte in STRUCTURE] or [0]
    start = int(draw * len(places))
    for place in places[start:] + places[:start]:
        spoilt = body[:place] + b"#" + body[place + 1 :]
        if not _parses(spoilt):
            return spoilt
    return b"#" + body[1:]


def _parses(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
