"""The sockets below an exchange: names resolved as Go does, and errors in its words."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from rehearsal.gohttp.words import errno_words, lookup_words

_HIGHEST_PORT = 65_535
_BEGINNING_BYTES = 64


class Network(httpcore2.AsyncNetworkBackend):
    """The backend of one exchange; `beginning` has the first bytes that came back."""

    def __init__(self) -> None:
        self._backend = httpcore2.AnyIOBackend()
        self.beginning = b""
        self.addresses = ""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers; raises ConnectError with Go's words."""
        if port > _HIGHEST_PORT:
            raise httpcore2.ConnectError(f"dial tcp: address {port}: invalid port")
        failure: httpcore2.ConnectError | None = None
        for address in await _addresses(host, port):
            try:
                stream = await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                text = f"dial tcp {endpoint(address, port)}: connect: {errno_words(error)}"
                failure = failure or httpcore2.ConnectError(text)
            else:
                local = stream.get_extra_info("client_addr")
                self.addresses = f"{endpoint(*local[:2])}->{endpoint(address, port)}"
                return _Stream(stream, self)
        raise failure or httpcore2.ConnectError(f"dial tcp: lookup {host}: no such host")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpcore2.AsyncNetworkStream):
    """A stream that remembers how the other side's bytes begin."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        room = _BEGINNING_BYTES - len(self._network.beginning)
        self._network.beginning += data[:room]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        secured = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(secured, self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


async def _addresses(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise httpcore2.ConnectError(lookup_words(host, error)) from None
    except UnicodeError:
        raise httpcore2.ConnectError(f"dial tcp: lookup {host}: no such host") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def endpoint(address: str, port: int) -> str:
    """An address as Go prints it: `127.0.0.1:80`, `[::1]:80`."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
