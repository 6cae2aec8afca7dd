"""The FastAPI application over a `Service`."""

import logging

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from loadtester.webhooks import errors
from loadtester.webhooks.access.guard import Guard
from loadtester.webhooks.access.hosts import own_names
from loadtester.webhooks.routes import api, contract, gates, health, page, tasks
from loadtester.webhooks.routes.any_method import respond
from loadtester.webhooks.service import Service

log = logging.getLogger("loadtester")


def build(service: Service) -> FastAPI:
    """Every route of the load tester; the catch-all comes last."""
    app = FastAPI(
        title="loadtester",
        description="Flagger's load tester: gates, tasks, load runs and their verdicts.",
        version=service.version,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    _answer_errors(app, service)
    app.include_router(api.router(service))
    for group in (health, gates, page, tasks):
        app.router.routes.extend(group.routes(service))
    contract.describe(app)
    limit = service.settings.max_body_bytes
    settings = service.settings
    app.add_middleware(
        Guard,
        keys=service.keys,
        names=own_names(settings.host, settings.allow_host),
        max_body_bytes=limit,
        metrics=service.metrics,
    )
    return app


def _answer_errors(app: FastAPI, service: Service) -> None:
    @app.exception_handler(errors.MalformedPayloadError)
    async def malformed(_: Request, error: Exception) -> Response:
        log.error("decoding the request body failed: %s", error)
        return respond(400)

    @app.exception_handler(errors.BadTaskError)
    async def bad_task(_: Request, error: Exception) -> Response:
        assert isinstance(error, errors.BadTaskError)
        log.error("task refused: %s", error)
        return respond(error.status, str(error))

    @app.exception_handler(errors.RefusedError)
    async def refused(_: Request, error: Exception) -> Response:
        service.metrics.refused.labels("policy").inc()
        log.error("task refused: %s", error)
        return respond(403, str(error))

    @app.exception_handler(errors.BusyError)
    async def busy(_: Request, error: Exception) -> Response:
        assert isinstance(error, errors.BusyError)
        service.metrics.refused.labels("busy").inc()
        log.error("task refused: %s", error)
        return respond(error.status, str(error), Retry_After=str(error.retry_after_s))

    @app.exception_handler(errors.StoreError)
    async def store(_: Request, error: Exception) -> Response:
        assert isinstance(error, errors.StoreError)
        log.error("%s", error)
        service.heartbeat.note_failure(error)
        return respond(503, str(error), Retry_After="5")
