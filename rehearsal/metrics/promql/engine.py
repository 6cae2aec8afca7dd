"""Evaluation of a query tree over a store at one instant, as Prometheus' instant query does."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.metrics.promql import functions
from rehearsal.metrics.promql.parser import PromQLError
from rehearsal.metrics.promql.tree import Aggregate, Binary, Call, Negative, Node, Number, Selector
from rehearsal.metrics.promql.vector import Element, Vector
from rehearsal.metrics.series import NAME, SeriesStore

# How far back an instant selector looks for a sample (Prometheus' --query.lookback-delta).
LOOKBACK_S = 300.0

_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: _divide(a, b),
    "%": lambda a, b: math.fmod(a, b) if b else math.nan,
    "^": lambda a, b: _power(a, b),
}
_COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_AGGREGATION: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "avg": lambda values: math.fsum(values) / len(values),
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
}


def evaluate(node: Node, store: SeriesStore, at_s: float) -> Vector | float:
    """The value of a query at an instant: a vector, or a number where the query is a scalar."""
    return _Evaluation(store, at_s).value(node)


@dataclass(frozen=True)
class _Evaluation:
    store: SeriesStore
    at_s: float

    def value(self, node: Node) -> Vector | float:
        match node:
            case Number(value):
                return value
            case Selector():
                return self._instant(node)
            case Negative(operand):
                return _each(self.value(operand), lambda v: -v)
            case Aggregate():
                return self._aggregate(node)
            case Call(function, arguments):
                return self._call(function, arguments)
            case Binary(operator, left, right):
                return _binary(operator, self.value(left), self.value(right))

    def _instant(self, node: Selector) -> Vector:
        if node.range_s is not None:
            raise PromQLError("a range vector needs a function such as rate around it")
        found = []
        for series in self.store.select(node.matchers):
            points = series.between(self.at_s - LOOKBACK_S, self.at_s)
            if points:
                found.append(Element(dict(series.labels), points[-1][1]))
        return found

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Vector | float:
        if name in functions.OVER_RANGE:
            return self._over_range(name, arguments)
        if name not in functions.OVER_VALUES:
            known = ", ".join(sorted({*functions.OVER_RANGE, *functions.OVER_VALUES}))
            raise PromQLError(f"unknown function {name!r}: known here are {known}")
        return functions.OVER_VALUES[name](*(self.value(a) for a in arguments))

    def _over_range(self, name: str, arguments: tuple[Node, ...]) -> Vector:
        if len(arguments) != 1 or not isinstance(arguments[0], Selector):
            raise PromQLError(f"{name} takes one range vector")
        window_s = arguments[0].range_s
        if window_s is None:
            raise PromQLError(f"expected type range vector in call to function {name!r}")
        found, start_s = [], self.at_s - window_s
        for series in self.store.select(arguments[0].matchers):
            points = series.between(start_s, self.at_s)
            value = functions.OVER_RANGE[name](points, start_s, self.at_s)
            if value is not None:
                found.append(Element(_unnamed(series.labels), value))
        return found

    def _aggregate(self, node: Aggregate) -> Vector:
        operand = self.value(node.operand)
        if isinstance(operand, float):
            raise PromQLError(f"{node.operation} takes a vector")
        groups: dict[tuple[tuple[str, str], ...], list[float]] = {}
        for element in operand:
            groups.setdefault(_group(element.labels, node), []).append(element.value)
        combine = _AGGREGATION[node.operation]
        return [Element(dict(key), combine(values)) for key, values in groups.items()]


def _group(labels: dict[str, str], node: Aggregate) -> tuple[tuple[str, str], ...]:
    kept = ((k, v) for k, v in labels.items() if k != NAME and (k in node.labels) != node.without)
    return tuple(sorted(kept))


def _binary(operator: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if isinstance(left, float) and isinstance(right, float):
        return _scalars(operator, left, right)
    if operator in ("and", "or", "unless"):
        if isinstance(left, float) or isinstance(right, float):
            raise PromQLError(f"set operator {operator!r} not allowed in binary scalar expression")
        return _set_operation(operator, left, right)
    pairs = _pairs(left, right)
    if operator in _COMPARISON:
        kept = (labels_pair for labels_pair in pairs if _COMPARISON[operator](*labels_pair[1]))
        return [Element(labels, values[isinstance(left, float)]) for labels, values in kept]
    return [Element(labels, _ARITHMETIC[operator](*values)) for labels, values in pairs]


def _scalars(operator: str, left: float, right: float) -> float:
    if operator not in _ARITHMETIC:
        raise PromQLError(f"{operator!r} between scalars must use the bool modifier")
    return _ARITHMETIC[operator](left, right)


def _pairs(
    left: Vector | float, right: Vector | float
) -> list[tuple[dict[str, str], tuple[float, float]]]:
    if isinstance(right, float):
        assert not isinstance(left, float)
        return [(_unnamed(e.labels), (e.value, right)) for e in left]
    if isinstance(left, float):
        return [(_unnamed(e.labels), (left, e.value)) for e in right]
    others = {_key(e): e.value for e in right}
    return [(_unnamed(e.labels), (e.value, others[_key(e)])) for e in left if _key(e) in others]


def _set_operation(operator: str, left: Vector, right: Vector) -> Vector:
    here, there = {_key(e) for e in left}, {_key(e) for e in right}
    if operator == "or":
        return left + [e for e in right if _key(e) not in here]
    return [e for e in left if (_key(e) in there) == (operator == "and")]


def _each(value: Vector | float, change: Callable[[float], float]) -> Vector | float:
    if isinstance(value, float):
        return change(value)
    return [Element(_unnamed(e.labels), change(e.value)) for e in value]


def _key(element: Element) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_unnamed(element.labels).items()))


def _unnamed(labels: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in labels.items() if k != NAME}


def _divide(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except (OverflowError, ValueError):
        return math.nan
