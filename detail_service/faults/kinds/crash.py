"""`crash`: the process ends at once, without answering and without cleaning up."""

import logging
import os
from typing import ClassVar, Literal

from pydantic import Field

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.plan import Severing

log = logging.getLogger("detail")


class Crash(Severing):
    kind: Literal["crash"]
    exit_code: int = Field(
        default=1, ge=0, le=255, description="exit code of the process: 0 to 255"
    )

    sentence: ClassVar[str] = "ends the process"

    async def sever(self, draws: Draws, exchange: Exchange) -> None:
        log.critical("fault %s ends the process with exit code %d", exchange.owner, self.exit_code)
        logging.shutdown()
        os._exit(self.exit_code)

    def summary(self) -> str:
        return f"crash with exit code {self.exit_code}"
