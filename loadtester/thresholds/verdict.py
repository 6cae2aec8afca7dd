"""Holding a run against its thresholds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtester.load.measuring.result import RunResult
from loadtester.thresholds import grammar, measures
from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.grammar import Threshold, Unit
from loadtester.thresholds.measures.base import Missing

EXIT_CODE = 99
"""What a command exits with when a threshold failed; k6 chose it, and its users know it."""


@dataclass(frozen=True)
class Judgement:
    """One threshold, what was measured, and whether it was kept."""

    threshold: Threshold
    value: float | Missing
    """In the threshold's unit; Missing fails."""

    @property
    def ok(self) -> bool:
        """Whether the threshold was kept."""
        return not isinstance(self.value, Missing) and self.threshold.holds(self.value)

    @property
    def measured(self) -> str:
        """The measured value as a person reads it."""
        if isinstance(self.value, Missing):
            return self.value.reason
        return self.threshold.unit.render(self.value)


def read_thresholds(texts: Iterable[str]) -> tuple[Threshold, ...]:
    """The thresholds of many texts, each one or a list separated by commas.

    ThresholdError for what cannot be read, has an unknown measure, or a bound of a wrong unit.
    """
    return tuple(_checked(part) for text in texts for part in grammar.split(text))


def judge(thresholds: Sequence[Threshold], result: RunResult) -> tuple[Judgement, ...]:
    """Hold a run against each threshold."""
    return tuple(_judge(threshold, result) for threshold in thresholds)


def _judge(threshold: Threshold, result: RunResult) -> Judgement:
    measure = measures.find(threshold.measure)
    value = measure.read(result, threshold.unit) if measure else Missing("no such measure")
    return Judgement(threshold, value)


def _checked(text: str) -> Threshold:
    threshold = grammar.parse(text)
    measure = measures.find(threshold.measure)
    if measure is None:
        examples = ", ".join(measures.EXAMPLES)
        raise ThresholdError(f"{text!r}: no measure {threshold.measure!r}; there are {examples}")
    if threshold.unit not in measure.readers:
        units = " or ".join(_BOUNDS[unit] for unit in measure.readers)
        raise ThresholdError(f"{text!r}: {threshold.measure} is held against {units}")
    return threshold


_BOUNDS = {
    Unit.SECONDS: "a duration such as 250ms",
    Unit.NUMBER: "a number",
    Unit.SHARE: "a share such as 1%",
}
