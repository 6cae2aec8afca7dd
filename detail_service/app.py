"""The application: routes put together, and the edge around them."""

import time
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from starlette.routing import Route

from detail_service.edge import Constant, Edge
from detail_service.errors import BoardFullError, PlanError
from detail_service.faults.board import Board
from detail_service.faults.exchange import Caps
from detail_service.metrics import Metrics
from detail_service.readiness import Readiness
from detail_service.routes import JSON, Replica, answer, dumps, faults, original, page, probes
from detail_service.routes.fault_schema import DEFINITIONS
from detail_service.settings import Settings
from detail_service.tracing import tracer
from detail_service.tracing.tracer import Tracer

UNTRACED = frozenset({"/ping", "/healthz", "/readyz", "/metrics"})
DESCRIPTION = "The demo microservice of a canary: a small catalog that misbehaves on request."


class DetailApi(FastAPI):
    """A FastAPI application whose document also holds the models of the faults."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        if self.state.faults:
            document.setdefault("components", {}).setdefault("schemas", {}).update(DEFINITIONS)
        return document


def replica(settings: Settings) -> Replica:
    """What one replica is made of."""
    caps = Caps(
        delay_s=settings.fault_max_delay,
        cpu_s=settings.fault_max_cpu_ms / 1000,
        memory_bytes=settings.fault_max_memory_mb * 1024**2,
    )
    return Replica(
        catalog=settings.catalog,
        host=settings.hostname,
        metrics=Metrics(),
        readiness=Readiness(),
        board=None if settings.no_faults else Board(time.monotonic, caps),
        fault_token=settings.fault_token,
    )


def api(parts: Replica) -> DetailApi:
    """The FastAPI application alone."""
    app = DetailApi(
        title="detail",
        version=parts.catalog.release,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    app.state.faults = parts.board is not None
    for one in routers(parts):
        app.include_router(one)
    app.add_exception_handler(PlanError, _unprocessable)
    app.add_exception_handler(BoardFullError, _conflict)
    return app


def routers(parts: Replica) -> list[APIRouter]:
    """The groups of routes that this replica has."""
    found = [original.router(parts), page.router(parts), probes.router(parts)]
    if parts.board is not None:
        found.append(original.fault_router(parts, parts.board))
        found.append(faults.router(parts, parts.board))
    return found


def constants(parts: Replica) -> list[Constant]:
    """The answers that never change; each equals what its route gives."""
    bodies = {
        original.CATALOG_PATH: original.detail(parts),
        "/ping": "Healthy",
        "/healthz": probes.HEALTH,
        "/version": probes.version(parts),
    }
    return [Constant(path, JSON, dumps(value), parts.metrics) for path, value in bodies.items()]


def build(settings: Settings, parts: Replica | None = None, tracing: Tracer | None = None) -> Edge:
    """The whole application of one replica, ready to serve. Raises UserError."""
    parts = parts or replica(settings)
    app = api(parts)
    tracing = tracing or tracer.build(
        parts.catalog.segment_name, version=parts.catalog.release, shared=True
    )
    parts.metrics.info(parts.catalog.release, parts.catalog.vendors)
    parts.metrics.watch_tracing(tracing.recorder.emitter)
    if parts.board is not None:
        parts.metrics.watch_faults(parts.board)
    return Edge(
        app,
        metrics=parts.metrics,
        tracer=tracing,
        board=parts.board,
        constants=constants(parts),
        paths=literal_paths(routers(parts)),
        untraced=UNTRACED,
        access_log=settings.access_log,
        fault_headers=settings.fault_headers,
    )


def literal_paths(groups: Iterable[APIRouter]) -> frozenset[str]:
    """The paths of the routes without parameters."""
    paths = (route.path for one in groups for route in one.routes if isinstance(route, Route))
    return frozenset(path for path in paths if "{" not in path)


async def _unprocessable(request: Request, error: Exception) -> Response:
    assert isinstance(error, PlanError)
    return answer({"detail": error.problems}, 422)


async def _conflict(request: Request, error: Exception) -> Response:
    return answer({"detail": str(error)}, 409)
