"""What the service is measured against: the same bytes from less and less framework."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

BODY = b'{"version":"2","vendors":["ABC.com","XYZ.com"]}'
HEADERS = [
    (b"content-length", b"%d" % len(BODY)),
    (b"content-type", b"application/json; charset=utf-8"),
]

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Any
]


async def bare(scope: Message, receive: Any, send: Any) -> None:
    """Two lines of ASGI."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def starlette_route() -> App:
    """A Starlette application with one route."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def catalog(request: Request) -> Response:
        return Response(BODY, media_type="application/json")

    return Starlette(routes=[Route("/catalogDetail", catalog)])


def fastapi_response() -> App:
    """A FastAPI application whose route returns a ready Response."""
    from fastapi import FastAPI
    from fastapi.responses import Response

    app = FastAPI()

    @app.get("/catalogDetail")
    async def catalog() -> Response:
        return Response(BODY, media_type="application/json")

    return app


def fastapi_dict() -> App:
    """A FastAPI application whose route returns a dict."""
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/catalogDetail")
    async def catalog() -> dict[str, object]:
        return {"version": "2", "vendors": ["ABC.com", "XYZ.com"]}

    return app


def fastapi_empty() -> App:
    """An empty FastAPI application: the measure of a cold start."""
    from fastapi import FastAPI

    return FastAPI()
