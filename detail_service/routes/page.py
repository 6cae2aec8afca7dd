"""The page at `/`, and the same as JSON."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from detail_service import banner
from detail_service.banner import Ailment
from detail_service.routes import Replica, answer
from detail_service.routes.original import detail

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "vendors", "host", "status", "faults"],
    "properties": {
        "version": {"type": "string"},
        "vendors": {"type": "array", "items": {"type": "string"}},
        "host": {"type": "string"},
        "status": {"type": "string"},
        "colour": {"type": "string"},
        "faults": {"type": "array", "items": {"type": "object"}},
    },
}


def router(replica: Replica) -> APIRouter:
    """The page of one replica."""
    routes = APIRouter(tags=["page"])

    def ailments() -> list[Ailment]:
        board = replica.board
        if board is None:
            return []
        return [
            Ailment(one.id, one.plan.summary(), one.hits, board.seconds_left(one)) for one in board
        ]

    @routes.get(
        "/",
        response_class=HTMLResponse,
        summary="Which release answers, from where, and what ails it",
        responses={
            200: {
                "description": "A page, or JSON when the Accept header prefers it",
                "content": {
                    "text/html": {"schema": {"type": "string"}},
                    "application/json": {"schema": SCHEMA},
                },
            }
        },
    )
    async def page(request: Request) -> Response:
        if not wants_json(request.headers.get("accept", "")):
            return HTMLResponse(banner.page(replica.catalog, replica.host, ailments()))
        return answer(
            {
                **detail(replica),
                "host": replica.host,
                "status": replica.readiness.word,
                "colour": banner.colour(replica.catalog.version),
                "faults": [banner.as_json(one) for one in ailments()],
            }
        )

    return routes


def wants_json(accept: str) -> bool:
    """Whether an Accept header names JSON, and names it before HTML."""
    types = [item.split(";")[0].strip().lower() for item in accept.split(",")]
    if "application/json" not in types:
        return False
    return "text/html" not in types[: types.index("application/json")]
