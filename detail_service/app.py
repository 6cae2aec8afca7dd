"""The routes: the original service's four, the page, the probes."""

import json

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from detail_service import banner
from detail_service.catalog import Catalog
from detail_service.settings import Settings


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def build(settings: Settings) -> FastAPI:
    """The application of one replica."""
    catalog: Catalog = settings.catalog
    host = settings.hostname
    app = FastAPI(title="detail", version=catalog.release)
    app.state.ready = True
    app.state.broken = False
    detail = {"version": catalog.version, "vendors": list(catalog.vendors)}

    def answer(value: object, status: int = 200) -> Response:
        return Response(_json(value), status, media_type="application/json; charset=utf-8")

    @app.get("/catalogDetail")
    async def catalog_detail() -> Response:
        return answer("Error", 500) if app.state.broken else answer(detail)

    @app.get("/ping")
    async def ping() -> Response:
        return answer("Healthy")

    @app.get("/injectFault")
    async def inject_fault() -> Response:
        app.state.broken = True
        tail = " error." if catalog.version == "1" else "."
        return HTMLResponse(f"<pre>Error: host: {host} will now respond with 500{tail}</pre>", 500)

    @app.get("/resetFault")
    async def reset_fault() -> Response:
        app.state.broken = False
        return answer(f"Removed fault injection from host: {host}")

    @app.get("/")
    async def home(request: Request) -> Response:
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({**detail, "host": host, "faults": []})
        return HTMLResponse(banner.page(catalog, host, []))

    @app.get("/healthz")
    async def healthz() -> Response:
        return answer({"status": "ok"})

    @app.get("/readyz")
    async def readyz() -> Response:
        ready = app.state.ready
        return answer({"status": "ready" if ready else "draining"}, 200 if ready else 503)

    return app
