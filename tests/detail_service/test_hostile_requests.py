"""Whatever a client sends: a response that fits, and no error in the log."""

import io
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detail_service.faults.kinds.responses import Status
from detail_service.settings import Settings
from tests.detail_service.support import Running, daemon, eventually, exchange, running

DEEP = 60_000


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    configured = Settings(
        app_version="2.0", pod_name="pod-a", fault_headers=True, fault_max_delay=0.2
    )
    with daemon() as xray, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_XRAY_DAEMON_ADDRESS", xray.address)
        with running(configured) as one:
            yield one


@pytest.fixture(autouse=True)
def _quiet(service: Running, log_stream: io.StringIO) -> Iterator[None]:
    yield
    lines = [json.loads(line) for line in log_stream.getvalue().splitlines()]
    assert [line["msg"] for line in lines if line["level"] != "info"] == []
    httpx2.get(f"{service.url}/resetFault")


BODIES = {
    "open brackets": b"[" * DEEP,
    "open objects": b'{"a":' * (DEEP // 5),
    "closed brackets": b"[" * 20_000 + b"]" * 20_000,
    "brackets in a field": b'{"kind":"status","body":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "nested ttl": b'{"kind":"status","ttl":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    "long number": b'{"kind":"status","ttl":' + b"9" * 50_000 + b"}",
    "large number": b'{"kind":"status","ttl":' + b"9" * 400 + b"}",
    "large exponent": b'{"kind":"status","ttl":1e999999999}',
    "lone surrogate in a value": b'{"kind":"status","body":"\\ud800"}',
    "lone surrogate in a name": b'{"kind":"status","\\udfff":1}',
    "lone surrogate in a kind": b'{"kind":"\\ud800"}',
    "not UTF-8": b'{"kind":"status","body":"\xff\xfe"}',
    "UTF-16": '{"kind":"status"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"kind":"status"}',
    "a name twice": b'{"kind":"status","rate":0,"rate":1}',
    "NUL": b'{"kind":"status\\u0000"}',
    "many fields": json.dumps(
        {"kind": "status"} | dict.fromkeys(map(str, range(5000)), 1)
    ).encode(),
    "long name": json.dumps({"kind": "status", "x" * 60_000: 1}).encode(),
    "NaN": b'{"kind":"status","rate":NaN}',
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_invalid_and_the_response_is_short(service: Running, name: str) -> None:
    response = httpx2.post(f"{service.url}/faults", content=BODIES[name])

    assert response.status_code == 422
    assert 1 <= len(response.json()["detail"]) <= 16
    assert len(response.content) < 20_000


@pytest.mark.parametrize("body", ["[" * 4096, '{"a":' * 800, '"' + "\\" * 4095, "{" * 4096, "\0"])
def test_a_status_fault_sends_any_body(service: Running, body: str) -> None:
    service.start_fault(kind="status", status=503, body=body)
    service.start_fault(kind="corrupt", rate=0.5)
    responses = [httpx2.get(f"{service.url}/catalogDetail") for _ in range(10)]

    assert {response.status_code for response in responses} == {503}
    assert body in {response.text for response in responses}


def get(target: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    lines = [b"%s %s HTTP/1.1" % (method, target), b"Host: x", b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", b""])


TARGETS = [
    b"/%00",
    b"/%ff",
    b"/%",
    b"/%zz",
    b"/\xff",
    b"/..%2f..%2fetc/passwd",
    b"//",
    b"/?",
    b"/?%ff=%00",
    b"/injectFault?kind=%ed%a0%80",
    b"/injectFault?" + b"a=1&" * 5000,
    b"/injectFault?kind=status&kind=status",
    b"/injectFault?kind=status&ttl=" + b"9" * 20_000,
    b"/injectFault?kind=status&path=/%00",
    b"/injectFault?kind=status&header=a%0d%0ab",
    b"/injectFault?=",
    b"/faults/%ff",
    b"/faults/" + b"x" * 20_000,
    b"http://other/ping",
    b"*",
    b"/ping#x",
    b"/docs",
    b"/openapi.json/",
    b"/" + b"a/" * 10_000,
]


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"DELETE", b"OPTIONS"])
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: repr(target[:40]))
def test_any_target_has_a_response(
    service: Running, target: bytes, method: bytes, log_stream: io.StringIO
) -> None:
    status = int(exchange(service.port, get(target, method=method)).split()[1])

    assert status < 500
    if status == 400:  # not HTTP: the server says so in a line
        assert "Traceback" not in log_stream.getvalue()
        log_stream.truncate(0)


TRACE_IDS = [
    b"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Lineage=\xe9",
    b"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;a=\x01",
    b"Root=1-00000000-000000000000000000000000;Sampled=1",
    b";" * 400,
    b"=" * 400,
]
HEADERS = [
    *(b"X-Amzn-Trace-Id: " + value for value in TRACE_IDS),
    b"traceparent: 00-00000000000000000000000000000000-0000000000000000-01",
    b"traceparent: ff-" + b"f" * 400,
    b"tracestate: " + b"a=1," * 2000,
    b"Authorization: Bearer \xff\xfe",
    b"Accept: " + b"application/json;q=," * 1000,
    b"Accept: application/openmetrics-text; version=99; escaping=\xff",
    b"User-Agent: " + b"\xff" * 20_000,
    b"X-Forwarded-For: " + b"," * 20_000,
    b"Cookie: " + b";" * 20_000,
    b"Content-Type: multipart/form-data; boundary=" + b"=" * 5000,
    b"x-envoy-fault-abort-request: " + b"9" * 20_000,
    b"x-envoy-fault-abort-request: \xb2\xb3",
    b"x-envoy-fault-delay-request: 999999999\r\nx-envoy-fault-delay-request-percentage: 0",
    b"Expect: 100-continue",
    b"Upgrade: websocket\r\nConnection: upgrade",
]


@pytest.mark.parametrize("path", [b"/catalogDetail", b"/", b"/metrics", b"/faults"])
@pytest.mark.parametrize("header", HEADERS, ids=lambda header: repr(header[:40]))
def test_any_header_has_a_response(
    service: Running, header: bytes, path: bytes, log_stream: io.StringIO
) -> None:
    received = exchange(service.port, get(path, header))
    final = received.rpartition(b"HTTP/1.1 ")[2]

    assert int(final[:3]) < 500
    if b"Upgrade" in header or final[:3] == b"400":  # the server says so in a line
        assert "Traceback" not in log_stream.getvalue()
        log_stream.truncate(0)


@pytest.mark.parametrize("announced", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
def test_a_client_that_leaves_within_its_body_is_no_error(
    service: Running, announced: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(b"POST /faults HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % announced)
        eventually(lambda: service.server.server_state.tasks)
    eventually(lambda: not service.server.server_state.tasks)

    metrics = httpx2.get(f"{service.url}/metrics").text
    assert 'method="POST",path="/faults",status="499"' in metrics


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_path_of_a_fault_is_taken_or_refused(service: Running, path: str) -> None:
    query = urlencode({"kind": "status", "rate": "0", "path": path}).encode()
    status = int(exchange(service.port, get(b"/injectFault?" + query)).split()[1])
    exchange(service.port, get(b"/resetFault"))

    assert status in (201, 422)


def test_a_pattern_of_stars_does_not_stop_the_service(service: Running) -> None:
    assert service.parts.faults is not None
    for _ in range(64):
        service.parts.faults.start(Status(kind="status", path="/" + "*a" * 95 + "*b"))
    began = time.process_time()
    response = httpx2.get(f"{service.url}/{'a' * 20_000}")

    assert response.status_code == 404
    assert time.process_time() - began < 20  # what goes back takes for ever
