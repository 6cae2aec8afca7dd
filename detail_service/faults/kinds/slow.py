"""`slow`: the body trickles out at a number of bytes per second."""

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field

from detail_service.faults.answer import Answer
from detail_service.faults.dice import Draws
from detail_service.faults.plan import Shaping


class Slow(Shaping):
    kind: Literal["slow"]
    bytes_per_s: float = Field(
        default=16, ge=0.1, le=1e9, description="speed of the body in bytes per second: 0.1 to 1e9"
    )

    sentence: ClassVar[str] = "sends the body slowly"

    def shape(self, draws: Draws, answer: Answer) -> Answer:
        slowest = min(self.bytes_per_s, answer.bytes_per_s or self.bytes_per_s)
        return replace(answer, bytes_per_s=slowest)

    def summary(self) -> str:
        return f"slow body, {self.bytes_per_s:g} bytes/s"
