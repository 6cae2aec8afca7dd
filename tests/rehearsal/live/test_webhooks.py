"""Webhooks over real HTTP: the request as Go sends it, and Flagger's words for what comes back."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from rehearsal.clock import ScaledClock
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.ports import HookRequest
from rehearsal.live.webhooks import HttpHooks


class _Handler(BaseHTTPRequestHandler):
    statuses: list[int]
    seen: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.path, headers, self.rfile.read(length)))
        status = self.statuses.pop(0)
        body = b"metadata not found in payload" if status == 400 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def mesh() -> Iterator[HTTPServer]:
    """A proxy of one host: it answers absolute-form requests itself."""
    _Handler.statuses, _Handler.seen = [], []
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _hooks(mesh: HTTPServer) -> HttpHooks:
    return HttpHooks(ScaledClock(1000), f"http://127.0.0.1:{mesh.server_port}")


def _request(retries: int = 0) -> HookRequest:
    return HookRequest("http://flagger-loadtester.flagger/", b'{"name":"d"}', 10.0, retries)


def test_the_request_is_go_s_and_goes_through_the_mesh(mesh: HTTPServer) -> None:
    _Handler.statuses = [202]
    _hooks(mesh).call(_request())
    ((path, headers, body),) = _Handler.seen
    assert path == "http://flagger-loadtester.flagger/"
    assert headers["host"] == "flagger-loadtester.flagger"
    assert headers["user-agent"] == "Go-http-client/1.1"
    assert headers["content-type"] == "application/json"
    assert body == b'{"name":"d"}'


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "metadata not found in payload"),
        (204, ""),
        (500, "POST http://flagger-loadtester.flagger/ giving up after 1 attempt(s)"),
    ],
)
def test_what_is_not_accepted(mesh: HTTPServer, status: int, text: str) -> None:
    _Handler.statuses = [status]
    with pytest.raises(HookFailed) as failed:
        _hooks(mesh).call(_request())
    assert str(failed.value) == text


def test_a_retry_may_pass(mesh: HTTPServer) -> None:
    _Handler.statuses = [500, 503, 200]
    _hooks(mesh).call(_request(retries=2))
    assert len(_Handler.seen) == 3


def test_nobody_there() -> None:
    hooks = HttpHooks(ScaledClock(1000), "http://127.0.0.1:1")
    with pytest.raises(
        HookFailed, match=r'giving up after 1 attempt\(s\): Post "http://fl.*refused'
    ):
        hooks.call(_request())
