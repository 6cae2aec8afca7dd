"""From the operating system's errors to the classes of `ErrorClass`, in hey's words."""

import errno
import os
import ssl
from enum import StrEnum

from loadtester.load.errors import ErrorClass, RequestFailed

_CONNECT = {
    errno.ECONNREFUSED: ErrorClass.REFUSED,
    errno.ENOENT: ErrorClass.REFUSED,
    errno.ECONNRESET: ErrorClass.RESET,
    errno.ETIMEDOUT: ErrorClass.CONNECT_TIMEOUT,
    errno.EADDRNOTAVAIL: ErrorClass.OUT_OF_PORTS,
    errno.EAGAIN: ErrorClass.REFUSED,
    errno.EMFILE: ErrorClass.OUT_OF_FILES,
    errno.ENFILE: ErrorClass.OUT_OF_FILES,
}


class RequestPhase(StrEnum):
    """What a request in flight waits for. The value completes `timed out while ...`."""

    LOOKUP = "looking up the name"
    CONNECT = "connecting"
    PROXY = "opening the proxy's tunnel"
    TLS = "shaking hands"
    WRITE = "writing the request"
    HEADERS = "awaiting headers"
    BODY = "reading body"


def timeout_failure(phase: RequestPhase) -> RequestFailed:
    """A request that took longer than it may, in Go's words where Go tells the phases apart."""
    limit = "Client.Timeout or context cancellation" if phase is RequestPhase.BODY else ""
    words = f"{limit or 'Client.Timeout exceeded'} while {phase}"
    return RequestFailed(_TIMEOUTS[phase], f"context deadline exceeded ({words})")


_TIMEOUTS = {
    RequestPhase.LOOKUP: ErrorClass.CONNECT_TIMEOUT,
    RequestPhase.CONNECT: ErrorClass.CONNECT_TIMEOUT,
    RequestPhase.PROXY: ErrorClass.CONNECT_TIMEOUT,
    RequestPhase.TLS: ErrorClass.CONNECT_TIMEOUT,
    RequestPhase.WRITE: ErrorClass.WRITE_TIMEOUT,
    RequestPhase.HEADERS: ErrorClass.READ_TIMEOUT,
    RequestPhase.BODY: ErrorClass.READ_TIMEOUT,
}


def reason(error: OSError) -> str:
    """The error in lower case, as Go prints it: `connection refused`."""
    return os.strerror(error.errno).lower() if error.errno else str(error)


def connect_failure(error: OSError, address: str, network: str = "tcp") -> RequestFailed:
    """A failed connect to `address`."""
    error_class = _CONNECT.get(error.errno or 0, ErrorClass.UNREACHABLE)
    call = "socket" if error_class is ErrorClass.OUT_OF_FILES else "connect"
    return RequestFailed(error_class, f"dial {network} {address}: {call}: {reason(error)}")


def unusable_address(error: ValueError, address: str) -> RequestFailed:
    """An address that cannot even be tried."""
    return RequestFailed(ErrorClass.UNREACHABLE, f"dial tcp {address}: {error}")


def dns_failure(host: str, error: OSError) -> RequestFailed:
    """A name that cannot be resolved."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return connect_failure(error, host)
    text = getattr(error, "strerror", None) or str(error)
    return RequestFailed(ErrorClass.DNS, f"dial tcp: lookup {host}: {text.lower()}")


def tls_failure(error: OSError) -> RequestFailed:
    """A handshake that did not succeed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"tls: failed to verify certificate: {error.verify_message}"
    elif isinstance(error, ssl.SSLError):
        words = getattr(error, "reason", None) or "handshake failure"
        text = f"tls: {words.lower().replace('_', ' ')}"
    else:
        text = f"tls: handshake: {reason(error)}"
    return RequestFailed(ErrorClass.TLS, text)


def stream_failure(error: OSError, address: str, call: str) -> RequestFailed:
    """A connection lost while it was read or written; `call` says which."""
    if isinstance(error, ssl.SSLError):
        return tls_failure(error)
    timed_out = error.errno == errno.ETIMEDOUT
    error_class = ErrorClass.READ_TIMEOUT if timed_out else ErrorClass.RESET
    return RequestFailed(error_class, f"{call} tcp {address}: {call}: {reason(error)}")
