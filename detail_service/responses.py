"""JSON responses byte for byte as the original sends them, and how OpenAPI shows them."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

JSON = "application/json; charset=utf-8"
Responses = dict[int | str, dict[str, Any]]


def encode_json(value: object) -> bytes:
    """JSON without spaces, as Express sends it; a lone surrogate becomes a question mark."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON response of this service."""
    return Response(encode_json(value), status, headers=headers, media_type=JSON)


def prefers_json(accept: str) -> bool:
    """Whether an Accept header names JSON, and names it before HTML."""
    types = [item.split(";")[0].strip().lower() for item in accept.split(",")]
    if "application/json" not in types:
        return False
    return "text/html" not in types[: types.index("application/json")]


def response_example(description: str, value: object, schema: dict[str, Any]) -> dict[str, Any]:
    """One entry of an operation's `responses`, with an example."""
    content = {"schema": schema, "example": value}
    return {"description": description, "content": {"application/json": content}}
