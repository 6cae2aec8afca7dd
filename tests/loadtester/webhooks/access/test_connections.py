"""A server that strangers hold on to, over real sockets: its gates answer all the same."""

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from loadtester.webhooks.access.connections import Connections, connection_limit
from tests.loadtester.webhooks.running import Running, loadtester, until

pytestmark = pytest.mark.slow
CHECK = json.dumps({"name": "a", "namespace": "n"})


def connect(running: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.port), timeout=10)


def check_gate(running: Running) -> bytes:
    """A gate check over a connection of its own: the whole response."""
    with connect(running) as client:
        body = CHECK.encode()
        client.sendall(
            b"POST /gate/check HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        return receive(client)


def receive(client: socket.socket) -> bytes:
    data = b""
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            data += piece
    return data


SILENT = {
    "nothing": b"",
    "half a line": b"POST /gate/ch",
    "half a head": b"POST /gate/check HTTP/1.1\r\nHost: x\r\nX-",
    "half a body": b"POST /gate/check HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "half a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    "a request, and then nothing": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
}


@contextmanager
def held(running: Running, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(running)) for _ in range(count)]
        for client in clients:
            client.sendall(sent)
        yield clients


@pytest.mark.parametrize("sent", SILENT.values(), ids=SILENT)
def test_who_sends_nothing_holds_nothing(tmp_path: Path, sent: bytes) -> None:
    with loadtester(tmp_path, "--max-connections", "40") as running, held(running, 300, sent):
        for _ in range(20):
            assert check_gate(running).startswith(b"HTTP/1.1 403")
        assert running.task({"type": "bash", "cmd": "true"}).status_code == 200


def test_few_files_are_shared_with_a_reserve(tmp_path: Path) -> None:
    """With 256 files and 300 connections that send nothing there is room for gates and tasks."""
    script = f"ulimit -n 256; exec {sys.executable} -m loadtester --port 0 --data-dir {tmp_path}"
    with loadtester(tmp_path, argv=["bash", "-c", script]) as running, held(running, 300, b""):
        for number in range(10):
            assert check_gate(running).startswith(b"HTTP/1.1 403")
            answer = running.task({"type": "bash", "cmd": f"echo {number}"})
            assert answer.status_code == 200
        assert running.post("/gate/open", {"name": "a"}).status_code == 202


def test_where_everybody_is_busy_one_more_is_told_so(tmp_path: Path) -> None:
    flag = tmp_path / "go"
    wait = f"while [ ! -e {flag} ]; do sleep 0.05; done"
    body = json.dumps({"metadata": {"type": "bash", "cmd": wait}}).encode()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with (
        loadtester(tmp_path, "--max-connections", "16") as running,
        held(running, 16, head + body) as busy,
    ):
        until(lambda: running.logged("task starting"), "the task to start")
        time.sleep(0.5)
        refused = check_gate(running)
        assert refused.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"retry-after: 1" in refused
        flag.touch()
        assert all(client.recv(100).startswith(b"HTTP/1.1 200") for client in busy)
        assert check_gate(running).startswith(b"HTTP/1.1 403")


def test_a_client_has_seconds_to_send_its_request(tmp_path: Path) -> None:
    with loadtester(tmp_path) as running, ExitStack() as stack:
        silent = [stack.enter_context(connect(running)) for _ in list(SILENT)[:5]]
        for client, sent in zip(silent, SILENT.values(), strict=False):
            client.sendall(sent)
        trickling = stack.enter_context(connect(running))
        trickling.sendall(b"POST /gate/check HTTP/1.1\r\nHost: x\r\n")
        deadline, was_cut_off = time.monotonic() + 30, False
        while time.monotonic() < deadline and not was_cut_off:
            try:
                trickling.sendall(b"X: y\r\n")
            except OSError:
                was_cut_off = True
            time.sleep(0.2)
        assert was_cut_off
        for client in silent:
            client.settimeout(5)
            assert receive(client).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % n for n in range(20_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n",
    ],
)
def test_a_head_has_a_size(server: Running, head: bytes) -> None:
    with connect(server) as client:
        with suppress(OSError):
            client.sendall(head)
        assert receive(client).startswith(b"HTTP/1.1 431 ")
    assert check_gate(server).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00" * 100,
        b"\xff\xfe\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /%ff%00 HTTP/1.1\r\nHost: \xff\r\nOrigin: http://[\r\n\r\n",
    ],
)
def test_any_bytes_are_a_request_or_none(server: Running, sent: bytes) -> None:
    with connect(server) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(20)
        receive(client)
    assert check_gate(server).startswith(b"HTTP/1.1 403")
    assert "Traceback" not in server.log_path.read_text()
    assert "stacktrace" not in server.log_path.read_text()


def memory_kib(running: Running) -> int:
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def test_clients_that_pipeline_and_never_read_take_little(tmp_path: Path) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with loadtester(tmp_path) as running, ExitStack() as stack:
        check_gate(running)
        before = memory_kib(running)
        for _ in range(8):
            client = stack.enter_context(connect(running))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(0.3)
            with suppress(OSError):
                for _ in range(400):
                    client.sendall(request * 2000)
        assert memory_kib(running) - before < 60_000
        assert check_gate(running).startswith(b"HTTP/1.1 403")


def test_pipelined_requests_are_answered_in_order(server: Running) -> None:
    gates = [b"/gate/approve", b"/gate/halt"] * 200
    with connect(server) as client:
        client.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in gates))
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        statuses = [
            line.split()[1] for line in receive(client).split(b"\r\n") if b"HTTP/1.1" in line
        ]
    assert statuses == [b"200", b"403"] * 200 + [b"200"]


@pytest.mark.parametrize(
    ("files", "max_tasks", "wanted", "limit"),
    [
        ((256, 256), 256, 1000, 128),
        ((1024, 1024), 256, 1000, 512),
        ((20000, 20000), 256, 1000, 1000),
        ((20, 20), 256, 1000, 16),
        ((4096, 4096), 10, 5000, 3992),
    ],
)
def test_how_many_connections_files_allow(
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[int, int],
    max_tasks: int,
    wanted: int,
    limit: int,
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: files)
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)
    assert connection_limit(wanted, max_tasks) == limit


def test_room_is_made_at_the_expense_of_the_longest_idle() -> None:
    class Transport:
        aborted = False

        def abort(self) -> None:
            self.aborted = True

    class Idle:
        def __init__(self, since: float | None) -> None:
            self.waiting_since = since
            self.transport = Transport()

    ones = [Idle(since) for since in (5.0, None, 3.0)]
    made = Connections(3)
    made.open = set(ones)  # type: ignore[arg-type]
    assert made.make_room()
    assert [one.transport.aborted for one in ones] == [False, False, True]
    made.open = {ones[1]}  # type: ignore[arg-type]
    made.limit = 1
    assert not made.make_room()
