"""`hang`, `reset` and `crash`: the exchange ends without a response."""

import logging
import os
from typing import Literal

from pydantic import Field

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.spec import Aborting

log = logging.getLogger("detail")


class Hang(Aborting):
    """Takes the request and never responds; ends when the client leaves or at the delay cap."""

    kind: Literal["hang"]

    async def abort(self, draws: Draws, exchange: Exchange) -> None:
        await exchange.hold(exchange.limits.delay_s)
        if not exchange.client_left:
            exchange.connection.close()


class Reset(Aborting):
    """Ends the connection with a TCP RST instead of a response."""

    kind: Literal["reset"]

    async def abort(self, draws: Draws, exchange: Exchange) -> None:
        exchange.connection.reset()


class Crash(Aborting):
    """Ends the process at once, without responding and without cleaning up."""

    kind: Literal["crash"]
    exit_code: int = Field(
        default=1, ge=0, le=255, description="exit code of the process: 0 to 255"
    )

    async def abort(self, draws: Draws, exchange: Exchange) -> None:
        log.critical("fault %s ends the process with exit code %d", exchange.owner, self.exit_code)
        logging.shutdown()
        os._exit(self.exit_code)

    def summary(self) -> str:
        return f"crash with exit code {self.exit_code}"
