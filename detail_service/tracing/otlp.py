"""Segments as OpenTelemetry spans, exported by OTLP over HTTP when the environment asks for it.

There is one decision about a request and one measurement of it, the segment; a span is the same
with the same ids, so that either side of a trace finds the other. Nothing is done, and nothing
imported, without OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. Names of
attributes are those of OpenTelemetry's semantic conventions for HTTP.
"""

import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from commons.errors import UsageError
from commons.units import NS_PER_S
from detail_service.tracing.propagation import w3c_trace_id

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = logging.getLogger("detail")
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
CLOSE_S = 2.0
Attributes = dict[str, str | int]


class SpanExport:
    """Gives spans to an exporter in batches, from a thread of the SDK's, and counts them.

    `exported` and `failed` are numbers of spans.
    """

    def __init__(self, exporter: "SpanExporter", resource: "Resource") -> None:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self.exported = 0
        self.failed = 0
        self._resource = resource
        self._processor = BatchSpanProcessor(_counting(exporter, self))

    def export(self, entity: Any) -> None:
        """Queue the spans of a segment, or of a subsegment that is sent apart from its segment."""
        for span in spans_of(entity, self._resource):
            self._processor.on_end(span)

    def close(self) -> None:
        """Export what is queued, for at most CLOSE_S: a receiver that is away holds nobody up."""
        closing = threading.Thread(target=self._processor.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_S)


def create_span_export(
    name: str, version: str, environ: Mapping[str, str] = os.environ
) -> SpanExport | None:
    """The export that the environment asks for; None when it asks for none.

    Raises UsageError for an endpoint that is no address; warns where the libraries are missing.
    """
    if not _is_wanted(environ):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
    except ImportError:
        log.warning("no traces by OTLP: install canary-rehearsal[otel]")
        return None
    try:
        service = environ.get("OTEL_SERVICE_NAME") or name
        resource = Resource.create({"service.name": service, "service.version": version})
        return SpanExport(OTLPSpanExporter(), resource)
    except (ValueError, OSError) as error:
        raise UsageError(f"OTEL_*: traces cannot be exported: {error}") from None


def _is_wanted(environ: Mapping[str, str]) -> bool:
    name = next((name for name in ENDPOINTS if environ.get(name)), None)
    off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if name is None or off or environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    if not is_http_url(environ[name]):
        raise UsageError(f"{name}: {environ[name][:100]!r} is not an http or https address")
    protocol = next((environ[name] for name in PROTOCOLS if environ.get(name)), "http/protobuf")
    if protocol != "http/protobuf":
        log.warning("no traces by OTLP: only http/protobuf is spoken, and not %s", protocol)
        return False
    return True


def is_http_url(text: str) -> bool:
    """Whether this is an address with a scheme, a host and a port that can be."""
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _counting(exporter: "SpanExporter", counts: SpanExport) -> "SpanExporter":
    """The exporter, with its outcomes counted and none of its errors raised."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Counting(SpanExporter):
        def export(self, spans: Sequence["ReadableSpan"]) -> "SpanExportResult":
            try:
                result = exporter.export(spans)
            except Exception:
                result = SpanExportResult.FAILURE
            if result is SpanExportResult.SUCCESS:
                counts.exported += len(spans)
            else:
                counts.failed += len(spans)
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

    return Counting()


def spans_of(entity: Any, resource: "Resource") -> Iterator["ReadableSpan"]:
    """The span of a segment or subsegment, and those of the subsegments below it."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    is_call = getattr(entity, "type", None) == "subsegment"
    trace_id = int(w3c_trace_id(entity.trace_id), 16)
    flags = TraceFlags(TraceFlags.SAMPLED)
    parent = getattr(entity, "parent_id", None)
    failed = getattr(entity, "fault", False) or (is_call and getattr(entity, "error", False))
    request = entity.http.get("request", {})
    yield ReadableSpan(
        name=request.get("method", entity.name),
        context=SpanContext(trace_id, int(entity.id, 16), is_remote=False, trace_flags=flags),
        parent=parent
        and SpanContext(trace_id, int(parent, 16), is_remote=not is_call, trace_flags=flags),
        resource=resource,
        attributes=_attributes(entity, is_call=is_call),
        events=_exceptions(entity),
        kind=SpanKind.CLIENT if is_call else SpanKind.SERVER,
        status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
        start_time=int(entity.start_time * NS_PER_S),
        end_time=int(entity.end_time * NS_PER_S),
    )
    for subsegment in entity.subsegments:
        yield from spans_of(subsegment, resource)


def _attributes(entity: Any, *, is_call: bool) -> Attributes:
    request, response = entity.http.get("request", {}), entity.http.get("response", {})
    url = request.get("url", "")
    parts = urlsplit(url)
    found = {
        "http.request.method": request.get("method"),
        "http.response.status_code": response.get("status"),
        "http.response.body.size": response.get("content_length"),
        "server.address": parts.netloc.partition(":")[0],
    }
    if is_call:
        found["url.full"] = url
    else:
        found |= {
            "url.scheme": parts.scheme,
            "url.path": parts.path,
            "url.query": parts.query,
            "user_agent.original": request.get("user_agent"),
            "client.address": request.get("client_ip"),
        }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _exceptions(entity: Any) -> list[Any]:
    from opentelemetry.sdk.trace import Event

    cause = getattr(entity, "cause", None)
    exceptions = cause.get("exceptions", ()) if isinstance(cause, dict) else ()
    return [
        Event(
            "exception",
            {"exception.type": str(one.type), "exception.message": str(one.message)},
            int(entity.end_time * NS_PER_S),
        )
        for one in exceptions
    ]
