"""Limits and broken connections as a client sees them: raw sockets against the real server."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Iterator

import httpx2
import pytest

from detail_service.protocol import DetailProtocol
from detail_service.settings import Settings
from tests.detail_service.support import Running, eventually, exchange, get, read_all, running

HEAD = b"HTTP/1.1 "


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    settings = Settings(
        app_version="2.0",
        pod_name="pod-a",
        request_timeout=0.5,
        max_head_bytes=4096,
        max_body_bytes=2048,
        fault_max_delay=2.0,
        fault_headers=True,
    )
    with running(settings) as one:
        yield one


@pytest.fixture(autouse=True)
def _reset(service: Running) -> Iterator[None]:
    yield
    httpx2.get(f"{service.url}/resetFault")


def status_of(response: bytes) -> int:
    assert response.startswith(HEAD), response[:60]
    return int(response[len(HEAD) :][:3])


def is_well(service: Running) -> bool:
    return httpx2.get(f"{service.url}/catalogDetail").status_code == 200


def test_a_reset_is_a_real_rst(service: Running) -> None:
    service.start_fault(kind="reset")

    with pytest.raises(ConnectionResetError):
        exchange(service.port, get("/catalogDetail"))


def test_a_close_is_not_a_reset(service: Running) -> None:
    assert status_of(exchange(service.port, get("/ping"))) == 200


def test_a_truncated_body_ends_early_on_the_wire(service: Running) -> None:
    service.start_fault(kind="truncate", keep=0.5)
    head, _, body = exchange(service.port, get("/catalogDetail")).partition(b"\r\n\r\n")

    assert b"content-length: 47" in head
    assert body == b'{"version":"2","vendors'
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(f"{service.url}/catalogDetail")


def test_a_truncation_to_nothing_sends_the_head_only(service: Running) -> None:
    service.start_fault(kind="truncate", keep=0)
    head, _, body = exchange(service.port, get("/catalogDetail")).partition(b"\r\n\r\n")

    assert status_of(head) == 200
    assert body == b""


def test_a_slow_body_arrives_in_pieces(service: Running) -> None:
    service.start_fault(kind="slow", bytes_per_s=100)
    pieces = []
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(get("/catalogDetail"))
        began = time.monotonic()
        while part := connection.recv(65536):
            pieces.append(part)
        took = time.monotonic() - began

    assert len(pieces) > 5
    assert took > 0.4
    assert json.loads(b"".join(pieces).partition(b"\r\n\r\n")[2])["version"] == "2"


def test_a_hang_says_nothing_and_ends_at_the_cap(service: Running) -> None:
    service.start_fault(kind="hang")
    began = time.monotonic()
    response = exchange(service.port, get("/catalogDetail"), timeout_s=10)

    assert response == b""
    assert time.monotonic() - began > 1.5


def test_a_hanging_request_does_not_hold_the_others(service: Running) -> None:
    service.start_fault(kind="hang")
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(get("/catalogDetail"))

        assert httpx2.get(f"{service.url}/ping").status_code == 200


def test_a_client_that_leaves_ends_its_hang() -> None:
    """Far sooner than the minute that the hang lasts."""
    with running(Settings(app_version="2.0", pod_name="pod-a")) as patient:
        patient.start_fault(kind="hang")
        with socket.create_connection(("127.0.0.1", patient.port), 5) as connection:
            connection.sendall(get("/catalogDetail"))
            eventually(lambda: patient.server.server_state.tasks)
        eventually(lambda: not patient.server.server_state.tasks)


def test_a_corrupt_body_has_the_right_length(service: Running) -> None:
    service.start_fault(kind="corrupt")
    response = httpx2.get(f"{service.url}/catalogDetail")

    assert len(response.content) == 47
    with pytest.raises(ValueError):
        response.json()


def test_delays_are_waited(service: Running) -> None:
    service.start_fault(kind="delay", distribution="fixed", delay="300ms")
    response = httpx2.get(f"{service.url}/catalogDetail")

    assert response.status_code == 200
    assert response.elapsed.total_seconds() >= 0.3


def test_only_the_share_that_the_rate_names_is_reset(service: Running) -> None:
    service.start_fault(kind="reset", rate=0.4, seed=3)
    outcomes = []
    for _ in range(30):
        try:
            outcomes.append(status_of(exchange(service.port, get("/catalogDetail"))))
        except ConnectionResetError:
            outcomes.append(0)

    board = service.parts.faults
    assert board is not None
    assert 4 <= outcomes.count(0) <= 20
    assert outcomes.count(0) + outcomes.count(200) == 30


def test_pipelined_requests_are_served_in_order(service: Running) -> None:
    requests = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n" * 2 + get("/catalogDetail")
    response = exchange(service.port, requests)

    assert response.count(b"HTTP/1.1 200 OK") == 3
    assert response.endswith(b'{"version":"2","vendors":["ABC.com","XYZ.com"]}')


@pytest.mark.parametrize(
    "request_bytes",
    [
        get("/ping", "X: " + "y" * 5000),
        get("/" + "y" * 5000),
        get("/ping", *(f"X-{number}: y" for number in range(200))),
    ],
    ids=["one header", "the path", "many headers"],
)
def test_a_large_head_is_431(service: Running, request_bytes: bytes) -> None:
    assert status_of(exchange(service.port, request_bytes)) == 431
    assert is_well(service)


def test_a_head_that_never_ends_is_431(service: Running) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"y" * 1000)
                time.sleep(0.001)
        response = b""
        with contextlib.suppress(ConnectionError):
            response = read_all(connection)

    assert response == b"" or status_of(response) == 431
    assert is_well(service)


def test_an_announced_large_body_is_413_before_it_is_sent(service: Running) -> None:
    head = b"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"

    assert status_of(exchange(service.port, head)) == 413
    assert is_well(service)


def test_who_sends_a_large_body_all_the_same_still_reads_why_it_was_refused(
    service: Running,
) -> None:
    size = 5_000_000
    head = f"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
    for _ in range(5):
        assert status_of(exchange(service.port, head + b"x" * size)) == 413


def test_a_client_that_was_refused_and_does_not_close_is_cut_off(service: Running) -> None:
    head = b"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: 2049\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(head + b"x" * 2049)
        assert status_of(read_all(connection)) == 413
        eventually(lambda: not service.server.server_state.connections)


def test_a_chunked_body_without_end_is_413(service: Running) -> None:
    head = b"POST /faults HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"

    assert status_of(exchange(service.port, head + chunk * 3)) == 413
    assert is_well(service)


def test_a_body_within_the_limit_passes(service: Running) -> None:
    body = json.dumps({"kind": "status", "rate": 0, "body": "x" * 1500}).encode()
    head = f"POST /faults HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}"

    assert status_of(exchange(service.port, head.encode() + b"\r\n\r\n" + body)) == 201


@pytest.mark.parametrize(
    "fragment",
    [
        b"",
        b"GET /ping HTTP/1.1\r\nHost:",
        b"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_client_that_does_not_send_its_request_is_cut_off(
    service: Running, fragment: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(fragment)
        response = read_all(connection)

    assert status_of(response) == 408
    assert is_well(service)


def test_a_client_that_does_not_read_its_responses_is_cut_off(service: Running) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(0.5)
        connection.connect(("127.0.0.1", service.port))
        with contextlib.suppress(OSError):
            for _ in range(200):
                connection.sendall(request * 100)
        eventually(lambda: not service.server.server_state.connections)

    assert is_well(service)


def test_slow_clients_do_not_hold_the_service(service: Running) -> None:
    """A hundred clients dribble a byte at a time while others are served at once."""
    with contextlib.ExitStack() as stack:
        dribblers = [
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 5))
            for _ in range(100)
        ]
        for dribbler in dribblers:
            dribbler.sendall(b"GET /catal")
        times = []
        for _ in range(20):
            times.append(httpx2.get(f"{service.url}/catalogDetail").elapsed.total_seconds())
        eventually(lambda: len(service.server.server_state.connections) < 10)

    assert sorted(times)[10] < 0.25


def test_an_idle_connection_is_kept(service: Running) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        for _ in range(2):
            connection.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"Healthy" in connection.recv(4096)
            time.sleep(0.8)


def test_what_is_not_http_is_400(service: Running) -> None:
    assert status_of(exchange(service.port, b"\x16\x03\x01\x02\x00 hello\r\n\r\n")) == 400
    assert is_well(service)


def test_a_bad_request_behind_one_that_is_served_ends_the_connection(service: Running) -> None:
    service.start_fault(kind="slow", bytes_per_s=100)
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(get("/catalogDetail").replace(b"close", b"keep-alive"))
        eventually(lambda: service.server.server_state.tasks)
        connection.sendall(b"GET /ping HTTP/1.1\r\nx: " + b"y" * 5000)
        with contextlib.suppress(ConnectionResetError):
            read_all(connection)

    assert is_well(service)


def test_a_server_that_stops_does_not_wait_for_a_refused_client(service: Running) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 431")
        (refused,) = (
            one
            for one in service.server.server_state.connections
            if isinstance(one, DetailProtocol) and one.refused
        )
        refused.loop.call_soon_threadsafe(refused.shutdown)

        assert read_all(connection) == b""


def test_a_wait_for_a_client_that_has_left_is_over_at_once(service: Running) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(100)
        (protocol,) = (
            one
            for one in service.server.server_state.connections
            if isinstance(one, DetailProtocol) and one.client == connection.getsockname()
        )
    eventually(lambda: protocol.lost)

    assert asyncio.run(protocol.lent.gone(60))


def test_connections_beyond_the_limit_are_refused_with_503() -> None:
    with running(Settings(max_connections=5)) as small, contextlib.ExitStack() as stack:
        for _ in range(4):
            connection = socket.create_connection(("127.0.0.1", small.port), 5)
            stack.enter_context(connection)
            connection.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"Healthy" in connection.recv(4096)

        assert status_of(exchange(small.port, get("/ping"))) == 503


def test_thousands_of_idle_connections_do_not_stop_the_service() -> None:
    """As many as this process may open, at most 3,000 here; the benchmark holds 10,000."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(3000, (hard - 500) // 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * wanted + 500)), hard))
    try:
        with running(Settings(keep_alive=60, request_timeout=60)) as one:
            asyncio.run(hold(one.port, wanted))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def hold(port: int, wanted: int) -> None:
    held = []
    try:
        for _ in range(wanted):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            held.append(writer)
        async with httpx2.AsyncClient() as http:
            for _ in range(20):
                response = await http.get(f"http://127.0.0.1:{port}/catalogDetail")
                assert response.status_code == 200
    finally:
        for writer in held:
            writer.transport.abort()
