"""What several tests need: a real server, a raw client, a daemon on UDP."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
from starlette.types import ASGIApp, Message, Scope

from commons.sockets import listen
from detail_service import app, serving
from detail_service.edge import Edge
from detail_service.replica import Readiness, Replica, create_replica
from detail_service.settings import Settings
from detail_service.tracing import tracer
from detail_service.tracing.tracer import Tracer

DEADLINE_S = 15.0


def eventually(condition: Callable[[], Any], deadline_s: float = DEADLINE_S) -> Any:
    """Poll until the condition holds; its value."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("the condition did not come to hold")


@contextlib.contextmanager
def tracing(name: str = "test", **options: Any) -> Iterator[Tracer]:
    """A tracer of its own, whose socket is closed afterwards."""
    made = tracer.create_tracer(name, **options)
    try:
        yield made
    finally:
        made.recorder.emitter.close()


@dataclass
class Built:
    edge: Edge
    parts: Replica
    tracer: Tracer


@contextlib.contextmanager
def built(settings: Settings | None = None) -> Iterator[Built]:
    """An application without a server."""
    settings = settings or Settings(app_version="2.0", pod_name="pod-a")
    parts = create_replica(settings)
    with tracing(parts.catalog.segment_name, version=parts.catalog.release) as made:
        yield Built(app.create_edge(settings, parts, made), parts, made)


def client(edge: ASGIApp, **options: Any) -> httpx2.AsyncClient:
    """A client that calls the application without a socket."""
    transport = httpx2.ASGITransport(app=edge, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://detail", **options)


@dataclass
class Running(Built):
    port: int
    server: serving.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_fault(self, **fields: Any) -> dict[str, Any]:
        unsampled = {"X-Amzn-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0"}
        response = httpx2.post(f"{self.url}/faults", json=fields, headers=unsampled)
        assert response.status_code == 201, response.text
        document: dict[str, Any] = response.json()
        return document


@contextlib.contextmanager
def running(settings: Settings | None = None) -> Iterator[Running]:
    """The application behind its real server, on a free port, in a thread."""
    settings = settings or Settings(app_version="2.0", pod_name="pod-a")
    with built(settings) as one, serve(one.edge, one.parts.readiness, settings) as (port, server):
        yield Running(one.edge, one.parts, one.tracer, port, server)


@contextlib.contextmanager
def serve(
    edge: ASGIApp, readiness: Readiness, settings: Settings, *, lifespan: bool = False
) -> Iterator[tuple[int, serving.Server]]:
    """Any application behind the real server."""
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    server = serving.create_server(edge, readiness, settings, lifespan=lifespan)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        eventually(lambda: server.started)
        yield port, server
    finally:
        server.readiness.draining = True
        server.handle_exit(signal.SIGTERM, None)
        thread.join(DEADLINE_S)
        listener.close()


def exchange(port: int, request: bytes, timeout_s: float = 5.0) -> bytes:
    """Send bytes, read until the server closes (or resets: ConnectionResetError)."""
    with socket.create_connection(("127.0.0.1", port), timeout_s) as connection:
        connection.sendall(request)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def get(path: str, *headers: str) -> bytes:
    """A request that asks the server to close afterwards."""
    lines = [f"GET {path} HTTP/1.1", "Host: detail", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode()


@dataclass
class Daemon:
    """An X-Ray daemon's UDP side: keeps every document it receives."""

    socket: socket.socket
    documents: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        host, port = self.socket.getsockname()
        return f"{host}:{port}"

    def receive(self, count: int) -> list[dict[str, Any]]:
        """All documents so far, once there are at least `count`."""
        while len(self.documents) < count:
            header, _, document = self.socket.recv(65535).partition(b"\n")
            assert json.loads(header) == {"format": "json", "version": 1}
            self.documents.append(json.loads(document))
        return self.documents


@contextlib.contextmanager
def daemon() -> Iterator[Daemon]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        yield Daemon(listener)


@contextlib.contextmanager
def process(
    *arguments: str, module: str = "detail_service", **environ: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command line in a process of its own, on a free port: (process, port)."""
    command = [sys.executable, "-m", module, "--port", "0", *arguments]
    environment = {**os.environ, "AWS_XRAY_SDK_ENABLED": "false", **environ}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        try:
            yield child, listening_port(child)
        finally:
            child.kill()


def listening_port(child: subprocess.Popen[str]) -> int:
    """The port that the process says it listens on."""
    assert child.stdout is not None
    for line in child.stdout:
        found = re.search(r"listening on http://[0-9.]+:(\d+)", line)
        if found:
            return int(found[1])
    raise AssertionError("the process ended before it listened")


def scope(
    path: str = "/catalogDetail",
    method: str = "GET",
    headers: Sequence[tuple[bytes, bytes]] = (),
    query: bytes = b"",
) -> Scope:
    """An ASGI scope as uvicorn makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"detail:3000"), *headers],
        "client": ("192.0.2.7", 1234),
        "server": ("127.0.0.1", 3000),
        "state": {},
    }


async def nothing() -> Message:
    """A `receive` with an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


class Sent:
    """A `send` that keeps its messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


class Clock:
    """A clock that moves when it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeConnection:
    """A client's connection without a socket; time passes at once."""

    def __init__(self, leaves_after_s: float = float("inf")) -> None:
        self.leaves_after_s = leaves_after_s
        self.waited: list[float] = []
        self.ended: list[str] = []

    async def gone(self, timeout_s: float) -> bool:
        await asyncio.sleep(0)
        self.waited.append(timeout_s)
        return sum(self.waited) > self.leaves_after_s

    def reset(self) -> None:
        self.ended.append("reset")

    def close(self) -> None:
        self.ended.append("close")
