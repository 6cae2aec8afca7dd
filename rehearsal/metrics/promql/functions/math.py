"""Functions over values: arithmetic, clamps, sorting, and between scalars and vectors.

Go's `math` gives NaN and infinities where Python's raises.
"""

import math
from collections.abc import Callable, Sequence

from rehearsal.metrics.promql.functions.base import Function, scalar, vector
from rehearsal.metrics.promql.program import Call
from rehearsal.metrics.promql.values import Element, Value, Vector, mapped

Change = Callable[[float], float]


def _as_go(change: Change, overflow: float = math.nan) -> Change:
    def guarded(value: float) -> float:
        try:
            return float(change(value))
        except OverflowError:
            return overflow
        except ValueError:
            return math.nan

    return guarded


def _whole(change: Callable[[float], int]) -> Change:
    return lambda v: v if math.isnan(v) or math.isinf(v) else math.copysign(change(v), v)


def _logarithm(change: Change) -> Change:
    return lambda value: -math.inf if value == 0 else _as_go(change)(value)


def _sign(value: float) -> float:
    return value if math.isnan(value) or value == 0 else math.copysign(1.0, value)


def _inverse_hyperbolic_tangent(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) == 1 else _as_go(math.atanh)(value)


_CHANGES: dict[str, Change] = {
    "abs": abs,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "exp": _as_go(math.exp, math.inf),
    "ln": _logarithm(math.log),
    "log2": _logarithm(math.log2),
    "log10": _logarithm(math.log10),
    "sqrt": _as_go(math.sqrt),
    "sgn": _sign,
    "deg": math.degrees,
    "rad": math.radians,
    "sin": _as_go(math.sin),
    "cos": _as_go(math.cos),
    "tan": _as_go(math.tan),
    "asin": _as_go(math.asin),
    "acos": _as_go(math.acos),
    "atan": math.atan,
    "sinh": lambda v: _as_go(math.sinh, math.copysign(math.inf, v))(v),
    "cosh": _as_go(math.cosh, math.inf),
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": _as_go(math.acosh),
    "atanh": _inverse_hyperbolic_tangent,
}


def _changing(change: Change) -> Function:
    return lambda step, arguments, at_ms: mapped(vector(arguments[0]), change)


def _round(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    nearest = scalar(arguments[1]) if len(arguments) > 1 else 1.0
    inverse = math.copysign(math.inf, nearest) if nearest == 0 else 1 / nearest
    down = _CHANGES["floor"]
    return mapped(
        vector(arguments[0]), lambda value: _divided(down(value * inverse + 0.5), inverse)
    )


def _divided(value: float, by: float) -> float:
    return value / by if by else math.nan


def _clamp(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    low, high = scalar(arguments[1]), scalar(arguments[2])
    if high < low:
        return []
    return mapped(vector(arguments[0]), lambda value: _greater(low, _lesser(high, value)))


def _clamp_min(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    low = scalar(arguments[1])
    return mapped(vector(arguments[0]), lambda value: _greater(low, value))


def _clamp_max(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    high = scalar(arguments[1])
    return mapped(vector(arguments[0]), lambda value: _lesser(high, value))


def _greater(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


def _lesser(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else min(a, b)


def _sort(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del at_ms
    sign = -1.0 if step.function == "sort_desc" else 1.0

    def rank(element: Element) -> tuple[bool, float]:
        nan = math.isnan(element.value)
        return nan, 0.0 if nan else sign * element.value

    return sorted(vector(arguments[0]), key=rank)


def _scalar(step: Call, arguments: Sequence[Value], at_ms: int) -> float:
    del step, at_ms
    elements = vector(arguments[0])
    return elements[0].value if len(elements) == 1 else math.nan


def _vector(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    return [Element({}, scalar(arguments[0]))]


def _absent(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del at_ms
    return [] if vector(arguments[0]) else [Element(dict(step.implied), 1.0)]


FUNCTIONS: dict[str, Function] = {
    **{name: _changing(change) for name, change in _CHANGES.items()},
    "round": _round,
    "clamp": _clamp,
    "clamp_min": _clamp_min,
    "clamp_max": _clamp_max,
    "sort": _sort,
    "sort_desc": _sort,
    "scalar": _scalar,
    "vector": _vector,
    "absent": _absent,
    "pi": lambda step, arguments, at_ms: math.pi,
}
