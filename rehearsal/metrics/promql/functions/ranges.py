"""Functions over range vectors: each series of a window becomes one value, or none.

Source: prometheus/promql/functions.go.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from rehearsal.metrics.promql.aggregation import largest, mean, smallest, total, variance
from rehearsal.metrics.promql.functions.base import Function, matrix, scalar
from rehearsal.metrics.promql.program import Call
from rehearsal.metrics.promql.values import Element, Value, Vector, distinct, unnamed
from rehearsal.metrics.quantile import quantile
from rehearsal.metrics.rate import delta, increase, instant_delta, instant_rate, rate, regression
from rehearsal.metrics.series import Point

Points = Sequence[Point]
OverWindow = Callable[[Points, int, int], float | None]


def _values(points: Points) -> list[float]:
    return [value for _, value in points]


def _derivative(points: Points, start_ms: int, end_ms: int) -> float | None:
    del start_ms, end_ms
    line = regression(points, points[0][0])
    return None if line is None else line[0]


def _changes(points: Points, start_ms: int, end_ms: int) -> float:
    del start_ms, end_ms
    values = _values(points)
    pairs = pairwise(values)
    return float(sum(a != b and not (math.isnan(a) and math.isnan(b)) for a, b in pairs))


def _resets(points: Points, start_ms: int, end_ms: int) -> float:
    del start_ms, end_ms
    values = _values(points)
    return float(sum(b < a for a, b in pairwise(values)))


def _of_values(combine: Callable[[Sequence[float]], float]) -> OverWindow:
    return lambda points, start_ms, end_ms: combine(_values(points))


_OVER_WINDOW: dict[str, OverWindow] = {
    "rate": rate,
    "increase": increase,
    "delta": delta,
    "irate": instant_rate,
    "idelta": instant_delta,
    "deriv": _derivative,
    "changes": _changes,
    "resets": _resets,
    "avg_over_time": _of_values(mean),
    "min_over_time": _of_values(smallest),
    "max_over_time": _of_values(largest),
    "sum_over_time": _of_values(total),
    "count_over_time": _of_values(lambda values: float(len(values))),
    "first_over_time": _of_values(lambda values: values[0]),
    "last_over_time": _of_values(lambda values: values[-1]),
    "present_over_time": _of_values(lambda values: 1.0),
    "stddev_over_time": _of_values(lambda values: math.sqrt(variance(values))),
    "stdvar_over_time": _of_values(variance),
}
_KEEPS_NAME = frozenset(("first_over_time", "last_over_time"))


def _per_row(value: Value, over: OverWindow, *, keeps_name: bool = False) -> Vector:
    window = matrix(value)
    found = Vector()
    for row in window.rows:
        result = over(row.points, window.start_ms, window.end_ms)
        if result is not None:
            labels = dict(row.labels) if keeps_name else unnamed(row.labels)
            found.append(Element(labels, result))
    return distinct(found)


def _over_window(name: str) -> Function:
    over, keeps_name = _OVER_WINDOW[name], name in _KEEPS_NAME
    return lambda step, arguments, at_ms: _per_row(arguments[0], over, keeps_name=keeps_name)


def _quantile_over_time(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    q = scalar(arguments[0])
    return _per_row(arguments[1], _of_values(lambda values: quantile(q, values)))


def _predict_linear(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step
    ahead_s = scalar(arguments[1])

    def predict(points: Points, start_ms: int, end_ms: int) -> float | None:
        del start_ms, end_ms
        line = regression(points, at_ms)
        return None if line is None else line[0] * ahead_s + line[1]

    return _per_row(arguments[0], predict)


def _absent_over_time(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del at_ms
    if matrix(arguments[0]).rows:
        return []
    return [Element(dict(step.implied), 1.0)]


FUNCTIONS: dict[str, Function] = {
    **{name: _over_window(name) for name in _OVER_WINDOW},
    "quantile_over_time": _quantile_over_time,
    "predict_linear": _predict_linear,
    "absent_over_time": _absent_over_time,
}
