"""What a threshold can be about: one measure, read from a result in one of its units."""

from collections.abc import Callable
from dataclasses import dataclass

from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit


@dataclass(frozen=True)
class Missing:
    """Why there is no value to hold against a bound; such a threshold fails."""

    reason: str = "no samples"


Reader = Callable[[RunResult], "float | Missing"]
"""The measured value, in the unit of the bound."""


@dataclass(frozen=True)
class Measure:
    """A measure that exists: how to read it, by the unit of the bound it is held against."""

    readers: dict[Unit, Reader]

    def read(self, result: RunResult, unit: Unit) -> float | Missing:
        """The value in `unit`; Missing when no request came to an end."""
        return self.readers[unit](result) if result.ended else Missing()


Family = Callable[[str], Measure | None]
"""Finds the measure of a name, or None if the name belongs to another family."""


def counted(
    count: Callable[[RunResult], int], of: Callable[[RunResult], int] | None = None
) -> Measure:
    """A count, held against a number or, as a share of `of` (None: what ended), a percentage."""

    def whole(result: RunResult) -> int:
        return of(result) if of else result.ended

    return Measure(
        {
            Unit.NUMBER: lambda result: float(count(result)),
            Unit.SHARE: lambda result: count(result) / max(1, whole(result)),
        }
    )
