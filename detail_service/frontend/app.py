"""The frontend's routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from detail_service.edge import Constant, Edge
from detail_service.errors import BackendError
from detail_service.frontend import page
from detail_service.frontend.backend import Backend
from detail_service.frontend.settings import FrontendSettings
from detail_service.metrics import Metrics
from detail_service.readiness import Readiness
from detail_service.routes import JSON, answer, dumps
from detail_service.routes.page import wants_json
from detail_service.tracing import tracer
from detail_service.tracing.tracer import Tracer

SEGMENT_NAME = "Frontend-Node"
UNTRACED = frozenset({"/ping", "/healthz", "/readyz", "/stats/prometheus"})
PATHS = frozenset({"/", *UNTRACED})
TEXT: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}


def api(backend: Backend, metrics: Metrics, readiness: Readiness) -> FastAPI:
    """The FastAPI application alone."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await backend.close()

    app = FastAPI(title="frontend", docs_url=None, redoc_url=None, lifespan=lifespan)

    @app.get(
        "/",
        response_class=HTMLResponse,
        summary="The catalog that detail gives",
        responses={
            200: {"description": "The catalog", **TEXT},
            502: {"description": "Detail gave no catalog", **TEXT},
        },
    )
    async def home(request: Request) -> Response:
        json = wants_json(request.headers.get("accept", ""))
        try:
            found = await backend.catalog()
        except BackendError as error:
            trace = request.scope.get("trace")
            if trace is not None:
                trace.exception(error)
            if json:
                return answer({"error": str(error)}, 502)
            return HTMLResponse(page.failure(str(error), backend.url), 502)
        if json:
            return answer({"version": found.version, "vendors": list(found.vendors)})
        return HTMLResponse(page.catalog(found))

    @app.get("/ping", response_class=Response, summary="Alive")
    @app.get("/healthz", response_class=Response, summary="The process works")
    async def ping() -> Response:
        return answer("Healthy")

    @app.get("/readyz", response_class=Response, summary="The replica wants traffic")
    async def readyz() -> Response:
        return answer({"status": readiness.word}, 503 if readiness.draining else 200)

    @app.get("/stats/prometheus", response_class=Response, summary="Prometheus metrics")
    async def stats(request: Request) -> Response:
        body, content_type = metrics.exposition(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    return app


def build(
    settings: FrontendSettings,
    readiness: Readiness,
    transport: httpx2.AsyncBaseTransport | None = None,
    tracing: Tracer | None = None,
) -> Edge:
    """The whole frontend, ready to serve. Raises UserError."""
    metrics = Metrics()
    tracing = tracing or tracer.build(SEGMENT_NAME, shared=True, propagate=True)
    metrics.watch_tracing(tracing.recorder.emitter)
    backend = Backend(settings.base_url, settings.timeout, tracing, transport)
    ping = Constant("/ping", JSON, dumps("Healthy"), metrics)
    return Edge(
        api(backend, metrics, readiness),
        metrics=metrics,
        tracer=tracing,
        constants=[ping],
        paths=PATHS,
        untraced=UNTRACED,
        access_log=settings.access_log,
    )
