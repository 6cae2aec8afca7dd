"""`reset`: ends the connection with a TCP RST instead of an answer."""

from typing import ClassVar, Literal

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.plan import Severing


class Reset(Severing):
    kind: Literal["reset"]

    sentence: ClassVar[str] = "resets the connection"

    async def sever(self, draws: Draws, exchange: Exchange) -> None:
        exchange.connection.reset()
