"""One request's life: connections, redirects, retries, and every class of failure."""

import asyncio
import errno
import gc
import socket
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.response import ResponseReader
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.recorder import Recorder
from loadtester.load.measuring.result import RunResult
from loadtester.load.plan import Transport
from loadtester.load.run import run_blocking
from loadtester.load.transport.connection import Connection
from tests.loadtester.load.plans import closed, interpreted_only, opened
from tests.loadtester.load.servers import OK, Exchange, raw_server, respond_ok, serving

KINDS = (RequestFailed, Connection, ResponseReader, asyncio.Task)
QUICK = Transport(timeout_s=0.3)
GONE = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"


def only_error(result: RunResult) -> tuple[ErrorClass, str]:
    """The one class of error of a run in which nothing succeeded, and its one message."""
    assert result.counts.completed == 0
    assert result.counts.check()
    [(error_class, tally)] = result.errors.items()
    assert tally.count == result.response_time.count == result.counts.errors
    [message] = tally.messages
    return error_class, message


def outcome(behave: Callable[[Exchange], Awaitable[None]], **plan: object) -> RunResult:
    """Two requests to a server that behaves so."""
    with serving(behave) as server:
        return run_blocking(closed(server.url, requests=2, transport=QUICK))


async def early_close(exchange: Exchange) -> None:
    exchange.writer.close()


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def truncated(exchange: Exchange) -> None:
    await exchange.respond(GONE)
    exchange.writer.close()


async def truncated_by_reset(exchange: Exchange) -> None:
    await exchange.respond(GONE)
    await asyncio.sleep(0.05)
    exchange.reset()


async def silent(exchange: Exchange) -> None:
    await asyncio.sleep(5)


async def drip(exchange: Exchange, data: bytes) -> None:
    for byte in data:
        await exchange.respond(bytes([byte]))
        await asyncio.sleep(0.05)


async def dripping_head(exchange: Exchange) -> None:
    await drip(exchange, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000)


async def dripping_body(exchange: Exchange) -> None:
    await exchange.respond(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await drip(exchange, b"x" * 1000)


async def dripping_chunks(exchange: Exchange) -> None:
    await exchange.respond(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    await drip(exchange, b"1\r\nx\r\n" * 100)


async def slowly_moved(exchange: Exchange) -> None:
    await asyncio.sleep(0.2)
    await endless_redirect(exchange)


def redirecting(location: str) -> Callable[[Exchange], Awaitable[None]]:
    async def redirect(exchange: Exchange) -> None:
        head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        await exchange.respond(head.encode("latin-1"))

    return redirect


async def stops_inside(exchange: Exchange) -> None:
    await exchange.respond(GONE)
    await asyncio.sleep(5)


async def not_http(exchange: Exchange) -> None:
    await exchange.respond(b"220 smtp.example ESMTP\r\n")


async def garbage_after(exchange: Exchange) -> None:
    await exchange.respond(OK + b"surprise")


async def endless_redirect(exchange: Exchange) -> None:
    await exchange.respond(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


async def redirect_to_nowhere(exchange: Exchange) -> None:
    await exchange.respond(
        b"HTTP/1.1 302 Found\r\nLocation: gopher://x/\r\nContent-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("behave", "error_class", "words"),
    [
        (early_close, ErrorClass.EARLY_CLOSE, "EOF"),
        (reset, ErrorClass.RESET, "connection reset by peer"),
        (truncated, ErrorClass.TRUNCATED, "unexpected EOF"),
        (truncated_by_reset, ErrorClass.RESET, "connection reset by peer"),
        (silent, ErrorClass.READ_TIMEOUT, "exceeded while awaiting headers)"),
        (stops_inside, ErrorClass.READ_TIMEOUT, "cancellation while reading body)"),
        (dripping_head, ErrorClass.READ_TIMEOUT, "exceeded while awaiting headers)"),
        (dripping_body, ErrorClass.READ_TIMEOUT, "cancellation while reading body)"),
        (dripping_chunks, ErrorClass.READ_TIMEOUT, "cancellation while reading body)"),
        (slowly_moved, ErrorClass.READ_TIMEOUT, "exceeded while awaiting headers)"),
        (not_http, ErrorClass.PROTOCOL, "malformed HTTP response"),
        (garbage_after, ErrorClass.PROTOCOL, "unsolicited"),
        (endless_redirect, ErrorClass.TOO_MANY_REDIRECTS, "stopped after 10 redirects"),
        (redirect_to_nowhere, ErrorClass.PROTOCOL, "gopher"),
    ],
)
def test_each_misbehaviour_has_its_class(
    behave: Callable[[Exchange], Awaitable[None]], error_class: ErrorClass, words: str
) -> None:
    found, message = only_error(outcome(behave))
    assert found is error_class
    assert message.startswith('Get "http://127.0.0.1:')
    assert words in message


def test_a_timeout_is_part_of_the_distribution_at_its_age() -> None:
    result = outcome(silent)
    assert result.response_time.min_ns >= 300_000_000
    assert result.errors[ErrorClass.READ_TIMEOUT].response_time.count == 2


def test_a_request_that_nobody_reads_times_out_while_it_is_written() -> None:
    request = {"method": "POST", "body": bytes(50_000_000)}
    with raw_server(lambda _: time.sleep(1)) as port:
        url = f"http://127.0.0.1:{port}/"
        result = run_blocking(closed(url, requests=1, transport=QUICK, request=request))
    found, message = only_error(result)
    assert found is ErrorClass.WRITE_TIMEOUT
    assert "exceeded while writing the request)" in message


@pytest.mark.parametrize(
    ("location", "error_class"),
    [
        ("http://%zz/", ErrorClass.PROTOCOL),
        ("http://\xe4..x/", ErrorClass.PROTOCOL),
        ("http://" + "\xe4" * 80 + "/", ErrorClass.PROTOCOL),
        ("http://" + "a" * 80 + ".example/", ErrorClass.DNS),
        ("http://a..b/", ErrorClass.DNS),
        ("http://[fe80::1%25no-such-zone]/", ErrorClass.UNREACHABLE),
        ("http://0.0.0.256/", ErrorClass.DNS),
    ],
)
def test_a_redirect_to_a_host_that_cannot_be_stops_no_worker(
    location: str, error_class: ErrorClass
) -> None:
    with serving(redirecting(location)) as server:
        result = run_blocking(closed(server.url, requests=6, connections=2))
    assert {c: tally.count for c, tally in result.errors.items()} == {error_class: 6}


def test_an_address_with_a_zone_is_connected_to() -> None:
    with serving(host="::1") as server:
        result = run_blocking(closed(f"http://[::1%25lo]:{server.port}/", requests=2))
    assert result.counts.completed == 2
    assert all(f"Host: [::1]:{server.port}\r\n".encode() in head for head in server.heads)


@interpreted_only
def test_a_defect_of_ours_ends_the_run_and_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def defective(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Recorder, "request_completed", defective)
    with serving() as server, pytest.raises(ZeroDivisionError):
        run_blocking(closed(server.url, requests=2, transport=Transport(timeout_s=0)))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_refused() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    error_class, message = only_error(run_blocking(closed(url, requests=3)))
    assert error_class is ErrorClass.REFUSED
    assert message == f'Get "{url}": dial tcp {url[7:-1]}: connect: connection refused'


def test_messages_keep_no_secrets() -> None:
    url = f"http://user:s3cret@127.0.0.1:{free_port()}/"
    _, message = only_error(run_blocking(closed(url, requests=1)))
    assert "s3cret" not in message
    assert "http://***@127.0.0.1" in message


def test_an_unknown_name() -> None:
    plan = closed("http://no-such-host.invalid/", requests=2)
    error_class, message = only_error(run_blocking(plan))
    assert error_class is ErrorClass.DNS
    assert "lookup no-such-host.invalid: " in message


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full: connects to it hang."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            waiting.append(client)
        yield listener.getsockname()[1]
        for client in waiting:
            client.close()


@pytest.mark.parametrize(
    "transport", [QUICK, Transport(timeout_s=9, connect_timeout_s=0.3)], ids=["whole", "connect"]
)
def test_a_connect_that_hangs(deaf_port: int, transport: Transport) -> None:
    plan = closed(f"http://127.0.0.1:{deaf_port}/", requests=1, transport=transport)
    assert only_error(run_blocking(plan))[0] is ErrorClass.CONNECT_TIMEOUT


def test_out_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file_left(family: int) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("loadtester.load.transport.dialer._new_socket", no_file_left)
    result = run_blocking(closed("http://127.0.0.1:9/", requests=3))
    assert result.verdict.limit is Limit.GENERATOR
    error_class, message = only_error(result)
    assert error_class is ErrorClass.OUT_OF_FILES
    assert "socket: too many open files" in message


def test_out_of_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    class Portless(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")

    monkeypatch.setattr("loadtester.load.transport.dialer._new_socket", Portless)
    result = run_blocking(opened("http://127.0.0.1:9/", "100", requests=5))
    assert result.verdict.limit is Limit.GENERATOR
    error_class, message = only_error(result)
    assert error_class is ErrorClass.OUT_OF_PORTS
    assert "cannot assign requested address" in message


async def once_per_connection(exchange: Exchange) -> None:
    """Announces keep-alive, and closes when the next request comes."""
    if exchange.on_connection:
        exchange.reset()
    else:
        await exchange.respond()


def test_an_end_that_came_with_a_response_is_not_missed() -> None:
    """The server half-closes with its last bytes and then says nothing more."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    with raw_server(talk) as port:
        result = run_blocking(closed(f"http://127.0.0.1:{port}/", requests=5, connections=1))
    assert result.counts.completed == result.counts.connections_opened == 5
    assert result.counts.resent == 4


def test_a_connection_that_died_idle_is_replaced_and_the_request_sent_again() -> None:
    with serving(once_per_connection) as server:
        result = run_blocking(closed(server.url, requests=5))
    assert result.counts.completed == 5
    assert result.counts.errors == 0
    assert result.counts.resent == 4
    assert server.connections == 5


def test_a_post_is_not_sent_twice() -> None:
    with serving(once_per_connection) as server:
        plan = closed(server.url, requests=4, request={"method": "POST", "body": b"once"})
        result = run_blocking(plan)
    assert result.counts.completed == result.errors[ErrorClass.RESET].count == 2
    assert server.bodies == [b"once"] * 4


def test_a_server_that_closes_after_each_response_costs_connections_but_no_errors() -> None:
    async def closing(exchange: Exchange) -> None:
        await exchange.respond(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end")
        exchange.writer.close()

    with serving(closing) as server:
        result = run_blocking(closed(server.url, requests=9, connections=3))
    assert result.counts.completed == server.connections == 9
    assert result.bytes_body == 9 * len("until the end")


@pytest.mark.parametrize(
    ("transport", "connections"),
    [
        (Transport(keep_alive=False), 12),
        (Transport(reuse_cap=4), 3),
        (Transport(max_age_s=1e-6), 12),
        (Transport(), 1),
    ],
)
def test_how_long_a_connection_is_used(transport: Transport, connections: int) -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, requests=12, transport=transport))
    assert result.counts.completed == 12
    assert server.connections == result.counts.connections_opened == connections
    closes = sum(b"Connection: close" in head for head in server.heads)
    assert closes == (0 if transport.keep_alive else 12)


async def moved(exchange: Exchange) -> None:
    if exchange.head.split(b" ")[1] == b"/":
        await exchange.respond(
            b"HTTP/1.1 302 Found\r\nLocation: /there?x=1\r\nContent-Length: 0\r\n\r\n"
        )
    else:
        await exchange.respond()


def test_redirects_are_followed_on_the_same_connection() -> None:
    with serving(moved) as server:
        result = run_blocking(closed(server.url, requests=3))
    assert server.targets == ["/", "/there?x=1"] * 3
    assert {s: t.count for s, t in result.statuses.items()} == {200: 3}
    assert result.counts.redirects_followed == 3
    assert server.connections == 1


def test_redirects_not_followed_are_responses() -> None:
    with serving(moved) as server:
        plan = closed(server.url, requests=3, transport=Transport(max_redirects=0))
        result = run_blocking(plan)
    assert {s: t.count for s, t in result.statuses.items()} == {302: 3}


def test_redirects_to_another_server() -> None:
    with serving() as target:

        async def away(exchange: Exchange) -> None:
            head = f"HTTP/1.1 307 Moved\r\nLocation: {target.url}x\r\nContent-Length: 0\r\n\r\n"
            await exchange.respond(head.encode())

        with serving(away) as server:
            request = {
                "method": "PUT",
                "body": b"kept",
                "headers": (("Authorization", "secret"), ("X-Kept", "1")),
            }
            result = run_blocking(closed(server.url, requests=4, connections=2, request=request))
    assert result.counts.completed == 4
    assert target.bodies == [b"kept"] * 4
    assert all(head.startswith(b"PUT /x ") and b"X-Kept" in head for head in target.heads)
    assert target.connections == server.connections == 2


def test_interim_responses_are_skipped_and_head_has_no_body() -> None:
    async def hinting(exchange: Exchange) -> None:
        await exchange.respond(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        await exchange.respond(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")

    with serving(hinting) as server:
        plan = closed(server.url, requests=4, transport=QUICK, request={"method": "HEAD"})
        result = run_blocking(plan)
    assert result.counts.completed == 4
    assert result.bytes_body == 0


def test_a_large_body_is_written_whole_however_slowly_it_is_read() -> None:
    body = bytes(range(256)) * 40_000

    async def pausing(exchange: Exchange) -> None:
        await exchange.respond()

    with serving(pausing) as server:
        request = {"method": "POST", "body": body}
        result = run_blocking(closed(server.url, requests=2, request=request))
    assert result.counts.completed == 2
    assert server.bodies == [body] * 2
    assert result.bytes_written > 2 * len(body)


def test_what_is_in_flight_after_the_drain_is_aborted_and_censored() -> None:
    with serving(silent) as server:
        plan = opened(server.url, "20", ms=300, connections=2, drain_ms=100)
        result = run_blocking(plan)
    counts = result.counts
    assert counts.check()
    assert (counts.completed, counts.aborted, counts.unsent) == (0, 2, 4)
    assert result.censored.count == result.response_time.count == 6
    assert result.wall_ns < 3_000_000_000


@pytest.mark.slow
@pytest.mark.parametrize("fate", ["refused", "no keep-alive", "reset", "redirected"])
def test_nothing_piles_up_while_garbage_is_not_collected(fate: str) -> None:
    """The engine collects no garbage while it measures, so it must not make any."""
    behave = {"reset": reset, "redirected": moved}.get(fate, respond_ok)
    transport = Transport(timeout_s=5, keep_alive=fate != "no keep-alive")
    left = []
    gc.collect()
    gc.disable()
    try:
        with serving(behave) as server:
            url = f"http://127.0.0.1:{free_port()}/" if fate == "refused" else server.url
            for requests in (50, 50, 400):
                run_blocking(closed(url, requests=requests, transport=transport))
                left.append(sum(isinstance(each, KINDS) for each in gc.get_objects()))
    finally:
        gc.enable()
    assert left[2] - left[1] <= left[1] - left[0] + 5


def test_failures_and_responses_of_a_mixed_run_add_up() -> None:
    async def moody(exchange: Exchange) -> None:
        await (respond_ok, reset, truncated)[exchange.number % 3](exchange)

    with serving(moody) as server:
        result = run_blocking(closed(server.url, requests=60, connections=4))
    assert result.counts.check()
    assert result.counts.sent == 60
    assert result.counts.completed > 0
    assert result.response_time.count == result.service_time.count == 60
    assert sum(slot.completed + slot.errors for slot in result.timeline) == 60
