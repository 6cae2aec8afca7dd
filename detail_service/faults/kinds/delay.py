"""`delay`: the response comes late, by a time drawn from one of five distributions.

Every distribution is a quantile function: one uniform draw in, seconds out. So the same draw
gives the same delay, and the shape can be tested without chance.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from statistics import NormalDist
from typing import Literal, Self

from pydantic import Field, model_validator

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.limits import FaultLimits
from detail_service.faults.quantities import Duration, format_seconds
from detail_service.faults.spec import Delaying

STANDARD = NormalDist()
Z99 = STANDARD.inv_cdf(0.99)


class Delay(Delaying):
    """Holds the request for a time, then lets it go on."""

    kind: Literal["delay"]

    @abstractmethod
    def quantile_s(self, draw: float) -> float:
        """The quantile function: `draw` in [0, 1) -> seconds, never negative."""

    async def hold(self, draws: Draws, exchange: Exchange) -> bool:
        return await exchange.hold(self.quantile_s(draws.first))


class FixedDelay(Delay):
    """Always the same delay."""

    distribution: Literal["fixed"]
    delay: Duration = Field(ge=0, le=60, description="how long: 0 to 60 s")

    def quantile_s(self, draw: float) -> float:
        return self.delay

    def limited(self, limits: FaultLimits) -> Mapping[str, tuple[float, float]]:
        return {"delay": (self.delay, limits.delay_s)}

    def summary(self) -> str:
        return f"delay {format_seconds(self.delay)}"


class UniformDelay(Delay):
    """Every delay between two bounds, equally likely."""

    distribution: Literal["uniform"]
    min: Duration = Field(ge=0, le=60, description="shortest: 0 to 60 s")
    max: Duration = Field(ge=0, le=60, description="longest: `min` to 60 s")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("`min` must not be above `max`")
        return self

    def quantile_s(self, draw: float) -> float:
        return self.min + (self.max - self.min) * draw

    def limited(self, limits: FaultLimits) -> Mapping[str, tuple[float, float]]:
        return {"max": (self.max, limits.delay_s)}

    def summary(self) -> str:
        return f"delay {format_seconds(self.min)} to {format_seconds(self.max)}"


class NormalDelay(Delay):
    """Delays around a mean; what would be negative is no delay."""

    distribution: Literal["normal"]
    mean: Duration = Field(ge=0, le=60, description="mean: 0 to 60 s")
    stddev: Duration = Field(ge=0, le=60, description="standard deviation: 0 to 60 s")

    def quantile_s(self, draw: float) -> float:
        return max(0.0, self.mean + self.stddev * STANDARD.inv_cdf(max(draw, 1e-12)))

    def summary(self) -> str:
        return f"delay normal {format_seconds(self.mean)} ± {format_seconds(self.stddev)}"


class LognormalDelay(Delay):
    """Delays as services show them: most are short, few are long; given by two quantiles.

    ln(delay) is normal with mean ln(p50); p99 lies 2.326 standard deviations above it.
    """

    distribution: Literal["lognormal"]
    p50: Duration = Field(ge=1e-6, le=60, description="median: 1us to 60 s")
    p99: Duration = Field(ge=1e-6, le=60, description="99th percentile: `p50` to 60 s")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.p50 > self.p99:
            raise ValueError("`p50` must not be above `p99`")
        return self

    def quantile_s(self, draw: float) -> float:
        sigma = math.log(self.p99 / self.p50) / Z99
        return self.p50 * math.exp(sigma * STANDARD.inv_cdf(max(draw, 1e-12)))

    def summary(self) -> str:
        return f"delay lognormal p50 {format_seconds(self.p50)} p99 {format_seconds(self.p99)}"


class ParetoDelay(Delay):
    """Delays with a heavy tail: at least `scale`, and rarely very much more."""

    distribution: Literal["pareto"]
    scale: Duration = Field(ge=1e-6, le=60, description="shortest delay: 1us to 60 s")
    shape: float = Field(
        default=1.5, ge=0.1, le=100, description="tail index, smaller is heavier: 0.1 to 100"
    )

    def quantile_s(self, draw: float) -> float:
        return self.scale * math.pow(1.0 - draw, -1.0 / self.shape)

    def summary(self) -> str:
        return f"delay pareto from {format_seconds(self.scale)}, shape {self.shape:g}"
