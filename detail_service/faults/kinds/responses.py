"""`status` and `unready`: a response instead of the service's own."""

from typing import Literal

from pydantic import Field
from pydantic_core import from_json

from detail_service.faults.response import RawResponse, complete_response
from detail_service.faults.spec import Replacing

ERROR = '"Error"'


class Status(Replacing):
    """Responds with a status code."""

    kind: Literal["status"]
    status: int = Field(default=500, ge=200, le=599, description="status code: 200 to 599")
    body: str = Field(
        default=ERROR, max_length=4096, description="body of the response, at most 4096 characters"
    )

    def response(self) -> RawResponse:
        kind = b"application/json" if _is_json(self.body) else b"text/plain"
        return complete_response(
            self.status, self.body.encode("utf-8", "replace"), kind + b"; charset=utf-8"
        )

    def summary(self) -> str:
        return f"status {self.status}"


class Unready(Replacing):
    """Fails the readiness probe while the service works."""

    kind: Literal["unready"]
    path: str | None = Field(
        default="/readyz",
        min_length=1,
        max_length=200,
        pattern=r"^/[!-~]*$",
        description="probe that fails: /readyz, /healthz, /ping or any other path",
    )

    def response(self) -> RawResponse:
        return complete_response(503, b'{"status":"unready"}', b"application/json; charset=utf-8")

    def summary(self) -> str:
        return f"unready on {self.path or 'every path'}"


def _is_json(text: str) -> bool:
    """Whether a body is sent as JSON; nested deeper than the parser's bound, it is text."""
    try:
        from_json(text)
    except ValueError:
        return False
    return True
