"""`hang`: takes the request and never answers; ends when the client leaves or at the delay cap."""

from typing import ClassVar, Literal

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.plan import Severing


class Hang(Severing):
    kind: Literal["hang"]

    sentence: ClassVar[str] = "never answers"

    async def sever(self, draws: Draws, exchange: Exchange) -> None:
        if not await exchange.wait(exchange.caps.delay_s):
            exchange.connection.close()
