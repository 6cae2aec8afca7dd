"""A program that OpenTelemetry's SDK for Python traces; run by test_python. Prints the trace id."""

import sys

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode


def main() -> None:
    compression = Compression.Gzip if sys.argv[1:] == ["gzip"] else Compression.NoCompression
    provider = TracerProvider(resource=Resource.create({"service.name": "otel-app"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(compression=compression)))
    tracer = provider.get_tracer("tests")
    with tracer.start_as_current_span("GET /buy", kind=SpanKind.SERVER) as span:
        span.set_attribute("http.request.method", "GET")
        span.set_attribute("http.response.status_code", 500)
        call = tracer.start_as_current_span("pay", kind=SpanKind.CLIENT, record_exception=False)
        with call as inner:
            inner.set_attribute("peer.service", "payment")
            inner.record_exception(OSError("no payment today"))
            inner.set_status(Status(StatusCode.ERROR))
        print(format(span.get_span_context().trace_id, "032x"))
    provider.shutdown()


if __name__ == "__main__":
    main()
