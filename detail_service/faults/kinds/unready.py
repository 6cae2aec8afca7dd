"""`unready`: the readiness probe fails while the service works."""

from typing import ClassVar, Literal

from pydantic import Field

from detail_service.faults.answer import Answer, plain
from detail_service.faults.plan import Replacing


class Unready(Replacing):
    kind: Literal["unready"]
    path: str | None = Field(
        default="/readyz",
        min_length=1,
        max_length=200,
        pattern=r"^/[!-~]*$",
        description="probe that fails: /readyz, /healthz, /ping or any other path",
    )

    sentence: ClassVar[str] = "fails the readiness probe"

    def answer(self) -> Answer:
        return plain(503, b'{"status":"unready"}', b"application/json; charset=utf-8")

    def summary(self) -> str:
        return f"unready on {self.path or 'every path'}"
