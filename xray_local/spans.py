"""The one model of a span, whatever format it came in. Pure.

A span is a piece of work of one service: a segment or subsegment of X-Ray, a span of OpenTelemetry.
Ids are those of W3C (Trace Context, section 3.2.2.3): 32 hexadecimal digits for a trace, 16 for a
span. X-Ray writes the same trace id as `1-8 digits-24 digits` (X-Ray developer guide, "Tracing
header"), so that either form is the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PROXY = "AWS::AppMesh::Proxy"
"""The origin of what a mesh's proxy records."""

Scalar = str | int | float | bool

_XRAY_ID = re.compile(r"1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})")
_W3C_ID = re.compile(r"[0-9a-fA-F]{32}")


class Kind(StrEnum):
    """Which side of which exchange a span records (OpenTelemetry's SpanKind)."""

    SERVER = "server"
    CLIENT = "client"
    INTERNAL = "internal"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Source(StrEnum):
    """The format that a span came in."""

    XRAY = "x-ray"
    OTLP = "otlp"


class Health(StrEnum):
    """How a span ended, in X-Ray's words: 5xx, 429, 4xx, all else."""

    FAULT = "fault"
    THROTTLE = "throttle"
    ERROR = "error"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class StackFrame:
    """One call of a stack."""

    path: str = ""
    line: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class SpanException:
    """An exception that a span recorded. `remote` ones were raised by the callee."""

    type: str = ""
    message: str = ""
    stack: tuple[StackFrame, ...] = ()
    remote: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Http:
    """The request and the response of a span; 0 and empty texts are not known."""

    method: str = ""
    url: str = ""
    status: int = 0
    user_agent: str = ""
    client_ip: str = ""
    content_length_bytes: int = 0


NO_HTTP = Http()


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work. Times are seconds since the epoch; `end_s` None is still in progress.

    `service` is the node of the map it belongs to, empty for a subsegment that came without its
    segment. `is_entry` is true where work enters a service: a segment of X-Ray, a span of kind
    server or consumer. `peer` names the callee of a client's span. `document` is what was sent, as
    JSON text, and empty for a part of another's.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    start_s: float
    end_s: float | None = None
    kind: Kind = Kind.INTERNAL
    is_entry: bool = False
    error: bool = False
    throttle: bool = False
    fault: bool = False
    http: Http = NO_HTTP
    exceptions: tuple[SpanException, ...] = ()
    annotations: Mapping[str, Scalar] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)
    user: str = ""
    origin: str = ""
    peer: str = ""
    source: Source = Source.XRAY
    document: str = ""

    @property
    def is_complete(self) -> bool:
        return self.end_s is not None

    @property
    def duration_s(self) -> float:
        """Its length, 0 while it is in progress."""
        return 0.0 if self.end_s is None else max(0.0, self.end_s - self.start_s)

    @property
    def health(self) -> Health:
        if self.fault:
            return Health.FAULT
        if self.throttle:
            return Health.THROTTLE
        return Health.ERROR if self.error else Health.OK


def w3c_trace_id(text: str) -> str | None:
    """A trace id of either form as 32 lower-case digits; None for any other text."""
    if found := _XRAY_ID.fullmatch(text):
        return (found[1] + found[2]).lower()
    return text.lower() if _W3C_ID.fullmatch(text) else None


def xray_trace_id(trace_id: str) -> str:
    """A trace id of 32 digits as X-Ray writes it."""
    return f"1-{trace_id[:8]}-{trace_id[8:]}"
