"""`/healthz`, `/readyz` and `/metrics`."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadtester.webhooks.metrics import CONTENT_TYPE
from loadtester.webhooks.routes.any_method import respond, route
from loadtester.webhooks.service import Service


def routes(service: Service) -> list[Route]:
    """Liveness, readiness (503 while it stops or its store fails) and metrics."""

    async def healthz(_: Request) -> Response:
        return respond(200, "OK")

    async def readyz(_: Request) -> Response:
        return respond(503, service.trouble) if service.trouble else respond(200, "OK")

    async def metrics(_: Request) -> Response:
        service.gates.export()
        return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    return [route("/healthz", healthz), route("/readyz", readyz), route("/metrics", metrics)]
