"""The application: routes put together, and the edge around them."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect
from starlette.routing import Route

from detail_service.edge import CLIENT_LEFT, Edge
from detail_service.errors import InvalidFaultError, TooManyFaultsError
from detail_service.prepared import PreparedResponse
from detail_service.replica import Replica, create_replica
from detail_service.responses import JSON, encode_json, json_response
from detail_service.routes import faults, original, page, probes
from detail_service.routes.fault_schema import complete_document
from detail_service.routes.faults import FaultControl
from detail_service.settings import Settings
from detail_service.tracing.tracer import Tracer, create_tracer

PROBES = frozenset({"/ping", "/healthz", "/readyz", "/metrics"})
DESCRIPTION = "The demo microservice of a canary: a small catalog that misbehaves on request."
NO_TELEMETRY: dict[str, Any] = {
    "telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
}
"""FastAPI's own OpenTelemetry is off: it would see only the requests that reach a route, and
decide about sampling a second time. The edge traces all of them (`detail_service.tracing`)."""


class DetailApi(FastAPI):
    """A FastAPI application whose document also holds the models of the faults."""

    def openapi(self) -> dict[str, Any]:
        is_new = self.openapi_schema is None
        document = super().openapi()
        if is_new and self.state.has_faults:
            complete_document(document)
        return document


def create_api(replica: Replica) -> DetailApi:
    """The FastAPI application alone."""
    api = DetailApi(
        title="detail",
        version=replica.catalog.release,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        **NO_TELEMETRY,
    )
    api.state.has_faults = replica.faults is not None
    for group in routers(replica):
        api.include_router(group)
    api.add_exception_handler(InvalidFaultError, _unprocessable)
    api.add_exception_handler(TooManyFaultsError, _conflict)
    api.add_exception_handler(ClientDisconnect, client_left)
    return api


def routers(replica: Replica) -> list[APIRouter]:
    """The groups of routes that this replica has."""
    groups = [original.router(replica), page.router(replica), probes.router(replica)]
    if replica.faults is not None:
        control = FaultControl(replica.faults, replica.fault_token)
        groups.append(original.fault_router(replica, control))
        groups.append(faults.router(control))
    return groups


def prepared_responses(replica: Replica) -> list[PreparedResponse]:
    """The responses that never change; each equals what its route gives."""
    bodies = {
        original.CATALOG_PATH: original.catalog_document(replica),
        "/ping": "Healthy",
        "/healthz": probes.HEALTH,
        "/version": probes.version_document(replica),
    }
    return [PreparedResponse(path, JSON, encode_json(value)) for path, value in bodies.items()]


def create_edge(
    settings: Settings, replica: Replica | None = None, tracer: Tracer | None = None
) -> Edge:
    """The whole application of one replica, ready to serve. Raises UserError."""
    replica = replica or create_replica(settings)
    api = create_api(replica)
    tracer = tracer or create_tracer(
        replica.catalog.segment_name, version=replica.catalog.release, shared=True
    )
    replica.metrics.release = (replica.catalog.release, replica.catalog.vendors)
    replica.metrics.tracing = tracer
    replica.metrics.faults = replica.faults
    return Edge(
        api,
        metrics=replica.metrics,
        tracer=tracer,
        faults=replica.faults,
        prepared=prepared_responses(replica),
        paths=literal_paths(routers(replica)),
        probes=PROBES,
        access_log=settings.access_log,
        fault_headers=settings.fault_headers,
    )


def literal_paths(groups: Iterable[APIRouter]) -> frozenset[str]:
    """The paths of the routes without parameters."""
    paths = (route.path for group in groups for route in group.routes if isinstance(route, Route))
    return frozenset(path for path in paths if "{" not in path)


async def _unprocessable(request: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidFaultError)
    return json_response({"detail": error.problems}, 422)


async def _conflict(request: Request, error: Exception) -> Response:
    return json_response({"detail": str(error)}, 409)


async def client_left(request: Request, error: Exception) -> Response:
    """For a client that left in the middle of its request: nobody reads this."""
    return Response(status_code=CLIENT_LEFT)
