"""A request, and how it looks on the wire: Go's header order, its own headers, its target."""

import base64
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_to_bytes

import httpcore2
import idna

from rehearsal.flagger.golang.url import Url, UrlError, parse_url

Headers = tuple[tuple[str, str], ...]

_SCHEMES = ("http", "https")
_USER_AGENT = ("User-Agent", "Go-http-client/1.1")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_PORT_DIGITS = 5
_ACCEPT_ENCODING = ("Accept-Encoding", "gzip")


@dataclass(frozen=True)
class Request:
    """A request; what Go's client adds (Host, User-Agent, Accept-Encoding, …) is added here too.

    `location` is what a redirect said, as it was written.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    location: str = ""


class RequestFailedError(Exception):
    """No response. The text is Go's without the `Post "URL": ` before it; `url` is that URL.

    `final` marks what a client that retries does not try again.
    """

    def __init__(self, text: str, url: str, *, final: bool = False) -> None:
        super().__init__(text)
        self.url = url
        self.final = final


def parsed(url: str) -> Url:
    """The URL in its parts; raises RequestFailedError where Go's client would not call it."""
    try:
        found = parse_url(url)
    except UrlError as error:
        raise RequestFailedError(str(error), url) from None
    if found.scheme not in _SCHEMES:
        reason = f'unsupported protocol scheme "{found.scheme}"'
        raise RequestFailedError(reason, url, final=True)
    if not found.host:
        raise RequestFailedError("http: no Host in request URL", url)
    return found


def host_of(url: str) -> str:
    """The host of a URL without its port and brackets."""
    return _host_and_port(parsed(url))[0]


def core_request(request: Request) -> httpcore2.Request:
    """The request as httpcore2 sends it; raises RequestFailedError."""
    url = parsed(request.url)
    host, port = _host_and_port(url)
    path = url.path if url.path.startswith("/") else f"/{url.path}"
    target = quote(path if url.query is None else f"{path}?{url.query}", safe=_PRINTABLE)
    core_url = httpcore2.URL(scheme=url.scheme, host=_ascii(host), port=port, target=_ascii(target))
    headers = [(_ascii(name), _ascii(value)) for name, value in _headers(request, url)]
    return httpcore2.Request(
        request.method.encode(), core_url, headers=headers, content=request.body or None
    )


def _headers(request: Request, url: Url) -> list[tuple[str, str]]:
    """In Go's order: its own first, then the caller's by name, gzip last."""
    found = [("Host", url.host)]
    if request.body or request.method == "POST":
        found.append(("Content-Length", str(len(request.body))))
    added = list(request.headers)
    names = {name.lower() for name, _ in added}
    if "user-agent" not in names:
        found.insert(1, _USER_AGENT)
    if url.userinfo is not None and "authorization" not in names:
        credentials = base64.b64encode(_user_and_password(url.userinfo)).decode()
        added.append(("Authorization", f"Basic {credentials}"))
    found += sorted(added, key=lambda header: header[0])
    return [*found, _ACCEPT_ENCODING] if "accept-encoding" not in names else found


def _user_and_password(userinfo: str) -> bytes:
    user, _, password = userinfo.partition(":")
    return unquote_to_bytes(user) + b":" + unquote_to_bytes(password)


def _host_and_port(url: Url) -> tuple[str, int | None]:
    """The host without brackets, and the port if there is one in the URL."""
    if url.host.startswith("["):
        host, _, port = url.host[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = url.host.partition(":")
        host = _resolvable(host)
    if len(port.lstrip("0")) > _PORT_DIGITS:
        raise RequestFailedError(f"dial tcp: address {port}: invalid port", str(url))
    return host, int(port[-_PORT_DIGITS:]) if port else None


def _resolvable(host: str) -> str:
    """A name as name servers know it: what is not ASCII in it by its IDNA form."""
    name = unquote(host)
    if name.isascii():
        return name
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return quote(name)


def _ascii(text: str) -> bytes:
    return text.encode("utf-8", "replace")
