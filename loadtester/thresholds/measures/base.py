"""What a threshold can be about: one measure, read from a result in one of its units."""

from collections.abc import Callable
from dataclasses import dataclass

from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit

Reader = Callable[[RunResult], float | None]
"""The measured value; None where nothing was measured that it could be read from."""


@dataclass(frozen=True)
class Measure:
    """A measure that exists: how to read it, by the unit of the bound it is held against."""

    readers: dict[Unit, Reader]

    def read(self, result: RunResult, unit: Unit) -> float | None:
        """The value in `unit`, or None when no request came to an end."""
        return self.readers[unit](result) if result.ended else None


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
