"""The original service's four routes, byte for byte.

`GET /injectFault` alone makes every /catalogDetail answer 500 "Error" until /resetFault, and itself
answers 500 with the error page that Express makes of an exception. With query parameters it is the
short way to the toolkit (`routes.faults`).
"""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from detail_service.faults import parsing
from detail_service.faults.board import Board
from detail_service.faults.kinds.status import ERROR, Status
from detail_service.routes import JSON, Replica, answer, dumps, example
from detail_service.routes import faults as toolkit
from detail_service.routes.fault_schema import ERRORS, FAULT_SCHEMA, QUERY_PARAMETERS

CATALOG_PATH = "/catalogDetail"
ORIGINAL_FAULT = "original"
TEXT: dict[str, Any] = {"type": "string"}
CATALOG_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "vendors"],
    "properties": {
        "version": {"type": "string"},
        "vendors": {"type": "array", "items": {"type": "string"}},
    },
}


def detail(replica: Replica) -> dict[str, object]:
    """What /catalogDetail says."""
    return {"version": replica.catalog.version, "vendors": list(replica.catalog.vendors)}


def router(replica: Replica) -> APIRouter:
    """/catalogDetail and /ping."""
    routes = APIRouter(tags=["original"])
    body, healthy = dumps(detail(replica)), dumps("Healthy")

    @routes.get(
        CATALOG_PATH,
        response_class=Response,
        summary="The catalog of this release",
        responses={
            200: example("The vendors", detail(replica), CATALOG_SCHEMA),
            500: example("A fault is active", "Error", TEXT),
        },
    )
    async def catalog_detail() -> Response:
        return Response(body, media_type=JSON)

    @routes.get(
        "/ping",
        response_class=Response,
        summary="Alive, and well as far as probes can tell",
        responses={200: example("Alive", "Healthy", TEXT)},
    )
    async def ping() -> Response:
        return Response(healthy, media_type=JSON)

    return routes


def fault_router(replica: Replica, board: Board) -> APIRouter:
    """/injectFault and /resetFault."""
    routes = APIRouter(tags=["faults"], dependencies=toolkit.guards(replica))

    @routes.get(
        "/injectFault",
        response_class=Response,
        summary="Break /catalogDetail, or start the fault that the query describes",
        responses={
            201: example("The fault has started", toolkit.EXAMPLE, FAULT_SCHEMA),
            500: {
                "description": "Without a query: /catalogDetail is broken now",
                "content": {"text/html": {"schema": TEXT}},
            },
            **ERRORS,
        },
        openapi_extra={"parameters": QUERY_PARAMETERS},
    )
    async def inject_fault(request: Request) -> Response:
        pairs = request.query_params.multi_items()
        if pairs:
            return toolkit.start(board, parsing.from_query(pairs, board.caps))
        board.add(Status(kind="status", path=CATALOG_PATH, body=ERROR), ORIGINAL_FAULT)
        return _express_error(request, replica)

    @routes.get(
        "/resetFault",
        response_class=Response,
        summary="End all faults",
        responses={
            200: example("All faults are over", _removed(replica), TEXT),
            401: ERRORS[401],
        },
    )
    async def reset_fault() -> Response:
        board.clear()
        return answer(_removed(replica))

    return routes


def _removed(replica: Replica) -> str:
    return f"Removed fault injection from host: {replica.host}"


def _express_error(request: Request, replica: Replica) -> Response:
    """Version 1 says one word more than its successors; so did the original."""
    tail = " error." if replica.catalog.version == "1" else "."
    message = f"host: {replica.host} will now respond with 500{tail}"
    trace = request.scope.get("trace")
    if trace is not None:
        trace.exception(RuntimeError(message))
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n'
        f"</head>\n<body>\n<pre>Error: {escape(message)}</pre>\n</body>\n</html>\n"
    )
    return HTMLResponse(page, 500)
