"""HTTP/2 against small servers, over TLS and in the clear: what becomes of requests."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import h2.config
import h2.connection
import h2.events
import pytest
import trustme

from loadtester.load.errors import ErrorClass
from loadtester.load.http2 import frames
from loadtester.load.http2.errors import ErrorCode
from loadtester.load.http2.frames import frame
from loadtester.load.plan import TlsOptions, Transport
from loadtester.load.run import run_blocking
from tests.loadtester.load.http2.talk import GREETING, data, frames_of, head
from tests.loadtester.load.plans import closed, opened
from tests.loadtester.load.servers import Exchange, raw_server, serving

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


def test_a_reset_leaves_the_connection_to_the_next_request() -> None:
    with serving_http2() as (port, server):
        result = run_blocking(closed(f"http://127.0.0.1:{port}/reset", requests=5, transport=H2))
    assert {c: t.count for c, t in result.errors.items()} == {ErrorClass.RESET: 5}
    assert server.connections == result.counts.connections_opened == 1
    assert result.counts.check()


def test_the_open_model() -> None:
    with serving_http2() as (port, server):
        url = f"http://127.0.0.1:{port}/"
        plan = opened(url, "200", requests=40, connections=3, transport=H2)
        result = run_blocking(plan)
    assert result.counts.completed == len(server.seen) == 40
    assert server.connections == 3
    assert result.response_time.count == result.service_time.count == 40
    assert result.service_time.max_ns <= result.response_time.max_ns


def test_a_cap_on_requests_per_connection() -> None:
    with serving_http2() as (port, server):
        transport = Transport(timeout_s=5, http2=True, reuse_cap=3)
        result = run_blocking(closed(f"http://127.0.0.1:{port}/", requests=9, transport=transport))
    assert result.counts.completed == 9
    assert server.connections == 3


class Talk:
    """A server of raw frames: `say` gives what is written for the streams that were opened."""

    def __init__(self, say: Callable[[int, int], bytes]) -> None:
        self._say = say
        self._connections = 0
        self.heard: list[bytes] = []
        """By connection."""

    def __call__(self, connection: socket.socket) -> None:
        number = self._connections
        self._connections += 1
        self.heard.append(b"")
        while received := connection.recv(1 << 16):
            is_first = not self.heard[number]
            self.heard[number] += received
            streams = [s for k, _, s, _ in frames_of(received) if k == frames.HEADERS]
            said = b"".join(self._say(number, stream) for stream in streams)
            connection.sendall((GREETING if is_first else b"") + said)

    def frames(self, number: int = 0) -> list[tuple[int, int, int, bytes]]:
        """What came over a connection."""
        return list(frames_of(self.heard[number]))


def ok(stream: int) -> bytes:
    return head(stream) + data(stream, b"hello")


def test_what_a_server_did_wrong_it_is_told_before_the_end() -> None:
    talk = Talk(lambda number, stream: data(stream, b"no head"))
    with raw_server(talk) as port:
        result = run_blocking(closed(f"http://127.0.0.1:{port}/", requests=1, transport=H2))
        ended = threading.Event()
        for _ in range(100):
            if any(kind == frames.GOAWAY for kind, *_ in talk.frames()):
                break
            ended.wait(0.02)
    assert set(result.errors) == {ErrorClass.PROTOCOL}
    kind, _, stream, payload = talk.frames()[-1]
    assert (kind, stream) == (frames.GOAWAY, 0)
    assert payload == bytes(4) + ErrorCode.PROTOCOL_ERROR.to_bytes(4, "big")


def test_a_stream_beyond_the_last_of_goaway_is_sent_again() -> None:
    goaway = frame(frames.GOAWAY, 0, 0, (1).to_bytes(4, "big") + bytes(4))
    talk = Talk(lambda number, stream: ok(stream) if number or stream == 1 else goaway)
    with raw_server(talk) as port:
        result = run_blocking(closed(f"http://127.0.0.1:{port}/", requests=4, transport=H2))
    assert result.counts.completed == 4
    assert (result.counts.resent, result.counts.connections_opened) == (1, 2)


def test_a_stream_that_goaway_spares_is_answered() -> None:
    goaway = frame(frames.GOAWAY, 0, 0, (1).to_bytes(4, "big") + bytes(4))
    talk = Talk(lambda number, stream: goaway + ok(stream))
    with raw_server(talk) as port:
        result = run_blocking(closed(f"http://127.0.0.1:{port}/", requests=3, transport=H2))
    assert (result.counts.completed, result.counts.connections_opened) == (3, 3)


@pytest.mark.parametrize(
    ("said", "body", "error_class", "words"),
    [
        (b"", b"", ErrorClass.READ_TIMEOUT, "awaiting headers"),
        (head(1), b"", ErrorClass.READ_TIMEOUT, "reading body"),
        (b"", bytes(100_000), ErrorClass.WRITE_TIMEOUT, "writing the request"),
    ],
)
def test_a_timeout_says_what_was_waited_for(
    said: bytes, body: bytes, error_class: ErrorClass, words: str
) -> None:
    transport = Transport(timeout_s=0.1, http2=True)
    with raw_server(Talk(lambda number, stream: said)) as port:
        request = {"method": "POST" if body else "GET", "body": body}
        url = f"http://127.0.0.1:{port}/"
        result = run_blocking(closed(url, requests=1, transport=transport, request=request))
    [(found, tally)] = result.errors.items()
    assert found is error_class
    assert words in next(iter(tally.messages))


def test_redirects_are_followed_over_the_same_connection() -> None:
    to = ("location", "/next")
    talk = Talk(lambda n, s: head(s, to, status="302", flags=5) if s % 4 == 1 else ok(s))
    with raw_server(talk) as port:
        result = run_blocking(closed(f"http://127.0.0.1:{port}/", requests=5, transport=H2))
    assert result.counts.completed == result.counts.redirects_followed == 5
    assert result.counts.connections_opened == 1


def test_it_needs_no_package() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('h2', 'hpack', 'hyperframe')))\n"
        "import loadtester.load.engine, loadtester.load.http2.connection"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
