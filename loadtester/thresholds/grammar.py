"""The grammar of thresholds: a measure, a comparison and a bound.

    threshold  = measure comparison bound
    comparison = "<" | "<=" | ">" | ">=" | "==" | "!="
    bound      = duration | number | number "%"

Which measures there are, and which bounds each can be held against, is said by `measures`.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from commons.durations import format_duration_s, parse_duration_s
from loadtester.thresholds.errors import ThresholdError


class Unit(Enum):
    """What a measured value, and the bound it is held against, is counted in."""

    SECONDS = "seconds"
    NUMBER = "number"
    SHARE = "share"

    def render(self, value: float) -> str:
        """The value to four digits, in a spelling the grammar reads back."""
        if self is Unit.SECONDS:
            return format_duration_s(float(f"{value:.4g}"))
        if self is Unit.SHARE:
            return f"{_four_digits(value * 100)}%"
        return f"{value:.10g}"


def _four_digits(percent: float) -> str:
    """No 100 for what is not all: 99.9996 keeps its nines."""
    text = f"{percent:.4g}"
    return f"{percent:.10g}" if text == "100" and percent < 100 else text


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_THRESHOLD = re.compile(r"\s*+([a-z_][a-z0-9_.:-]*+)\s*+(<=|>=|==|!=|<|>)\s*+(\S++)\s*+")


@dataclass(frozen=True)
class Threshold:
    """One promise about a run."""

    measure: str
    comparison: str
    bound: float
    """In `unit`: seconds, a plain number, or a share between 0 and 1."""
    unit: Unit
    bound_text: str = field(default="", compare=False)
    """The bound as it was written."""

    def holds(self, value: float) -> bool:
        """Whether a measured value keeps the promise."""
        return COMPARISONS[self.comparison](value, self.bound)

    def __str__(self) -> str:
        return f"{self.measure}{self.comparison}{self.bound_text or self.unit.render(self.bound)}"


def split(text: str) -> list[str]:
    """The thresholds of a list separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def parse(text: str) -> Threshold:
    """Read one threshold, without asking whether its measure exists."""
    match = _THRESHOLD.fullmatch(text)
    if match is None:
        raise ThresholdError(
            f"{text!r} is not a threshold: write a measure, a comparison and a bound,"
            " such as p99<250ms, error_rate<1% or status:5xx==0"
        )
    measure, comparison, bound = match.groups()
    value, unit = _bound(text, bound)
    return Threshold(measure, comparison, value, unit, bound)


def _bound(text: str, bound: str) -> tuple[float, Unit]:
    number = bound.removesuffix("%")
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", number):
        return (float(number), Unit.NUMBER) if number is bound else (_share(number), Unit.SHARE)
    try:
        return parse_duration_s(bound), Unit.SECONDS
    except ValueError:
        raise ThresholdError(
            f"{bound!r} in {text!r} is neither a duration (250ms), a number (99) nor a share (1%)"
        ) from None


def _share(percent: str) -> float:
    return float(percent) / 100
