"""The page at `/`, and the same as JSON."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from detail_service import pages
from detail_service.pages import FaultView
from detail_service.replica import Replica
from detail_service.responses import json_response, prefers_json
from detail_service.routes.original import catalog_document

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

    @routes.get(
        "/",
        response_class=HTMLResponse,
        summary="Which release serves, from where, and its active faults",
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
        faults = fault_views(replica)
        if not prefers_json(request.headers.get("accept", "")):
            return HTMLResponse(pages.render_detail(replica.catalog, replica.host, faults))
        return json_response(
            {
                **catalog_document(replica),
                "host": replica.host,
                "status": replica.readiness.word,
                "colour": pages.version_colour(replica.catalog.version),
                "faults": [fault.as_json() for fault in faults],
            }
        )

    return routes


def fault_views(replica: Replica) -> list[FaultView]:
    """The active faults, oldest first."""
    faults = replica.faults
    if faults is None:
        return []
    return [
        FaultView(
            fault.id,
            fault.spec.summary(),
            fault.counts.matched,
            fault.counts.delivered,
            faults.seconds_left(fault),
        )
        for fault in faults
    ]
