"""`cpu`: burns the processor for every hit; as in any one-threaded server, all requests wait."""

import time
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Caps, Exchange
from detail_service.faults.plan import Holding
from detail_service.faults.quantities import Duration, show_seconds


class Cpu(Holding):
    kind: Literal["cpu"]
    burn: Duration = Field(
        default=0.05, ge=0, le=10, description="processor time per hit: 0 to 10 s, capped by a flag"
    )

    sentence: ClassVar[str] = "burns processor time"

    async def hold(self, draws: Draws, exchange: Exchange) -> None:
        end = time.thread_time() + min(self.burn, exchange.caps.cpu_s)
        while time.thread_time() < end:
            pass

    def capped(self, caps: Caps) -> Mapping[str, tuple[float, float]]:
        return {"burn": (self.burn, caps.cpu_s)}

    def summary(self) -> str:
        return f"cpu {show_seconds(self.burn)} per hit"
