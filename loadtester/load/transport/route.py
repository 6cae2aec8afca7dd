"""Where a request goes and the bytes that are written there: the first hop and the redirects."""

import base64
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote_to_bytes, urljoin, urlsplit

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import Heads, Response
from loadtester.load.plan import RequestSpec, Transport
from loadtester.load.transport.hosts import bracketed, parse_host, split_netloc, without_zone

DEFAULT_PORTS = {"http": 80, "https": 443}
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
REPLAYABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding", "trailer"})
"""Ours alone: a length that the caller gets wrong would make of one request two (RFC 9112,
section 6). Go's net/http leaves the same ones out of what it is given."""
NOT_THE_CALLERS = FRAMING_HEADERS | {"host"}
CREDENTIALS = frozenset({"authorization", "cookie", "www-authenticate"})
MAX_REMEMBERED_REDIRECTS = 1024
MAX_LOCATION_CHARS = 16 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, and the proxy on the way there, if any."""

    scheme: str
    host: str
    port: int
    proxy: str | None = None

    @property
    def authority(self) -> str:
        """`address` as others know it: without a zone, and without the scheme's own port."""
        host = bracketed(without_zone(self.host))
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"{bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a chain: the spec it is made of, where it goes, what is written."""

    spec: RequestSpec
    origin: Origin
    message: "Message"
    data: bytes
    """The message as HTTP/1.1."""
    heads: Heads

    @property
    def is_replayable(self) -> bool:
        """Whether a lost idle connection may be answered by sending it again (RFC 9110, 9.2.2)."""
        named = {name.lower() for name, _ in self.spec.headers}
        return self.spec.method in REPLAYABLE_METHODS or "idempotency-key" in named


class Router:
    """Turns the plan's request, and the redirects it meets, into hops; each is built once."""

    def __init__(self, spec: RequestSpec, transport: Transport) -> None:
        self._transport = transport
        self._heads = {False: Heads(), True: Heads(to_head_request=True)}
        self._followed: dict[tuple[str, bytes, int, str], Hop] = {}
        self.first = self._hop(spec, transport.host_header)

    def _hop(self, spec: RequestSpec, host_header: str | None) -> Hop:
        origin = origin_of(spec, self._transport)
        message = message_of(spec, self._transport, host_header)
        return Hop(spec, origin, message, message.http1(origin), self._heads[spec.method == "HEAD"])

    def follow(self, hop: Hop, response: Response) -> Hop:
        """The hop that a redirect leads to. RequestFailed(PROTOCOL) if it leads nowhere."""
        assert response.location is not None
        key = (hop.spec.url, hop.data, response.status, response.location)
        if key not in self._followed:
            if len(self._followed) >= MAX_REMEMBERED_REDIRECTS:
                self._followed.clear()
            try:
                self._followed[key] = self._follow(hop, response.status, response.location)
            except ValueError as error:
                raise _bad_location(response.location, str(error)) from error
        return self._followed[key]

    def _follow(self, hop: Hop, status: int, location: str) -> Hop:
        if len(location) > MAX_LOCATION_CHARS:
            raise ValueError(f"longer than {MAX_LOCATION_CHARS} characters")
        spec = replace(hop.spec, url=urljoin(hop.spec.url, location))
        if status in (301, 302, 303) and spec.method not in ("GET", "HEAD"):
            headers = tuple(h for h in spec.headers if not h[0].lower().startswith("content-"))
            spec = replace(spec, method="GET", body=b"", headers=headers)
        old, new = hop.spec.host, spec.host
        if new != old and not new.endswith(f".{old}"):
            kept = tuple(h for h in spec.headers if h[0].lower() not in CREDENTIALS)
            spec = replace(spec, headers=kept)
        return self._hop(spec, self._transport.host_header if new == old else None)


def _bad_location(location: str, why: str) -> RequestFailed:
    detail = f"failed to parse Location header {location[:60]!r}: {why}"
    return RequestFailed(ErrorClass.PROTOCOL, detail)


def origin_of(spec: RequestSpec, transport: Transport) -> Origin:
    """Where the URL points, through the plan's proxy rules."""
    parts = spec.parts
    host, port = spec.host, parts.port or DEFAULT_PORTS[parts.scheme]
    proxy = None
    if transport.unix_socket is None:
        proxy = transport.proxies.for_url(parts.scheme, host, port)
    return Origin(parts.scheme, host, port, proxy)


def basic_credentials(parts: SplitResult) -> str | None:
    """`Basic ...` from the user:password of a URL."""
    if parts.username is None:
        return None
    pair = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
    return "Basic " + base64.b64encode(pair).decode()


@dataclass(frozen=True, slots=True)
class Message:
    """A request between the plan and the wire, the same for HTTP/1.1 and HTTP/2."""

    method: str
    scheme: str
    authority: str
    target: str
    fields: tuple[tuple[str, str], ...]
    """Without Host."""
    body: bytes

    def http1(self, origin: Origin) -> bytes:
        """One block of bytes, body included; in absolute form when it goes to a proxy."""
        target, fields = self.target, self.fields
        if origin.proxy and origin.scheme == "http":
            target = f"http://{origin.authority}{target}"
            credentials = basic_credentials(urlsplit(origin.proxy))
            if credentials:
                fields = (("Proxy-Authorization", credentials), *fields)
        first = (f"{self.method} {target} HTTP/1.1", f"Host: {self.authority}")
        lines = [*first, *(f"{name}: {value}" for name, value in fields), "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


def message_of(spec: RequestSpec, transport: Transport, host_header: str | None) -> Message:
    """The plan's request with everything that was left to us to add."""
    parts = spec.parts
    authority = _authority(parts)
    given = {name.lower(): value for name, value in spec.headers}
    added: list[tuple[str, str]] = []
    credentials = basic_credentials(parts)
    if credentials and "authorization" not in given:
        added.append(("Authorization", credentials))
    if transport.compression and not given.keys() & {"accept-encoding", "range"}:
        added.append(("Accept-Encoding", "gzip"))
    if not transport.keep_alive and "connection" not in given:
        added.append(("Connection", "close"))
    if spec.body or spec.method in BODY_METHODS:
        added.append(("Content-Length", str(len(spec.body))))
    return Message(
        spec.method,
        parts.scheme,
        host_header or given.get("host") or authority,
        _target(parts),
        (*added, *(h for h in spec.headers if h[0].lower() not in NOT_THE_CALLERS)),
        spec.body,
    )


def _authority(parts: SplitResult) -> str:
    """Host and port as the URL has them, but for a zone and for what is not ASCII."""
    host, port = split_netloc(parts.netloc)
    return f"{bracketed(without_zone(parse_host(host)))}{port}"


def _target(parts: SplitResult) -> str:
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    safe = (
        chr(b) if 0x21 <= b <= 0x7E else f"%{b:02X}"
        for b in target.encode("utf-8", "surrogateescape")
    )
    return "".join(safe)
