"""Delays as services show them: most are short, few are long; given by two quantiles.

ln(delay) is normal with mean ln(p50); p99 lies 2.326 standard deviations above it.
"""

import math
from statistics import NormalDist
from typing import Literal, Self

from pydantic import Field, model_validator

from detail_service.faults.kinds.delay import Delay
from detail_service.faults.quantities import Duration, show_seconds

STANDARD = NormalDist()
Z99 = STANDARD.inv_cdf(0.99)


class Lognormal(Delay):
    distribution: Literal["lognormal"]
    p50: Duration = Field(gt=0, le=60, description="median: above 0 to 60 s")
    p99: Duration = Field(gt=0, le=60, description="99th percentile: `p50` to 60 s")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.p50 > self.p99:
            raise ValueError("`p50` must not be above `p99`")
        return self

    def seconds(self, draw: float) -> float:
        sigma = math.log(self.p99 / self.p50) / Z99
        return self.p50 * math.exp(sigma * STANDARD.inv_cdf(max(draw, 1e-12)))

    def summary(self) -> str:
        return f"delay lognormal p50 {show_seconds(self.p50)} p99 {show_seconds(self.p99)}"
