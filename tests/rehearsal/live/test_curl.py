"""The stand-in for curl: what commands of webhooks ask of it, against a real server."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rehearsal.live import curl

Capture = pytest.CaptureFixture[str]
REAL = shutil.which("curl")


class _Handler(BaseHTTPRequestHandler):
    def do(self) -> None:
        """What was asked comes back, under the status that the path names."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        if self.path == "/slow":
            time.sleep(1.5)
        status = int(self.path[1:4]) if self.path[1:4].isdigit() else 200
        answer = json.dumps([self.command, self.path, dict(self.headers), body]).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/there")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Silent."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *args: Any) -> None:
        """A client that went away is no news."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


SAME = [
    ["-s", "-o", "/dev/null", "-w", r"%{http_code}\n", "URL/"],
    ["-sf", "URL/500"],
    ["-sSf", "URL/404"],
    ["-s", "--fail-with-body", "-o", "/dev/null", "URL/503"],
    ["-s", "URL/404", "-o", "/dev/null", "-w", "%{response_code} %{content_type} %%"],
    ["-sL", "URL/302", "-o", "/dev/null", "-w", "%{http_code} %{num_redirects}"],
    ["-s", "URL/302", "-o", "/dev/null", "-w", "%{http_code} %{num_redirects}"],
    ["-sm", "0.3", "URL/slow", "-o", "/dev/null", "-w", "%{http_code}"],
    ["-s", "http://127.0.0.1:CLOSED/", "-w", "%{http_code}"],
    ["-s", "http://nowhere.invalid/"],
    ["-s", "--no-such-option"],
    ["-s"],
]


@pytest.mark.skipif(REAL is None, reason="there is no curl to compare with")
@pytest.mark.parametrize("arguments", SAME, ids=" ".join)
def test_it_ends_and_prints_as_curl_does(arguments: list[str], url: str) -> None:
    port = str(_closed_port())
    argv = [one.replace("URL", url).replace("CLOSED", port) for one in arguments]
    theirs = subprocess.run([str(REAL), *argv], capture_output=True, text=True, timeout=20)
    ours = subprocess.run(
        [sys.executable, "-I", curl.__file__, *argv], capture_output=True, text=True, timeout=20
    )
    assert ours.returncode == theirs.returncode
    assert ours.stdout == theirs.stdout
    assert bool(ours.stderr) == bool(theirs.stderr)


REQUESTS = [
    ([], "GET", "", {}),
    (["-d", "a=1", "-d", "b=2"], "POST", "a=1&b=2", {"Content-Type": curl._FORM}),
    (["-X", "PUT", "-d", "x"], "PUT", "x", {}),
    (["-XDELETE"], "DELETE", "", {}),
    (["--json", "{}"], "POST", "{}", {"Content-Type": "application/json"}),
    (["-H", "x-canary: insider", "-H", "Accept:"], "GET", "", {"X-canary": "insider"}),
    (["-A", "me", "-b", "c=1", "-e", "there"], "GET", "", {"Cookie": "c=1", "User-agent": "me"}),
    (["-u", "user:word"], "GET", "", {"Authorization": "Basic dXNlcjp3b3Jk"}),
    (["--data-urlencode", "q=a b&c"], "POST", "q=a%20b%26c", {}),
    (["-H", "Host: shop.example.com"], "GET", "", {"Host": "shop.example.com"}),
]


@pytest.mark.parametrize(("arguments", "method", "body", "headers"), REQUESTS)
def test_what_is_sent(
    arguments: list[str], method: str, body: str, headers: dict[str, str], url: str, capsys: Capture
) -> None:
    assert curl.main(["-s", *arguments, f"{url}/path?q=1"]) == 0
    sent = json.loads(capsys.readouterr().out)
    assert sent[:2] == [method, "/path?q=1"]
    assert sent[3] == body
    assert {k.lower(): v for k, v in headers.items()}.items() <= {
        k.lower(): v for k, v in sent[2].items()
    }.items()


def test_data_of_a_file_and_in_the_query(url: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "data").write_text("a=1\n")
    assert curl.main(["-sGd", f"@{tmp_path / 'data'}", f"{url}/x"]) == 0
    assert json.loads(capsys.readouterr().out)[1] == "/x?a=1"
    assert curl.main(["-sS", "-d", f"@{tmp_path / 'none'}", f"{url}/x"]) == 26
    assert "Failed to open" in capsys.readouterr().err


def test_output_goes_to_a_file_with_the_head(url: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert curl.main(["-si", "-o", str(target), f"{url}/418"]) == 0
    assert target.read_text().startswith("HTTP/1.1 418")
    assert curl.main(["-s", "-o", str(tmp_path / "no" / "out"), f"{url}/"]) == 23


def test_a_retry_is_made_for_each_failure(url: str, capsys: Capture) -> None:
    argv = ["-sf", "--retry", "2", "--retry-delay", "0", "--retry-connrefused"]
    began_s = time.monotonic()
    assert curl.main([*argv, f"http://127.0.0.1:{_closed_port()}/"]) == 7
    assert curl.main([*argv, f"{url}/503"]) == 22
    assert time.monotonic() - began_s < 20


@pytest.mark.parametrize(
    "wrong", ["ftp://x/", "http://", "http://[::1", "http://x:port/", "http://a b/"]
)
def test_an_odd_url_is_a_line(wrong: str, capsys: Capture) -> None:
    assert curl.main(["-sS", wrong]) in (1, 3, 6, 7)
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nX"])
def test_an_odd_response_is_a_line(answer: bytes, capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def respond() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=respond)
        thread.start()
        port = server.getsockname()[1]
        code = curl.main(["-sS", f"http://127.0.0.1:{port}/"])
        thread.join()
    assert code in (0, 52, 56)
    assert len(capsys.readouterr().err.splitlines()) == bool(code)
