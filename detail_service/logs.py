"""JSON logs: one object per line on stdout, with the trace of the request that is being served."""

import contextlib
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from json.encoder import encode_basestring_ascii as quote
from time import time
from typing import TextIO

from starlette.types import Scope

from commons.logs import JsonFormatter, timestamp

MAX_PATH_LENGTH = 1024

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""The trace of the request that is being served; empty outside requests."""


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to the stream that `configure` chose; `AccessLog` finds it here."""


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send every logger of this process to `stream` (stdout) as JSON lines."""
    handler = _Handler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(context=_request_fields))
    logging.raiseExceptions = False  # an output that cannot be written ends no request
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.error").setLevel(level.upper())
    for noisy in ("httpx2", "httpcore2", "aws_xray_sdk"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # failed exports are counted


def _request_fields() -> Mapping[str, object]:
    trace = trace_id.get()
    return {"trace_id": trace} if trace else {}


class AccessLog:
    """One line per request, in the form of all other lines but without logging's machinery.

    A line of `logging` costs more than the whole rest of a request, so these are put together by
    hand and written at once, to the stream that `configure` chose and if its level is not above
    `info`.
    """

    def __init__(self) -> None:
        logger = logging.getLogger("detail.access")
        self._streams = [
            handler.stream
            for handler in logging.getLogger().handlers
            if isinstance(handler, _Handler) and logger.isEnabledFor(logging.INFO)
        ]
        self._second = 0
        self._date = ""

    def write(self, scope: Scope, status: int, seconds: float, trace: str) -> None:
        """Write the line of one request; one that cannot be written is lost."""
        now = time()
        client = scope.get("client")
        method, path = quote(scope["method"]), quote(scope["path"][:MAX_PATH_LENGTH])
        line = (
            f'{{"ts": "{self._timestamp(now)}", "level": "info", "logger": "detail.access", '
            f'"msg": "request", "trace_id": "{trace}", "method": {method}, "path": {path}, '
            f'"status": {status}, "duration_ms": {seconds * 1000:.3f}, '
            f'"client": "{client[0] if client else ""}"}}\n'
        )
        for stream in self._streams:
            with contextlib.suppress(OSError, ValueError):
                stream.write(line)
                stream.flush()

    def _timestamp(self, now: float) -> str:
        second = int(now)
        if second != self._second:
            self._second = second
            self._date = timestamp(second)[:-5]
        return f"{self._date}.{int(now % 1 * 1000):03d}Z"
