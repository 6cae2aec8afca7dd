"""`status`: answers with a status code instead of the service's answer."""

import json
from typing import ClassVar, Literal

from pydantic import Field

from detail_service.faults.answer import Answer, plain
from detail_service.faults.plan import Replacing

ERROR = '"Error"'


class Status(Replacing):
    kind: Literal["status"]
    status: int = Field(default=500, ge=200, le=599, description="status code: 200 to 599")
    body: str = Field(
        default=ERROR, max_length=4096, description="body of the answer, at most 4096 characters"
    )

    sentence: ClassVar[str] = "answers with a status code"

    def answer(self) -> Answer:
        kind = b"application/json" if _is_json(self.body) else b"text/plain"
        return plain(self.status, self.body.encode("utf-8", "replace"), kind + b"; charset=utf-8")

    def summary(self) -> str:
        return f"status {self.status}"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
