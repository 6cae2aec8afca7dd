import errno
import socket
import ssl
from pathlib import Path

import pytest

from rehearsal.gohttp.words import (
    body_words,
    errno_words,
    lookup_words,
    nameserver,
    response_words,
    tls_words,
)


def _verification(code: int, message: str = "said by OpenSSL") -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (18, "certificate signed by unknown authority"),
        (20, "certificate signed by unknown authority"),
        (10, "certificate has expired or is not yet valid"),
        (62, "certificate is not valid for h"),
        (64, "certificate is not valid for h"),
        (99, "said by OpenSSL"),
    ],
)
def test_certificates(code: int, words: str) -> None:
    error = OSError("wrapped")
    error.__cause__ = _verification(code)
    assert tls_words(error, "h") == (f"tls: failed to verify certificate: x509: {words}", True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"),
            "http: server gave HTTP response to HTTPS client",
        ),
        (ssl.SSLEOFError(8, "violation of protocol"), "EOF"),
        (ssl.SSLError(1, "Handshake_failed"), "tls: "),
    ],
)
def test_handshakes(error: ssl.SSLError, words: str) -> None:
    found = tls_words(error, "h")
    assert found is not None
    assert found[0].startswith(words)
    assert found[1] is False


def test_what_is_not_tls() -> None:
    assert tls_words(OSError(errno.ECONNREFUSED, "x"), "h") is None


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ECONNREFUSED, "connection refused"),
        (errno.EHOSTUNREACH, "no route to host"),
        (errno.ENETUNREACH, "network is unreachable"),
        (errno.EMFILE, "too many open files"),
        (errno.EISCONN, "already connected"),
    ],
)
def test_errors_of_the_system(number: int, words: str) -> None:
    group = ExceptionGroup("attempts", [OSError(number, "Already connected"), OSError(1, "other")])
    error = RuntimeError("all attempts failed")
    error.__cause__ = group
    assert errno_words(error) == words


def test_an_error_of_no_system() -> None:
    assert errno_words(RuntimeError("said")) == "said"
    assert errno_words(RuntimeError()) == "RuntimeError"


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("nameserver 10.96.0.10\n", "10.96.0.10"),
        ("# x\noptions a\nnameserver\t fd00::1 \nnameserver 1.1.1.1\n", "[fd00::1]"),
        ("search x\n", "127.0.0.1"),
    ],
)
def test_the_name_server_is_the_first(tmp_path: Path, text: str, server: str) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(text)
    assert nameserver(path) == server


def test_no_list_of_name_servers(tmp_path: Path) -> None:
    assert nameserver(tmp_path / "missing") == "127.0.0.1"


def test_lookups() -> None:
    assert lookup_words("a", socket.gaierror(socket.EAI_NONAME, "x")).endswith(": no such host")
    assert lookup_words("a", socket.gaierror(socket.EAI_AGAIN, "x")).endswith(
        ": server misbehaving"
    )


def test_reasons_that_have_no_words_of_go_s_stay_as_they_are() -> None:
    broken = "net/http: HTTP/1.x transport connection broken: "
    assert response_words(RuntimeError("odd"), b"") == f"{broken}odd"
    assert body_words(RuntimeError("odd")) == "odd"
    assert response_words(RuntimeError("no response line received"), b"") == (
        f"{broken}unexpected EOF"
    )
