"""Delays: one file per distribution of latency.

Every distribution is a quantile function: one uniform draw in, seconds out. So the same draw
gives the same delay, and the shape can be tested without chance.
"""

from abc import abstractmethod
from typing import ClassVar, Literal

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.plan import Holding


class Delay(Holding):
    """Holds the request for a time, then lets it go on."""

    sentence: ClassVar[str] = "answers late"
    kind: Literal["delay"]

    @abstractmethod
    def seconds(self, draw: float) -> float:
        """The quantile function: `draw` in [0, 1) -> seconds, never negative."""

    async def hold(self, draws: Draws, exchange: Exchange) -> None:
        await exchange.wait(self.seconds(draws.first))
