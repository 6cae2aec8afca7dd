"""`truncate`: promises the whole body, sends a part of it and closes the connection."""

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field

from detail_service.faults.answer import Answer
from detail_service.faults.dice import Draws
from detail_service.faults.plan import Shaping


class Truncate(Shaping):
    kind: Literal["truncate"]
    keep: float = Field(
        default=0.5, ge=0, lt=1, description="share of the body that is sent: 0 to below 1"
    )

    sentence: ClassVar[str] = "breaks off in the body"

    def shape(self, draws: Draws, answer: Answer) -> Answer:
        kept = int(len(answer.body) * self.keep)
        before = kept if answer.sent_bytes is None else answer.sent_bytes
        return replace(answer, sent_bytes=min(kept, before))

    def summary(self) -> str:
        return f"truncate to {self.keep:.0%}"
