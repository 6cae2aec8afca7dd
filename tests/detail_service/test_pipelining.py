"""Requests that are sent ahead: served in order, and never more memory than a client is worth."""

import contextlib
import io
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from detail_service.protocol import SLICE_BYTES, DetailProtocol
from detail_service.settings import Settings
from tests.detail_service.support import Running, eventually, process, running

SHORTEST = b"GET /nothing HTTP/1.1\r\n\r\n"
READ_BYTES = 256 * 1024
"""The most that an event loop reads at once (asyncio and uvloop alike)."""


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with running(Settings(app_version="2.0", pod_name="pod-a", fault_max_delay=0.5)) as one:
        yield one


@contextlib.contextmanager
def flood(port: int, request: bytes, seconds: float = 1.0) -> Iterator[int]:
    """Send requests and never read, until the server takes no more; yields the bytes taken."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.setblocking(False)
        chunk, taken = request * (100_000 // len(request)), 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                taken += connection.send(chunk[taken % len(request) :])
            except BlockingIOError:
                time.sleep(0.01)
            except ConnectionError:
                break
        yield taken


def receive(connection: socket.socket, responses: int) -> bytes:
    """Read until so many responses have come, the last one whole."""
    received = b""
    while received.count(b"HTTP/1.1 ") < responses or not received.endswith((b'"', b"}")):
        part = connection.recv(1 << 20)
        assert part, "the server closed"
        received += part
    return received


def test_every_request_of_a_burst_is_served_in_order(service: Running) -> None:
    paths = ["/ping", "/version", "/catalogDetail", "/nothing"] * 1000
    burst = b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode() for path in paths)
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(burst[:-3])
        time.sleep(0.05)
        connection.sendall(burst[-3:])
        received = receive(connection, len(paths))
    bodies = [response.partition(b"\r\n\r\n")[2] for response in received.split(b"HTTP/1.1 ")[1:]]

    assert len(bodies) == len(paths)
    assert len(set(bodies)) == 4
    assert bodies == bodies[:4] * 1000


def test_bodies_and_heads_may_be_cut_anywhere(service: Running) -> None:
    document = b'{"kind":"status","rate":0,"body":"%s"}' % (b"x" * 3000)
    post = b"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(document)
    burst = (b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n" + post + document) * 20
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        for place in range(0, len(burst), 777):
            connection.sendall(burst[place : place + 777])
        received = receive(connection, 40)
    statuses = [int(one[:3]) for one in received.split(b"HTTP/1.1 ")[1:]]
    httpx2.get(f"{service.url}/resetFault")

    assert statuses == [200, 201] * 20


@pytest.mark.parametrize("fault", [None, {"kind": "hang"}])
def test_a_client_that_never_reads_queues_a_slice_and_a_read(
    service: Running, fault: dict[str, object] | None
) -> None:
    if fault:
        service.start_fault(**fault)
    with flood(service.port, SHORTEST, 0.3) as taken:
        connections = service.server.server_state.connections
        held = [one for one in connections if isinstance(one, DetailProtocol) and one.unparsed]
        assert taken > READ_BYTES
        assert len(held) == 1
        assert len(held[0].pipeline) <= SLICE_BYTES // 18 + 1
        assert len(held[0].unparsed) <= READ_BYTES + SLICE_BYTES
        assert httpx2.get(f"{service.url}/readyz").status_code == 200
    httpx2.get(f"{service.url}/resetFault")


def test_a_client_that_leaves_takes_its_queue_along(service: Running) -> None:
    with flood(service.port, SHORTEST, 0.3):
        pass

    eventually(
        lambda: (
            not any(
                isinstance(one, DetailProtocol) and (one.unparsed or one.pipeline)
                for one in service.server.server_state.connections
            )
        )
    )


FAULTS: list[dict[str, object]] = [
    {"kind": "reset"},
    {"kind": "truncate"},
    {"kind": "hang"},
    {"kind": "slow", "bytes_per_s": 1000},
    {"kind": "delay", "distribution": "fixed", "delay": "5ms"},
    {"kind": "status", "status": 204},
]


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault["kind"]))
def test_a_fault_in_a_burst_leaves_no_traceback(
    service: Running, fault: dict[str, object], reads: bool, log_stream: io.StringIO
) -> None:
    service.start_fault(**{**fault, "rate": 0.1, "seed": 3})
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(b"GET /catalogDetail HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        if reads:
            with contextlib.suppress(ConnectionError):
                connection.recv(1 << 20)
    eventually(lambda: not service.server.server_state.tasks)
    httpx2.get(f"{service.url}/resetFault")

    assert "rror" not in log_stream.getvalue()


def resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1024**2


@pytest.mark.slow
@pytest.mark.parametrize("module", ["detail_service", "detail_service.frontend"])
def test_eight_clients_that_never_read_cost_a_few_megabytes(module: str) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    arguments = ["--base-url", "http://127.0.0.1:9/"] if "frontend" in module else []
    with process("--drain-seconds", "0", *arguments, module=module) as (child, port):
        for _ in range(3):
            httpx2.get(f"http://127.0.0.1:{port}/")
        before = resident_mib(child.pid)
        with contextlib.ExitStack() as stack:
            taken = [stack.enter_context(flood(port, request, 0.4)) for _ in range(8)]
            grown = resident_mib(child.pid) - before
            ready = httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code

        assert sum(taken) > 8 * READ_BYTES
        assert grown < 24
        assert ready == 200
