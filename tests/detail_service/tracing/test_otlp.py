"""Spans as a receiver of OTLP gets them, by the real exporter over HTTP."""

import gzip
import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from commons.errors import UsageError
from detail_service.tracing import otlp
from detail_service.tracing.outgoing import TracedTransport
from detail_service.tracing.tracer import Trace
from tests.detail_service.support import scope, tracing

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"
SAMPLED = [(b"x-amzn-trace-id", f"Root={ROOT};Parent={PARENT};Sampled=1".encode())]


class Receiver:
    """A receiver of OTLP over HTTP: keeps every span, and the resources they came with."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.resources: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.status = 200

    def take(self, path: str, body: bytes) -> None:
        self.paths.append(path)
        request = ExportTraceServiceRequest.FromString(body)
        for group in request.resource_spans:
            self.resources.append(strings(group.resource.attributes))
            for part in group.scope_spans:
                self.spans.extend(part.spans)


def strings(attributes: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in attributes}


@contextmanager
def receiving() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.take(self.path, body)
            self.send_response(receiver.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as (receiver, url):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        yield receiver


@pytest.mark.anyio
async def test_a_segment_and_its_call_are_two_spans_of_the_same_trace(endpoint: Receiver) -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(503, content=b"12345")

    with tracing("Frontend-Node", version="2.0", propagate=True) as tracer:
        trace = tracer.begin(scope(headers=[*SAMPLED, (b"user-agent", b"curl/8")], query=b"a=1"))
        assert isinstance(trace, Trace)
        transport = TracedTransport(httpx2.MockTransport(respond), tracer)
        async with httpx2.AsyncClient(transport=transport) as client:
            await client.get("http://detail.flagger:3000/catalogDetail?secret=1")
        trace.exception(LookupError("no catalog"))
        trace.end(502, 7)
        ids = trace.segment.id, trace.segment.subsegments[0].id
        tracer.close()
        assert tracer.exported_spans == {"exported": 2, "failed": 0}

    server, call = endpoint.spans
    assert endpoint.paths == ["/v1/traces"]
    assert endpoint.resources[0]["service.name"] == "Frontend-Node"
    assert endpoint.resources[0]["service.version"] == "2.0"
    for span in (server, call):
        assert span.trace_id.hex() == "5759e988bd862e3fe1be46a994272793"
        assert span.start_time_unix_nano <= span.end_time_unix_nano
    assert (server.span_id.hex(), call.span_id.hex()) == ids
    assert (server.parent_span_id.hex(), call.parent_span_id.hex()) == (PARENT, ids[0])
    assert (server.kind, call.kind) == (server.SPAN_KIND_SERVER, call.SPAN_KIND_CLIENT)
    assert server.status.code == call.status.code == server.status.STATUS_CODE_ERROR
    assert (server.name, call.name) == ("GET", "GET")
    assert strings(server.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 502,
        "http.response.body.size": 7,
        "server.address": "detail",
        "url.scheme": "http",
        "url.path": "/catalogDetail",
        "url.query": "a=1",
        "user_agent.original": "curl/8",
        "client.address": "192.0.2.7",
    }
    assert strings(call.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 503,
        "http.response.body.size": 5,
        "server.address": "detail.flagger",
        "url.full": "http://detail.flagger:3000/catalogDetail",
    }
    (event,) = server.events
    assert strings(event.attributes) == {
        "exception.type": "LookupError",
        "exception.message": "no catalog",
    }


def test_a_root_has_no_parent_and_a_client_error_is_no_error_of_the_server(
    endpoint: Receiver,
) -> None:
    with tracing("Product-Detail-V1") as tracer:
        tracer.recorder.sampler.should_trace = lambda _: True
        trace = tracer.begin(scope())
        assert trace is not None
        trace.end(404, 0)
        tracer.close()

    (span,) = endpoint.spans
    assert span.parent_span_id == b""
    assert span.status.code == span.status.STATUS_CODE_UNSET


def test_what_a_receiver_refuses_is_counted_and_not_raised(
    endpoint: Receiver, log_stream: io.StringIO
) -> None:
    endpoint.status = 400
    with tracing("Product-Detail-V1") as tracer:
        trace = tracer.begin(scope(headers=SAMPLED))
        assert trace is not None
        trace.end(200, 0)
        tracer.close()
        assert tracer.exported_spans == {"exported": 0, "failed": 1}
        assert tracer.sent + sum(tracer.dropped.values()) == 1

    assert log_stream.getvalue() == ""


def test_an_exporter_that_raises_is_counted_as_well() -> None:
    class Broken:
        def export(self, spans: object) -> None:
            raise RuntimeError

        def shutdown(self) -> None: ...

    from opentelemetry.sdk.resources import Resource

    export = otlp.SpanExport(Broken(), Resource({}))  # type: ignore[arg-type]
    with tracing("Product-Detail-V1") as tracer:
        tracer.recorder.emitter.export = export.export
        trace = tracer.begin(scope(headers=SAMPLED))
        assert trace is not None
        trace.end(200, 0)
        export.close()

    assert (export.exported, export.failed) == (0, 1)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, None),
        ({"OTEL_SDK_DISABLED": "true"}, None),
        ({"OTEL_TRACES_EXPORTER": "none"}, None),
        ({"OTEL_SERVICE_NAME": "shop"}, "shop"),
        ({"OTEL_SERVICE_NAME": ""}, "Product-Detail-V1"),
    ],
)
def test_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], name: str | None
) -> None:
    if environ:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    with tracing("Product-Detail-V1") as tracer:
        export = tracer.span_export

    if name is None:
        assert export is None
        assert tracer.exported_spans == {}
    else:
        assert export is not None
        assert export._resource.attributes["service.name"] == name
        export.close()


@pytest.mark.parametrize(
    "url", ["collector:4318", "grpc://a", "http://", "http://[::1", "http://a:x"]
)
@pytest.mark.parametrize("name", otlp.ENDPOINTS)
def test_an_endpoint_that_is_no_address_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    monkeypatch.setenv(name, url)

    with pytest.raises(UsageError, match=f"^{name}: ") as caught:
        otlp.create_span_export("x", "")
    assert "\n" not in str(caught.value)


def test_a_variable_that_the_exporter_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "0")

    with pytest.raises(UsageError, match="traces cannot be exported"):
        otlp.create_span_export("x", "")


def test_another_protocol_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with caplog.at_level(logging.WARNING):
        assert otlp.create_span_export("x", "") is None

    assert "only http/protobuf is spoken, and not grpc" in caplog.text


def test_a_missing_extra_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with caplog.at_level(logging.WARNING):
        assert otlp.create_span_export("x", "") is None

    assert "install canary-rehearsal[otel]" in caplog.text
