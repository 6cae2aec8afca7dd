"""What Go 1.26's own client (through go-retryablehttp, as Flagger calls it) says of each server.

The sentences were recorded from it; `PORT` stands for the server's and `LOCAL` for the client's
address.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest
import trustme

from rehearsal.gohttp import ClosedError, GoClient, Request, RequestFailedError, Response
from rehearsal.gohttp.body import MOST_BODY_BYTES
from tests.rehearsal.gohttp.servers import Misbehaving, serving

BROKEN = "net/http: HTTP/1.x transport connection broken: "
FAILURES = {
    "eof": "EOF",
    "rst": "read tcp LOCAL->127.0.0.1:PORT: read: connection reset by peer",
    "silent": "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    "drip_head": "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    "garbage": f'{BROKEN}malformed HTTP response "HELLO"',
    "no_status": f'{BROKEN}malformed HTTP response "HTTP/1.1"',
    "word_status": f'{BROKEN}malformed HTTP status code "xyz"',
    "short_status": f'{BROKEN}malformed HTTP status code "20"',
    "cut_head": f"{BROKEN}unexpected EOF",
    "no_colon": f'{BROKEN}malformed MIME header: missing colon: "no colon"',
    "no_name": f'{BROKEN}malformed MIME header line: ": c"',
    "nul": f'{BROKEN}malformed MIME header line: "A: b\\x00c"',
    "r302_bracket": 'failed to parse Location header "http://[::1/x": parse "http://[::1/x":'
    " missing ']' in host",
    "r302_escape": 'failed to parse Location header "/%zz": parse "/%zz": invalid URL escape "%zz"',
    "r302_scheme": 'unsupported protocol scheme "ftp"',
    "r302_port": "dial tcp 127.0.0.1:1: connect: connection refused",
    "r302_loop": "stopped after 10 redirects",
    "r307_loop": "stopped after 10 redirects",
}
# Go says what it found ("abc", ["1" "2"], "foo"); and it reads heads of up to ten megabytes.
FAILURES_OF_OUR_OWN = {
    "bad_length": f"{BROKEN}bad Content-Length",
    "two_lengths": f"{BROKEN}http: message cannot contain multiple Content-Length headers",
    "bad_encoding": f"{BROKEN}unsupported transfer encoding",
    "long_head": f"{BROKEN}response headers are longer than a rehearsal reads",
}
BODIES = {
    "ok": (200, b"ok"),
    "http10": (200, b"body"),
    "same_length": (200, b"ab"),
    "chunk_ok": (200, b"ok"),
    "until_close": (400, b"until close"),
    "gzip": (400, b"zipped"),
    "gzip_twice": (400, b"zipped"),
    "gzip_empty": (200, b""),
    "deflate": (400, b"hello"),
    "continue": (200, b"ok"),
    "hints": (200, b"ok"),
    "204": (204, b""),
    "299": (299, b"odd!"),
    "304": (304, b""),
    "400": (400, b"\xff\xfea\n"),
    "500": (500, b"body"),
    "r300": (300, b"red"),
    "r301": (200, b"ok"),
    "r302": (200, b"ok"),
    "r303": (200, b"ok"),
    "r302_none": (302, b"red"),
    "r302_empty": (302, b"red"),
    "r302_500": (500, b"body"),
}
BROKEN_BODIES = {
    "drip_body": "context deadline exceeded (Client.Timeout or context cancellation while reading"
    " body)",
    "short_body": "unexpected EOF",
    "rst_body": "read tcp LOCAL->127.0.0.1:PORT: read: connection reset by peer",
    "chunk_bad": "invalid byte in chunk length",
    "chunk_cut": "unexpected EOF",
    "chunk_without_end": "malformed chunked encoding",
    "gzip_bad": "gzip: invalid header",
    "gzip_short": "unexpected EOF",
    "gzip_cut": "unexpected EOF",
}
UNREACHABLE = {
    "http://127.0.0.1:1/": "dial tcp 127.0.0.1:1: connect: connection refused",
    "http://[::1]:1/": "dial tcp [::1]:1: connect: ",
    "http://localhost:1/": "dial tcp ",
    "http://127.0.0.1:99999/": "dial tcp: address 99999: invalid port",
    "http://127.0.0.1:65536/": "dial tcp: address 65536: invalid port",
    f"http://[::1]:{'9' * 5000}/": f"dial tcp: address {'9' * 5000}: invalid port",
    f"http://127.0.0.1:{'0' * 5000}1/": "dial tcp 127.0.0.1:1: connect: connection refused",
    "http://127.0.0.1:/": "dial tcp 127.0.0.1:80: connect: ",
    "ftp://x/": 'unsupported protocol scheme "ftp"',
    "http:///x": "http: no Host in request URL",
    "http://[::1/x": "parse \"http://[::1/x\": missing ']' in host",
}
PATIENT_S = 20.0


@pytest.fixture(scope="module")
def server() -> Iterator[Misbehaving]:
    with serving() as running:
        yield running


def _send(server: Misbehaving, name: str) -> Response:
    timeout_s = 0.4 if "drip" in name or name == "silent" else PATIENT_S
    request = Request("POST", server.url(name), (("Content-Type", "text/x"),), b"{}")
    return GoClient().send(request, timeout_s)


def _normalised(text: str, server: Misbehaving) -> str:
    text = re.sub(r"tcp [0-9.]+:[0-9]+->", "tcp LOCAL->", text)
    return text.replace(f":{server.port}", ":PORT")


@pytest.mark.parametrize("name", [*FAILURES, *FAILURES_OF_OUR_OWN])
def test_no_response(server: Misbehaving, name: str) -> None:
    with pytest.raises(RequestFailedError) as failed:
        _send(server, name)
    assert _normalised(str(failed.value), server) == (FAILURES | FAILURES_OF_OUR_OWN)[name]


@pytest.mark.parametrize("name", BODIES)
def test_responses(server: Misbehaving, name: str) -> None:
    response = _send(server, name)
    assert (response.status, response.body) == BODIES[name]
    assert response.body_error is None


@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_bodies_that_break_off(server: Misbehaving, name: str) -> None:
    response = _send(server, name)
    assert response.status == 200
    assert _normalised(str(response.body_error), server) == BROKEN_BODIES[name]


@pytest.mark.parametrize("name", ["long_body", "gzip_bomb"])
def test_bodies_are_bounded(server: Misbehaving, name: str) -> None:
    response = _send(server, name)
    assert len(response.body) == MOST_BODY_BYTES
    assert response.body_error is None


@pytest.mark.parametrize("url", UNREACHABLE)
def test_urls_that_lead_nowhere(url: str) -> None:
    with pytest.raises(RequestFailedError) as failed:
        GoClient().send(Request("POST", url), PATIENT_S)
    assert str(failed.value).startswith(UNREACHABLE[url])


def test_the_request_is_go_s(server: Misbehaving) -> None:
    response = _send(server, "echo?a=b c&d=%zz&é")
    assert response.body.decode() == (
        f"POST /echo?a=b%20c&d=%zz&%C3%A9 HTTP/1.1|Host: 127.0.0.1:{server.port}"
        "|User-Agent: Go-http-client/1.1|Content-Length: 2|Content-Type: text/x"
        "|Accept-Encoding: gzip||{}"
    )


def test_credentials_of_the_url_become_a_header(server: Misbehaving) -> None:
    url = server.url("echo", host="u:p%40@127.0.0.1")
    body = GoClient().send(Request("GET", url), PATIENT_S).body.decode()
    assert "|Authorization: Basic dTpwQA==|" in body


def test_a_redirect_to_get_loses_body_and_its_headers(server: Misbehaving) -> None:
    body = _send(server, "r302_echo").body.decode()
    assert body == (
        f"GET /echo?a=b HTTP/1.1|Host: 127.0.0.1:{server.port}|User-Agent: Go-http-client/1.1"
        f"|Referer: http://127.0.0.1:{server.port}/r302_echo|Accept-Encoding: gzip||"
    )


def test_a_repeated_redirect_keeps_method_and_body(server: Misbehaving) -> None:
    body = _send(server, "r307_echo").body.decode()
    assert body.startswith("POST /echo HTTP/1.1|")
    assert body.endswith("||{}")
    assert "|Content-Type: text/x|" in body


@pytest.mark.parametrize(
    ("name", "url", "final"),
    [
        ("r302_loop", "/r302_loop", True),
        ("r302_port", "http://127.0.0.1:1/", False),
        ("r302_scheme", "ftp://x/", True),
    ],
)
def test_a_failure_names_the_url_it_met(
    server: Misbehaving, name: str, url: str, final: bool
) -> None:
    with pytest.raises(RequestFailedError) as failed:
        _send(server, name)
    assert (failed.value.url, failed.value.final) == (url, final)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(RequestFailedError, match=r"dial tcp: lookup nobody\.invalid on .*:53: "):
        GoClient().send(Request("GET", "http://nobody.invalid/"), PATIENT_S)


def test_the_name_that_is_looked_up_is_the_one_of_idna() -> None:
    with pytest.raises(RequestFailedError, match=r"lookup xn--bcher-kva\.invalid on "):
        GoClient().send(Request("GET", "http://bücher.invalid/"), PATIENT_S)


def test_hosts_of_the_proxy_go_there(server: Misbehaving) -> None:
    proxy = f"http://127.0.0.1:{server.port}"
    client = GoClient(lambda host: proxy if host == "inside" else None)
    response = client.send(Request("POST", "http://inside:1234/echo", body=b"x"), PATIENT_S)
    head = response.body.decode()
    assert head.startswith("POST http://inside:1234/echo HTTP/1.1|Host: inside:1234|")


def test_no_timeout_at_all(server: Misbehaving) -> None:
    assert GoClient().send(Request("GET", server.url("ok")), 0).status == 200


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _secured(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_tls_of_an_unknown_authority_is_final(authority: trustme.CA) -> None:
    with serving(_secured(authority, "127.0.0.1")) as server:
        request = Request("GET", server.url("ok", scheme="https"))
        with pytest.raises(RequestFailedError) as failed:
            GoClient().send(request, PATIENT_S)
        assert str(failed.value) == (
            "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        )
        assert failed.value.final
        assert GoClient().send(request, PATIENT_S, verify=False).status == 200


def test_tls_to_a_server_without_it() -> None:
    with _PlainErrors() as port, pytest.raises(RequestFailedError) as failed:
        GoClient().send(Request("GET", f"https://127.0.0.1:{port}/"), PATIENT_S)
    assert str(failed.value) == "http: server gave HTTP response to HTTPS client"


class _PlainErrors:
    """A server that answers any bytes with a plain 400, as most do to a TLS handshake."""

    def __enter__(self) -> int:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return int(self._socket.getsockname()[1])

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()


@pytest.mark.parametrize("name", ["silent", "drip_head", "drip_body"])
def test_close_ends_what_is_under_way(server: Misbehaving, name: str) -> None:
    client = GoClient()
    timer = threading.Timer(0.2, client.close)
    timer.start()
    begun_s = time.monotonic()
    with pytest.raises(ClosedError):
        client.send(Request("POST", server.url(name)), 60)
    assert time.monotonic() - begun_s < 30
    timer.join()
    with pytest.raises(ClosedError):
        client.send(Request("POST", server.url("ok")), 60)
