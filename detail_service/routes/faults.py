"""/faults: start, list and end faults."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.params import Depends as Dependency
from fastapi.responses import Response

from detail_service.faults import parsing
from detail_service.faults.board import Active, Board
from detail_service.faults.plan import Plan
from detail_service.routes import Replica, Responses, answer, example
from detail_service.routes.fault_schema import (
    ERRORS,
    EXAMPLES,
    FAULT_SCHEMA,
    PLAN_SCHEMA,
    TEXT_DETAIL,
)

EXAMPLE: dict[str, Any] = {
    "id": "f1",
    "kind": "status",
    "summary": "status 503",
    "seed": 7,
    "seen": 20,
    "hits": 2,
    "rate_now": 0.1,
    "seconds_left": 41.5,
    "plan": {"kind": "status", "status": 503, "rate": 0.1, "ttl": "60s"},
}
BEARER = {"WWW-Authenticate": "Bearer"}


def guards(replica: Replica) -> Sequence[Dependency]:
    """What stands before fault control: the bearer token, when there is one."""
    if not replica.fault_token:
        return []
    wanted = f"Bearer {replica.fault_token}".encode()

    async def token(request: Request) -> None:
        given = request.headers.get("authorization", "").encode("latin-1")
        if not secrets.compare_digest(given, wanted):
            raise HTTPException(401, "a bearer token is needed: --fault-token is set", BEARER)

    return [Depends(token)]


def start(board: Board, plan: Plan) -> Response:
    """Start a fault and see to it that its lifetime ends even when no request comes."""
    fault = board.add(plan)
    if plan.ttl is not None:
        asyncio.get_running_loop().call_later(plan.ttl + 0.001, board.prune)
    return answer(shown(fault, board), 201, {"location": f"/faults/{fault.id}"})


def shown(fault: Active, board: Board) -> dict[str, Any]:
    """One fault as JSON."""
    left = board.seconds_left(fault)
    return {
        "id": fault.id,
        "kind": fault.plan.kind,
        "summary": fault.plan.summary(),
        "seed": fault.seed,
        "seen": fault.seen,
        "hits": fault.hits,
        "rate_now": round(fault.plan.rate_at(board.clock() - fault.created_s), 6),
        "seconds_left": None if left is None else round(left, 3),
        "plan": fault.plan.model_dump(mode="json", exclude_none=True),
    }


def router(replica: Replica, board: Board) -> APIRouter:
    """The fault control of one replica."""
    routes = APIRouter(prefix="/faults", tags=["faults"], dependencies=guards(replica))
    listed = {"type": "object", "properties": {"faults": {"type": "array", "items": FAULT_SCHEMA}}}
    unauthorized: Responses = {401: ERRORS[401]}

    @routes.get(
        "",
        response_class=Response,
        summary="The active faults",
        responses={200: example("Oldest first", {"faults": [EXAMPLE]}, listed), **unauthorized},
    )
    async def list_faults() -> Response:
        return answer({"faults": [shown(fault, board) for fault in board]})

    @routes.post(
        "",
        status_code=201,
        response_class=Response,
        summary="Start a fault",
        responses={201: example("The fault has started", EXAMPLE, FAULT_SCHEMA), **ERRORS},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": PLAN_SCHEMA, "examples": EXAMPLES}},
            }
        },
    )
    async def start_fault(request: Request) -> Response:
        return start(board, parsing.from_json(await request.body(), board.caps))

    @routes.delete(
        "/{fault_id}",
        status_code=204,
        response_class=Response,
        summary="End a fault",
        responses={
            204: {"description": "The fault is over"},
            404: example("No such fault", {"detail": "no fault f9"}, TEXT_DETAIL),
            **unauthorized,
        },
    )
    async def end_fault(fault_id: str) -> Response:
        if not board.remove(fault_id):
            raise HTTPException(404, f"no fault {fault_id[:64]}")
        return Response(status_code=204)

    return routes
