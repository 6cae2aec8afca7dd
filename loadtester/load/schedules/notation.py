"""Numbers and durations in the notation of schedules."""

from fractions import Fraction

from commons.durations import parse_duration_ns
from loadtester.load.errors import PlanError


def parse_rate(text: str, where: str) -> Fraction:
    """Arrivals per second: `100`, `0.5`, `7/3`, `1e4`. PlanError unless a number >= 0."""
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise PlanError(f"{where}: {text!r} is not a rate per second such as 100 or 7/3") from None
    if rate < 0:
        raise PlanError(f"{where}: the rate {text} is negative")
    return rate


def parse_positive_ns(text: str, where: str) -> int:
    """A Go duration above 0 in nanoseconds. PlanError if it is not."""
    try:
        duration_ns = parse_duration_ns(text.strip())
    except ValueError as error:
        raise PlanError(f"{where}: {error}") from error
    if duration_ns <= 0:
        raise PlanError(f"{where}: the duration {text!r} must be above 0")
    return duration_ns


def render_rate(rate: Fraction) -> str:
    """The rate as short as it can be said exactly."""
    decimal = f"{float(rate):.12g}"
    return decimal if Fraction(decimal) == rate else str(rate)
