"""Functions of time: the query's own, a sample's, and the calendar's, in UTC."""

import calendar
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rehearsal.metrics.promql.functions.base import Function, vector
from rehearsal.metrics.promql.program import Call
from rehearsal.metrics.promql.values import Element, Value, Vector, distinct, mapped, unnamed
from rehearsal.metrics.series import MS_PER_S

_PARTS: dict[str, Callable[[datetime], int]] = {
    "minute": lambda date: date.minute,
    "hour": lambda date: date.hour,
    "day_of_week": lambda date: date.isoweekday() % 7,
    "day_of_month": lambda date: date.day,
    "day_of_year": lambda date: date.timetuple().tm_yday,
    "days_in_month": lambda date: calendar.monthrange(date.year, date.month)[1],
    "month": lambda date: date.month,
    "year": lambda date: date.year,
}


def _part(name: str) -> Function:
    take = _PARTS[name]

    def part(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
        del step
        if not arguments:
            return [Element({}, _of_date(at_ms / MS_PER_S, take))]
        return mapped(vector(arguments[0]), lambda epoch_s: _of_date(epoch_s, take))

    return part


def _of_date(epoch_s: float, take: Callable[[datetime], int]) -> float:
    """A part of a date; NaN where the calendar does not reach (years 1 to 9999)."""
    try:
        return float(take(datetime.fromtimestamp(math.floor(epoch_s), UTC)))
    except (ValueError, OverflowError, OSError):
        return math.nan


def _timestamp(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step
    times = [(e, at_ms if e.time_ms is None else e.time_ms) for e in vector(arguments[0])]
    return distinct([Element(unnamed(e.labels), time_ms / MS_PER_S) for e, time_ms in times])


FUNCTIONS: dict[str, Function] = {
    **{name: _part(name) for name in _PARTS},
    "time": lambda step, arguments, at_ms: at_ms / MS_PER_S,
    "timestamp": _timestamp,
}
