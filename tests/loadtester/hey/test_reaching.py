"""The ways to a server that hey never knew: verified TLS, Unix sockets, another address."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.loadtester.hey.conftest import Command, Server

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def serve(listener: socket.socket, context: ssl.SSLContext | None = None) -> None:
    """Answer on every connection until the listener is closed."""

    def respond(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            wrapped = context.wrap_socket(connection, server_side=True) if context else connection
            with wrapped:
                while wrapped.recv(65536):
                    wrapped.sendall(RESPONSE)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=respond, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[int]:
    """The port of a server whose certificate is for detail.example and that asks for ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("detail.example").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serve(listener, context)
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def roots(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


def test_a_certificate_nobody_vouches_for_is_an_error_unless_insecure(
    secure: int, hey: Command
) -> None:
    url = f"https://127.0.0.1:{secure}/"
    refused = hey("-n", "2", "-c", "1", "-o", "json", url)
    assert refused.code == 0
    assert '"tls": {"count": 2' in refused.out
    assert "[200]\t2 responses" in hey("-n", "2", "-c", "1", "--insecure", url).out


@pytest.mark.parametrize("name", ["-host", "--sni"])
def test_a_certificate_is_verified_for_the_name_that_is_asked_for(
    secure: int, hey: Command, roots: str, name: str
) -> None:
    arguments = ("-n", "2", "-c", "1", "--cacert", roots)
    url = f"https://127.0.0.1:{secure}/"
    assert "[200]\t2 responses" in hey(*arguments, name, "detail.example", url).out
    assert "[200]" not in hey(*arguments, name, "other.example", url).out


def test_a_name_can_be_reached_at_another_address(secure: int, hey: Command, roots: str) -> None:
    rule = f"detail.example:443:127.0.0.1:{secure}"
    arguments = ("-n", "2", "-c", "1", "--cacert", roots, "--connect-to", rule)
    assert "[200]\t2 responses" in hey(*arguments, "https://detail.example/").out


def test_a_client_certificate_can_be_shown(
    secure: int, hey: Command, roots: str, authority: trustme.CA, tmp_path: Path
) -> None:
    mine = authority.issue_cert("client.example")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    mine.cert_chain_pems[0].write_to_path(str(cert))
    mine.private_key_pem.write_to_path(str(key))
    arguments = (
        "--cacert",
        roots,
        "--cert",
        str(cert),
        "--key",
        str(key),
        "--sni",
        "detail.example",
    )
    finished = hey("-n", "2", "-c", "1", *arguments, f"https://127.0.0.1:{secure}/")
    assert "[200]\t2 responses" in finished.out


@pytest.mark.parametrize("flag", ["--cacert", "--cert"])
def test_a_certificate_that_is_not_there_is_one_line(hey: Command, flag: str) -> None:
    finished = hey("-n", "1", "-c", "1", flag, "/nowhere.pem", "https://127.0.0.1:9/")
    assert (finished.code, finished.out) == (2, "")
    assert "/nowhere.pem" in finished.err
    assert finished.err.count("\n") == 1


def test_a_unix_socket_is_a_way_too(hey: Command, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        serve(listener)
        finished = hey("-n", "4", "-c", "2", "--unix-socket", str(path), "http://detail/x")
        listener.shutdown(socket.SHUT_RDWR)
    assert "[200]\t4 responses" in finished.out


def test_connections_are_renewed_as_often_as_asked(server: Server, hey: Command) -> None:
    hey("-n", "10", "-c", "1", "--reuse", "2", server.url)
    assert server.connections == 5
