"""X-Ray's own errors, as clients of AWS read them."""

from __future__ import annotations


class ApiError(Exception):
    """An error of the API: its code, an HTTP status, and a text."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


def invalid(text: str) -> ApiError:
    """A request that cannot be answered because of what it says."""
    return ApiError("InvalidRequestException", text)


def unknown_operation(path: str) -> ApiError:
    """An operation that X-Ray does not have, or that is not served here."""
    return ApiError("UnknownOperationException", f"the operation {path[:100]} is not served", 404)
