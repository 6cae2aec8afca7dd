"""What can go wrong: the caller's mistakes and the remote's misbehaviour are different classes."""

from enum import StrEnum

from commons.errors import Error, UserError


class LoadError(Error):
    """Anything the load engine raises on purpose."""


class PlanError(LoadError, UserError, ValueError):
    """The caller's mistake. Its text is one line: what is wrong, where, what to write instead."""


class ErrorClass(StrEnum):
    """How a request can fail without a response. The value is what reports and JSON show."""

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect-timeout"
    TLS = "tls"
    PROXY = "proxy"
    RESET = "reset"
    EARLY_CLOSE = "early-close"
    WRITE_TIMEOUT = "write-timeout"
    READ_TIMEOUT = "read-timeout"
    TRUNCATED = "truncated"
    PROTOCOL = "protocol"
    TOO_LARGE = "too-large"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    OUT_OF_FILES = "out-of-files"
    OUT_OF_PORTS = "out-of-ports"


OWN_LIMITS = frozenset({ErrorClass.OUT_OF_FILES, ErrorClass.OUT_OF_PORTS})
"""Failures that say nothing about the target."""


class RequestFailed(LoadError):  # noqa: N818 - an outcome of the remote, not an error of ours
    """The remote's misbehaviour, classified: one request ended without a complete response.

    `error_class` says which kind, `detail` says it in the words of Go's net/http, because
    that is what readers of `hey`'s error distribution know.
    """

    def __init__(self, error_class: ErrorClass, detail: str) -> None:
        super().__init__(detail)
        self.error_class = error_class
        self.detail = detail
