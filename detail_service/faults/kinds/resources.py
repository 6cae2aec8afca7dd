"""`cpu` and `memory`: each hit costs processor time or memory; the response stays right."""

import time
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.limits import FaultLimits
from detail_service.faults.quantities import Duration, Size, format_seconds
from detail_service.faults.spec import Delaying


class Cpu(Delaying):
    """Burns the processor for every hit; as in any one-threaded server, all requests wait."""

    kind: Literal["cpu"]
    burn: Duration = Field(
        default=0.05,
        ge=0,
        le=10,
        description="processor time per hit: 0 to 10 s, capped for all faults of a request",
    )

    async def hold(self, draws: Draws, exchange: Exchange) -> bool:
        burn_s = exchange.take_cpu(self.burn)
        end = time.thread_time() + burn_s
        while time.thread_time() < end:
            pass
        return burn_s > 0

    def limited(self, limits: FaultLimits) -> Mapping[str, tuple[float, float]]:
        return {"burn": (self.burn, limits.cpu_s)}

    def summary(self) -> str:
        return f"cpu {format_seconds(self.burn)} per hit"


class Memory(Delaying):
    """Leaks memory with every hit; all of it is given back when the fault ends."""

    kind: Literal["memory"]
    leak: Size = Field(
        default=64 * 1024,
        ge=1,
        le=64 * 1024**2,
        description="bytes leaked per hit: 1 to 64MiB, all leaks together capped by a flag",
    )

    async def hold(self, draws: Draws, exchange: Exchange) -> bool:
        return exchange.memory.allocate(exchange.owner, self.leak) > 0

    def summary(self) -> str:
        return f"memory {self.leak} bytes per hit"
