"""What Go's `net`, `crypto/tls` and `net/http` say where Python raises."""

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

AWAITING_HEADERS = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
READING_BODY = (
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
)
EOF = "EOF"
UNEXPECTED_EOF = "unexpected EOF"
_BROKEN = "net/http: HTTP/1.x transport connection broken: "
_UNVERIFIED = "tls: failed to verify certificate: x509: "
_RESOLV_CONF = Path("/etc/resolv.conf")
_MOST_RESOLV_CONF_BYTES = 65_536

# Go prints the C library's own words, in lower case (syscall.Errno.Error).
_ERRNO_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset by peer",
    errno.ECONNABORTED: "software caused connection abort",
    errno.EPIPE: "broken pipe",
    errno.ETIMEDOUT: "connection timed out",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.EADDRNOTAVAIL: "cannot assign requested address",
    errno.EACCES: "permission denied",
    errno.EMFILE: "too many open files",
    errno.EINVAL: "invalid argument",
}

# h11's reasons by their beginning; `{}` is the text that h11 quotes.
_RESPONSE_REASONS = (
    ("no response line received", UNEXPECTED_EOF),
    ("bad Content-Length", "bad Content-Length"),
    ("conflicting Content-Length", "http: message cannot contain multiple Content-Length headers"),
    ("multiple Transfer-Encoding", "too many transfer encodings"),
    ("Only Transfer-Encoding", "unsupported transfer encoding"),
    ("Receive buffer too long", "response headers are longer than a rehearsal reads"),
)
_BODY_REASONS = (
    ("peer closed connection", UNEXPECTED_EOF),
    ("illegal chunk header", "invalid byte in chunk length"),
    ("malformed chunk footer", "malformed chunked encoding"),
)
_QUOTED = re.compile(r"bytearray\(b(['\"])(.*)\1\)", re.DOTALL)
_CHAIN = 10

_UNKNOWN_AUTHORITY = frozenset((2, 18, 19, 20, 21))
_EXPIRED = frozenset((9, 10))
_OTHER_NAME = frozenset((62, 64))


def errno_words(error: BaseException) -> str:
    """The words for the system's error at the root of an exception, or its own text."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno is not None:
            return _ERRNO_WORDS.get(cause.errno) or (cause.strerror or str(cause)).lower()
    return str(error) or type(error).__name__


def lookup_words(host: str, error: socket.gaierror) -> str:
    """A name that could not be resolved, with the name server that Go would have asked."""
    server = f"{nameserver()}:53"
    if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
        return f"dial tcp: lookup {host} on {server}: no such host"
    return f"dial tcp: lookup {host} on {server}: server misbehaving"


def nameserver(path: Path = _RESOLV_CONF) -> str:
    """The first name server of this machine; Go's default where there is none."""
    try:
        with path.open(errors="replace") as file:
            lines = file.read(_MOST_RESOLV_CONF_BYTES).splitlines()
    except OSError:
        lines = []
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            return f"[{words[1]}]" if ":" in words[1] else words[1]
    return "127.0.0.1"


def tls_words(error: BaseException, host: str) -> tuple[str, bool] | None:
    """What a TLS handshake failed of, and whether it is not tried again; None if it was not TLS."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _UNVERIFIED + _certificate_words(cause, host), True
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "reason", None) or str(cause)
            if "WRONG_VERSION_NUMBER" in reason:
                return "http: server gave HTTP response to HTTPS client", False
            if "EOF" in str(cause) or isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
                return EOF, False
            return f"tls: {reason.lower().replace('_', ' ')}", False
    return None


def _certificate_words(error: ssl.SSLCertVerificationError, host: str) -> str:
    """Python keeps the certificate to itself, so that its names and dates cannot be added."""
    if error.verify_code in _UNKNOWN_AUTHORITY:
        return "certificate signed by unknown authority"
    if error.verify_code in _EXPIRED:
        return "certificate has expired or is not yet valid"
    if error.verify_code in _OTHER_NAME:
        return f"certificate is not valid for {host}"
    return error.verify_message


def response_words(error: BaseException, beginning: bytes) -> str:
    """A response whose head is malformed, or that never came."""
    text = str(error)
    if "disconnected without sending" in text or "unexpectedly closed" in text:
        return _BROKEN + UNEXPECTED_EOF if beginning else EOF
    quoted = _quoted(text)
    if text.startswith("illegal status line"):
        return _BROKEN + _status_line_words(quoted)
    if text.startswith("illegal header line"):
        colon = "" if ":" in quoted else ": missing colon"
        line = "" if colon else " line"
        return f'{_BROKEN}malformed MIME header{line}{colon}: "{quoted}"'
    words = next((words for start, words in _RESPONSE_REASONS if text.startswith(start)), text)
    return _BROKEN + words


def _status_line_words(line: str) -> str:
    version, _, rest = line.partition(" ")
    code = rest.split(" ", 1)[0]
    if version.startswith("HTTP/") and rest and not (len(code) == 3 and code.isdigit()):
        return f'malformed HTTP status code "{code}"'
    return f'malformed HTTP response "{line}"'


def body_words(error: BaseException) -> str:
    """A body that broke off or is malformed."""
    text = str(error)
    return next((words for start, words in _BODY_REASONS if text.startswith(start)), text)


def _quoted(text: str) -> str:
    found = _QUOTED.search(text[:4096])
    return found[2].replace('"', '\\"') if found else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came from; of several attempts, the first."""
    current: BaseException | None = error
    for _ in range(_CHAIN):
        if current is None:
            return
        yield current
        if isinstance(current, BaseExceptionGroup):
            current = current.exceptions[0]
        else:
            current = current.__cause__ or current.__context__
