"""Every delay between two bounds, equally likely."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from detail_service.faults.exchange import Caps
from detail_service.faults.kinds.delay import Delay
from detail_service.faults.quantities import Duration, show_seconds


class Uniform(Delay):
    distribution: Literal["uniform"]
    min: Duration = Field(ge=0, le=60, description="shortest: 0 to 60 s")
    max: Duration = Field(ge=0, le=60, description="longest: `min` to 60 s")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError("`min` must not be above `max`")
        return self

    def seconds(self, draw: float) -> float:
        return self.min + (self.max - self.min) * draw

    def capped(self, caps: Caps) -> Mapping[str, tuple[float, float]]:
        return {"max": (self.max, caps.delay_s)}

    def summary(self) -> str:
        return f"delay {show_seconds(self.min)} to {show_seconds(self.max)}"
