"""A Kubernetes API server for one kind, ConfigMap, with the manners that matter to a store.

resourceVersion grows with every write; a PUT with an old one is 409 Conflict, a POST of what is
there 409 AlreadyExists, anything without the right token 401, keys and sizes that the real one
refuses are 422 Invalid. Errors are Status objects. Time passes between reading and writing, so
that two writers really meet.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PATH = re.compile(r"/api/v1/namespaces/([a-z0-9-]+)/configmaps(?:/([a-z0-9.-]+))?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_MOST_BYTES = 1 << 20


@dataclass
class FakeKubernetes:
    """The state of the server, and what it saw."""

    token: str = "t0ken"
    version: int = 100
    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    conflicts: int = 0
    failing: int = 0
    requests: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    answers: threading.Event = field(default_factory=threading.Event)
    """Cleared, the server stands still: it takes requests and does not respond."""

    def __post_init__(self) -> None:
        self.answers.set()

    def answer(
        self, method: str, path: str, token: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """One request, atomically."""
        with self.lock:
            self.requests.append(f"{method} {path}")
            if token != f"Bearer {self.token}":
                return _status(401, "Unauthorized", "Unauthorized")
            if self.failing:
                self.failing -= 1
                return _status(500, "InternalError", "etcdserver: request timed out")
            match = _PATH.fullmatch(path)
            if match is None:
                return _status(404, "NotFound", "the server could not find the resource")
            namespace, name = match[1], match[2] or body.get("metadata", {}).get("name", "")
            return self._dispatch(method, (namespace, name), body)

    def _dispatch(
        self, method: str, key: tuple[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        there = self.objects.get(key)
        if method == "POST":
            if there is not None:
                self.conflicts += 1
                return _status(409, "AlreadyExists", f'configmaps "{key[1]}" already exists')
            return self._store(201, key, body)
        if there is None:
            return _status(404, "NotFound", f'configmaps "{key[1]}" not found')
        if method == "GET":
            return 200, there
        given = body["metadata"].get("resourceVersion")
        if given is not None and given != there["metadata"]["resourceVersion"]:
            self.conflicts += 1
            return _status(409, "Conflict", "the object has been modified; please apply your")
        return self._store(200, key, body)

    def _store(
        self, status: int, key: tuple[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        data = body.get("data", {})
        if any(not _KEY.fullmatch(name) or not isinstance(data[name], str) for name in data):
            return _status(422, "Invalid", "data: Invalid value")
        if sum(len(name) + len(data[name].encode()) for name in data) > _MOST_BYTES:
            return _status(422, "Invalid", "data: Too long: may not be more than 1048576 bytes")
        self.version += 1
        metadata = {"name": key[1], "namespace": key[0], "resourceVersion": str(self.version)}
        self.objects[key] = {**body, "metadata": metadata}
        return status, self.objects[key]


def _status(code: int, reason: str, message: str) -> tuple[int, dict[str, Any]]:
    return code, {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


@contextmanager
def fake_kubernetes() -> Iterator[FakeKubernetes]:
    """Serve on a free port of loopback."""
    fake = FakeKubernetes()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = json.loads(self.rfile.read(length) or b"{}")
            token = self.headers.get("Authorization", "")
            fake.answers.wait()
            status, value = fake.answer(self.command, self.path, token, body)
            raw = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            self._serve()

        do_PUT = do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield fake
    finally:
        fake.answers.set()
        server.shutdown()
        thread.join()
        server.server_close()
