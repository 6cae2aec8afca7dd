"""`histogram_quantile` over classic buckets; what only native histograms have is empty here."""

from collections.abc import Sequence

from rehearsal.metrics.exposition import parse_value
from rehearsal.metrics.promql.functions.base import Function, scalar, vector
from rehearsal.metrics.promql.program import Call
from rehearsal.metrics.promql.values import Element, Value, Vector
from rehearsal.metrics.quantile import histogram_quantile
from rehearsal.metrics.series import NAME, Labels

_BOUND = "le"


def _quantile(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, at_ms
    q = scalar(arguments[0])
    groups = _histograms(vector(arguments[1]))
    return [Element(dict(key), histogram_quantile(q, found)) for key, found in groups.items()]


def _histograms(buckets: Vector) -> dict[Labels, list[tuple[float, float]]]:
    """The (bound, count) pairs of every histogram; elements without a bound are passed over."""
    groups: dict[Labels, list[tuple[float, float]]] = {}
    for element in buckets:
        bound = parse_value(element.labels.get(_BOUND, ""))
        if bound is None:
            continue
        rest = ((k, v) for k, v in element.labels.items() if k not in (NAME, _BOUND))
        groups.setdefault(tuple(sorted(rest)), []).append((bound, element.value))
    return groups


def _nothing(step: Call, arguments: Sequence[Value], at_ms: int) -> Vector:
    del step, arguments, at_ms
    return []


FUNCTIONS: dict[str, Function] = {
    "histogram_quantile": _quantile,
    "histogram_avg": _nothing,
    "histogram_count": _nothing,
    "histogram_sum": _nothing,
    "histogram_stddev": _nothing,
    "histogram_stdvar": _nothing,
}
