"""Aggregations: many elements become one per group, or the best few of each group remain.

Source: prometheus/promql/engine.go (aggregation, aggregationK, aggregationCountValues).
"""

import math
from collections.abc import Callable, Sequence

from rehearsal.metrics.promql.errors import QueryAbortedError
from rehearsal.metrics.promql.program import Aggregate, Grouping
from rehearsal.metrics.promql.values import Element, Value, Vector, labels_key
from rehearsal.metrics.quantile import quantile
from rehearsal.metrics.series import NAME, Labels

Values = Sequence[float]


def total(values: Values) -> float:
    """The sum without lost digits; infinities of both signs make NaN, as in Go."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        return sum(values)


def mean(values: Values) -> float:
    """The arithmetic mean."""
    whole = total(values)
    if math.isinf(whole) and not any(map(math.isinf, values)):
        return math.fsum(value / len(values) for value in values)
    return whole / len(values)


def variance(values: Values) -> float:
    """The population's variance; NaN where a value is not finite."""
    if not all(map(math.isfinite, values)):
        return math.nan
    middle = mean(values)
    distances = [value - middle for value in values]
    return total([distance * distance for distance in distances]) / len(values)


def smallest(values: Values) -> float:
    """The least value; NaN only if there is nothing else."""
    return min((v for v in values if not math.isnan(v)), default=math.nan)


def largest(values: Values) -> float:
    """The greatest value; NaN only if there is nothing else."""
    return max((v for v in values if not math.isnan(v)), default=math.nan)


_COMBINED: dict[str, Callable[[Values], float]] = {
    "sum": total,
    "avg": mean,
    "min": smallest,
    "max": largest,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
    "stddev": lambda values: math.sqrt(variance(values)),
    "stdvar": variance,
}


def aggregate(step: Aggregate, taken: Sequence[Value]) -> Vector:
    """The aggregated vector; groups in the order of their first element."""
    vector = taken[-1]
    assert isinstance(vector, list)
    parameter = taken[0] if step.parametrised else None
    if step.operation in _COMBINED:
        return _per_group(step.grouping, vector, _COMBINED[step.operation])
    if isinstance(parameter, str):
        return _counted(step.grouping, vector, parameter)
    assert isinstance(parameter, float)
    if step.operation == "quantile":
        return _per_group(step.grouping, vector, lambda values: quantile(parameter, values))
    return _best(step, vector, parameter)


def _per_group(grouping: Grouping, vector: Vector, combine: Callable[[Values], float]) -> Vector:
    groups = _groups(grouping, vector)
    return [Element(dict(key), combine([e.value for e in found])) for key, found in groups.items()]


def _groups(grouping: Grouping, vector: Vector) -> dict[Labels, list[Element]]:
    groups: dict[Labels, list[Element]] = {}
    for element in vector:
        groups.setdefault(labels_key(_group(grouping, element.labels)), []).append(element)
    return groups


def _group(grouping: Grouping, labels: dict[str, str]) -> dict[str, str]:
    if grouping.excluding:
        dropped = (*grouping.labels, NAME)
        return {k: v for k, v in labels.items() if k not in dropped}
    return {k: v for k, v in labels.items() if k in grouping.labels}


def _counted(grouping: Grouping, vector: Vector, label: str) -> Vector:
    counts: dict[Labels, int] = {}
    for element in vector:
        labels = _group(grouping, element.labels) | {label: value_text(element.value)}
        key = labels_key(labels)
        counts[key] = counts.get(key, 0) + 1
    return [Element(dict(key), float(count)) for key, count in counts.items()]


def _best(step: Aggregate, vector: Vector, parameter: float) -> Vector:
    limit = _whole(step.operation, parameter)
    descending = step.operation == "topk"
    result = Vector()
    for found in _groups(step.grouping, vector).values():
        ordered = sorted(found, key=lambda e: _rank(e.value, descending))
        result.extend(ordered[:limit])
    return result


def _rank(value: float, descending: bool) -> tuple[bool, float]:
    if math.isnan(value):
        return True, 0.0
    return False, -value if descending else value


def _whole(operation: str, parameter: float) -> int:
    if math.isnan(parameter):
        raise QueryAbortedError("Parameter value is NaN")
    if parameter >= 2**63 or parameter < -(2**63):
        text = value_text(parameter) if math.isinf(parameter) else repr(parameter)
        raise QueryAbortedError(f"Scalar value {text} overflows int64")
    return max(0, int(parameter))


def value_text(value: float) -> str:
    """A value as a label: Go's `strconv.FormatFloat(v, 'f', -1, 64)`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value):
        return ("-0" if math.copysign(1.0, value) < 0 else "0") if value == 0 else f"{value:.0f}"
    text = f"{value:.17g}" if "e" in repr(value) else repr(value)
    return _without_exponent(text)


def _without_exponent(text: str) -> str:
    return f"{float(text):.340f}".rstrip("0") if "e" in text else text
