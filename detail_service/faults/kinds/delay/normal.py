"""Delays around a mean; what would be negative is no delay."""

from statistics import NormalDist
from typing import Literal

from pydantic import Field

from detail_service.faults.kinds.delay import Delay
from detail_service.faults.quantities import Duration, show_seconds

STANDARD = NormalDist()


class Normal(Delay):
    distribution: Literal["normal"]
    mean: Duration = Field(ge=0, le=60, description="mean: 0 to 60 s")
    stddev: Duration = Field(ge=0, le=60, description="standard deviation: 0 to 60 s")

    def seconds(self, draw: float) -> float:
        return max(0.0, self.mean + self.stddev * STANDARD.inv_cdf(max(draw, 1e-12)))

    def summary(self) -> str:
        return f"delay normal {show_seconds(self.mean)} ± {show_seconds(self.stddev)}"
