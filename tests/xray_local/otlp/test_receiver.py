"""OTLP over HTTP."""

import gzip
import json

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.xray_local.otlp.messages import otlp_span, request_of
from tests.xray_local.otlp.test_bodies import SPAN_JSON, body_of
from xray_local.otlp import receiver
from xray_local.otlp.bodies import MOST_BODY_BYTES
from xray_local.store import TraceStore

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json; charset=utf-8"}
BODY = request_of(otlp_span(1), otlp_span(2, parent=1)).SerializeToString()


@pytest.fixture
def store() -> TraceStore:
    return TraceStore()


@pytest.fixture
def client(store: TraceStore) -> TestClient:
    return TestClient(Starlette(routes=receiver.routes(store)))


def test_protobuf_is_taken_and_answered_in_kind(client: TestClient, store: TraceStore) -> None:
    response = client.post("/v1/traces", content=BODY, headers=PROTOBUF)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-protobuf"
    assert response.content == b""
    assert [len(trace.spans) for trace in store.traces()] == [2]


def test_json_and_gzip_are_taken(client: TestClient, store: TraceStore) -> None:
    response = client.post("/v1/traces", content=body_of(SPAN_JSON), headers=JSON)
    assert (response.status_code, response.json()) == (200, {})
    packed = {**PROTOBUF, "content-encoding": "gzip"}
    assert client.post("/v1/traces", content=gzip.compress(BODY), headers=packed).is_success
    assert len(store) == 2


def test_rejected_spans_are_a_partial_success(client: TestClient, store: TraceStore) -> None:
    bad = otlp_span(3)
    bad.span_id = b""
    content = request_of(otlp_span(1), bad).SerializeToString()
    response = client.post("/v1/traces", content=content, headers=PROTOBUF)
    answer = ExportTraceServiceResponse.FromString(response.content)
    assert answer.partial_success.rejected_spans == 1
    assert answer.partial_success.error_message == "a span id is not 8 bytes, or all zero"
    assert store.malformed == {"id": 1}
    odd = client.post("/v1/traces", content=body_of({**SPAN_JSON, "spanId": ""}), headers=JSON)
    assert odd.json()["partialSuccess"]["rejectedSpans"] == "1"


@pytest.mark.parametrize(
    ("content", "headers", "status", "kind"),
    [
        (b"\xff\xff", PROTOBUF, 400, "protobuf"),
        (b"{", JSON, 400, "json"),
        (b"x", {**JSON, "content-encoding": "gzip"}, 400, "gzip"),
        (b"x", {**JSON, "content-encoding": "br"}, 400, "encoding"),
        (b"x", {"content-type": "text/plain"}, 415, "media-type"),
        (bytes(MOST_BODY_BYTES + 1), PROTOBUF, 413, "size"),
        (gzip.compress(bytes(MOST_BODY_BYTES + 1)), {**JSON, "content-encoding": "gzip"}, 413,
         "size"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_counted_by_kind(
    client: TestClient, store: TraceStore, content: bytes, headers: dict[str, str], status: int,
    kind: str,
) -> None:  # fmt: skip
    response = client.post("/v1/traces", content=content, headers=headers)
    assert response.status_code == status
    assert store.malformed == {kind: 1}
    if headers is PROTOBUF:
        assert Status.FromString(response.content).message
    else:
        assert json.loads(response.content)["message"]


def test_only_posts_are_taken(client: TestClient) -> None:
    assert client.get("/v1/traces").status_code == 405
