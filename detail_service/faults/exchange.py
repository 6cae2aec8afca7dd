"""One request and its answer as the effects of faults see them."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Connection(Protocol):
    """The client's connection, which `detail_service.protocol` lends to the application."""

    async def gone(self, timeout_s: float) -> bool:
        """Wait at most this long; True once the client has left."""

    def reset(self) -> None:
        """End it with a TCP RST."""

    def close(self) -> None:
        """End it after what was written has been sent."""


class Detached:
    """Stands in under a server that lends no connection: the server itself closes it."""

    async def gone(self, timeout_s: float) -> bool:
        await asyncio.sleep(timeout_s)
        return False

    def reset(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Hoard:
    """Memory that faults hold on to, by fault id; never more than `limit_bytes` together."""

    limit_bytes: int
    held: dict[str, list[bytes]] = field(default_factory=dict)
    held_bytes: int = 0

    def keep(self, owner: str, size: int) -> int:
        """Hold `size` more bytes, or what is left under the limit; returns how many."""
        size = min(size, self.limit_bytes - self.held_bytes)
        if size > 0:
            self.held.setdefault(owner, []).append(b"\xa5" * size)
            self.held_bytes += size
        return max(size, 0)

    def release(self, owner: str) -> None:
        self.held_bytes -= sum(map(len, self.held.pop(owner, ())))


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that faults may do to one request, and to memory; flags lower them."""

    delay_s: float = 60.0
    cpu_s: float = 1.0
    memory_bytes: int = 256 * 1024**2


@dataclass(slots=True)
class Exchange:
    """One request under faults. `owner` is the id of the fault that is being applied."""

    scope: Scope
    receive: Receive
    send: Send
    caps: Caps
    hoard: Hoard
    connection: Connection
    owner: str = ""
    held_s: float = 0.0
    broken_off: bool = False
    client_left: bool = False

    async def wait(self, seconds: float) -> bool:
        """Hold the request, all delays together at most the cap; True if the client left."""
        seconds = min(seconds, self.caps.delay_s - self.held_s)
        if seconds <= 0:
            return False
        self.held_s += seconds
        self.client_left = await self.connection.gone(seconds)
        return self.client_left


def connection_of(scope: Scope) -> Connection:
    """The connection that the server lends, or a stand-in."""
    lent: Connection | None = (scope.get("extensions") or {}).get("detail.connection")
    return lent or Detached()
