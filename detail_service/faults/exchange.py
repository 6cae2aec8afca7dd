"""One request and its response as the effects of faults see them."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from starlette.types import Receive, Scope, Send

from detail_service.faults.limits import FaultLimits, MemoryBudget


class Connection(Protocol):
    """The client's connection, which `detail_service.protocol` lends to the application."""

    async def gone(self, timeout_s: float) -> bool:
        """Wait at most this long; True once the client has left."""

    def reset(self) -> None:
        """End it with a TCP RST."""

    def close(self) -> None:
        """End it after what was written has been sent."""


class NotLent:
    """Stands in under a server that lends no connection: the server itself closes it."""

    async def gone(self, timeout_s: float) -> bool:
        await asyncio.sleep(timeout_s)
        return False

    def reset(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Exchange:
    """One request under faults. `owner` is the id of the fault that is being applied.

    The limits on time are shared by all faults of the request: `held_s` is how long they have
    delayed it together, `burnt_cpu_s` how much processor time they have burnt.
    """

    scope: Scope
    receive: Receive
    send: Send
    limits: FaultLimits
    memory: MemoryBudget
    connection: Connection
    owner: str = ""
    held_s: float = 0.0
    burnt_cpu_s: float = 0.0
    broken_off: bool = False
    client_left: bool = False

    async def hold(self, seconds: float) -> bool:
        """Delay the request, as far as the limit leaves room; False when it leaves none."""
        left_s = self.limits.delay_s - self.held_s
        if seconds > 0 >= left_s:
            return False
        seconds = min(seconds, left_s)
        if seconds > 0:
            self.held_s += seconds
            self.client_left = await self.connection.gone(seconds)
        return True

    def take_cpu(self, seconds: float) -> float:
        """The processor time that may be burnt of what is asked for."""
        taken_s = max(0.0, min(seconds, self.limits.cpu_s - self.burnt_cpu_s))
        self.burnt_cpu_s += taken_s
        return taken_s


def connection_of(scope: Scope) -> Connection:
    """The connection that the server lends, or a stand-in."""
    lent: Connection | None = (scope.get("extensions") or {}).get("detail.connection")
    return lent or NotLent()
