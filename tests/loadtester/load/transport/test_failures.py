import errno
import socket
import ssl

import pytest

from loadtester.load.errors import ErrorClass
from loadtester.load.transport.failures import (
    connect_failure,
    dns_failure,
    reason,
    stream_failure,
    tls_failure,
)


@pytest.mark.parametrize(
    ("number", "error_class", "text"),
    [
        (errno.ECONNREFUSED, ErrorClass.REFUSED, "connect: connection refused"),
        (errno.ETIMEDOUT, ErrorClass.CONNECT_TIMEOUT, "connect: connection timed out"),
        (errno.EHOSTUNREACH, ErrorClass.UNREACHABLE, "connect: no route to host"),
        (errno.ENETUNREACH, ErrorClass.UNREACHABLE, "connect: network is unreachable"),
        (errno.EMFILE, ErrorClass.OUT_OF_FILES, "socket: too many open files"),
        (errno.EADDRNOTAVAIL, ErrorClass.OUT_OF_PORTS, "connect: cannot assign requested address"),
        (errno.ECONNRESET, ErrorClass.RESET, "connect: connection reset by peer"),
        (errno.EPERM, ErrorClass.UNREACHABLE, "connect: operation not permitted"),
    ],
)
def test_a_failed_connect_in_the_words_of_go(
    number: int, error_class: ErrorClass, text: str
) -> None:
    failure = connect_failure(OSError(number, "x"), "10.0.0.1:80")
    assert failure.error_class is error_class
    assert failure.detail == f"dial tcp 10.0.0.1:80: {text}"


def test_a_lost_stream() -> None:
    failure = stream_failure(ConnectionResetError(errno.ECONNRESET, ""), "h:80", "read")
    assert failure.error_class is ErrorClass.RESET
    assert failure.detail == "read tcp h:80: read: connection reset by peer"
    assert stream_failure(TimeoutError(errno.ETIMEDOUT, ""), "h:80", "read").error_class is (
        ErrorClass.READ_TIMEOUT
    )
    assert stream_failure(ssl.SSLError(1, "bad"), "h:443", "read").error_class is ErrorClass.TLS


def test_names_and_handshakes() -> None:
    unknown = dns_failure("nowhere", socket.gaierror(-2, "Name or service not known"))
    assert unknown.error_class is ErrorClass.DNS
    assert unknown.detail == "dial tcp: lookup nowhere: name or service not known"
    no_files = dns_failure("x", OSError(errno.EMFILE, ""))
    assert no_files.error_class is ErrorClass.OUT_OF_FILES
    assert tls_failure(ConnectionResetError(errno.ECONNRESET, "")).error_class is ErrorClass.TLS


def test_an_error_without_a_number_keeps_its_words() -> None:
    assert reason(OSError("odd")) == "odd"
