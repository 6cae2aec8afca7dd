import asyncio
import io
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from detail_service.faults.kinds import FAULT
from detail_service.faults.registry import Delivery
from detail_service.settings import Settings
from tests.detail_service.support import (
    Built,
    Daemon,
    FakeConnection,
    Sent,
    built,
    daemon,
    eventually,
    exchange,
    get,
    nothing,
    running,
    scope,
)
from tests.detail_service.test_metrics import samples
from tests.detail_service.tracing import segments

TRACED_PATHS = ("/catalogDetail", "/version")
TRACED = (b"x-amzn-trace-id", b"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    with daemon() as one:
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", one.address)
        yield one


@pytest.fixture
def app(server: Daemon) -> Iterator[Built]:
    with built() as one:
        one.tracer.recorder.sampler = Unsampled()
        yield one


class Unsampled:
    def should_trace(self, sampling_req: object = None) -> bool:
        return False


async def call(app: ASGIApp, request: Scope | None = None) -> Sent:
    sent = Sent()
    await app(request or scope(), nothing, sent)
    return sent


def counts(app: Built) -> dict[tuple[str, str, str], float]:
    return {
        (dict(labels)["method"], dict(labels)["path"], dict(labels)["status"]): value
        for (name, labels), value in samples(app.parts.metrics).items()
        if name == "http_request_duration_seconds_count" and value
    }


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/catalogDetail", "/ping", "/healthz", "/version"])
async def test_the_short_way_gives_what_the_route_gives(app: Built, path: str) -> None:
    short, route = await call(app.edge, scope(path)), await call(app.edge.api, scope(path))

    assert short.status == route.status == 200
    assert short.body == route.body
    assert sorted(short.headers.items()) == sorted(route.headers.items())


@pytest.mark.anyio
async def test_the_short_way_and_the_long_way_count_alike(app: Built) -> None:
    await call(app.edge)
    await call(app.edge, scope(headers=[TRACED]))

    assert counts(app) == {("GET", "/catalogDetail", "200"): 2}


@pytest.mark.anyio
async def test_paths_are_counted_by_template_and_unknown_ones_together(app: Built) -> None:
    for path in ("/faults/f1", "/faults/f2"):
        await call(app.edge, scope(path, "DELETE"))
    for path in ("/wp-login.php", "/.env"):
        await call(app.edge, scope(path))
    await call(app.edge, scope("/catalogDetail", "POST"))

    assert counts(app) == {
        ("DELETE", "/faults/{fault_id}", "404"): 2,
        ("GET", "unknown", "404"): 2,
        ("POST", "/catalogDetail", "405"): 1,
    }


@pytest.mark.anyio
async def test_probes_and_scrapes_are_counted_apart(app: Built) -> None:
    """Flagger would take them for traffic."""
    assert app.parts.faults is not None
    for path in ("/ping", "/healthz", "/readyz", "/metrics"):
        await call(app.edge, scope(path))
        await call(app.edge, scope(path, "POST"))
    app.parts.faults.start(FAULT.validate_python({"kind": "status", "path": "/ping"}))
    await call(app.edge, scope("/ping"))
    probes = {
        (dict(labels)["path"], dict(labels)["status"]): value
        for (name, labels), value in samples(app.parts.metrics).items()
        if name == "http_probe_requests_total"
    }

    assert counts(app) == {}
    assert probes == {
        **{(path, "200"): 1 for path in ("/ping", "/healthz", "/readyz", "/metrics")},
        **{(path, "405"): 1 for path in ("/ping", "/healthz", "/readyz", "/metrics")},
        ("/ping", "500"): 1,
    }


@pytest.mark.anyio
async def test_a_fault_is_counted_under_the_path_it_hit(app: Built) -> None:
    assert app.parts.faults is not None
    app.parts.faults.start(FAULT.validate_python({"kind": "status", "status": 503}))
    sent = await call(app.edge)

    assert sent.status == 503
    assert counts(app) == {("GET", "/catalogDetail", "503"): 1}


@pytest.mark.anyio
async def test_a_faulted_request_is_a_fault_without_a_cause(app: Built, server: Daemon) -> None:
    assert app.parts.faults is not None
    app.parts.faults.start(FAULT.validate_python({"kind": "status"}))
    sent = await call(app.edge, scope(headers=[TRACED]))

    (document,) = server.receive(1)
    segments.check(document)
    assert document["fault"] is True
    assert "cause" not in document
    assert sent.headers[b"x-amzn-trace-id"] == b"Root=1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.anyio
async def test_inject_fault_is_a_fault_with_its_cause(app: Built, server: Daemon) -> None:
    await call(app.edge, scope("/injectFault", headers=[TRACED]))

    (document,) = server.receive(1)
    segments.check(document)
    (exception,) = document["cause"]["exceptions"]
    assert exception["message"] == "host: pod-a will now respond with 500."


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/ping", "/healthz", "/readyz", "/metrics"])
async def test_probes_are_not_traced(app: Built, path: str) -> None:
    await call(app.edge, scope(path, headers=[TRACED]))

    assert app.tracer.recorder.emitter.sent == 0


@pytest.mark.anyio
async def test_an_exchange_that_the_service_breaks_off_counts_as_500(
    app: Built, server: Daemon
) -> None:
    assert app.parts.faults is not None
    app.parts.faults.start(FAULT.validate_python({"kind": "reset"}))
    connection = FakeConnection()

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    request = scope(headers=[TRACED])
    request["extensions"] = {"detail.connection": connection}
    await app.edge(request, gone, Sent())

    assert connection.ended == ["reset"]
    assert counts(app) == {("GET", "/catalogDetail", "500"): 1}
    (document,) = server.receive(1)
    assert document["fault"] is True
    assert "response" not in document["http"]


@pytest.mark.anyio
async def test_a_client_that_leaves_during_a_delay_counts_as_499(
    app: Built, server: Daemon
) -> None:
    assert app.parts.faults is not None
    spec = {"kind": "delay", "distribution": "fixed", "delay": 30}
    app.parts.faults.start(FAULT.validate_python(spec))
    request = scope(headers=[TRACED])
    request["extensions"] = {"detail.connection": FakeConnection(leaves_after_s=1)}
    await call(app.edge, request)

    assert counts(app) == {("GET", "/catalogDetail", "499"): 1}
    (document,) = server.receive(1)
    assert document["error"] is True


@pytest.mark.anyio
async def test_an_exception_is_counted_recorded_and_passed_on(app: Built, server: Daemon) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("of all things")

    app.edge.api = broken
    with pytest.raises(ZeroDivisionError):
        await call(app.edge, scope("/x", headers=[TRACED]))

    assert counts(app) == {("GET", "unknown", "500"): 1}
    (document,) = server.receive(1)
    segments.check(document)
    assert document["cause"]["exceptions"][0]["type"] == "ZeroDivisionError"


@pytest.mark.anyio
async def test_a_cancelled_request_ends_its_segment(app: Built, server: Daemon) -> None:
    async def forever(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    app.edge.api = forever
    task = asyncio.create_task(call(app.edge, scope("/x", headers=[TRACED])))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert counts(app) == {("GET", "unknown", "499"): 1}
    segments.check(server.receive(1)[0])


@pytest.mark.anyio
async def test_the_access_log_names_the_trace_of_every_request(
    server: Daemon, log_stream: io.StringIO
) -> None:
    with built(Settings(access_log=True)) as app:
        await call(app.edge, scope(headers=[TRACED]))
        await call(app.edge, scope("/ping"))

    first, second = (json.loads(line) for line in log_stream.getvalue().splitlines())
    assert first["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert (second["path"], second["status"]) == ("/ping", 200)
    assert second["trace_id"].startswith("1-")


@pytest.mark.anyio
async def test_what_is_logged_during_a_request_bears_its_trace(
    app: Built, log_stream: io.StringIO
) -> None:
    async def talkative(scope: Scope, receive: Receive, send: Send) -> None:
        logging.getLogger("detail").warning("here")
        raise ValueError

    app.edge.api = talkative
    for headers in ([TRACED], []):
        with pytest.raises(ValueError):
            await call(app.edge, scope("/x", headers=headers))

    traced, untraced = (json.loads(line) for line in log_stream.getvalue().splitlines())
    assert traced["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert "trace_id" not in untraced


@pytest.mark.anyio
async def test_envoys_headers_work_only_when_switched_on(server: Daemon) -> None:
    asks = [(b"x-envoy-fault-abort-request", b"418")]
    with built() as off, built(Settings(fault_headers=True)) as on:
        statuses = [(await call(one.edge, scope(headers=asks))).status for one in (off, on)]
        untouched = await call(on.edge)
        probe = await call(on.edge, scope("/ping", headers=asks))

    assert statuses == [200, 418]
    assert probe.status == 200
    assert untouched.status == 200
    assert on.parts.faults is not None
    assert on.parts.faults.totals["status"] == Delivery(1, 1, 1)


@pytest.mark.anyio
async def test_envoys_percentages_roll_dice_for_every_asking_request(server: Daemon) -> None:
    asks = [
        (b"x-envoy-fault-abort-request", b"503"),
        (b"x-envoy-fault-abort-request-percentage", b"30"),
    ]
    with built(Settings(fault_headers=True)) as app:
        hits = [(await call(app.edge, scope(headers=asks))).status == 503 for _ in range(1000)]

    assert 250 <= sum(hits) <= 350
    assert hits[:100] != hits[100:200]


@pytest.mark.anyio
async def test_without_faults_nothing_of_them_is_left(server: Daemon) -> None:
    with built(Settings(no_faults=True, fault_headers=True)) as app:
        for path in ("/injectFault", "/resetFault", "/faults"):
            assert (await call(app.edge, scope(path))).status == 404
        asks = [(b"x-envoy-fault-abort-request", b"503")]
        assert (await call(app.edge, scope(headers=asks))).status == 200
        document = json.loads((await call(app.edge, scope("/openapi.json"))).body)

    assert not [path for path in document["paths"] if "ault" in path]
    assert "Crash" not in json.dumps(document)


@pytest.mark.parametrize("traced", [False, True])
def test_prepared_bytes_are_the_bytes_that_the_server_makes(server: Daemon, traced: bool) -> None:
    """The same head line by line, whether a fault without effect forces the long way or not."""
    header = [f"X-Amzn-Trace-Id: {TRACED[1].decode()}"] if traced else []
    with running() as app:
        app.tracer.recorder.sampler = Unsampled()
        for path in ("/catalogDetail", "/ping", "/healthz", "/version"):
            request = get(path, *header).replace(b"close", b"keep-alive")
            responses = []
            for armed in (False, True):
                if armed:
                    app.start_fault(kind="delay", distribution="fixed", delay=0, path=path)
                with socket.create_connection(("127.0.0.1", app.port), 5) as connection:
                    connection.sendall(request)
                    responses.append(connection.recv(65536))
            httpx2.get(f"{app.url}/resetFault")
            lines = [
                [line for line in response.split(b"\r\n") if not line.startswith(b"date")]
                for response in responses
            ]

            assert lines[0] == lines[1]
            assert (b"x-amzn-trace-id" in responses[0]) is (traced and path in TRACED_PATHS)


def test_a_prepared_response_asks_to_leave_when_the_server_does(server: Daemon) -> None:
    with running() as app:
        before = exchange(app.port, get("/ping"))
        app.server.loop.call_soon_threadsafe(app.server._drain)  # type: ignore[union-attr]
        eventually(lambda: httpx2.get(f"{app.url}/ping").headers.get("connection") == "close")

    assert before.endswith(b'"Healthy"')
