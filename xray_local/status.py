"""What a running `xray` says of itself: where it listens, what came in and what was lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from xray_local.database import TraceDatabase
from xray_local.otlp.export import SpanExport
from xray_local.segments.daemon import SegmentDaemon
from xray_local.store import TraceStore


@dataclass(frozen=True)
class Running:
    """Where everything listens; `otlp` is the base of its addresses."""

    store: TraceStore
    daemon: SegmentDaemon
    api: str
    otlp: str
    export: SpanExport | None = None
    database: TraceDatabase | None = None


def status_route(found: Running) -> BaseRoute:
    """`GET /status`."""

    async def status(request: Request) -> Response:
        del request
        return JSONResponse(status_of(found))

    return Route("/status", status, methods=["GET"])


def status_of(found: Running) -> dict[str, object]:
    """What came in, what is kept, and what was lost, by kind."""
    store, export = found.store, found.export
    fields: dict[str, object] = {
        "traces": len(store),
        "bytes": store.size_bytes,
        "spans_received": store.spans_received,
        "datagrams": found.daemon.datagrams,
        "datagrams_lost": found.daemon.lost,
        "malformed": dict(store.malformed),
        "dropped": dict(store.dropped),
    }
    if export is not None:
        fields["exported"] = {
            "exported": export.exported,
            "failed": export.failed,
            "dropped": export.dropped,
        }
    if found.database is not None:
        fields["unsaved"] = found.database.unsaved
    return fields


def addresses(found: Running, db: Path | None) -> str:
    """Where everything listens, line by line."""
    udp = found.daemon.address
    lines = [
        f"X-Ray daemon  udp {udp}   AWS_XRAY_DAEMON_ADDRESS={udp}",
        f"X-Ray API     {found.api}",
        f"OTLP          {found.otlp}   OTEL_EXPORTER_OTLP_ENDPOINT={found.otlp}",
        f"pages         {found.api}/",
    ]
    if db is not None:
        lines.append(f"database      {db}, {len(found.store)} traces")
    if found.export is not None:
        lines.append(f"passed on to  {found.export.address}")
    return "\n".join(lines)


def farewell(found: Running) -> str:
    """What was lost, in one line."""
    store = found.store
    lost = [
        f"{found.daemon.lost} datagrams lost" if found.daemon.lost else "",
        f"{store.malformed.total()} malformed" if store.malformed else "",
        f"{store.dropped.total()} traces dropped" if store.dropped else "",
    ]
    words = [f"{store.spans_received} spans received", *filter(None, lost)]
    return f"stopped: {', '.join(words)}"
