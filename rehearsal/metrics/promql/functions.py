"""PromQL's functions, by name: those over a range of samples and those over values."""

import math
from collections.abc import Callable, Sequence

from rehearsal.metrics.promql.parser import PromQLError
from rehearsal.metrics.promql.vector import Element, Vector
from rehearsal.metrics.quantile import histogram_quantile
from rehearsal.metrics.rate import Point, increase, rate
from rehearsal.metrics.series import NAME

OverRange = Callable[[Sequence[Point], float, float], float | None]


def _quantile(*arguments: Vector | float) -> Vector:
    match arguments:
        case (float(q), list(buckets)):
            return _quantiles(q, buckets)
    raise PromQLError("histogram_quantile takes a scalar and a vector of buckets")


def _quantiles(q: float, buckets: Vector) -> Vector:
    groups: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for element in buckets:
        if "le" not in element.labels:
            continue
        rest = ((k, v) for k, v in element.labels.items() if k not in (NAME, "le"))
        bound = float(element.labels["le"])
        groups.setdefault(tuple(sorted(rest)), []).append((bound, element.value))
    return [Element(dict(key), histogram_quantile(q, pairs)) for key, pairs in groups.items()]


def _vector(*arguments: Vector | float) -> Vector:
    match arguments:
        case (float(value),):
            return [Element({}, value)]
    raise PromQLError("vector takes one scalar")


def _scalar(*arguments: Vector | float) -> float:
    match arguments:
        case ([Element(value=value)],):
            return value
    return math.nan


OVER_RANGE: dict[str, OverRange] = {"rate": rate, "increase": increase}
OVER_VALUES: dict[str, Callable[..., Vector | float]] = {
    "histogram_quantile": _quantile,
    "scalar": _scalar,
    "vector": _vector,
}
