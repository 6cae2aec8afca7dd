"""The original service's four routes, byte for byte.

`GET /injectFault` alone makes every /catalogDetail respond 500 "Error" until /resetFault, and
itself responds 500 with the error page that Express makes of an exception. With query parameters it
starts any other fault, as `routes.faults` does.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from detail_service import pages
from detail_service.faults.kinds.responses import ERROR, Status
from detail_service.faults.parsing import spec_from_query
from detail_service.replica import Replica
from detail_service.responses import JSON, encode_json, json_response, response_example
from detail_service.routes.fault_schema import ERRORS, FAULT_SCHEMA, QUERY_PARAMETERS
from detail_service.routes.faults import EXAMPLE, FaultControl

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


def catalog_document(replica: Replica) -> dict[str, object]:
    """The body of /catalogDetail."""
    return {"version": replica.catalog.version, "vendors": list(replica.catalog.vendors)}


def router(replica: Replica) -> APIRouter:
    """/catalogDetail and /ping."""
    routes = APIRouter(tags=["original"])
    body, healthy = encode_json(catalog_document(replica)), encode_json("Healthy")

    @routes.get(
        CATALOG_PATH,
        response_class=Response,
        summary="The catalog of this release",
        responses={
            200: response_example("The vendors", catalog_document(replica), CATALOG_SCHEMA),
            500: response_example("A fault is active", "Error", TEXT),
        },
    )
    async def catalog_detail() -> Response:
        return Response(body, media_type=JSON)

    @routes.get(
        "/ping",
        response_class=Response,
        summary="Alive, and well as far as probes can tell",
        responses={200: response_example("Alive", "Healthy", TEXT)},
    )
    async def ping() -> Response:
        return Response(healthy, media_type=JSON)

    return routes


def fault_router(replica: Replica, control: FaultControl) -> APIRouter:
    """/injectFault and /resetFault."""
    routes = APIRouter(tags=["faults"], dependencies=control.dependencies)

    @routes.get(
        "/injectFault",
        response_class=Response,
        summary="Break /catalogDetail, or start the fault that the query describes",
        responses={
            201: response_example("The fault has started", EXAMPLE, FAULT_SCHEMA),
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
            return control.start(spec_from_query(pairs, control.faults.limits))
        spec = Status(kind="status", path=CATALOG_PATH, body=ERROR)
        control.faults.start(spec, ORIGINAL_FAULT)
        return _express_error(request, replica)

    @routes.get(
        "/resetFault",
        response_class=Response,
        summary="End all faults",
        responses={
            200: response_example("All faults are over", _removed(replica), TEXT),
            401: ERRORS[401],
        },
    )
    async def reset_fault() -> Response:
        control.faults.reset()
        return json_response(_removed(replica))

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
    return HTMLResponse(pages.render_express_error(message), 500)
