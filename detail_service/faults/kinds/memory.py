"""`memory`: leaks memory with every hit; all of it is given back when the fault ends."""

from typing import ClassVar, Literal

from pydantic import Field

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.plan import Holding
from detail_service.faults.quantities import Size


class Memory(Holding):
    kind: Literal["memory"]
    leak: Size = Field(
        default=64 * 1024,
        ge=1,
        le=64 * 1024**2,
        description="bytes leaked per hit: 1 to 64MiB, all leaks together capped by a flag",
    )

    sentence: ClassVar[str] = "leaks memory"

    async def hold(self, draws: Draws, exchange: Exchange) -> None:
        exchange.hoard.keep(exchange.owner, self.leak)

    def summary(self) -> str:
        return f"memory {self.leak} bytes per hit"
