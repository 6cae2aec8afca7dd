"""HTTP/2 against a small server of the same package, over TLS and in the clear."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator

import h2.config
import h2.connection
import h2.events
import pytest
import trustme

from loadtester.load.errors import ErrorClass, PlanError
from loadtester.load.plan import TlsOptions, Transport
from loadtester.load.run import run_blocking
from tests.loadtester.load.plans import closed
from tests.loadtester.load.servers import Exchange, serving

H2 = Transport(timeout_s=5, http2=True, tls=TlsOptions(verify=False))


class Http2Server(asyncio.Protocol):
    """Answers 200 with `size` bytes; breaks off as told by the path."""

    seen: list[dict[str, str]]
    bodies: list[bytes]
    size = 5
    connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        type(self).connections += 1
        self.transport = transport
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        self.h2.initiate_connection()
        self.requests: dict[int, dict[str, str]] = {}
        self.body: dict[int, bytes] = {}
        transport.write(self.h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                fields = {str(n): str(v) for n, v in event.headers}
                self.requests[event.stream_id] = fields
            elif isinstance(event, h2.events.DataReceived):
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self.body[event.stream_id] = self.body.get(event.stream_id, b"") + event.data
            elif isinstance(event, h2.events.StreamEnded):
                self.respond(event.stream_id)
        if rest := self.h2.data_to_send():
            self.transport.write(rest)

    def respond(self, stream: int) -> None:
        fields = self.requests[stream]
        self.seen.append(fields)
        self.bodies.append(self.body.get(stream, b""))
        path = fields[":path"]
        if path == "/reset":
            self.h2.reset_stream(stream, 2)
        elif path == "/vanish":
            self.transport.write_eof()  # a close would answer the client's next frame by a reset
        elif path == "/nonsense":
            self.transport.write(b"\0\0\x01" + bytes(7))  # DATA, of no stream
        else:
            self.h2.send_headers(stream, [(":status", "200"), ("x", "y")])
            for at in range(0, self.size, 10_000):
                piece = min(10_000, self.size - at)
                self.h2.send_data(stream, bytes(piece), end_stream=at + piece == self.size)
            if path == "/goaway":
                self.h2.close_connection()


@contextlib.contextmanager
def serving_http2(tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, type[Http2Server]]]:
    class Mine(Http2Server):
        seen: list[dict[str, str]] = []  # noqa: RUF012
        bodies: list[bytes] = []  # noqa: RUF012

    loop, ports, started = asyncio.new_event_loop(), list[int](), threading.Event()

    def run() -> None:
        server = loop.run_until_complete(loop.create_server(Mine, "127.0.0.1", 0, ssl=tls))
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield ports[0], Mine
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def h2_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    return context


def test_in_the_clear_by_prior_knowledge() -> None:
    with serving_http2() as (port, server):
        url = f"http://127.0.0.1:{port}/ping?x=1"
        request = {"headers": (("X-Kept", "1"), ("Connection", "close"))}
        plan = closed(url, requests=20, connections=2, transport=H2, request=request)
        result = run_blocking(plan)
    assert result.counts.completed == len(server.seen) == 20
    assert server.connections == 2
    assert result.bytes_body == 100
    fields = server.seen[0]
    assert (fields[":method"], fields[":path"]) == ("GET", "/ping?x=1")
    assert fields["x-kept"] == "1"
    assert "connection" not in fields


def test_over_tls_by_negotiation() -> None:
    with serving_http2(h2_context()) as (port, server):
        plan = closed(f"https://127.0.0.1:{port}/", requests=10, transport=H2)
        result = run_blocking(plan)
    assert result.counts.completed == len(server.seen) == 10


def test_a_tls_server_without_http2_is_spoken_to_as_before() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(tls=context) as server:
        url = f"https://127.0.0.1:{server.port}/"
        result = run_blocking(closed(url, requests=5, transport=H2))
    assert result.counts.completed == 5


def test_bodies_larger_than_the_windows_go_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Http2Server, "size", 60_000)
    body = bytes(range(256)) * 1000
    with serving_http2() as (port, server):
        request = {"method": "POST", "body": body}
        url = f"http://127.0.0.1:{port}/"
        result = run_blocking(closed(url, requests=3, transport=H2, request=request))
    assert result.counts.completed == 3
    assert result.bytes_body == 180_000
    assert server.bodies == [body] * 3


@pytest.mark.parametrize(
    ("path", "error_class"),
    [
        ("reset", ErrorClass.RESET),
        ("vanish", ErrorClass.EARLY_CLOSE),
        ("nonsense", ErrorClass.PROTOCOL),
    ],
)
def test_misbehaviour_has_its_class(path: str, error_class: ErrorClass) -> None:
    with serving_http2() as (port, _):
        url = f"http://127.0.0.1:{port}/{path}"
        result = run_blocking(closed(url, requests=2, transport=H2))
    assert {c: t.count for c, t in result.errors.items()} == {error_class: 2}


def test_after_goaway_comes_another_connection() -> None:
    with serving_http2() as (port, server):
        result = run_blocking(closed(f"http://127.0.0.1:{port}/goaway", requests=4, transport=H2))
    assert result.counts.completed == 4
    assert server.connections == 4


def test_an_http1_server_is_a_protocol_error() -> None:
    async def bad_request(exchange: Exchange) -> None:
        await exchange.respond(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with serving(bad_request) as server:
        result = run_blocking(closed(server.url, requests=1, transport=H2))
    assert set(result.errors) == {ErrorClass.PROTOCOL}


