"""The frontend's routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.requests import ClientDisconnect

from commons.sockets import listen
from detail_service import logs, pages, serving, startup
from detail_service.app import NO_TELEMETRY, client_left
from detail_service.edge import Edge
from detail_service.errors import BackendError
from detail_service.frontend.backend import Backend
from detail_service.frontend.settings import FrontendSettings
from detail_service.metrics import Metrics
from detail_service.prepared import PreparedResponse
from detail_service.replica import Readiness
from detail_service.responses import JSON, encode_json, json_response, prefers_json
from detail_service.routes.probes import metrics_response
from detail_service.settings import Settings
from detail_service.tracing.tracer import Tracer, create_tracer

SEGMENT_NAME = "Frontend-Node"
PROBES = frozenset({"/ping", "/healthz", "/readyz", "/stats/prometheus"})
PATHS = frozenset({"/", *PROBES})
TEXT: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}


def create_api(backend: Backend, metrics: Metrics, readiness: Readiness) -> FastAPI:
    """The FastAPI application alone."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await backend.close()

    api = FastAPI(
        title="frontend", docs_url=None, redoc_url=None, lifespan=lifespan, **NO_TELEMETRY
    )
    api.add_exception_handler(ClientDisconnect, client_left)

    @api.get(
        "/",
        response_class=HTMLResponse,
        summary="The catalog that detail gives",
        responses={
            200: {"description": "The catalog", **TEXT},
            502: {"description": "Detail gave no catalog", **TEXT},
        },
    )
    async def home(request: Request) -> Response:
        json = prefers_json(request.headers.get("accept", ""))
        try:
            catalog = await backend.catalog()
        except BackendError as error:
            trace = request.scope.get("trace")
            if trace is not None:
                trace.exception(error)
            if json:
                return json_response({"error": str(error)}, 502)
            return HTMLResponse(pages.render_failure(str(error), backend.url), 502)
        if json:
            return json_response({"version": catalog.version, "vendors": list(catalog.vendors)})
        return HTMLResponse(pages.render_catalog(catalog.version, catalog.vendors))

    @api.get("/ping", response_class=Response, summary="Alive")
    @api.get("/healthz", response_class=Response, summary="The process works")
    async def ping() -> Response:
        return json_response("Healthy")

    @api.get("/readyz", response_class=Response, summary="The replica wants traffic")
    async def readyz() -> Response:
        return json_response({"status": readiness.word}, 503 if readiness.draining else 200)

    @api.get("/stats/prometheus", response_class=Response, summary="Prometheus metrics")
    async def stats(request: Request) -> Response:
        return metrics_response(metrics, request)

    return api


def create_edge(
    settings: FrontendSettings,
    readiness: Readiness,
    transport: httpx2.AsyncBaseTransport | None = None,
    tracer: Tracer | None = None,
) -> Edge:
    """The whole frontend, ready to serve. Raises UserError."""
    metrics = Metrics()
    tracer = tracer or create_tracer(SEGMENT_NAME, shared=True, propagate=True)
    metrics.tracing = tracer
    backend = Backend(settings.base_url, settings.timeout, tracer, transport)
    return Edge(
        create_api(backend, metrics, readiness),
        metrics=metrics,
        tracer=tracer,
        prepared=[PreparedResponse("/ping", JSON, encode_json("Healthy"))],
        paths=PATHS,
        probes=PROBES,
        access_log=settings.access_log,
    )


def run(settings: FrontendSettings) -> int:
    """Serve until told to stop; the exit code. Raises UserError before anything is served."""
    if settings.check:
        return check(settings)
    listener = listen(settings.host, settings.port)
    logs.configure(settings.log_level)
    readiness = Readiness()
    edge = create_edge(settings, readiness)
    startup.freeze_garbage()
    limits = Settings(drain_seconds=settings.drain_seconds)
    server = serving.create_server(
        edge, readiness, limits, lifespan=True, on_startup=edge.tracer.start
    )
    server.run(sockets=[listener])
    edge.tracer.close()
    return 0


def check(settings: FrontendSettings) -> int:
    """Make all that can be made without an address to listen on. Raises UserError."""
    create_edge(settings, Readiness()).tracer.close()
    print("the settings can be used")
    return 0
