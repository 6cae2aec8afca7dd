"""Making connections: address, TCP or unix socket, proxy tunnel, TLS. Every failure classified."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from time import monotonic_ns
from urllib.parse import urlsplit

from commons.input_file import InputFileError, check_ends
from loadtester.load.errors import ErrorClass, PlanError, RequestFailed
from loadtester.load.plan import TlsOptions, Transport
from loadtester.load.transport.failures import (
    RequestPhase,
    connect_failure,
    stream_failure,
    tls_failure,
    unusable_address,
)
from loadtester.load.transport.hosts import bracketed, parse_host, without_zone
from loadtester.load.transport.resolver import Address, Resolver
from loadtester.load.transport.route import Origin, basic_credentials

MAX_TUNNEL_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Dialed:
    """A fresh connection and how long it took."""

    sock: socket.socket
    dns_ns: int
    total_ns: int
    alpn: str | None = None


@dataclass(slots=True)
class Attempt:
    """How far the making of a connection is."""

    phase: RequestPhase = RequestPhase.LOOKUP


def tls_context(options: TlsOptions, *, http2: bool = False) -> ssl.SSLContext:
    """A client's context. PlanError naming the file that cannot be used."""
    context = ssl.create_default_context()
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
    for path in (options.ca_file, options.cert_file, options.key_file):
        if path is not None:
            try:
                check_ends(path)
            except InputFileError as error:
                raise PlanError(f"TLS file {path}: {error}") from error
    if options.ca_file is not None:
        try:
            context.load_verify_locations(options.ca_file)
        except OSError as error:
            raise PlanError(f"CA file {options.ca_file}: {error.strerror or error}") from error
    if options.cert_file is not None:
        try:
            context.load_cert_chain(options.cert_file, options.key_file)
        except OSError as error:
            files = f"{options.cert_file}, key {options.key_file or 'in the same file'}"
            raise PlanError(f"client certificate {files}: {error.strerror or error}") from error
    return context


class Dialer:
    """Connects as the plan's transport says."""

    def __init__(self, transport: Transport, resolver: Resolver | None = None) -> None:
        self._transport = transport
        self._resolver = resolver or Resolver()
        self._tls = tls_context(transport.tls, http2=transport.http2)

    async def dial(self, origin: Origin, attempt: Attempt | None = None) -> Dialed:
        """A connection to `origin`, through its proxy if it has one. RequestFailed if none.

        `attempt` says meanwhile how far it is.
        """
        attempt = attempt or Attempt()
        try:
            return await self._dial(origin, attempt)
        except OSError as error:
            raise connect_failure(error, origin.address) from error
        except ValueError as error:
            raise unusable_address(error, origin.address) from error

    async def _dial(self, origin: Origin, attempt: Attempt) -> Dialed:
        started_ns = monotonic_ns()
        sock, dns_ns = await self._connect(origin, attempt)
        try:
            if origin.proxy is not None and origin.scheme == "https":
                attempt.phase = RequestPhase.PROXY
                await _open_tunnel(sock, origin)
            if origin.scheme == "https":
                attempt.phase = RequestPhase.TLS
                sock = await self._handshake(sock, origin)
        except BaseException:
            sock.close()
            raise
        alpn = sock.selected_alpn_protocol() if isinstance(sock, ssl.SSLSocket) else None
        return Dialed(sock, dns_ns, monotonic_ns() - started_ns, alpn)

    async def _connect(self, origin: Origin, attempt: Attempt) -> tuple[socket.socket, int]:
        path = self._transport.unix_socket
        if path is not None:
            return await _connect(socket.AF_UNIX, path, path), 0
        host, port = self._where(origin)
        started_ns = monotonic_ns()
        addresses = await self._resolver.addresses(host, port)
        dns_ns = monotonic_ns() - started_ns
        attempt.phase = RequestPhase.CONNECT
        return await _connect_to_first(addresses), dns_ns

    def _where(self, origin: Origin) -> tuple[str, int]:
        if origin.proxy is not None:
            proxy = urlsplit(origin.proxy)
            return parse_host(proxy.hostname or ""), proxy.port or 80
        for rule in self._transport.connect_to:
            found = rule.apply(origin.host, origin.port)
            if found is not None:
                return found
        return origin.host, origin.port

    async def _handshake(self, sock: socket.socket, origin: Origin) -> socket.socket:
        name = self._transport.tls.server_name or self._transport.host_header or origin.host
        name = without_zone(name.rpartition(":")[0] if name.count(":") == 1 else name)
        try:
            tls = self._tls.wrap_socket(
                sock, server_hostname=name.rstrip("."), do_handshake_on_connect=False
            )
        except (OSError, ValueError) as error:
            failure = error if isinstance(error, OSError) else OSError(str(error))
            raise tls_failure(failure) from error
        try:
            while True:
                try:
                    tls.do_handshake()
                    return tls
                except ssl.SSLWantReadError:
                    await _until_ready(tls.fileno(), for_write=False)
                except ssl.SSLWantWriteError:
                    await _until_ready(tls.fileno(), for_write=True)
        except OSError as error:
            tls.close()
            raise tls_failure(error) from error
        except BaseException:
            tls.close()
            raise


async def _connect_to_first(addresses: list[Address]) -> socket.socket:
    """The first address that accepts; when none does, the failure of the first."""
    failures: list[RequestFailed] = []
    try:
        for family, address in addresses:
            host, port = address[:2]
            shown = f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}"
            try:
                return await _connect(family, address, shown)
            except RequestFailed as failure:
                failures.append(failure)
        raise failures[0]
    finally:
        failures.clear()  # or this frame and its exception would hold each other for ever


async def _connect(family: int, address: tuple[object, ...] | str, shown: str) -> socket.socket:
    network = "unix" if family == socket.AF_UNIX else "tcp"
    try:
        sock = _new_socket(family)
    except OSError as error:
        raise connect_failure(error, shown, network) from error
    try:
        sock.setblocking(False)
        if network == "tcp":
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await _connect_without_blocking(sock, address)
    except OSError as error:
        sock.close()
        raise connect_failure(error, shown, network) from error
    except BaseException:
        sock.close()
        raise
    return sock


def _new_socket(family: int) -> socket.socket:
    return socket.socket(family, socket.SOCK_STREAM)


async def _connect_without_blocking(sock: socket.socket, address: tuple[object, ...] | str) -> None:
    try:
        sock.connect(address)
    except (BlockingIOError, InterruptedError):
        if sock.family == socket.AF_UNIX:
            raise
        await _until_ready(sock.fileno(), for_write=True)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "connect") from None


async def _until_ready(descriptor: int, *, for_write: bool) -> None:
    """Wait until the socket can be read or written; it is not watched any more afterwards."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    add, remove = (
        (loop.add_writer, loop.remove_writer)
        if for_write
        else (loop.add_reader, loop.remove_reader)
    )
    add(descriptor, _set, ready)
    try:
        await ready
    finally:
        remove(descriptor)


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


async def _open_tunnel(sock: socket.socket, origin: Origin) -> None:
    """CONNECT through the proxy. RequestFailed(PROXY) if it does not want to."""
    assert origin.proxy is not None
    credentials = basic_credentials(urlsplit(origin.proxy))
    extra = f"Proxy-Authorization: {credentials}\r\n" if credentials else ""
    target = f"{bracketed(without_zone(origin.host))}:{origin.port}"
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{extra}\r\n"
    head = b""
    try:
        sock.send(request.encode())
        while not head.endswith(b"\r\n\r\n"):
            await _until_ready(sock.fileno(), for_write=False)
            data = sock.recv(4096)
            head += data
            if not data or len(head) > MAX_TUNNEL_HEAD_BYTES:
                raise RequestFailed(ErrorClass.PROXY, "proxyconnect tcp: unexpected EOF")
    except OSError as error:
        raise stream_failure(error, urlsplit(origin.proxy).netloc, "read") from error
    status = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(status) < 2 or not status[1].startswith(b"2"):
        text = b" ".join(status[1:]).decode("latin-1")[:100]
        raise RequestFailed(ErrorClass.PROXY, f"proxyconnect tcp: {text}")
