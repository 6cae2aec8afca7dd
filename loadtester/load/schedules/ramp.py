"""A ramp that stays up: `10..200/30s`, then 200 per second for ever."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Self

from commons.units import NS_PER_S
from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.stages import Stage


@dataclass(frozen=True)
class Ramp(Schedule):
    """From one rate to another over a while, then on at the second rate."""

    kind: ClassVar[str] = "ramp"
    syntax: ClassVar[str] = "FROM..TO/DURATION"

    stage: Stage
    _arrivals: Fraction = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.stage.to_rps <= 0:
            raise PlanError("ramp: the rate it leads to must be above 0; a stage may end at 0")
        object.__setattr__(self, "_arrivals", self.stage.arrivals)

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """`10..200/30s`."""
        return cls(Stage.parse(text, "ramp"))

    def planned_ns(self, i: int) -> int:
        """On the ramp as in a stage, after it as at a constant rate."""
        if i < self._arrivals:
            return self.stage.inverse_ns(Fraction(i))
        after = (i - self._arrivals) * NS_PER_S / self.stage.to_rps
        return self.stage.duration_ns + int(after)

    def scaled(self, factor: Fraction) -> "Ramp":
        """A shorter ramp between the same rates."""
        stage = self.stage
        shorter_ns = max(1, int(stage.duration_ns / factor))
        return Ramp(Stage(stage.from_rps, stage.to_rps, shorter_ns))

    def describe(self) -> str:
        """`ramp:FROM..TO/DURATION`."""
        return f"ramp:{self.stage.describe()}"
