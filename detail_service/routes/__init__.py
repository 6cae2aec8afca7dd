"""The routes of the service, one file per group, over what a replica is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from detail_service.catalog import Catalog
from detail_service.faults.board import Board
from detail_service.metrics import Metrics
from detail_service.readiness import Readiness

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Replica:
    """One running copy of one release. `board` None: no fault injection."""

    catalog: Catalog
    host: str
    metrics: Metrics
    readiness: Readiness
    board: Board | None
    fault_token: str = ""


def dumps(value: object) -> bytes:
    """JSON without spaces, as Express sends it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer byte for byte as the original gives it."""
    return Response(dumps(value), status, headers=headers, media_type=JSON)


Responses = dict[int | str, dict[str, Any]]


def example(description: str, value: object, schema: dict[str, Any]) -> dict[str, Any]:
    """One entry of an operation's `responses`, with an example."""
    content = {"schema": schema, "example": value}
    return {"description": description, "content": {"application/json": content}}
