"""JSON logs: one object per line on stdout."""

import json
import logging
import sys
import time
from contextvars import ContextVar
from typing import Any, TextIO

from detail_service.faults.exchange import Scope

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""The trace of the request that is being served; empty outside requests."""


class JsonFormatter(logging.Formatter):
    """`{"ts":..., "level":..., "logger":..., "msg":...}` and the fields of `extra={"fields":}`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        if trace := trace_id.get():
            line["trace_id"] = trace
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def timestamp(epoch_s: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch_s))
    return f"{whole}.{int(epoch_s % 1 * 1000):03d}Z"


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send every logger of this process to `stream` (stdout) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.error").setLevel(level.upper())
    for noisy in ("httpx2", "httpcore2", "aws_xray_sdk"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


class AccessLog:
    """One line per request, written by the edge."""

    def __init__(self) -> None:
        self._log = logging.getLogger("detail.access")

    def write(self, scope: Scope, status: int, seconds: float) -> None:
        client = scope.get("client")
        fields = {
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "duration_ms": round(seconds * 1000, 3),
            "client": client[0] if client else "",
        }
        self._log.info("request", extra={"fields": fields})
