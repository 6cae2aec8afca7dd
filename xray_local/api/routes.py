"""The operations by path, and the HTTP around them: POST, JSON in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from xray_local.api import graph_operations as graphs
from xray_local.api import other_operations as others
from xray_local.api import sampling_operations as sampling
from xray_local.api import trace_operations as traces
from xray_local.api.errors import ApiError, invalid, unknown_operation
from xray_local.api.parameters import Parameters
from xray_local.api.state import State
from xray_local.checking import load_json
from xray_local.errors import MalformedError

MOST_BODY_BYTES = 16 * 1024 * 1024
Operation = Callable[[State, Parameters], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "/TraceSegments": traces.put_trace_segments,
    "/TelemetryRecords": others.put_telemetry_records,
    "/TraceSummaries": traces.get_trace_summaries,
    "/Traces": traces.batch_get_traces,
    "/ServiceGraph": graphs.get_service_graph,
    "/TraceGraph": graphs.get_trace_graph,
    "/TimeSeriesServiceStatistics": graphs.get_time_series,
    "/GetSamplingRules": sampling.get_sampling_rules,
    "/SamplingTargets": sampling.get_sampling_targets,
    "/SamplingStatisticSummaries": sampling.get_sampling_statistic_summaries,
    "/CreateSamplingRule": sampling.create_sampling_rule,
    "/UpdateSamplingRule": sampling.update_sampling_rule,
    "/DeleteSamplingRule": sampling.delete_sampling_rule,
    "/Groups": others.get_groups,
    "/GetGroup": others.get_group,
    "/CreateGroup": others.create_group,
    "/UpdateGroup": others.update_group,
    "/DeleteGroup": others.delete_group,
    "/EncryptionConfig": others.get_encryption_config,
}
"""By X-Ray's request URIs; all of them are POSTs."""


def routes(state: State) -> list[BaseRoute]:
    """The operations, X-Ray's error for all other POSTs, and 404 for the rest; so they go last."""

    async def operate(request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse("there is no such page\n", 404)
        try:
            operation = OPERATIONS.get(request.url.path)
            if operation is None:
                raise unknown_operation(request.url.path)
            return JSONResponse(operation(state, await _parameters(request)))
        except ApiError as error:
            return _error(error)
        except ClientDisconnect:
            return Response(status_code=400)

    return [Route("/{path:path}", operate, methods=["GET", "POST"])]


async def _parameters(request: Request) -> Parameters:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise ApiError("RequestEntityTooLarge", "the request is too large", 413)
    try:
        fields = load_json(bytes(body)) if body.strip() else {}
    except MalformedError as error:
        raise ApiError("SerializationException", str(error)) from None
    if not isinstance(fields, dict):
        raise invalid("the request is not a JSON object")
    return Parameters(fields)


def _error(error: ApiError) -> Response:
    text = str(error)
    return JSONResponse(
        {"message": text, "Message": text}, error.status, {"x-amzn-errortype": error.code}
    )
