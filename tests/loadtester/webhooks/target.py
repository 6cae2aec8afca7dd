"""Something to test and to load: a small HTTP server whose answers a test writes."""

import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO

import httpx2

from tests.loadtester.webhooks.running import environment, until


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Target:
    """``answer`` makes (status, JSON value or text) of a request; ``asked`` is what came."""

    answer: Callable[[Asked], tuple[int, object]] = lambda _: (200, "ok")
    asked: list[Asked] = field(default_factory=list)
    url: str = ""


@contextmanager
def target() -> Iterator[Target]:
    """Serve on a free port of loopback."""
    made = Target()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            made.asked.append(asked)
            status, value = made.answer(asked)
            raw = (value if isinstance(value, str) else json.dumps(value)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """A client that left is no error of ours."""

    server = Server(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def detail(version: str = "1.0") -> Iterator[str]:
    """The real demo service in a process of its own; its URL."""
    argv = [sys.executable, "-m", "detail_service", "--app-version", version, "--port", "0"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [*argv, "--drain-seconds", "0"], stdout=log, stderr=log, env=environment()
        )
        try:
            url = until(lambda: _url_in(log), "detail to listen", 30.0)
            with httpx2.Client(trust_env=False) as http:
                until(lambda: http.get(f"{url}/ping").status_code == 200, "detail to answer")
            yield url
        finally:
            process.terminate()
            process.wait(20)


def _url_in(log: IO[str]) -> str:
    log.seek(0)
    found = re.search(r"listening on (http://[0-9.:]+)", log.read())
    return found[1] if found else ""
