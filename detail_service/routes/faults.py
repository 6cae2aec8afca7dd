"""/faults: start, list and end faults."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.params import Depends as Dependency
from fastapi.responses import Response

from detail_service.faults.parsing import spec_from_json
from detail_service.faults.registry import ActiveFault, Delivery, FaultRegistry
from detail_service.faults.spec import FaultSpec
from detail_service.responses import Responses, json_response, response_example
from detail_service.routes.fault_schema import (
    ERRORS,
    EXAMPLES,
    FAULT_SCHEMA,
    LIST_SCHEMA,
    TEXT_DETAIL,
)

EXAMPLE: dict[str, Any] = {
    "id": "f1",
    "kind": "status",
    "summary": "status 503",
    "seed": 7,
    "matched": 20,
    "selected": 2,
    "delivered": 2,
    "rate_now": 0.1,
    "seconds_left": 41.5,
    "ended_by": "",
    "spec": {"kind": "status", "status": 503, "rate": 0.1, "ttl": "60s"},
}
LIST_EXAMPLE: dict[str, Any] = {
    "faults": [EXAMPLE],
    "ended": [],
    "totals": {"status": {"matched": 20, "selected": 2, "delivered": 2}},
}
BEARER = {"WWW-Authenticate": "Bearer"}


class FaultControl:
    """Starts faults of one replica and sees to it that they end in time."""

    def __init__(self, faults: FaultRegistry, token: str = "") -> None:
        self.faults = faults
        self.dependencies = _bearer_token(token)
        self._timer: asyncio.TimerHandle | None = None

    def start(self, spec: FaultSpec) -> Response:
        """Start a fault: 201. Raises TooManyFaultsError."""
        fault = self.faults.start(spec)
        self._end_in_time()
        document = fault_document(fault, self.faults)
        return json_response(document, 201, {"location": f"/faults/{fault.id}"})

    def listing(self) -> Response:
        """The active faults, those that ended last, and the counts by kind since the start."""
        faults = self.faults
        return json_response(
            {
                "faults": [fault_document(fault, faults) for fault in faults],
                "ended": [fault_document(fault, faults) for fault in faults.ended],
                "totals": {kind: _counts(counts) for kind, counts in faults.totals.items()},
            }
        )

    def _end_in_time(self) -> None:
        """Let lifetimes end when no request comes: one timer, for the next fault to expire."""
        self.faults.prune()
        if self._timer is not None:
            self._timer.cancel()
        left_s = self.faults.next_expiry_s()
        if left_s is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(left_s + 0.001, self._end_in_time)


def _bearer_token(token: str) -> Sequence[Dependency]:
    """The check that stands before fault control when there is a token."""
    if not token:
        return []
    wanted = f"Bearer {token}".encode()

    async def check(request: Request) -> None:
        given = request.headers.get("authorization", "").encode("latin-1")
        if not secrets.compare_digest(given, wanted):
            raise HTTPException(401, "a bearer token is needed: --fault-token is set", BEARER)

    return [Depends(check)]


def fault_document(fault: ActiveFault, faults: FaultRegistry) -> dict[str, Any]:
    """One fault as JSON; `matched`, `selected`, `delivered` are counts of requests."""
    left_s = None if fault.ended else faults.seconds_left(fault)
    age_s = faults.clock() - fault.created_s
    return {
        "id": fault.id,
        "kind": fault.spec.kind,
        "summary": fault.spec.summary(),
        "seed": fault.seed,
        **_counts(fault.counts),
        "rate_now": 0.0 if fault.ended else round(fault.spec.rate_at(age_s), 6),
        "seconds_left": None if left_s is None else round(left_s, 3),
        "ended_by": fault.ended_by,
        "spec": fault.spec.model_dump(mode="json", exclude_none=True),
    }


def _counts(counts: Delivery) -> dict[str, int]:
    return {
        "matched": counts.matched,
        "selected": counts.selected,
        "delivered": counts.delivered,
    }


def router(control: FaultControl) -> APIRouter:
    """The fault control of one replica."""
    routes = APIRouter(prefix="/faults", tags=["faults"], dependencies=control.dependencies)
    unauthorized: Responses = {401: ERRORS[401]}

    @routes.get(
        "",
        response_class=Response,
        summary="The active faults, and those that ended last",
        responses={
            200: response_example("Oldest first", LIST_EXAMPLE, LIST_SCHEMA),
            **unauthorized,
        },
    )
    async def list_faults() -> Response:
        return control.listing()

    @routes.post(
        "",
        status_code=201,
        response_class=Response,
        summary="Start a fault",
        responses={201: response_example("The fault has started", EXAMPLE, FAULT_SCHEMA), **ERRORS},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {}, "examples": EXAMPLES}},
            }
        },
    )
    async def start_fault(request: Request) -> Response:
        return control.start(spec_from_json(await request.body(), control.faults.limits))

    @routes.delete(
        "/{fault_id}",
        status_code=204,
        response_class=Response,
        summary="End a fault",
        responses={
            204: {"description": "The fault is over"},
            404: response_example("No such fault", {"detail": "no fault f9"}, TEXT_DETAIL),
            **unauthorized,
        },
    )
    async def end_fault(fault_id: str) -> Response:
        if not control.faults.end(fault_id):
            raise HTTPException(404, f"no fault {fault_id[:64]}")
        return Response(status_code=204)

    return routes
