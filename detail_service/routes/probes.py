"""What machines request: /healthz, /readyz, /version, /metrics."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from detail_service.metrics import Metrics
from detail_service.replica import Replica
from detail_service.responses import JSON, encode_json, json_response, response_example

STATUS: dict[str, Any] = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string"}},
}
HEALTH = {"status": "ok"}


def version_document(replica: Replica) -> dict[str, str]:
    """The body of /version."""
    return {"service": "detail", "version": replica.catalog.version,
            "release": replica.catalog.release}  # fmt: skip


def router(replica: Replica) -> APIRouter:
    """The probes of one replica."""
    routes = APIRouter(tags=["probes"])
    health, release = encode_json(HEALTH), encode_json(version_document(replica))
    texts = {"type": "object", "additionalProperties": {"type": "string"}}

    @routes.get(
        "/healthz",
        response_class=Response,
        summary="The process works",
        responses={200: response_example("It works", HEALTH, STATUS)},
    )
    async def healthz() -> Response:
        return Response(health, media_type=JSON)

    @routes.get(
        "/readyz",
        response_class=Response,
        summary="The replica wants traffic",
        responses={
            200: response_example("It does", {"status": "ready"}, STATUS),
            503: response_example("It is about to stop", {"status": "draining"}, STATUS),
        },
    )
    async def readyz() -> Response:
        word = replica.readiness.word
        return json_response({"status": word}, 503 if replica.readiness.draining else 200)

    @routes.get(
        "/version",
        response_class=Response,
        summary="Which release this is",
        responses={200: response_example("The release", version_document(replica), texts)},
    )
    async def version() -> Response:
        return Response(release, media_type=JSON)

    @routes.get(
        "/metrics",
        response_class=Response,
        summary="Prometheus metrics",
        responses={
            200: {
                "description": "Text exposition format",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
        },
    )
    async def metrics(request: Request) -> Response:
        return metrics_response(replica.metrics, request)

    return routes


def metrics_response(metrics: Metrics, request: Request) -> Response:
    """The metrics in the format that the scraper accepts."""
    from detail_service.exposition import expose

    body, content_type = expose(metrics, request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type})
