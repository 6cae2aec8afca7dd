"""Operations on two values: arithmetic, comparisons, sets, and which elements belong together.

Source: prometheus/promql/engine.go (VectorBinop, VectorAnd, VectorOr, VectorUnless, resultMetric).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rehearsal.metrics.promql.errors import QueryAbortedError
from rehearsal.metrics.promql.program import Binary, Grouping
from rehearsal.metrics.promql.values import (
    Element,
    Value,
    Vector,
    distinct,
    labels_key,
    metric_text,
    unnamed,
)
from rehearsal.metrics.series import NAME, Labels


def _divide(a: float, b: float) -> float:
    if b:
        return a / b
    if a == 0 or math.isnan(a) or math.isnan(b):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _modulo(a: float, b: float) -> float:
    return math.nan if b == 0 or math.isinf(a) else math.fmod(a, b)


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:
        return _power_at_zero(b) if a == 0 else math.nan


def _power_at_zero(b: float) -> float:
    """`0 ^ -1`, where Python raises and Go is infinite."""
    return math.inf if b < 0 else math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": _modulo,
    "^": _power,
    "atan2": math.atan2,
}
COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def calculate(step: Binary, left: Value, right: Value) -> Value:
    """The value of `left operator right`; the parser has checked their types."""
    if isinstance(left, float):
        if isinstance(right, float):
            return _value(step, left, right)
        assert isinstance(right, list)
        return _with_scalar(step, right, lambda value: (left, value))
    assert isinstance(left, list)
    if isinstance(right, float):
        return _with_scalar(step, left, lambda value: (value, right))
    assert isinstance(right, list)
    if step.operator in ("and", "or", "unless"):
        return _set_operation(step, left, right)
    return distinct(list(_Matched(step, left, right).elements()))


def _value(step: Binary, left: float, right: float) -> float:
    compare = COMPARISON.get(step.operator)
    if compare is not None:
        return float(compare(left, right))
    return ARITHMETIC[step.operator](left, right)


def _with_scalar(
    step: Binary, vector: Vector, pair: Callable[[float], tuple[float, float]]
) -> Vector:
    result = Vector()
    for element in vector:
        value = _value(step, *pair(element.value))
        if step.operator not in COMPARISON or step.return_bool:
            result.append(Element(unnamed(element.labels), value))
        elif value:
            result.append(Element(element.labels, element.value))
    return distinct(result)


def _signature(grouping: Grouping, labels: dict[str, str]) -> Labels:
    """What two elements have to share."""
    if grouping.excluding:
        dropped = (*grouping.labels, NAME)
        return tuple(sorted((k, v) for k, v in labels.items() if k not in dropped))
    return tuple(sorted((k, v) for k, v in labels.items() if k in grouping.labels))


def _set_operation(step: Binary, left: Vector, right: Vector) -> Vector:
    def keys(vector: Vector) -> set[Labels]:
        return {_signature(step.grouping, element.labels) for element in vector}

    if step.operator == "or":
        here = keys(left)
        more = [e for e in right if _signature(step.grouping, e.labels) not in here]
        return distinct(left + more)
    there, wanted = keys(right), step.operator == "and"
    return [e for e in left if (_signature(step.grouping, e.labels) in there) == wanted]


@dataclass
class _Matched:
    """Elements of two vectors, matched one to one or, with `group_left|right`, many to one."""

    step: Binary
    left: Vector
    right: Vector

    def elements(self) -> Iterator[Element]:
        """The results, in the order of the side that may have many."""
        swapped = self.step.cardinality == "one-to-many"
        many, one = (self.right, self.left) if swapped else (self.left, self.right)
        if not many or not one:
            return
        singles = self._singles(one, "left" if swapped else "right")
        seen: dict[Labels, set[Labels]] = {}
        for element in many:
            key = _signature(self.step.grouping, element.labels)
            other = singles.get(key)
            if other is None:
                continue
            pair = (other, element) if swapped else (element, other)
            value = _value(self.step, pair[0].value, pair[1].value)
            result = self._result(element, other, pair[0].value, value)
            self._check_unique(seen.setdefault(key, set()), element, other)
            if result is not None:
                yield result

    def _singles(self, one: Vector, side: str) -> dict[Labels, Element]:
        singles: dict[Labels, Element] = {}
        for element in one:
            key = _signature(self.step.grouping, element.labels)
            if key in singles:
                raise QueryAbortedError(_duplicate_text(dict(key), side, element, singles[key]))
            singles[key] = element
        return singles

    def _result(self, many: Element, one: Element, left: float, value: float) -> Element | None:
        labels = self._labels(many.labels, one.labels)
        if self.step.operator not in COMPARISON or self.step.return_bool:
            return Element(labels, value)
        return Element(labels, left) if value else None

    def _labels(self, many: dict[str, str], one: dict[str, str]) -> dict[str, str]:
        step = self.step
        keeps_name = step.operator in COMPARISON and not step.return_bool
        labels = dict(many) if keeps_name else unnamed(many)
        if step.cardinality == "one-to-one":
            chosen, excluding = step.grouping.labels, step.grouping.excluding
            labels = {k: v for k, v in labels.items() if (k in chosen) != excluding}
        for name in step.include:
            labels.pop(name, None)
            if one.get(name):
                labels[name] = one[name]
        return labels

    def _check_unique(self, seen: set[Labels], many: Element, one: Element) -> None:
        if self.step.cardinality == "one-to-one":
            if seen:
                raise QueryAbortedError(
                    "multiple matches for labels: many-to-one matching must be explicit"
                    " (group_left/group_right)"
                )
            seen.add(())
            return
        key = labels_key(self._labels(many.labels, one.labels))
        if key in seen:
            raise QueryAbortedError(
                "multiple matches for labels: grouping labels must ensure unique matches"
            )
        seen.add(key)


def _duplicate_text(group: dict[str, str], side: str, new: Element, old: Element) -> str:
    return (
        f"found duplicate series for the match group {metric_text(group)} on the {side} hand-side"
        f" of the operation: [{metric_text(new.labels)}, {metric_text(old.labels)}]"
        ";many-to-many matching not allowed: matching labels must be unique on one side"
    )
