"""What a threshold can be about: one measure, read from a result in one of its units."""

from collections.abc import Callable
from dataclasses import dataclass

from loadtester.load.result import RunResult
from loadtester.thresholds.grammar import Unit

Reader = Callable[[RunResult], float | None]
"""The measured value; None where nothing was measured that it could be read from."""


@dataclass(frozen=True)
class Measure:
    """A measure that exists: how to read it, by the unit of the bound it is held against."""

    readers: dict[Unit, Reader]

    def read(self, result: RunResult, unit: Unit) -> float | None:
        """The value in `unit`, or None when no request came to an end."""
        return self.readers[unit](result) if ended(result) else None


Family = Callable[[str], Measure | None]
"""Finds the measure of a name, or None if the name belongs to another family."""


def is_open(result: RunResult) -> bool:
    """Whether the run followed a schedule and not the answers."""
    pacing = result.plan.get("pacing", {})
    return bool(pacing.get("model") == "open")


def is_paced(result: RunResult) -> bool:
    """Whether requests had planned moments: by a schedule, or by a rate for each worker."""
    return is_open(result) or bool(result.plan.get("pacing", {}).get("qps_per_connection"))


def ended(result: RunResult) -> int:
    """Requests that came to an end, with an answer or with an error."""
    return result.counts.completed + result.counts.errors


def counted(count: Callable[[RunResult], int], of: Callable[[RunResult], int] = ended) -> Measure:
    """A count, held against a number or, as a share of `of`, against a percentage."""
    return Measure(
        {
            Unit.NUMBER: lambda result: float(count(result)),
            Unit.SHARE: lambda result: count(result) / max(1, of(result)),
        }
    )
