"""`/healthz`, `/readyz` and `/metrics`."""

from starlette.requests import Request
from starlette.responses import Response

from loadtester.webhooks.metrics import CONTENT_TYPE
from loadtester.webhooks.routes.responses import Handler, respond
from loadtester.webhooks.service import Service


def handlers(service: Service) -> dict[str, Handler]:
    """Liveness, readiness (503 while it stops or its store fails) and metrics."""

    async def healthz(_: Request) -> Response:
        return respond(200, "OK")

    async def readyz(_: Request) -> Response:
        return respond(503, service.trouble) if service.trouble else respond(200, "OK")

    async def metrics(_: Request) -> Response:
        service.gates.export()
        return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    return {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
