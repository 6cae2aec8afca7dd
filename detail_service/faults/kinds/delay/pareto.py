"""Delays with a heavy tail: at least `scale`, and rarely very much more."""

import math
from typing import Literal

from pydantic import Field

from detail_service.faults.kinds.delay import Delay
from detail_service.faults.quantities import Duration, show_seconds


class Pareto(Delay):
    distribution: Literal["pareto"]
    scale: Duration = Field(gt=0, le=60, description="shortest delay: above 0 to 60 s")
    shape: float = Field(
        default=1.5, ge=0.1, le=100, description="tail index, smaller is heavier: 0.1 to 100"
    )

    def seconds(self, draw: float) -> float:
        return self.scale * math.pow(1.0 - draw, -1.0 / self.shape)

    def summary(self) -> str:
        return f"delay pareto from {show_seconds(self.scale)}, shape {self.shape:g}"
