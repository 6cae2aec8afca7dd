"""A stand-in for `curl`, for machines that have none: the options that webhooks' commands use.

It comes last in the PATH of those commands, so that a real curl is always preferred. An option it
does not know is refused with curl's exit code for that, never passed over. Exit codes and the form
of messages are curl's (its manual, EXIT CODES). HTTP/1.1 only; proxies come from the environment.
"""

import argparse
import base64
import http.client
import os
import re
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import IO, Any, NoReturn

_USAGE, _URL, _RESOLVE, _CONNECT, _HTTP, _WRITE, _TIMEOUT, _REDIRECTS, _EMPTY, _RECEIVE, _TLS = (
    *(2, 3, 6, 7, 22, 23, 28, 47, 52, 56, 60),
)
_MOST_REDIRECTS = 50
_FORM = "application/x-www-form-urlencoded"
_VARIABLE = re.compile(r"%\{([a-z_]+)\}|%%|\\([ntr\\])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


class CurlError(Exception):
    """A transfer that failed, with curl's exit code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Transfer:
    """What came of one transfer; also what `-w` can print."""

    url: str
    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    total_s: float = 0.0
    redirects: int = 0

    def variable(self, name: str) -> str:
        """A variable of `--write-out`; unknown ones are empty, as curl has it."""
        kind = next((value for key, value in self.headers if key.lower() == "content-type"), "")
        known = {
            "http_code": f"{self.status:03d}",
            "response_code": f"{self.status:03d}",
            "content_type": kind,
            "num_redirects": str(self.redirects),
            "size_download": str(len(self.body)),
            "time_total": f"{self.total_s:.6f}",
            "url_effective": self.url,
        }
        return known.get(name, "")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE, f"curl: {message}; this stand-in knows few options: install curl\n")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Leave the response as it is."""


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:
        """Every status is a response; redirects alone go on to their handler."""
        if 300 <= response.status < 400:
            return super().http_response(request, response)
        return response

    https_response = http_response


def options() -> argparse.ArgumentParser:
    """The options that are known, by curl's names."""
    parser = _Parser(prog="curl", allow_abbrev=False, add_help=False)
    add = parser.add_argument
    for names in (
        *(("-s", "--silent"), ("-S", "--show-error"), ("-k", "--insecure"), ("-L", "--location")),
        *(("-f", "--fail"), ("-I", "--head"), ("-i", "--include"), ("-v", "--verbose")),
        *(("-G", "--get"), ("-4", "--ipv4"), ("-6", "--ipv6"), ("-N", "--no-buffer")),
        *(("--fail-with-body",), ("--retry-connrefused",), ("--retry-all-errors",)),
        *(("--compressed",), ("--http1.1",)),
    ):
        add(*names, action="store_true")
    for names in (
        *(("-o", "--output"), ("-w", "--write-out"), ("-X", "--request"), ("-A", "--user-agent")),
        *(("-b", "--cookie"), ("-u", "--user"), ("-e", "--referer"), ("-x", "--proxy")),
    ):
        add(*names)
    add("-m", "--max-time", type=float)
    add("--connect-timeout", type=float)
    add("--retry", type=int, default=0)
    add("--retry-delay", type=float, default=1.0)
    add("--retry-max-time", type=float)
    add("-H", "--header", action="append", default=[])
    add("-d", "--data", "--data-ascii", action="append", dest="data", default=[])
    add("--data-raw", "--data-binary", action="append", dest="raw", default=[])
    add("--data-urlencode", action="append", default=[])
    add("--json")
    add("--url", action="append", dest="more", default=[])
    add("urls", nargs="*")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run as `curl`; the exit code."""
    asked = options().parse_intermixed_args(argv)
    urls = [*asked.more, *asked.urls]
    if not urls:
        print("curl: (2) no URL specified", file=sys.stderr)
        return _USAGE
    code = 0
    for url in urls:
        try:
            code = _transfer(asked, url)
        except CurlError as error:
            code = _complain(asked, error)
    return code


def _complain(asked: argparse.Namespace, error: CurlError) -> int:
    if not asked.silent or asked.show_error:
        print(f"curl: ({error.code}) {error}", file=sys.stderr)
    return error.code


def _transfer(asked: argparse.Namespace, url: str) -> int:
    request = _request(asked, url)
    for attempt in range(asked.retry + 1):
        is_last = attempt == asked.retry
        done = Transfer(request.full_url)
        try:
            _fetch(asked, request, done)
            if is_last or not (done.status in (408, 429) or done.status >= 500):
                break
        except CurlError as error:
            refused = error.code == _CONNECT and not asked.retry_connrefused
            if is_last or (refused and not asked.retry_all_errors):
                _write_out(asked, done)
                raise
        time.sleep(asked.retry_delay)
    return _finish(asked, done)


def _finish(asked: argparse.Namespace, done: Transfer) -> int:
    failed = done.status >= 400 and (asked.fail or asked.fail_with_body)
    if not (failed and asked.fail):
        _write_body(asked, done)
    _write_out(asked, done)
    if failed:
        raise CurlError(_HTTP, f"The requested URL returned error: {done.status}")
    return 0


def _request(asked: argparse.Namespace, url: str) -> urllib.request.Request:
    data = _data(asked)
    full = url if re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://", url) else f"http://{url}"
    try:
        parts = urllib.parse.urlsplit(full)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not parts.netloc.isprintable() or " " in parts.netloc:
        raise CurlError(_URL, f"URL rejected: {url[:200]!r}")
    full = urllib.parse.quote(full, safe="%/:=&?~#+!$,;'@()*[]|{}^`\"<>\\")
    if asked.get and data is not None:
        full += ("&" if parts.query else "?") + data.decode()
        data = None
    method = asked.request or ("HEAD" if asked.head else "POST" if data is not None else "GET")
    request = urllib.request.Request(full, data, _headers(asked, data), method=method)
    if asked.proxy:
        request.set_proxy(asked.proxy.rpartition("//")[2], "http")
    return request


def _data(asked: argparse.Namespace) -> bytes | None:
    parts = [_content(text).replace(b"\n", b"").replace(b"\r", b"") for text in asked.data]
    parts += [_content(text) for text in asked.raw]
    for text in asked.data_urlencode:
        name, equals, value = text.partition("=")
        coded = urllib.parse.quote(value if equals else name, safe="")
        parts.append((f"{name}={coded}" if equals and name else coded).encode())
    if asked.json is not None:
        parts.append(_content(asked.json))
    return b"&".join(parts) if parts else None


def _content(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape")
    try:
        if text == "@-":
            return sys.stdin.buffer.read()
        with open(text[1:], "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError as error:
        raise CurlError(26, f"Failed to open {text[1:]}: {error.strerror}") from None


def _headers(asked: argparse.Namespace, data: bytes | None) -> dict[str, str]:
    headers = {"User-Agent": asked.user_agent or "curl", "Accept": "*/*"}
    if asked.json is not None:
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
    elif data is not None:
        headers["Content-Type"] = _FORM
    for name, value in (("Cookie", asked.cookie), ("Referer", asked.referer)):
        if value:
            headers[name] = value
    if asked.user:
        headers["Authorization"] = "Basic " + base64.b64encode(asked.user.encode()).decode()
    for line in asked.header:
        name, colon, value = line.partition(":")
        headers = {key: one for key, one in headers.items() if key.lower() != name.lower()}
        if colon and value.strip():
            headers[name.strip()] = value.strip()
    return headers


def _opener(asked: argparse.Namespace) -> urllib.request.OpenerDirector:
    tls = ssl.create_default_context()
    if asked.insecure:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    handlers: list[Any] = [urllib.request.HTTPSHandler(context=tls), _AnyStatus()]
    if not asked.location:
        handlers.append(_NoRedirects())
    return urllib.request.build_opener(*handlers)


def _fetch(asked: argparse.Namespace, request: urllib.request.Request, done: Transfer) -> None:
    began_s = time.monotonic()
    limit_s = asked.max_time or asked.connect_timeout
    try:
        try:
            response: Any = _opener(asked).open(request, timeout=limit_s or None)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            done.url, done.status, done.reason = response.url, response.status, response.reason
            done.headers = list(response.headers.items())
            done.redirects = len(getattr(request, "redirect_dict", None) or ())
            done.body = _read(response, asked.max_time and began_s + asked.max_time)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failure(error, request) from None
    finally:
        done.total_s = time.monotonic() - began_s


def _read(response: IO[bytes], deadline_s: float | None) -> bytes:
    parts: list[bytes] = []
    while part := response.read1(65_536) if hasattr(response, "read1") else response.read(65_536):
        parts.append(part)
        if deadline_s and time.monotonic() > deadline_s:
            raise TimeoutError
    return b"".join(parts)


def _failure(error: Exception, request: urllib.request.Request) -> CurlError:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    host = request.host
    match cause:
        case TimeoutError():
            return CurlError(_TIMEOUT, "Operation timed out")
        case ssl.SSLError():
            return CurlError(_TLS, f"SSL problem: {cause.reason or cause}")
        case http.client.RemoteDisconnected():
            return CurlError(_EMPTY, "Empty reply from server")
        case ConnectionResetError() | http.client.HTTPException():
            return CurlError(_RECEIVE, f"Failure when receiving data from the peer: {cause!r}")
        case OSError() if "Name or service" in str(cause) or "name resolution" in str(cause):
            return CurlError(_RESOLVE, f"Could not resolve host: {host}")
        case OSError():
            return CurlError(_CONNECT, f"Failed to connect to {host}: {cause}")
    return CurlError(_URL, f"URL rejected: {cause}")


def _write_body(asked: argparse.Namespace, done: Transfer) -> None:
    head = b""
    if asked.include or asked.head:
        lines = [f"HTTP/1.1 {done.status} {done.reason}", *(f"{k}: {v}" for k, v in done.headers)]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    content = head + (b"" if asked.head else done.body)
    try:
        if asked.output in (None, "-"):
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        elif asked.output != os.devnull:
            with open(asked.output, "wb") as file:  # noqa: PTH123
                file.write(content)
    except OSError as error:
        raise CurlError(_WRITE, f"Failed writing received data: {error.strerror}") from None


def _write_out(asked: argparse.Namespace, done: Transfer) -> None:
    if asked.write_out is None:
        return

    def value(found: re.Match[str]) -> str:
        if found[2]:
            return _ESCAPES[found[2]]
        return done.variable(found[1]) if found[1] else "%"

    sys.stdout.write(_VARIABLE.sub(value, asked.write_out))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
