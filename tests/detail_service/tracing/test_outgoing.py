import re
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from detail_service.tracing.outgoing import TracedTransport
from detail_service.tracing.tracer import Tracer
from tests.detail_service.support import Daemon, daemon, scope, tracing
from tests.detail_service.tracing import segments

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
W3C = "5759e988bd862e3fe1be46a994272793"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    with daemon() as one:
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", one.address)
        yield one


@pytest.fixture
def tracer(server: Daemon) -> Iterator[Tracer]:
    with tracing("Frontend-Node", propagate=True) as one:
        yield one


class Callee:
    """Responds to calls and keeps the headers they came with."""

    def __init__(self, status: int = 200, error: Exception | None = None) -> None:
        self.status = status
        self.error = error
        self.headers: list[str | None] = []
        self.w3c: list[tuple[str | None, str | None]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.headers.append(request.headers.get("x-amzn-trace-id"))
        self.w3c.append((request.headers.get("traceparent"), request.headers.get("tracestate")))
        if self.error is not None:
            raise self.error
        return httpx2.Response(self.status, content=b"12345")

    def client(self, tracer: Tracer) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=TracedTransport(httpx2.MockTransport(self), tracer))


def begin(tracer: Tracer, decision: int) -> None:
    headers = [(b"x-amzn-trace-id", f"Root={ROOT};Sampled={decision}".encode())]
    tracer.begin(scope(headers=headers))


@pytest.mark.anyio
async def test_a_call_is_a_remote_subsegment_and_takes_its_id_along(
    tracer: Tracer, server: Daemon
) -> None:
    callee = Callee()
    begin(tracer, 1)
    async with callee.client(tracer) as client:
        await client.get("http://detail.flagger:3000/catalogDetail?secret=1")
    tracer.recorder.end_segment()

    (document,) = server.receive(1)
    segments.check(document)
    (subsegment,) = document["subsegments"]
    assert (subsegment["name"], subsegment["namespace"]) == ("detail.flagger", "remote")
    assert subsegment["http"] == {
        "request": {
            "method": "GET",
            "url": "http://detail.flagger:3000/catalogDetail",
            "traced": True,
        },
        "response": {"status": 200, "content_length": 5},
    }
    assert callee.headers == [f"Root={ROOT};Parent={subsegment['id']};Sampled=1"]
    assert callee.w3c == [(f"00-{W3C}-{subsegment['id']}-01", None)]


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "flag"), [(500, "fault"), (404, "error"), (429, "throttle")])
async def test_the_callees_status_flags_the_call(
    tracer: Tracer, server: Daemon, status: int, flag: str
) -> None:
    begin(tracer, 1)
    async with Callee(status).client(tracer) as client:
        await client.get("http://detail/")
    tracer.recorder.end_segment()

    (document,) = server.receive(1)
    segments.check(document)
    assert document["subsegments"][0][flag] is True
    assert "fault" not in document


@pytest.mark.anyio
async def test_a_call_that_fails_records_why_and_still_fails(
    tracer: Tracer, server: Daemon
) -> None:
    begin(tracer, 1)
    async with Callee(error=httpx2.ConnectError("refused")).client(tracer) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://detail/")
    tracer.recorder.end_segment()

    (document,) = server.receive(1)
    segments.check(document)
    (exception,) = document["subsegments"][0]["cause"]["exceptions"]
    assert (exception["type"], exception["remote"]) == ("ConnectError", True)


@pytest.mark.anyio
async def test_the_call_lasts_until_its_body_has_been_read(tracer: Tracer, server: Daemon) -> None:
    class Body(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"1"
            assert tracer.recorder.context.current().in_progress
            yield b"2"

    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, stream=Body()))
    begin(tracer, 1)
    async with httpx2.AsyncClient(transport=TracedTransport(transport, tracer)) as client:
        response = await client.get("http://detail/")
    tracer.recorder.end_segment()

    assert response.content == b"12"
    (document,) = server.receive(1)
    segments.check(document)


@pytest.mark.anyio
async def test_a_body_that_breaks_off_is_a_fault_of_the_call(
    tracer: Tracer, server: Daemon
) -> None:
    class Body(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"1"
            raise httpx2.ReadError("broken off")

    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, stream=Body()))
    begin(tracer, 1)
    async with httpx2.AsyncClient(transport=TracedTransport(transport, tracer)) as client:
        with pytest.raises(httpx2.ReadError):
            await client.get("http://detail/")
    tracer.recorder.end_segment()

    (document,) = server.receive(1)
    assert document["subsegments"][0]["fault"] is True


@pytest.mark.anyio
async def test_an_unsampled_decision_travels_on(tracer: Tracer) -> None:
    callee = Callee()
    begin(tracer, 0)
    async with callee.client(tracer) as client:
        await client.get("http://detail/")

    assert callee.headers == [f"Root={ROOT};Sampled=0"]
    ((parent, _),) = callee.w3c
    assert re.fullmatch(f"00-{W3C}-[0-9a-f]{{16}}-00", parent or "")
    assert tracer.recorder.emitter.sent == 0


@pytest.mark.anyio
async def test_a_call_outside_any_request_has_no_header(tracer: Tracer) -> None:
    callee = Callee()
    async with callee.client(tracer) as client:
        await client.get("http://detail/")

    assert callee.headers == [None]


@pytest.mark.anyio
@pytest.mark.parametrize("decision", [0, 1])
async def test_a_trace_that_came_by_w3c_goes_on_by_both(
    tracer: Tracer, server: Daemon, decision: int
) -> None:
    parent = "53995c3f42cd8ad8"
    headers = [
        (b"traceparent", f"00-{W3C}-{parent}-{decision:02}".encode()),
        (b"tracestate", b"vendor=opaque"),
    ]
    callee = Callee()
    tracer.begin(scope(headers=headers))
    async with callee.client(tracer) as client:
        await client.get("http://detail/")
    if decision:
        tracer.recorder.end_segment()
        (document,) = server.receive(1)
        assert (document["trace_id"], document["parent_id"]) == (ROOT, parent)
        parent = document["subsegments"][0]["id"]

    assert callee.headers == [f"Root={ROOT};Parent={parent};Sampled={decision}"]
    assert callee.w3c == [(f"00-{W3C}-{parent}-{decision:02}", "vendor=opaque")]


@pytest.mark.anyio
async def test_a_request_leaves_nothing_for_the_one_after_it(tracer: Tracer) -> None:
    callee = Callee()
    tracer.begin(
        scope(
            headers=[
                (b"traceparent", f"00-{W3C}-53995c3f42cd8ad8-00".encode()),
                (b"tracestate", b"vendor=opaque"),
            ]
        )
    )
    begin(tracer, 0)
    async with callee.client(tracer) as client:
        await client.get("http://detail/")

    assert callee.w3c[0][1] is None


@pytest.mark.anyio
async def test_a_call_within_a_segment_that_is_not_sampled_has_no_subsegment(
    tracer: Tracer,
) -> None:
    """Code that opens a segment of its own by the SDK may decide so."""
    callee = Callee()
    begin(tracer, 0)
    tracer.recorder.begin_segment("by hand", sampling=0)
    async with callee.client(tracer) as client:
        await client.get("http://detail/")
    tracer.recorder.end_segment()

    assert tracer.recorder.emitter.sent == 0
    assert callee.headers == [f"Root={ROOT};Sampled=0"]
