import contextlib
import http.client
import io
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from loadtester.hey.__main__ import main

REAL_HEY = "/usr/bin/hey"


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """Answers every request with 200, or with a path's number as the status, and keeps it.

    `/uneven` takes 20 ms, and 100 ms for each fifth request of a connection; `/hang` never ends.
    """

    url: str
    port: int
    received: list[Received] = field(default_factory=list)
    connections: int = 0


@pytest.fixture
def server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        port = listener.getsockname()[1]
        kept = Server(f"http://127.0.0.1:{port}", port)
        threading.Thread(target=_accept, args=(listener, kept), daemon=True).start()
        yield kept
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, server: Server) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            server.connections += 1
            threading.Thread(target=_serve, args=(connection, server), daemon=True).start()


def _serve(connection: socket.socket, server: Server) -> None:
    with connection, connection.makefile("rb") as reader, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in itertools.count(1):
            if not (line := reader.readline()):
                return
            method, target, _ = line.decode().split()
            fields = http.client.parse_headers(reader)
            body = reader.read(int(fields.get("Content-Length", "0")))
            server.received.append(Received(method, target, dict(fields.items()), body))
            last = target.rpartition("/")[2]
            if last == "uneven":
                time.sleep(0.02 if number % 5 else 0.1)
            elif last == "hang":
                reader.read()
            status = int(last) if last.isdigit() else 200
            connection.sendall(_response(status))


def _response(status: int) -> bytes:
    location = b"Location: /200\r\n" if status in (301, 302) else b""
    head = f"HTTP/1.1 {status} {http.client.responses[status]}\r\nContent-Length: 2\r\n".encode()
    return head + location + b"\r\nok"


@dataclass
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Finished]


@pytest.fixture
def hey(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Our `hey`, in this process, without proxies unless asked for."""

    def run(*arguments: str, **environment: str) -> Finished:
        with monkeypatch.context() as patch, io.StringIO() as out, io.StringIO() as err:
            for name in list(os.environ):
                if name.lower().endswith("_proxy") or name.startswith("HEY_"):
                    patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(arguments)
            return Finished(code, out.getvalue(), err.getvalue())

    return run


def start(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Our `hey` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "loadtester.hey", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )


def real_hey(*arguments: str) -> str:
    """What the real hey prints."""
    return subprocess.run(
        [REAL_HEY, *arguments], capture_output=True, text=True, timeout=60, check=True
    ).stdout
