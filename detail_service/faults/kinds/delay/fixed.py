"""Always the same delay."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from detail_service.faults.exchange import Caps
from detail_service.faults.kinds.delay import Delay
from detail_service.faults.quantities import Duration, show_seconds


class Fixed(Delay):
    distribution: Literal["fixed"]
    delay: Duration = Field(ge=0, le=60, description="how long: 0 to 60 s")

    def seconds(self, draw: float) -> float:
        return self.delay

    def capped(self, caps: Caps) -> Mapping[str, tuple[float, float]]:
        return {"delay": (self.delay, caps.delay_s)}

    def summary(self) -> str:
        return f"delay {show_seconds(self.delay)}"
