"""`/ui`, and `/` for a browser: one page, offline, over `/api`."""

import base64
import functools
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from loadtester.webhooks.routes.responses import Handler
from loadtester.webhooks.routes.tasks import handler
from loadtester.webhooks.service import Service

_PACKAGE = "loadtester.webhooks"


def html_headers(policy: str) -> dict[str, str]:
    """What every HTML page of ours is sent with, under a Content-Security-Policy of its own."""
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


@functools.cache
def page() -> tuple[str, str]:
    """The page, and its policy: its own style and script by their hashes, and nothing else."""
    folder = files(_PACKAGE) / "ui"
    style, script = ((folder / name).read_text("utf-8") for name in ("style.css", "script.js"))
    environment = Environment(
        loader=PackageLoader(_PACKAGE, "ui"), autoescape=True, undefined=StrictUndefined
    )
    text = environment.get_template("page.html").render(style=Markup(style), script=Markup(script))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
        " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return text, policy


async def show(_: Request) -> Response:
    """The page."""
    text, policy = page()
    return Response(text, headers=html_headers(policy), media_type="text/html")


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


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
