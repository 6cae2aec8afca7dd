"""What metrics servers and webhook receivers answer, as a scenario writes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rehearsal.flagger.controller.delivery import Answer, TransportError
from rehearsal.simulated.changes import HookBehaviour, MetricValue, QueryError
from rehearsal.simulated.source import FieldPath, Source, shown

MOST_TEXT = 4096

TIMED_OUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
REFUSED = "dial tcp 127.0.0.1:1: connect: connection refused"
_TRANSPORT = {"timeout": TIMED_OUT, "refused": REFUSED}
_NO_BODY = 204


def read_metric(source: Source, value: Any, path: FieldPath) -> MetricValue:
    """A number, null for no values, or `{error: text}`."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        fields = source.mapping(value, path, ("error",))
        if "error" not in fields:
            source.problem((*path, "error"), "is required")
        return QueryError(source.text(fields.get("error", ""), (*path, "error"), MOST_TEXT))
    if isinstance(value, bool) or not isinstance(value, int | float):
        kinds = "a number, null for no values, or an object with error"
        source.problem(path, f"must be {kinds}, not {shown(value)}")
        return None
    return _number(source, value, path)


def _number(source: Source, value: float, path: FieldPath) -> MetricValue:
    """Prometheus' NaN is no values."""
    try:
        number = float(value)
    except OverflowError:
        source.problem(path, f"is too large a number: {shown(value)}")
        return None
    return None if math.isnan(number) else number


def read_hook(source: Source, value: Any, path: FieldPath) -> HookBehaviour:
    """A status, `{status: 400, body: x}`, `timeout` or `refused`."""
    if isinstance(value, str) and value in _TRANSPORT:
        return TransportError(_TRANSPORT[value])
    if isinstance(value, Mapping):
        fields = source.mapping(value, path, ("status", "body"))
        if "status" not in fields:
            source.problem((*path, "status"), "is required")
        status = source.whole(fields.get("status", 200), (*path, "status"), 100, 599)
        body = source.text(fields.get("body", ""), (*path, "body"), MOST_TEXT)
        return Answer(status, b"" if status == _NO_BODY else body.encode("utf-8", "replace"))
    if isinstance(value, bool) or not isinstance(value, int):
        kinds = "a status, an object with status and body, timeout or refused"
        source.problem(path, f"must be {kinds}, not {shown(value)}")
        return Answer(200)
    return Answer(source.whole(value, path, 100, 599))
