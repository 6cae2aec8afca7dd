"""Names to addresses: all of them, round robin, each name asked at most once in a while."""

import asyncio
import ipaddress
import socket
from time import monotonic_ns
from typing import Any

from commons.units import NS_PER_S
from loadtester.load.transport.failures import connect_failure, dns_failure
from loadtester.load.transport.hosts import zone_index

KEEP_NS = 5 * NS_PER_S
Address = tuple[int, tuple[Any, ...]]
"""A socket family and the address as `connect` wants it."""


class Resolver:
    """Resolves host names. Every lookup starts the list at another address."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[int, list[Address]]] = {}
        self._asking: dict[tuple[str, int], asyncio.Task[list[Address]]] = {}
        self._turn = 0

    async def addresses(self, host: str, port: int) -> list[Address]:
        """All addresses to try, in order. RequestFailed(DNS) when there are none."""
        literal = _literal(host, port)
        if literal is not None:
            return [literal]
        key = (host, port)
        until_ns, found = self._known.get(key, (0, []))
        if monotonic_ns() >= until_ns:
            task = self._asking.get(key)
            if task is None:
                task = self._asking[key] = asyncio.ensure_future(self._ask(host, port))
                task.add_done_callback(lambda done: self._resolved(key, done))
            found = await asyncio.shield(task)
        self._turn += 1
        turn = self._turn % len(found)
        return found[turn:] + found[:turn]

    def _resolved(self, key: tuple[str, int], task: "asyncio.Task[list[Address]]") -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # seen, even if everybody who asked has given up meanwhile

    async def _ask(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            failure = error if isinstance(error, OSError) else OSError(str(error))
            raise dns_failure(host, failure) from error
        found: list[Address] = [(family, tuple(address)) for family, _, _, _, address in infos]
        self._known[host, port] = (monotonic_ns() + KEEP_NS, found)
        return found


def _literal(host: str, port: int) -> Address | None:
    try:
        version = ipaddress.ip_address(host.partition("%")[0]).version
    except ValueError:
        return None
    if version == 4:
        return socket.AF_INET, (host, port)
    address, _, zone = host.partition("%")
    try:
        scope = zone_index(zone) if zone else 0
    except OSError as error:
        raise connect_failure(error, f"[{host}]:{port}") from error
    return socket.AF_INET6, (address, port, 0, scope)
