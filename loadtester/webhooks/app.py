"""The application over a `Service`: the guard, the paths that Flagger asks for, `/api`, tasks."""

import logging

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from loadtester.webhooks import errors
from loadtester.webhooks.access.guard import Guard
from loadtester.webhooks.access.hosts import own_names
from loadtester.webhooks.errors import LoadtesterError
from loadtester.webhooks.routes import api, contract, gates, health, page, tasks
from loadtester.webhooks.routes.responses import AnyMethod, ErrorResponse, ExactPaths, respond
from loadtester.webhooks.service import Service

log = logging.getLogger("loadtester")


def build(service: Service) -> ASGIApp:
    """Everything that the load tester serves. Any path that is no other's takes a task."""
    error_response = make_error_response(service)
    exact = {**health.handlers(service), **gates.handlers(service), **page.handlers(service)}
    settings = service.settings
    return Guard(
        ExactPaths(exact, build_api(service, error_response), error_response),
        keys=service.keys,
        names=own_names(settings.host, settings.allow_host),
        max_body_bytes=settings.max_body_bytes,
        metrics=service.metrics,
    )


def build_api(service: Service, error_response: ErrorResponse) -> FastAPI:
    """`/api`, its description, and tasks under every other path."""
    app = FastAPI(
        title="loadtester",
        description="Flagger's load tester: gates, tasks, load runs and their verdicts.",
        version=service.version,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )

    @app.exception_handler(LoadtesterError)
    async def known_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, LoadtesterError)
        return error_response(error)

    app.include_router(api.router(service))
    take_task = AnyMethod(tasks.handler(service))
    app.router.routes.append(Route("/{path:path}", take_task, include_in_schema=False))
    contract.describe(app)
    return app


def make_error_response(service: Service) -> ErrorResponse:
    """How an error of ours is answered, logged and counted."""

    def error_response(error: LoadtesterError) -> Response:
        match error:
            case errors.MalformedPayloadError():
                log.error("decoding the request body failed: %s", error)
                return respond(400)
            case errors.BadTaskError():
                log.error("task refused: %s", error)
                return respond(error.status, str(error))
            case errors.RefusedError():
                service.metrics.refused.labels("policy").inc()
                log.error("task refused: %s", error)
                return respond(403, str(error))
            case errors.BusyError():
                service.metrics.refused.labels("busy").inc()
                log.error("task refused: %s", error)
                return respond(error.status, str(error), Retry_After=str(error.retry_after_s))
            case errors.StoreError():
                log.error("%s", error)
                service.heartbeat.note_failure(error)
                return respond(503, str(error), Retry_After="5")
        log.error("unexpected: %r", error)
        return respond(500, str(error))

    return error_response
