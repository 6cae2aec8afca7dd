"""A fake API: one prepared response, and the requests that it has seen."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[[str, str, bytes], tuple[int, str, bytes]]
"""Method, target and body of a request to status, content type and body of its response."""


@dataclass
class FakeApi:
    """A running server. `seen` has (request line, headers, body) of each request."""

    respond: Respond
    port: int = 0
    reason: str = "X"
    seen: list[tuple[str, list[tuple[str, str]], bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def always(status: int, body: str, content_type: str = "application/json") -> Respond:
    return lambda method, target, sent: (status, content_type, body.encode())


@contextmanager
def fake_api(respond: Respond) -> Iterator[FakeApi]:
    api = FakeApi(respond)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            api.seen.append((self.requestline, list(self.headers.items()), body))
            status, content_type, sent = api.respond(self.command, self.path, body)
            self.send_response(status, api.reason)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self.handle_any()

        def do_POST(self) -> None:
            self.handle_any()

        def do_DELETE(self) -> None:
            self.handle_any()

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
