"""Numbers and durations in the notation of schedules."""

import re
from fractions import Fraction

from commons.durations import parse_duration_ns
from commons.values import shown
from loadtester.load.errors import PlanError
from loadtester.load.limits import MAX_DURATION_NS, MAX_RATE_RPS, MIN_RATE_RPS

_DECIMAL = r"(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?"
_RATE = re.compile(rf"-?{_DECIMAL}|[0-9]{{1,20}}/[0-9]{{1,20}}")


def parse_rate(text: str, where: str) -> Fraction:
    """Arrivals per second: `100`, `0.5`, `7/3`, `1e4`. PlanError unless 0 or within the limits."""
    text = text.strip()
    try:
        rate = Fraction(text) if _RATE.fullmatch(text) else None
    except ZeroDivisionError:
        rate = None
    if rate is None:
        raise PlanError(f"{where}: {shown(text)} is not a rate per second such as 100 or 7/3")
    check_rate(rate, where)
    return rate


def check_rate(rate: Fraction, where: str) -> None:
    """PlanError for a rate that is negative or beyond the limits."""
    if rate < 0:
        raise PlanError(f"{where}: a rate cannot be negative")
    if rate > MAX_RATE_RPS:
        raise PlanError(f"{where}: a rate is at most {MAX_RATE_RPS:,} per second")
    if 0 < rate < MIN_RATE_RPS:
        raise PlanError(f"{where}: a rate is 0 or at least {float(MIN_RATE_RPS):f} per second")


def parse_positive_ns(text: str, where: str) -> int:
    """A Go duration above 0 in nanoseconds. PlanError if it is not, or longer than a year."""
    text = text.strip()
    try:
        if len(text) > 100:
            raise ValueError(f"{shown(text)} is too long for a duration")
        duration_ns = parse_duration_ns(text)
    except ValueError as error:
        raise PlanError(f"{where}: {error}") from error
    if duration_ns <= 0:
        raise PlanError(f"{where}: the duration {text!r} must be above 0")
    if duration_ns > MAX_DURATION_NS:
        raise PlanError(f"{where}: the duration {text!r} is longer than a year")
    return duration_ns


def render_rate(rate: Fraction) -> str:
    """The rate as short as it can be said exactly."""
    decimal = f"{float(rate):.12g}"
    return decimal if Fraction(decimal) == rate else str(rate)
