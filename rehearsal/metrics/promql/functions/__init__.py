"""PromQL's functions, by name: over ranges, over values, over labels and over time."""

from collections.abc import Sequence

from rehearsal.metrics.promql.errors import QueryUnsupportedError
from rehearsal.metrics.promql.functions import dates, histograms, labels, math, ranges
from rehearsal.metrics.promql.functions.base import Function
from rehearsal.metrics.promql.program import Call
from rehearsal.metrics.promql.values import Value

FUNCTIONS: dict[str, Function] = {
    **ranges.FUNCTIONS,
    **math.FUNCTIONS,
    **labels.FUNCTIONS,
    **dates.FUNCTIONS,
    **histograms.FUNCTIONS,
}


def call(step: Call, arguments: Sequence[Value], at_ms: int) -> Value:
    """The value of a call; the parser has checked number and types of the arguments."""
    function = FUNCTIONS.get(step.function)
    if function is None:
        raise QueryUnsupportedError(f"the function {step.function} is not evaluated here")
    return function(step, arguments, at_ms)
