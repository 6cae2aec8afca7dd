"""`/ui`, and `/` for a browser: one page, offline, over `/api`."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from loadtester.webhooks.routes.responses import Handler
from loadtester.webhooks.routes.tasks import handler
from loadtester.webhooks.service import Service

_PAGE = Path(__file__).parents[1] / "ui" / "page.html"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


HTML_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What every HTML page of ours is sent with."""


async def show(_: Request) -> Response:
    """The page."""
    return Response(_PAGE.read_bytes(), headers=HTML_HEADERS, media_type="text/html")


def wants_page(request: Request) -> bool:
    """Whether this is a person's browser and not Flagger, which always posts."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def at_root(take_task: Handler) -> Handler:
    """The page for a browser, a task for everybody else."""

    async def handle(request: Request) -> Response:
        return await (show(request) if wants_page(request) else take_task(request))

    return handle


def handlers(service: Service) -> dict[str, Handler]:
    """The page under both of its paths."""
    return {"/ui": show, "/": at_root(handler(service))}
